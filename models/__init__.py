"""The networks that predict chroma from lightness; PyTorch alone, no media files and no Ray."""
