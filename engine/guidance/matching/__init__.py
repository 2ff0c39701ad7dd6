"""Which places of two pictures show the same thing: by features, motion, and both together."""
