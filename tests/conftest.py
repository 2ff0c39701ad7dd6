"""One thread a test: small networks gain nothing from more, and on busy cores lose.

Compiled networks of tests are kept apart from the user's, for as long as the tests run.
"""

import os
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")
_cache = tempfile.TemporaryDirectory(prefix="kinemacolor-cache-")
os.environ["KINEMACOLOR_CACHE"] = _cache.name


def pytest_collection_modifyitems(config, items):
    """Where tests are shared out, those that share a Ray come first: they are the longest chain."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
