"""The client in the foreground: `python -I foreground_program.py DESCRIPTOR [tty] [stdin] [proxy]`.

Signals that it passes on are told on stderr; its exit status is the container's, 99 when detached.
"""

import os
import sys

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))]

from pyker.engine.attach import attach_client


def tell(number: int) -> None:
    os.write(2, f"signal {number}\n".encode())


words = sys.argv[2:]
code = attach_client(
    int(sys.argv[1]), stdin="stdin" in words, tty="tty" in words, kill=tell if "proxy" in words else None
)
sys.exit(99 if code is None else code)
