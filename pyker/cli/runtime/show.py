"""state, list, ps."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.jsonfile import dumps, pretty
from pyker.cli.output import say
from pyker.runtime.state import STOPPED, State, all_of, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given

_COLUMNS = ("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER")


def _document(state: State, owner: str) -> "dict[str, Any]":
    """The state by the runtime-spec, with runc's additions."""
    facts = state.document
    pid, status = state.pid, state.status
    shown: dict[str, Any] = {
        "ociVersion": facts["oci"],
        "id": state.id,
        "pid": 0 if status == STOPPED else pid,
        "status": status,
        "bundle": facts["bundle"],
        "rootfs": facts["rootfs"],
        "created": facts["created"],
    }
    if facts.get("annotations"):
        shown["annotations"] = facts["annotations"]
    return {**shown, "owner": owner}


def do_state(place: "Place", given: "Given") -> int:
    """Print the state as JSON."""
    say(pretty(_document(find(place.root, given.words[0]), ""), "  "))
    return 0


def do_list(place: "Place", given: "Given") -> int:
    """Print all containers, as a table or as JSON."""
    states = all_of(place.root)
    if given.flag("quiet"):
        for state in states:
            say(state.id)
        return 0
    rows = [_document(state, _user(state.document["owner"])) for state in states]
    form = given.text("format")
    if form == "json":
        say(dumps(rows, canonical=False) if rows else "null")
    elif form == "table":
        _table(rows)
    else:
        raise InvalidError("invalid format option")
    return 0


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def _table(rows: "list[dict[str, Any]]") -> None:
    lines = [_COLUMNS, *(tuple(str(row[name.lower()]) for name in _COLUMNS) for row in rows)]
    widths = [max(12, *(len(line[column]) + 3 for line in lines)) for column in range(len(_COLUMNS))]
    for line in lines:
        cells = [f"{cell:{width}}" for cell, width in zip(line[:-1], widths, strict=False)]
        say("".join(cells) + line[-1])


def do_ps(place: "Place", given: "Given") -> int:
    """Print the container's processes: the host's `ps`, or their ids as JSON."""
    state = find(place.root, given.words[0])
    pids = state.group.pids()
    form = given.text("format")
    if form == "json":
        say(dumps(pids))
        return 0
    if form != "table":
        raise InvalidError("invalid format option")
    import subprocess

    argv = ["ps", *(given.words[1:] or ["-ef"])]
    done = subprocess.run(argv, capture_output=True, text=True, errors="surrogateescape", check=False)
    if done.returncode:
        raise InvalidError(f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()}")
    _processes(done.stdout.splitlines(), pids)
    return 0


def _processes(lines: "list[str]", pids: "list[int]") -> None:
    header = lines[0].split()
    if "PID" not in header:
        raise NotFoundError("couldn't find PID field in ps output")
    column = header.index("PID")
    say(lines[0])
    for line in lines[1:]:
        fields = line.split()
        if len(fields) > column and fields[column].isdecimal() and int(fields[column]) in pids:
            say(line)
