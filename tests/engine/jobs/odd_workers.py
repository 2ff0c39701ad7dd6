"""Workers, and makers of workers, that are not as they should be; actors import them by name."""

from __future__ import annotations

import logging
import os
import time

from kinemacolor.models.errors import SettingsError
from tests.engine.jobs.made_up import Worker


class Warned(Worker):
    def __init__(self, settings):
        super().__init__(settings, {})

    def index(self, source, on_frame):
        logging.getLogger("kinemacolor.engine.backends").warning("batches of %d from here", 4)
        return super().index(source, on_frame)


class EachItsOwn(Warned):
    def __init__(self, settings):
        super().__init__(settings)
        self.fingerprint = str(os.getpid())

    def index(self, source, on_frame):
        time.sleep(600)  # until the other is there


def unknown_network(settings):
    raise SettingsError("--model", "'x' is unknown")


def broken(settings):
    raise ZeroDivisionError("odd")


def deadly(settings):
    os._exit(1)
