"""A package, so that no library's own `tests` (torch-fidelity installs one) is taken for it."""
