"""Which capabilities a container gets: the default set, with --cap-add and --cap-drop applied."""

from pyker.base.errors import InvalidError
from pyker.kernel import capabilities as kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Podman's eleven. Docker's also has AUDIT_WRITE, MKNOD and NET_RAW: a raw socket forges its neighbours'
# packets, and nothing usual needs the other two (ping works through net.ipv4.ping_group_range).
DEFAULT = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
    "CAP_SETFCAP",
)


def available() -> "tuple[str, ...]":
    """What this process can pass on: its bounding set, as far as names are known."""
    return kernel.names(kernel.held()["Bnd"])


def resolve(
    add: "Iterable[str]",
    drop: "Iterable[str]",
    privileged: bool,  # noqa: FBT001 - the request's own word, handed through
    available: "tuple[str, ...]",
) -> "tuple[str, ...]":
    """The capabilities of a container, in the order of their numbers.

    Docker's rules: names with or without CAP_, in any case; "ALL" on either side; what is both added
    and dropped is added, except under --cap-add ALL. Raises InvalidError for an unknown name, and for
    one asked for by name that is not in *available*.
    """
    added, dropped = _named(add, "CapAdd"), _named(drop, "CapDrop")
    if privileged:
        chosen = set(available)
    elif "ALL" in added:
        chosen = set(available) - dropped
    elif "ALL" in dropped:
        chosen = added
    else:
        chosen = set(DEFAULT).intersection(available) - dropped | added
    if lacking := sorted(added - {"ALL"} - set(available)):
        raise InvalidError(
            f"invalid CapAdd: capability not supported by your kernel or not available in the current "
            f'environment: "{lacking[0]}"',
            hint="see what there is to give: grep CapBnd /proc/self/status",
        )
    return tuple(name for name in kernel.NAMES if name in chosen)


def _named(words: "Iterable[str]", where: str) -> "set[str]":
    """*words* as kernel names, "ALL" as it is."""
    result = set()
    for word in words:
        name = word.strip().upper()
        if name != "ALL" and not name.startswith("CAP_"):
            name = f"CAP_{name}"
        if name != "ALL" and name not in kernel.NUMBERS:
            raise InvalidError(
                f'invalid {where}: unknown capability: "{name}"', hint="capabilities(7) lists the names"
            )
        result.add(name)
    return result


def section(names: "tuple[str, ...]", uid: int) -> "dict[str, list[str]]":
    """OCI process.capabilities for a process of *uid* in a container that may have *names*.

    Inheritable and ambient stay empty (CVE-2022-24769); a user other than root starts with none, and
    can gain those in the bounding set only by what the image marks set-uid or with file capabilities.
    """
    own = list(names) if uid == 0 else []
    return {"bounding": list(names), "effective": own, "permitted": own, "inheritable": [], "ambient": []}
