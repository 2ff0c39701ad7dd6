"""Runnable examples: a demo of the command, sample makers, contact sheets."""
