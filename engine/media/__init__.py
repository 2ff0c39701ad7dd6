"""Reading and writing films, stills and archives without loss of anything but grey."""
