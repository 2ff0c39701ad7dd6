"""Video files: probed, decoded frame by frame, encoded, and muxed with their other streams."""
