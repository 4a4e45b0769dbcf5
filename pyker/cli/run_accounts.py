"""--passwd and its kin, --systemd and --personality of `run` and `create`."""

from pyker.cli.numbers import bad_option
from pyker.cli.values import read_value, read_values
from pyker.model.identity import Identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

SYSTEMD = ("true", "false", "always")
PERSONALITIES = ("LINUX", "LINUX32")


def read(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """The identity of a RunRequest with its accounts; InvalidError for a value that makes no sense."""
    identity = (values.get("identity") or Identity()).replace(
        passwd=arguments.flag("passwd") if arguments.given("passwd") else None,
        passwd_entry=read_value(arguments, "passwd_entry", _passwd_entry, ""),
        group_entry=read_value(arguments, "group_entry", _group_entry, ""),
        host_users=read_values(arguments, "hostuser", _host_user),
        systemd=read_value(arguments, "systemd", _systemd, ""),
        personality=read_value(arguments, "personality", _personality, ""),
    )
    return {"identity": identity}


def keep_groups(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """Podman's `--group-add keep-groups`; InvalidError beside others."""
    if len(values["groups"]) > 1:
        raise bad_option(arguments, "group_add", "must be the only --group-add", "keep-groups")
    return {"groups": (), "identity": (values.get("identity") or Identity()).replace(keep_groups=True)}


def _passwd_entry(text: str) -> str:
    if text.count(":") != 6 or "\n" in text:
        raise ValueError("must be a line of passwd(5), as $USERNAME:*:$UID:$GID:$NAME:$HOME:/bin/sh")
    return text


def _group_entry(text: str) -> str:
    if text.count(":") != 3 or "\n" in text:
        raise ValueError("must be a line of group(5), as $GROUPNAME:x:$GID:$USERLIST")
    return text


def _host_user(text: str) -> str:
    """A line of passwd(5) for the user *text* of this machine, by name or number."""
    import pwd

    try:
        user = pwd.getpwuid(int(text)) if text.isdecimal() else pwd.getpwnam(text)
    except (KeyError, OverflowError):
        raise ValueError("must be the name or number of a user of this machine") from None
    words = (user.pw_name, "*", str(user.pw_uid), str(user.pw_gid), user.pw_gecos, user.pw_dir, user.pw_shell)
    return ":".join(words)


def _systemd(text: str) -> str:
    if text.lower() not in SYSTEMD:
        raise ValueError("must be true, false or always")
    return text.lower()


def _personality(text: str) -> str:
    if text.upper() not in PERSONALITIES:
        raise ValueError("must be LINUX or LINUX32")
    return text.upper()
