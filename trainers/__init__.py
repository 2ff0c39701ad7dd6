"""Training and evaluation of networks. Imports `models` and `engine.media`, never `engine.jobs`."""
