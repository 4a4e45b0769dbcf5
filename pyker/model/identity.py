"""Who a container is and what it finds about itself: the rare options of `run` beside user and host name.

A container made without any of them has none of this; then nothing here is loaded.
"""

from pyker.base.value import Value

UMASK = 0o022


class Identity(Value):
    """What the options about users, ids, variables and the files of /etc ask for; empty means "not said"."""

    umask: int = UMASK
    time_zone: str = ""  # below /usr/share/zoneinfo, or "local"
    unset: "tuple[str, ...]" = ()  # variables of the image that the container does not get
    unset_all: bool = False
    merged: "tuple[str, ...]" = ()  # "K=V" with $NAME of the image's variables in V
    hosts_file: str = ""  # a path, "image" or "none"
    hosts: bool = True
    hostname_file: bool = True
    links: "tuple[tuple[str, str], ...]" = ()  # (container, alias)
    init_path: str = ""
    remove_image: bool = False
    passwd: "bool | None" = None
    passwd_entry: str = ""
    group_entry: str = ""
    host_users: "tuple[str, ...]" = ()
    keep_groups: bool = False
    userns: str = ""  # host, keep-id, auto, nomap, container:X or ns:PATH, with what follows the colon
    uid_map: "tuple[tuple[int, str, int], ...]" = ()  # (inside, outside, count); outside as typed
    gid_map: "tuple[tuple[int, str, int], ...]" = ()
    subuid_name: str = ""
    subgid_name: str = ""
    systemd: str = ""  # true, false or always
    personality: str = ""  # LINUX or LINUX32


def parse_umask(text: str) -> int:
    """The mask that *text* writes in octal; ValueError otherwise."""
    if not 0 < len(text) <= 4 or set(text) - set("01234567"):
        raise ValueError("must be an octal number from 0 to 0777")
    return int(text, 8) & 0o777


def parse_link(text: str) -> "tuple[str, str]":
    """Docker's `container[:alias]` as (container, alias); ValueError in its words."""
    name, colon, alias = text.partition(":")
    alias = alias if colon else name
    if not name or not alias or ":" in alias or any(sign.isspace() for sign in text):
        raise ValueError(f"bad format for links: {text}: must be CONTAINER or CONTAINER:ALIAS")
    return name.lstrip("/"), alias
