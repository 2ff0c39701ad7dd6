"""One thread a test: small networks gain nothing from more, and on busy cores lose."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
