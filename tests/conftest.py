"""One thread a test: small networks gain nothing from more, and wait for each other on busy cores."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
