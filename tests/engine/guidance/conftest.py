"""The encoder, built once."""

import pytest

from kinemacolor.engine.guidance.matching.encoder import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()
