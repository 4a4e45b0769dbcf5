"""A seccomp agent: what listens at listenerPath and answers the calls that a filter holds up."""

import errno
import fcntl
import json
import os
import socket
import struct
import threading
from pathlib import Path
from typing import Any


def agent_for(path: Path, answers: list[dict[str, Any]], calls: int = 1) -> threading.Thread:
    """An agent in a thread that takes one listener and answers its first call, if any, with EXDEV."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def answer() -> None:
        end = server.accept()[0]
        text, descriptors, _, _ = socket.recv_fds(end, 1 << 16, 1)
        answers.append(json.loads(text))
        for _ in range(calls):
            request = bytearray(80)  # struct seccomp_notif
            fcntl.ioctl(descriptors[0], 0xC0502100, request)
            reply = struct.pack("=QqiI", struct.unpack_from("=Q", request)[0], 0, -errno.EXDEV, 0)
            fcntl.ioctl(descriptors[0], 0xC0182101, bytearray(reply))
        os.close(descriptors[0])
        server.close()
        end.close()

    thread = threading.Thread(target=answer)
    thread.start()
    return thread
