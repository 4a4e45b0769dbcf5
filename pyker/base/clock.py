"""Moments as they are written into documents."""

import time


def now() -> str:
    """This moment, RFC 3339 with nanoseconds, UTC."""
    moment = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 10**9)) + f".{moment % 10**9:09d}Z"
