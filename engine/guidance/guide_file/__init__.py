"""What a person said of colours: the guide file, options, and their resolving to frames."""
