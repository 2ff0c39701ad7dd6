"""The backends: what runs a network, and the parity check and cache of compiled ones."""
