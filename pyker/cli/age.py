"""When something was made, as listings tell it; images may say nothing, or nonsense, about it."""

from pyker.base.units import human_duration, nanoseconds


def seconds_of(created: str) -> float:
    """The RFC 3339 time *created* in seconds since the epoch; 0 when it is none."""
    try:
        return nanoseconds(created) / 1e9
    except ValueError:
        return 0


def ago(created: float, now: float) -> str:
    """How long before *now* it was made, in Docker's words."""
    return f"{human_duration(now - created)} ago" if created > 0 else "N/A"
