"""Guided colour: what a person said of a source's colours, and how it reaches every frame."""
