"""Inside the supervisor: everything a container needs, made in order, undone in reverse on failure."""

import os
import time

from pyker.base.errors import NotFoundError
from pyker.base.jsonfile import write
from pyker.base.locks import Lock
from pyker.cgroup import group as groups
from pyker.engine.cleanup import (
    await_restart,
    forget_run,
    keep_state,
    pause_by_policy,
    record_failure,
)
from pyker.engine.clock import now
from pyker.engine.containers import (
    container_path,
    hidden_variables,
    is_alive,
    load_container,
    read_state,
    run_path,
)
from pyker.engine.events import record_container
from pyker.engine.facts import network_mode, port_mappings
from pyker.engine.fork import NOTHING_PASSED, AlreadyRunningError
from pyker.engine.private_root import Undo, leave_root, let_go, mount_all
from pyker.engine.run_record import RunRecord, mark_unfinished
from pyker.engine.streams import Streams
from pyker.kernel.process import name_process
from pyker.kernel.sockets import listen
from pyker.model.container import RESTARTING
from pyker.model.log_config import JSON_FILE, NONE, PASSTHROUGH
from pyker.mount.etc import write_hosts
from pyker.network.attachment import attach, release
from pyker.runtime.launch import Acts, end_child, launch
from pyker.runtime.plan import plan
from pyker.runtime.process import Manner
from pyker.supervisor.job import Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.engine.fork import Passed
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps
    from pyker.network.attachment import Attachment
    from pyker.runtime.process import Launched


def start_container(
    home: "Home",
    identity: str,
    warn: "Callable[[str], None]",
    passed: "Passed" = NOTHING_PASSED,
    *,
    held: bool = False,
) -> Job:
    """Start container *identity* from this process, its supervisor to be; the job that is left to do.

    *passed* is what the container gets of who asked. When *held*, its program waits for `start`.

    Raises AlreadyRunningError, CommandError (126, 127) or another PykerError saying what could not be done;
    the container is then as it was, but for the reason in its state. On success run.json says what was made.
    """
    with Lock(f"{container_path(home, identity)}/lock"):
        container = load_container(home, identity)
        if container is None:
            raise NotFoundError(f"No such container: {identity} (removed meanwhile)")
        if container.is_active and not _is_ours(container):
            raise AlreadyRunningError(f"container {container.name} is running already")
        if container.is_active:
            leave_root(home)
        forget_run(home, container)
        name_process(f"pyker: {container.name}")
        return _launch_or_undo(home, container, warn, passed, held=held)


def _is_ours(container: "Container") -> bool:
    """Whether *container* waits for this very process to start it again."""
    watcher = (container.run or {}).get("supervisor") or {}
    return bool(container.status == RESTARTING and watcher.get("pid") == os.getpid())


def _launch_or_undo(
    home: "Home", container: "Container", warn: "Callable[[str], None]", passed: "Passed", *, held: bool
) -> Job:
    undo = Undo()
    try:
        return _launch(home, container, warn, undo, passed, held=held)
    except BaseException as error:
        if not undo.run():
            raise  # run.json tells the next command what is left
        if container.status != RESTARTING or not _try_later(home, container, error):
            record_failure(home, container, error)
        raise


def _try_later(home: "Home", container: "Container", error: BaseException) -> bool:
    """A restart that failed is one more end of the container: whether its policy lets it go on."""
    code = getattr(error, "code", 125)
    run = {**(container.run or {}), "began": time.monotonic()}
    pause = pause_by_policy(container, run, code)
    if pause is None:
        return False
    state = {**read_state(container.path), "code": code, "error": str(error), "finished": now()}
    keep_state(container, state, durable=False)
    os.makedirs(run_path(home, container.id), 0o700, exist_ok=True)
    await_restart(home, container.id, run, pause)
    return True


def _launch(
    home: "Home",
    container: "Container",
    warn: "Callable[[str], None]",
    undo: Undo,
    passed: "Passed",
    *,
    held: bool,
) -> Job:
    config = container.config["config"]
    maps = _maps(home, container)
    facts, trees = mount_all(home, container, maps, warn, undo)
    spec = plan(container.config, facts)
    _write_spec(container, spec)
    record = RunRecord(home, container)
    record.write(**({"group": facts.cgroup} if facts.cgroup else {}))
    notify = _notify(config, spec, record.directory)
    group = _group(facts.cgroup, spec["linux"]["resources"], warn)
    undo.later(group.remove)
    if (container.config.get("identity") or {}).get("systemd"):
        from pyker.engine.systemd import open_group

        open_group(group, facts.cgroup, maps)
    record.write(cgroup=group.paths)
    attachment = _attach(home, container, warn)
    undo.later(lambda: release(home, container.id, attachment.document()))
    _write_hosts(home, container, attachment.document())
    streams = _streams(container, passed.streams)

    def began(pid: int, started: int) -> None:
        record.begin(pid, started, attachment.document())

    acts = Acts(group.enter, began, attachment.wire)
    manner = _manner(container, spec, passed.descriptors, record if held else None)
    launched = launch(spec, streams.inside, cache=home.below("cache"), acts=acts, manner=manner, trees=trees)
    undo.later(lambda: end_child(launched.pid))
    let_go(trees)
    streams.close_inside()
    record.write(network=attachment.document(), started_at=now())
    _tell(home, container, record, manner)
    job = _job(home, container, launched, streams, attachment.descriptors)
    return _with_duties(job, config, notify)


def _tell(home: "Home", container: "Container", record: RunRecord, manner: Manner) -> None:
    """Note that the program runs, or that it waits to."""
    if manner.hold:
        from pyker.runtime.hold import close_hold

        close_hold(manner.hold)
    else:
        mark_unfinished(container, record.document)
    record_container(home, container, "init" if manner.hold else "start")


def _notify(config: "dict[str, Any]", spec: "dict[str, Any]", directory: str) -> "dict[str, Any]":
    """Whom systemd wants to hear from, when it waits for a word; the container gets a socket for it."""
    if "NOTIFY_SOCKET" not in os.environ:
        return {}
    from pyker.engine.notify import prepare, wanted

    mode = wanted(config)
    if not mode:
        return {}
    descriptor = prepare(spec, directory) if mode == "container" else -1
    return {"mode": mode, "address": os.environ["NOTIFY_SOCKET"], "descriptor": descriptor}


def _with_duties(job: Job, config: "dict[str, Any]", notify: "dict[str, Any]") -> Job:
    """*job* with what its supervisor needs for more than carrying output."""
    if notify:
        from pyker.engine.notify import tell

        tell(notify["address"], f"MAINPID={os.getpid()}", *["READY=1"] * (notify["mode"] == "conmon"))
    wanted = bool(notify) or any(config.get(name) for name in ("Healthcheck", "Timeout"))
    return job.replace(extra={**job.extra, "duties": wanted, "notify": notify})


def _group(place: str, resources: "dict[str, Any]", warn: "Callable[[str], None]") -> groups.Group:
    if not place:
        return groups.Group()
    return groups.create(place, resources, warn, unit=f"pyker-{place.rpartition('/')[2]}")


def _write_spec(container: "Container", spec: "dict[str, Any]") -> None:
    if names := container.config.get("named_devices"):
        from pyker.engine.cdi import inject

        inject(names, spec)
    write(f"{container.path}/spec.json", spec, durable=False)
    spec["process"]["env"] += hidden_variables(container)


def _manner(
    container: "Container",
    spec: "dict[str, Any]",
    descriptors: "tuple[int, ...]",
    holder: "RunRecord | None",
) -> Manner:
    """With *descriptors*, the hooks that devices bring along, and a wait that *holder* tells of."""
    manner = Manner(descriptors=descriptors)
    if spec.get("hooks"):
        from pyker.runtime.hooks import Hooks

        manner = manner.replace(hooks=Hooks(spec, container.id, container.path))
    if holder:
        from pyker.engine.initialize import holding

        manner = holding(manner, holder)
    return manner


def _write_hosts(home: "Home", container: "Container", network: "dict[str, Any]") -> None:
    more: list[str] = []
    if container.config["host"].get("Links"):
        from pyker.engine.identity import link_lines

        more = link_lines(home, container)
    if address := network["IPAddress"]:
        write_hosts(container.path, container.config, [address], network["Gateway"], more)


def _maps(home: "Home", container: "Container") -> "Maps | None":
    """The ids of a container with a user namespace."""
    if not container.config["host"].get("UsernsMode"):
        return None
    from pyker.engine.userns import current_maps

    return current_maps(home, container)


def _attach(home: "Home", container: "Container", warn: "Callable[[str], None]") -> "Attachment":
    host = container.config["host"]
    return attach(
        home,
        container.id,
        network_mode(host),
        port_mappings(container.config),
        address=host["IPAddress"],
        mac=host["MacAddress"],
        alive=lambda identity: is_alive(home, identity),
        warn=warn,
    )


def _job(
    home: "Home",
    container: "Container",
    launched: "Launched",
    streams: Streams,
    descriptors: "tuple[int, ...]",
) -> Job:
    config, host = container.config["config"], container.config["host"]
    log_path, log_options = _log(container)
    path = f"{run_path(home, container.id)}/attach"
    return Job(
        id=container.id,
        pid=launched.pid,
        started=launched.started,
        name=container.name,
        stdin=streams.stdin,
        stdout=streams.stdout,
        stderr=streams.stderr,
        master=launched.master,
        listening=listen(path),
        socket=path,
        keep=descriptors,
        log_driver=host["LogConfig"]["Type"],
        log_path=log_path,
        log_options=log_options,
        stdin_once=config["StdinOnce"],
        may_park=host["PidMode"] in ("", "private"),
        extra={
            "home": {
                "graph": home.graph,
                "run": home.run,
                "config": home.config,
                "rootless": home.rootless,
            },
        },
    )


def _streams(container: "Container", passed: "tuple[int, ...]") -> Streams:
    config = container.config["config"]
    if container.config["host"]["LogConfig"]["Type"] != PASSTHROUGH:
        return Streams(tty=config["Tty"], stdin_open=config["OpenStdin"])
    nothing = [os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC) for _ in range(3)] if not passed else []
    return Streams(tty=False, stdin_open=False, passed=(*passed, *nothing))


def _log(container: "Container") -> "tuple[str, tuple[tuple[str, str], ...]]":
    """The file and the options of the log."""
    log = container.config["host"]["LogConfig"]
    if not log["Config"] and log["Type"] in (JSON_FILE, NONE):
        return f"{container.path}/ctr.log", ()
    from pyker.engine import log_settings

    return log_settings.log_path(container), log_settings.log_options(container)
