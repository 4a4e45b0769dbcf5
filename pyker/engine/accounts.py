"""The container's user and group in its /etc/passwd and /etc/group, where the image does not know them."""

from pyker.engine.identity import read_in, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.model.container import Container
    from pyker.security.user import User

    Document = dict[str, Any]

PASSWD, GROUP = "/etc/passwd", "/etc/group"


def wanted_user(document: "Document") -> str:
    """The user of the container *document*; one of --hostuser by its ids, the image does not know it."""
    name, colon, group = str(document["config"]["User"]).partition(":")
    for line in (document.get("identity") or {}).get("host_users", ()):
        words = line.split(":")
        if words[0] == name:
            return f"{words[2]}:{group if colon else words[3]}"
    return str(document["config"]["User"])


def account_mounts(container: "Container", root: int, user: "User") -> "list[Document]":
    """The lists of users and groups with what the image at *root* lacks, as OCI mounts; none when nothing."""
    identity = container.config["identity"]
    if identity["passwd"] is False:
        return []
    asked = identity["passwd"] or identity["passwd_entry"] or identity["group_entry"] or identity.get("kept")
    users = read_in(root, PASSWD)
    groups = read_in(root, GROUP)
    new_users = [line for line in identity["host_users"] if not _has(users, 0, line.split(":")[0])]
    new_groups = []
    if asked and not _has(users, 2, str(user.uid)):
        new_users.append(_user_line(container, identity, user))
    if asked and not _has(groups, 2, str(user.gid)):
        new_groups.append(_group_line(identity, user))
    mounts = [(PASSWD, users, new_users), (GROUP, groups, new_groups)]
    return [shown(container, path, _with(text, lines)) for path, text, lines in mounts if lines]


def _has(text: bytes, field: int, word: str) -> bool:
    """Whether a line of *text* has *word* in its *field*."""
    wanted = word.encode()
    return any(line.split(b":")[field : field + 1] == [wanted] for line in text.split(b"\n"))


def _with(text: bytes, lines: "list[str]") -> bytes:
    ended = text if not text or text.endswith(b"\n") else text + b"\n"
    return ended + "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


def _user_line(container: "Container", identity: "Document", user: "User") -> str:
    kept = identity.get("kept") or {}
    name = kept.get("name") if user.uid == kept.get("uid") else None
    words = {
        "USERNAME": name or str(user.uid),
        "UID": str(user.uid),
        "GID": str(user.gid),
        "NAME": name or "container user",
        "HOME": container.config["config"]["WorkingDir"] or "/",
    }
    return _filled(identity["passwd_entry"] or "$USERNAME:*:$UID:$GID:$NAME:$HOME:/bin/sh", words)


def _group_line(identity: "Document", user: "User") -> str:
    kept = identity.get("kept") or {}
    own = user.gid == kept.get("gid")
    words = {
        "GROUPNAME": (own and kept.get("group")) or str(user.gid),
        "GID": str(user.gid),
        "USERLIST": (own and kept.get("name")) or str(user.uid),
    }
    return _filled(identity["group_entry"] or "$GROUPNAME:x:$GID:$USERLIST", words)


def _filled(text: str, words: "dict[str, str]") -> str:
    for name in sorted(words, key=len, reverse=True):  # $USERNAME before $NAME would be found in it
        text = text.replace(f"${name}", words[name])
    return text
