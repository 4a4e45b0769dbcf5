"""Doing things that cannot be undone, in a child that is thrown away."""

import json
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any


def in_child(act: Callable[[], Any]) -> Any:
    """What *act* returns (JSON) in a forked child; its traceback as an AssertionError when it fails."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = [act(), None]
        except BaseException:  # noqa: BLE001 - reported to the parent, whatever it is
            answer = [None, traceback.format_exc()]
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as file:
        text = file.read()
    os.waitpid(pid, 0)
    assert text, "the child died without an answer"
    value, failure = json.loads(text)
    assert failure is None, failure
    return value


def signal_of_child(act: Callable[[], object]) -> int:
    """The signal that a forked child dies of when it does *act*; 0 when it survives."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        act()
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
