"""exec: one more process, given as words or as an OCI process in a file."""

from pyker.base.errors import CorruptError, InvalidError
from pyker.base.jsonfile import read
from pyker.cli.runtime.life import console, preserved
from pyker.runtime.state import find
from pyker.runtime.validate_process import require_process, validate_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given

    Process = dict[str, Any]


def do_exec(place: "Place", given: "Given") -> int:
    """Run the process in the container; its exit code, or 0 when it is left to itself."""
    from pyker.runtime.foreground import Watch, attend
    from pyker.runtime.pid_file import write_pid
    from pyker.runtime.process_in import execute, guard

    state = find(place.root, given.words[0])
    config = state.config()
    process = _process(config["process"], given)
    validate_process(process)
    process = require_process(process, place.log.warn)
    detached = given.flag("detach")
    send = console(given.text("console-socket"))
    _check_terminal(process, detached=detached, asked=send is not None)
    guard(config)
    watch = None if detached else Watch()
    paused = given.flag("ignore-paused")
    launched = execute(state, config, process, descriptors=preserved(given), ignore_paused=paused)
    try:
        if send:
            send(launched.master)
        if path := given.text("pid-file"):
            write_pid(path, launched.pid)
    except BaseException:
        from pyker.runtime.launch import end_child

        end_child(launched.pid)
        raise
    return attend(launched.pid, launched.master, watch) if watch else 0


def _check_terminal(process: "Process", *, detached: bool, asked: bool) -> None:
    terminal = bool(process.get("terminal"))
    if terminal and detached and not asked:
        raise InvalidError("cannot allocate tty if runc will detach without setting console socket")
    if asked and not (terminal and detached):
        raise InvalidError("cannot use console socket if runc will not detach or allocate tty")


def _process(base: "Process", given: "Given") -> "Process":
    """The OCI process: from a file, or the container's own with what the options say over it."""
    if path := given.text("process"):
        try:
            found: Process = read(path)
        except CorruptError as error:
            raise InvalidError(error.message) from error
        if not isinstance(found, dict):
            raise InvalidError(f"{path}: a process must be one object")
        return found
    process = {**base, "args": given.words[1:], "terminal": given.flag("tty")}
    process["cwd"] = given.text("cwd") or base["cwd"]
    process["env"] = [*base["env"], *given.texts("env")]
    process["user"] = _user(base["user"], given)
    if given.has("no-new-privs"):
        process["noNewPrivileges"] = given.flag("no-new-privs")
    if more := given.texts("cap"):
        process["capabilities"] = _with_capabilities(base.get("capabilities") or {}, more)
    for option, key in (("apparmor", "apparmorProfile"), ("process-label", "selinuxLabel")):
        if given.has(option):
            process[key] = given.text(option)
    return process


def _with_capabilities(base: "dict[str, list[str]]", more: "list[str]") -> "dict[str, list[str]]":
    kinds = ("bounding", "effective", "permitted")
    return {**base, **{kind: [*(base.get(kind) or []), *more] for kind in kinds}}


def _user(base: "Process", given: "Given") -> "Process":
    """The user of --user UID[:GID] and --additional-gids."""
    user = dict(base)
    if asked := given.text("user"):
        uid, _, gid = asked.partition(":")
        if not (uid.isdecimal() and (gid.isdecimal() or not gid)):
            raise InvalidError(f"parsing {asked} as int for uid failed: invalid syntax")
        user["uid"], user["gid"] = int(uid), int(gid or user["gid"])
    if more := [int(gid, 0) for gid in given.texts("additional-gids")]:
        user["additionalGids"] = [*(user.get("additionalGids") or []), *more]
    return user
