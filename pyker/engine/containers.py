"""The containers of a home: found by name or id, read without a lock, corrected on sight."""

import errno
import os

from pyker.base.boot import boot_id
from pyker.base.errors import CorruptError, NotFoundError
from pyker.base.ids import is_hex
from pyker.base.jsonfile import read, read_bytes
from pyker.kernel.liveness import alive
from pyker.model.container import CREATED, EXITED, INITIALIZED, NEVER, PAUSED, RESTARTING, RUNNING, Container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home

LOST = 255  # the exit code of a run nobody saw the end of


def container_path(home: "Home", identity: str) -> str:
    """Where container *identity* lives."""
    return home.below("containers", identity)


def run_path(home: "Home", identity: str) -> str:
    """Where the record and the socket of a running container live."""
    return home.running("containers", identity)


def find_container(home: "Home", text: str) -> Container:
    """The container whose name, id or unique beginning of an id is *text*.

    Raises NotFoundError ("No such container: x"), also when *text* begins several ids.
    """
    for identity in _candidates(home, text):
        if (container := load_container(home, identity)) is not None:
            return container
    raise NotFoundError(f"No such container: {text}", hint="pyker ps -a lists the containers there are")


def _candidates(home: "Home", text: str) -> "list[str]":
    if named := id_of_name(home, text.removeprefix("/")):
        return [named]
    if not is_hex(text) or len(text) > 64:
        return []
    if len(text) == 64:
        return [text]
    matches = [identity for identity in all_ids(home) if identity.startswith(text)]
    if len(matches) > 1:
        raise NotFoundError(f"Multiple IDs found with provided prefix: {text}", hint="type more of the id")
    return matches


def id_of_name(home: "Home", name: str) -> str:
    """The id that holds *name*, "" when the name is free."""
    if not name or "/" in name or name.startswith("."):
        return ""
    try:
        return read_bytes(home.below("names", name), 128).decode(errors="replace").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return ""
        raise


def all_ids(home: "Home") -> "list[str]":
    """The ids of all containers, in no order."""
    try:
        return [entry for entry in os.listdir(home.below("containers")) if is_hex(entry)]
    except FileNotFoundError:
        return []


def all_containers(home: "Home") -> "list[Container]":
    """Every container, newest first."""
    running = set(run_ids(home))
    boot = boot_id() if running else ""
    found = []
    for identity in all_ids(home):
        container = _load(home, identity, boot if identity in running else None)
        if container is not None:
            found.append(container)
    found.sort(key=lambda container: container.created, reverse=True)
    return found


def run_ids(home: "Home") -> "list[str]":
    """The ids that have a run directory: running, ending, or left by something that was killed."""
    try:
        return os.listdir(home.running("containers"))
    except FileNotFoundError:
        return []


def read_run(home: "Home", identity: str) -> "dict[str, Any] | None":
    """The run record of *identity*; {} when its directory has none that can be read, None without one."""
    directory = run_path(home, identity)
    if not os.path.isdir(directory):
        return None
    return _read_or_empty(f"{directory}/run.json")


def read_state(path: str) -> "dict[str, Any]":
    """How the last run of the container at *path* ended; {} when it never ran."""
    return _read_or_empty(f"{path}/state.json")


def load_container(home: "Home", identity: str) -> "Container | None":
    """The container *identity*, or None when it does not exist (any more)."""
    has_run = os.path.lexists(run_path(home, identity))
    return _load(home, identity, boot_id() if has_run else None)


def _load(home: "Home", identity: str, boot: "str | None") -> "Container | None":
    """Read the documents; *boot* is this boot's id when there may be a run record."""
    path = container_path(home, identity)
    try:
        config = read(f"{path}/config.json")
    except (FileNotFoundError, CorruptError):
        return None  # removed meanwhile, or never promised: a durable one was fsynced before its rename
    if not isinstance(config, dict) or not {"config", "created", "host", "image_id", "name"} <= config.keys():
        return None  # damaged by hand
    last = read_state(path)
    run = read_run(home, identity) if boot else None
    if run is not None and not _stands(run, last, boot or ""):
        run = None  # not begun yet, or ended
    state = describe(last, run, boot or "")
    if config["config"].get("Healthcheck"):
        _add_health(home, identity, state, last)
    return Container(identity, path, config, state, run, (run or last).get("restarts", 0))


def _add_health(home: "Home", identity: str, state: "dict[str, Any]", last: "dict[str, Any]") -> None:
    health = read_health(home, identity) if state["Running"] else last.get("health")
    if health is not None:
        state["Health"] = {key: health[key] for key in ("Status", "FailingStreak", "Log")}


def read_health(home: "Home", identity: str) -> "dict[str, Any] | None":
    """The health of container *identity* in its present run; None when nobody checks it."""
    health = _read_or_empty(f"{run_path(home, identity)}/health.json")
    return health if "Log" in health else None


def _stands(run: "dict[str, Any]", last: "dict[str, Any]", boot: str) -> bool:
    """Whether *run* tells more than *last*: a process, or a supervisor that waits for the next start."""
    if run.get("restarting"):
        return is_live(run, boot)
    return bool(run.get("pid")) and not _is_over(run, last)


def _is_over(run: "dict[str, Any]", last: "dict[str, Any]") -> bool:
    return not last.get("unfinished") and bool(run.get("run", 0) <= last.get("run", 0))


def _read_or_empty(path: str) -> "dict[str, Any]":
    try:
        document = read(path)
    except (FileNotFoundError, CorruptError):
        return {}
    return document if isinstance(document, dict) else {}


def dead_runs(home: "Home") -> "list[str]":
    """The ids whose run left something behind: neither its process nor its supervisor lives."""
    boot = boot_id()
    return [identity for identity in run_ids(home) if not is_live(read_run(home, identity) or {}, boot)]


def first_of_boot(home: "Home") -> bool:
    """Whether no command has looked yet, in this boot, for what the last one left."""
    try:
        return read_bytes(home.running("boot"), 64).decode() != boot_id()
    except FileNotFoundError:
        return True


def describe(last: "dict[str, Any]", run: "dict[str, Any] | None", boot: str) -> "dict[str, Any]":
    """Docker's State of a container whose last run ended as *last* and whose present run is *run*."""
    if run is not None and is_live(run, boot):
        if run.get("restarting"):
            return _ended(RESTARTING, last)
        if run.get("held"):
            return {**_ended(INITIALIZED, last), "Pid": run["pid"], "ExitCode": 0}
        status = PAUSED if run.get("paused") else RUNNING
        return _state(status, pid=run["pid"], started=run["started_at"], finished=last.get("finished", NEVER))
    if run is not None or last.get("unfinished"):
        started = (run or last).get("started_at", NEVER)
        error = "the supervisor died before the container"
        return _state(EXITED, code=LOST, started=started, finished=started, error=error)  # the least it ran
    if not last.get("run"):
        return _state(CREATED, code=last.get("code", 0), error=last.get("error", ""))
    return _ended(EXITED, last)


def _ended(status: str, last: "dict[str, Any]") -> "dict[str, Any]":
    return _state(
        status,
        code=last.get("code", LOST),
        oom=last.get("oom", False),
        error=last.get("error", ""),
        started=last.get("started_at", NEVER),
        finished=last.get("finished", NEVER),
    )


def is_live(run: "dict[str, Any]", boot: str) -> bool:
    """Whether the process of the run record lives, or a supervisor that is about to tell its end."""
    if run.get("boot") != boot:
        return False
    watcher = run.get("supervisor") or {}
    return alive(run.get("pid", 0), run.get("started", 0)) or alive(
        watcher.get("pid", 0), watcher.get("started", 0)
    )


def is_alive(home: "Home", identity: str) -> bool:
    """Whether anything of the run of container *identity* lives: what leases and ports ask."""
    run = read_run(home, identity)
    return run is not None and is_live(run, boot_id())


def _state(  # noqa: PLR0913 - Docker's State has that many fields
    status: str,
    *,
    pid: int = 0,
    code: int = 0,
    oom: bool = False,
    error: str = "",
    started: str = NEVER,
    finished: str = NEVER,
) -> "dict[str, Any]":
    return {
        "Status": status,
        "Running": status in (RUNNING, PAUSED, RESTARTING),
        "Paused": status == PAUSED,
        "Restarting": status == RESTARTING,
        "OOMKilled": oom,
        "Dead": False,
        "Pid": pid,
        "ExitCode": code,
        "Error": error,
        "StartedAt": started,
        "FinishedAt": finished,
    }


def containers_using(home: "Home", image_id: str) -> "list[tuple[str, str, bool]]":
    """(id, name, running) of each container made from image *image_id*."""
    return [
        (container.id, container.name, container.is_active)
        for container in all_containers(home)
        if container.image_id == image_id or _shows(container, image_id)
    ]


def _shows(container: "Container", image_id: str) -> bool:
    """Whether *container* has the files of image *image_id* mounted."""
    mounts = container.config["mounts"]
    return any(mount["Type"] == "image" and mount["Source"] == image_id for mount in mounts)


def hidden_variables(container: "Container") -> "list[str]":
    """Variables of *container* that no document tells: secrets."""
    if not container.config.get("secrets"):
        return []
    from pyker.engine.secret_use import secret_variables

    return secret_variables(container)
