"""Recombination: predicted ab and the luma of the source to the planes that are stored."""
