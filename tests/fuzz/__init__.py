"""Damaged files by the hundred: each is coloured or reported, and nothing is claimed falsely."""
