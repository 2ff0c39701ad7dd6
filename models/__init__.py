"""What turns lightness into colour. Torch alone: no media files, no video, no Ray."""
