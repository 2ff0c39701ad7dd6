"""Colour on its way from the network to the picture: steadied, enlarged, recombined."""
