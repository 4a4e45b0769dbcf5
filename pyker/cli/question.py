"""A question before something is lost."""

import os

from pyker.cli.output import say


def confirmed(warning: str) -> bool:
    """Show *warning* and ask; anything but y, and the end of the input, is a no."""
    say(f"WARNING! {warning}")
    say("Are you sure you want to continue? [y/N] ", end="")
    answer = b""
    while not answer.endswith(b"\n") and (byte := os.read(0, 1)):
        answer += byte
    return answer.strip().lower() in (b"y", b"yes")
