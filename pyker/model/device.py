"""`--device host[:container[:permissions]]`."""


def check_device(text: str) -> str:
    """*text* back; ValueError, in Docker's words, when it does not name a device."""
    if is_named(text):
        return text
    parts = text.split(":")
    if not text or len(parts) > 3 or not all(parts):
        raise ValueError(f"bad format for path: {text}")
    if len(parts) == 3 and not _is_mode(parts[2]):
        raise ValueError(f"bad mode specified: {parts[2]}")
    for path in parts[:1] if len(parts) == 2 and _is_mode(parts[1]) else parts[:2]:
        if not path.startswith("/"):
            raise ValueError(f"{path} is not an absolute path")
    return text


def _is_mode(text: str) -> bool:
    return bool(text) and set(text) <= set("rwm") and len(set(text)) == len(text)


def is_named(text: str) -> bool:
    """Whether *text* names a device as VENDOR/CLASS=NAME, and not by its path."""
    kind, equals, name = text.partition("=")
    return bool(equals and name) and not text.startswith(("/", ".")) and kind.count("/") == 1
