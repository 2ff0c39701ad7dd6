"""The provenance tag in coloured files: recognised, and read without decoding a picture."""
