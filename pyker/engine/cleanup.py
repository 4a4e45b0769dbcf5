"""The end of a run: its record, then everything that was made for it, in an order a crash cannot spoil.

state.json is written first, so the end is known from then on; run.json goes last, so whatever is
left before that is found and undone by the next command (`tidy`).
"""

import errno
import time

from pyker.base.boot import boot_id
from pyker.base.errors import ConflictError, NotFoundError
from pyker.base.jsonfile import write, write_bytes
from pyker.base.locks import Lock
from pyker.cgroup import group as groups
from pyker.engine.clock import now
from pyker.engine.containers import (
    LOST,
    all_containers,
    container_path,
    dead_runs,
    first_of_boot,
    is_alive,
    load_container,
    read_health,
    read_run,
    read_state,
    run_path,
)
from pyker.engine.discard import discard
from pyker.engine.ending import AGAIN, DOWN, KEEP, STOP, forget_word, word_left
from pyker.engine.events import record_container
from pyker.kernel.tree import remove_tree
from pyker.mount.volume_store import sweep_volumes
from pyker.network.attachment import release, repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container


def finish_run(home: "Home", identity: str, code: int, *, leaving: bool) -> "float | None":
    """Record that the run of container *identity* ended with *code*, and undo what was made for it.

    Done by its supervisor, once. The seconds until the supervisor is to start it again, None when it is
    not: nobody wants that, or the machine is going down (*leaving*). A container made with --rm goes.
    """
    try:
        with Lock(f"{container_path(home, identity)}/lock"):
            if container := load_container(home, identity):
                return _finish(home, container, code, leaving=leaving)
    except FileNotFoundError:
        pass  # as when it is not there: removed meanwhile
    _release(home, identity, read_run(home, identity) or {})
    return None


def _finish(home: "Home", container: "Container", code: int, *, leaving: bool) -> "float | None":
    if container.run is None:
        return None
    pause = None if leaving else _pause(home, container, container.run, code)
    _record_end(home, container, container.run, code, final=pause is None)
    if pause is None:
        _undo(home, container, container.run)
    else:
        _make_restarting(home, container.run, container.id, pause)
    return pause


def _pause(home: "Home", container: "Container", run: "dict[str, Any]", code: int) -> "float | None":
    """The seconds before the restart that *container* is due, None when it stays ended."""
    word = word_left(home, container.id)
    if word:
        return 0.0 if word == AGAIN else None
    return pause_by_policy(container, run, code)


def has_policy(container: "Container") -> bool:
    """Whether *container* was made with --restart."""
    return container.config["host"]["RestartPolicy"]["Name"] not in ("", "no")


def pause_by_policy(container: "Container", run: "dict[str, Any]", code: int) -> "float | None":
    """The seconds before the next start of a container that ended by itself, None when it stays ended."""
    if not has_policy(container):
        return None
    from pyker.model.restart import Policy, next_pause

    if not Policy.of(container.config["host"]).wants(code, run.get("restarts", 0)):
        return None
    return next_pause(run.get("pause", 0.0), time.monotonic() - run.get("began", 0.0))


def _make_restarting(home: "Home", run: "dict[str, Any]", identity: str, pause: float) -> None:
    """Give back what the run had; its record now says who will start the container again, and when."""
    await_restart(home, identity, run, pause)
    release(home, identity, run.get("network") or {})
    _group(run).remove()
    forget_word(home, identity)
    remove_tree(f"{run_path(home, identity)}/health.json")


def await_restart(home: "Home", identity: str, run: "dict[str, Any]", pause: float) -> None:
    """Turn the record of a *run* that ended into that of a container which is started again after *pause*."""
    waiting = {"pid": 0, "restarting": True, "restarts": run.get("restarts", 0) + 1, "pause": pause}
    write(f"{run_path(home, identity)}/run.json", {**run, **waiting}, durable=False)


def forget_run(home: "Home", container: "Container") -> None:
    """Undo a run whose process and supervisor are both dead; its container's lock is held by the caller."""
    run = read_run(home, container.id)
    if run is None or container.is_active:
        return
    if container.run is not None:
        _record_end(home, container, container.run, LOST)
    _undo(home, container, run)


def tidy(home: "Home") -> None:
    """Undo what dead commands and supervisors left. Called by commands that make or remove containers."""
    if first_of_boot(home):
        _tidy_after_boot(home)
    for identity in dead_runs(home):
        _tidy_one(home, identity, read_run(home, identity) or {})
    repair(home, lambda identity: is_alive(home, identity))


def _tidy_after_boot(home: "Home") -> None:
    """Containers made with --rm that ran when the machine went down are gone as well."""
    for container in all_containers(home):
        unfinished = bool(read_state(container.path).get("unfinished"))
        if unfinished and not container.is_running and container.config["host"]["AutoRemove"]:
            discard(home, container, volumes=True)
    sweep_volumes(home)
    write_bytes(home.running("boot"), boot_id().encode(), durable=False)


def _tidy_one(home: "Home", identity: str, run: "dict[str, Any]") -> None:
    container = load_container(home, identity)
    if container is None:
        _release(home, identity, run)
        return
    try:
        with Lock(f"{container.path}/lock", patience=0):
            current = load_container(home, identity)
            if current is not None:
                forget_run(home, current)
    except (ConflictError, FileNotFoundError):
        return  # another command is at it


def _undo(home: "Home", container: "Container", run: "dict[str, Any]") -> None:
    if container.config["host"]["AutoRemove"] and word_left(home, container.id) != KEEP:
        discard(home, container, volumes=True)
    _release(home, container.id, run)
    if container.config["host"].get("AutoRemoveImage"):
        _remove_image(home, container.config["image"])


def _remove_image(home: "Home", name: str) -> None:
    """`--rmi`: the image goes after its container, unless another one has it, or it is gone already."""
    from pyker.engine.collect import collect
    from pyker.engine.remove_image import remove_image

    try:
        remove_image(home, name)
        collect(home)
    except (ConflictError, NotFoundError):
        return


def _release(home: "Home", identity: str, run: "dict[str, Any]") -> None:
    """Give back network, cgroup and run directory; the record goes last."""
    release(home, identity, run.get("network") or {})
    _group(run).remove()
    remove_tree(run_path(home, identity))


def _group(run: "dict[str, Any]") -> "groups.Group":
    """The control group of a run; of one that was only intended, what there is."""
    if "cgroup" not in run and "group" in run:
        return groups.find(run["group"])
    return groups.Group.from_paths(run.get("cgroup") or {})


def keep_state(container: "Container", state: "dict[str, Any]", *, durable: bool) -> None:
    """Write down how *container* ended; on a full disk that is not told, but nothing else fails for it."""
    try:
        write(f"{container.path}/state.json", state, durable=durable)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def _record_end(
    home: "Home", container: "Container", run: "dict[str, Any]", code: int, *, final: bool = True
) -> None:
    word = word_left(home, container.id)
    state = {
        "version": 1,
        "run": run["run"],
        "code": code,
        "oom": _was_oom_killed(run),
        "error": container.state["Error"] if code == LOST else "",
        "started_at": run["started_at"],
        "finished": now(),
        "restarts": run.get("restarts", 0),
        "stopped": word == STOP,
        "down": word == DOWN,
    }
    if container.config["config"].get("Healthcheck") and (health := read_health(home, container.id)):
        state["health"] = {**health, "Status": "unhealthy"}  # as Docker says of one that is checked no more
    # What decides about the next boot must outlive a power cut.
    keep_state(container, state, durable=final and has_policy(container))
    if state["oom"]:
        record_container(home, container, "oom")
    record_container(home, container, "die", exitCode=str(code))


def _was_oom_killed(run: "dict[str, Any]") -> bool:
    try:
        return groups.Group.from_paths(run.get("cgroup") or {}).oom_kills() > 0
    except OSError:
        return False


def record_failure(home: "Home", container: "Container", error: BaseException) -> None:
    """Keep why a start failed, for `inspect`; a container made with --rm goes."""
    remove_tree(run_path(home, container.id))
    if container.config["host"]["AutoRemove"]:
        discard(home, container, volumes=True)
        return
    last = read_state(container.path)
    state = {"version": 1, "run": 0, **last, "code": getattr(error, "code", 125), "error": str(error)}
    write(f"{container.path}/state.json", state, durable=False)
