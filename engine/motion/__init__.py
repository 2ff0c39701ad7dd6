"""Optical flow between frames, and what is done along it: key-frame propagation and smoothing."""
