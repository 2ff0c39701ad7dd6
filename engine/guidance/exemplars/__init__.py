"""Pictures whose colours are known: a person's and the network's own, gathered shot by shot."""
