"""Runs colourisation jobs: media in, media out. Knows `models`, never `trainers`."""
