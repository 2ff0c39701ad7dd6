"""The process that measures: `python -m kinemacolor.engine.bench REQUEST RESULT`.

The file REQUEST has the arguments of `measure`, pickled; RESULT gets what it returns, or the
KinemacolorError that it ends with. Whoever starts the process has made the folder for both.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

from kinemacolor.engine.process import tune_process
from kinemacolor.models.errors import KinemacolorError


def main(request: Path, target: Path) -> None:
    """Measure what is asked for."""
    tune_process()
    from kinemacolor.engine.bench.measure import measure

    result: dict[str, Any] | KinemacolorError
    try:
        result = measure(*pickle.loads(request.read_bytes()))
    except KinemacolorError as error:
        result = error
    target.write_bytes(pickle.dumps(result))


if __name__ == "__main__":
    try:
        main(*map(Path, sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
