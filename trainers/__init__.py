"""Trains and measures networks. Knows `models`, never `engine`."""
