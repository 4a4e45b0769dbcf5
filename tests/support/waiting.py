"""Waiting for something to become true, for as long as a test may take."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: "Callable[[], T]", patience: float = 20.0) -> T:
    """What *look* returns once it is true; the test fails after *patience* seconds."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"not so within {patience} s: {found!r}"
        time.sleep(0.02)
    return found
