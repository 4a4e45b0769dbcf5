"""The client in the foreground: `python -m tests.support.foreground_program N [tty] [stdin] [proxy]`.

Signals that it passes on are told on stderr; its exit status is the container's, 99 when detached.
"""

import os
import sys

from pyker.engine.attach import attach_client


def tell(number: int) -> None:
    os.write(2, f"signal {number}\n".encode())


words = sys.argv[2:]
code = attach_client(
    int(sys.argv[1]), stdin="stdin" in words, tty="tty" in words, kill=tell if "proxy" in words else None
)
sys.exit(99 if code is None else code)
