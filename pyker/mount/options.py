"""Mount options: the words of mount(8) and of the OCI runtime-spec as numbers, each word parsed once."""

from pyker.base.value import Value
from pyker.kernel import mounts as m

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# word -> (attributes to add, attributes to clear); see mount_setattr(2)
_ATTRIBUTES = {
    "ro": (m.ATTR_RDONLY, 0),
    "rw": (0, m.ATTR_RDONLY),
    "nosuid": (m.ATTR_NOSUID, 0),
    "suid": (0, m.ATTR_NOSUID),
    "nodev": (m.ATTR_NODEV, 0),
    "dev": (0, m.ATTR_NODEV),
    "noexec": (m.ATTR_NOEXEC, 0),
    "exec": (0, m.ATTR_NOEXEC),
    "noatime": (m.ATTR_NOATIME, m.ATTR_ATIME_MASK),
    "atime": (0, m.ATTR_ATIME_MASK),
    "relatime": (0, m.ATTR_ATIME_MASK),
    "norelatime": (m.ATTR_STRICTATIME, m.ATTR_ATIME_MASK),
    "strictatime": (m.ATTR_STRICTATIME, m.ATTR_ATIME_MASK),
    "nostrictatime": (0, m.ATTR_ATIME_MASK),
    "nodiratime": (m.ATTR_NODIRATIME, 0),
    "diratime": (0, m.ATTR_NODIRATIME),
    "nosymfollow": (0x200000, 0),
    "symfollow": (0, 0x200000),
}
_PROPAGATION = {
    "private": m.PRIVATE,
    "slave": m.SLAVE,
    "shared": m.SHARED,
    "unbindable": m.UNBINDABLE,
}
_SWITCHES = {"tmpcopyup": "copy_up", "remount": "remount"}
# Flags of the whole file system; what is said the other way round is the default.
_SUPERBLOCK = ("sync", "dirsync", "lazytime", "mand")
_NOTHING = ("defaults", "async", "nolazytime", "nomand", "silent", "loud", "z", "Z")
_OLD = ("acl", "noacl", "iversion", "noiversion")  # flags of mount(2) that mean nothing any more


class MountOptions(Value):
    """What the options of one mount ask for."""

    add: int = 0
    clear: int = 0
    add_recursive: int = 0
    clear_recursive: int = 0
    propagation: int = 0
    propagation_recursive: bool = True
    bind: bool = False
    recursive: bool = False  # rbind
    copy_up: bool = False
    idmap: str = ""  # or "ridmap"
    remount: bool = False  # change what is mounted there
    data: "tuple[str, ...]" = ()  # for the file system itself


def parse_options(words: "list[str]") -> MountOptions:
    """*words* as numbers, a later word over an earlier one."""
    fields: dict[str, Any] = {}
    data = []
    for word in words:
        if word not in _NOTHING and word not in _OLD and not _note(fields, word):
            data.append(word)
    return MountOptions(**fields, data=tuple(data))


def known_options() -> "list[str]":
    """Every word that means something to the runtime itself, sorted."""
    words = {*_ATTRIBUTES, *_PROPAGATION, *_NOTHING, *_OLD, *_SWITCHES, *_SUPERBLOCK, "bind", "rbind"}
    words |= {f"r{word}" for word in (*_ATTRIBUTES, *_PROPAGATION)}
    return sorted((words | {"idmap", "ridmap"}) - {"z", "Z"})


def _note(fields: "dict[str, Any]", word: str) -> bool:
    """Enter *word* into *fields*; False when it is a word for the file system."""
    bare = word[1:] if word.startswith("r") else ""
    if word in _ATTRIBUTES:
        _change(fields, "", *_ATTRIBUTES[word])
    elif word in ("bind", "rbind"):
        fields["bind"], fields["recursive"] = True, word == "rbind"
    elif word in _PROPAGATION or bare in _PROPAGATION:
        fields["propagation"] = _PROPAGATION.get(word) or _PROPAGATION[bare]
        fields["propagation_recursive"] = word not in _PROPAGATION
    elif bare in _ATTRIBUTES:
        _change(fields, "_recursive", *_ATTRIBUTES[bare])
    elif word in _SWITCHES:
        fields[_SWITCHES[word]] = True
    elif word in ("idmap", "ridmap"):
        fields["idmap"] = word
    else:
        return False
    return True


def _change(fields: "dict[str, Any]", which: str, add: int, clear: int) -> None:
    added, cleared = fields.get(f"add{which}", 0), fields.get(f"clear{which}", 0)
    fields[f"add{which}"] = (added & ~clear) | add
    fields[f"clear{which}"] = (cleared & ~add) | clear
