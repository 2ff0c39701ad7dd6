"""Colour at plane level: luma to L*, ab upsampled and recombined with the luma of the source."""
