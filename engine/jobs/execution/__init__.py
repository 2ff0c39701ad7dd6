"""Doing units of work: driver, unit runner, local and Ray executors."""
