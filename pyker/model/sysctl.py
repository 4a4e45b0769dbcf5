"""`--sysctl name=value`: kernel settings that belong to a namespace, and no others."""

_NAMES = frozenset(
    (
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    )
)
_PREFIXES = ("net.", "fs.mqueue.")
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def parse_sysctl(text: str) -> "tuple[str, str]":
    """(name, value); ValueError for a name that is not a namespace's own, or smuggles a path or a line."""
    name, equals, value = text.partition("=")
    allowed = equals and (name in _NAMES or name.startswith(_PREFIXES))
    if not allowed or not _SIGNS.issuperset(name) or ".." in name or name.endswith("."):
        raise ValueError(f"sysctl '{text}' is not allowed")
    if "\n" in value or "\0" in value:
        raise ValueError(f"sysctl '{text}' is not allowed")
    return name, value
