"""Who the process is: `--user` and USER looked up in the image's own passwd and group files.

The files are hostile: they are opened inside the root, must be regular and of a sane size, and are
read as bytes; the host's names (NSS) are never asked. A link is followed, inside the root only.
Digits are an id and never looked up as a name (CVE-2024-40635).
"""

import os
import stat

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.value import Value
from pyker.kernel.paths import open_in_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_ID = 2**31 - 1
MAX_BYTES = 4 << 20  # of a passwd or group file
MAX_GROUPS = 65536  # NGROUPS_MAX, limits.h


class User(Value):
    """The ids of a process, *groups* with the primary one, and what the image says of its owner."""

    uid: int
    gid: int
    groups: "tuple[int, ...]" = ()
    home: str = "/"
    name: str = ""


def lookup(root_fd: int, user: str = "", extra_groups: "Iterable[str]" = ()) -> User:
    """Who *user* ("name|uid[:group|gid]", empty is root) with *extra_groups* is in the image at *root_fd*.

    Raises NotFoundError for a name that is not there; InvalidError for ids out of range, and for files
    that are not what they should be.
    """
    who, colon, group = user.partition(":")
    account = _account(root_fd, who or "0")
    extra = list(extra_groups)
    wanted = [group] if group else []
    numbers, member_of = _groups(root_fd, [*wanted, *extra], "" if colon and group else account.name)
    gid = numbers[group] if group else account.gid
    groups = {gid, *member_of, *(numbers[word] for word in extra)}
    return account.replace(gid=gid, groups=tuple(sorted(groups)))


def names_by_id(root_fd: int, kind: str) -> "dict[int, str]":
    """The names in the "passwd" or "group" file of the root at *root_fd*; the first entry of an id counts."""
    found: dict[int, str] = {}
    try:
        for name, _, number, *_ in _entries(root_fd, kind, 4):
            if number.isdigit() and len(number) <= 10:
                found.setdefault(int(number), _shown(os.fsdecode(name)))
    except InvalidError:
        return {}
    return found


def _account(root_fd: int, who: str) -> User:
    """The passwd entry for *who*; an id without an entry belongs to group 0 and lives in /."""
    uid = _number(who)
    wanted = os.fsencode(who)
    for name, _, number, gid, _, home, *_ in _entries(root_fd, "passwd", 7):
        if number == b"%d" % uid if uid is not None else name == wanted:
            return User(_id(number), _id(gid), home=os.fsdecode(home) or "/", name=os.fsdecode(name))
    if uid is None:
        raise NotFoundError(
            f"unable to find user {_shown(who)}: no matching entries in passwd file",
            hint="--user takes the name of a user of the image, or a number",
        )
    return User(uid, 0)


def _groups(root_fd: int, words: "list[str]", member: str) -> "tuple[dict[str, int], set[int]]":
    """The gids of *words*, and of the groups *member* is listed in."""
    found = {word: number for word in words if (number := _number(word)) is not None}
    missing = {os.fsencode(word): word for word in words if word not in found}
    of_member: set[int] = set()
    if missing or member:
        user = os.fsencode(member)
        for name, _, gid, members in _entries(root_fd, "group", 4):
            if name in missing:
                found[missing.pop(name)] = _id(gid)
            if user and user in members.split(b","):
                of_member.add(_id(gid))
    for word in missing.values():
        raise NotFoundError(
            f"unable to find group {_shown(word)}: no matching entries in group file",
            hint="--user and --group-add take the names of groups of the image, or numbers",
        )
    if len(of_member) > MAX_GROUPS:
        raise InvalidError(f"user {member} is in more than {MAX_GROUPS} groups")
    return found, of_member


def _number(text: str) -> "int | None":
    """The id *text* writes in digits; None when it is a name. InvalidError out of range."""
    if not (text.isascii() and text.lstrip("+-").isdigit()):
        return None
    if not text.isdigit() or len(text.lstrip("0")) > 10 or int(text) > MAX_ID:
        raise InvalidError(f"invalid user or group id {text[:40]}: uids and gids must be in range 0-{MAX_ID}")
    return int(text)


def _id(digits: bytes) -> int:
    """The id in an entry that was asked for; an entry that has none is an error, never id 0."""
    number = _number(digits.decode("latin-1"))
    if number is None:
        raise InvalidError(f"the image's passwd or group file has {digits[:40]!r} where an id should be")
    return number


def _entries(root_fd: int, name: str, fields: int) -> "Iterator[list[bytes]]":
    """The lines of /etc/*name* that have at least *fields* fields, split; nothing when there is no file."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
    try:
        descriptor = open_in_root(root_fd, f"/etc/{name}", flags)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise InvalidError(f"/etc/{name} of the image: {error.strerror}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise InvalidError(f"/etc/{name} of the image is no regular file of at most {MAX_BYTES} bytes")
        with open(descriptor, "rb", closefd=False) as file:
            for line in file:
                parts = line.rstrip(b"\r\n").split(b":")
                if len(parts) >= fields and b"\0" not in line:
                    yield parts
    finally:
        os.close(descriptor)


def _shown(text: str) -> str:
    """*text* as it may appear in a message: nothing that moves the cursor or ends the line."""
    return text if text.isprintable() else ascii(text)
