"""The options of `run` and `create` become a RunRequest; what reads an option not given is not imported."""

import sys

from pyker.base.errors import InvalidError
from pyker.cli.checking import check, told
from pyker.cli.contradictions import check_values
from pyker.cli.numbers import bad_option, whole_number
from pyker.model.limits import Limits
from pyker.model.request import RunRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from pyker.base.home import Home
    from pyker.cli.parse import Arguments

    T = TypeVar("T")

PULL = ("always", "missing", "never")
STREAMS = ("stdin", "stdout", "stderr")
KEEP_GROUPS = "keep-groups"  # a word for --group-add, of Podman
_SIMPLE = {  # fields of RunRequest that are the text of an option
    "name": "name",
    "working_directory": "workdir",
    "user": "user",
    "hostname": "hostname",
    "domainname": "domainname",
    "network": "network",
    "address": "ip",
    "mac_address": "mac_address",
    "pid_mode": "pid",
    "ipc_mode": "ipc",
    "uts_mode": "uts",
    "cgroup_mode": "cgroupns",
    "stop_signal": "stop_signal",
    "log_driver": "log_driver",
    "restart": "restart",
    "platform": "platform",
    "cidfile": "cidfile",
}
_FLAGS = {
    "tty": "tty",
    "stdin_open": "interactive",
    "detach": "detach",
    "remove": "rm",
    "init": "init",
    "read_only": "read_only",
    "privileged": "privileged",
    "publish_all": "publish_all",
    "quiet": "quiet",
}
_LISTS = {
    "groups": "group_add",
    "dns": "dns",
    "dns_search": "dns_search",
    "dns_options": "dns_option",
    "cap_add": "cap_add",
    "cap_drop": "cap_drop",
    "security": "security_opt",
}


def run_request(home: "Home", arguments: "Arguments", warn: "Callable[[str], None]") -> RunRequest:
    """What the line asks for; InvalidError, in Docker's words, for a value that makes no sense."""
    options = arguments.options
    values: "dict[str, Any]" = {
        field: options[name] for field, name in {**_SIMPLE, **_FLAGS, **_LISTS}.items() if name in options
    }
    check(arguments)
    for name, read in _READERS.items():
        if name in options:
            values.update(told(arguments, name, read))
    if KEEP_GROUPS in values.get("groups", ()):
        from pyker.cli.run_accounts import keep_groups

        values.update(keep_groups(arguments, values))
    for module in {name: None for option, name in _ELSEWHERE.items() if option in options}:
        reader = __import__(f"pyker.cli.{module}", fromlist=("read",))
        values.update(reader.read(arguments, values))
    if arguments.given("volumes_from"):
        from pyker.engine.volumes_from import volumes_from

        def mounts(_: "Arguments") -> "dict[str, Any]":
            own = values.get("volumes", ())
            return {"volumes": volumes_from(home, arguments.many("volumes_from"), own)}

        values.update(told(arguments, "volumes_from", mounts))
    check_values(values, warn)
    image, *command = arguments.words
    request = RunRequest(image, tuple(command), create_command=tuple(sys.argv), **values)
    limits = limits_of(arguments)
    return request if limits is None else request.replace(limits=limits)


def _each(arguments: "Arguments", name: str, read: "Callable[[str], T]") -> "list[T]":
    """Every value of an option read; one that cannot be is told as pflag tells it."""
    found = []
    for text in arguments.many(name):
        try:
            found.append(read(text))
        except ValueError as error:
            raise bad_option(arguments, name, str(error), text) from None
    return found


def _bytes(arguments: "Arguments", name: str) -> int:
    from pyker.base.units import parse_bytes

    text = arguments.text(name, "0")
    if name == "memory_swap" and text == "-1":
        return -1
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise bad_option(arguments, name, str(error)) from None


def _volumes(arguments: "Arguments") -> "dict[str, Any]":
    """-v, --mount and --tmpfs together: they fill the same two fields."""
    from pyker.model.volume import TmpfsMount, VolumeMount, parse_tmpfs, parse_volume

    found: "list[VolumeMount | TmpfsMount]" = []
    found += _each(arguments, "volume", parse_volume)
    if arguments.given("mount"):
        from pyker.model.mount_words import parse_mount

        found += _each(arguments, "mount", parse_mount)
    found += _each(arguments, "tmpfs", parse_tmpfs)
    by_target = {one.target.rstrip("/"): one for one in found if isinstance(one, VolumeMount)}
    return {
        "volumes": tuple(by_target.values()) if arguments.given("volumes_from") else _of(VolumeMount, found),
        "tmpfs": _of(TmpfsMount, found),
    }


def _of(kind: type, found: "list[Any]") -> "tuple[Any, ...]":
    return tuple(one for one in found if isinstance(one, kind))


def _environment(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.cli.environment import environment_of

    return {"environment": environment_of(arguments)}


def _labels(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.model.environment import labels

    for word in arguments.many("label"):
        if not word.partition("=")[0].strip():
            raise bad_option(arguments, "label", f"invalid label '{word}': empty name", word)
    try:
        return {"labels": labels(arguments.many("label"), arguments.many("label_file"))}
    except ValueError as error:
        raise InvalidError(str(error), code=125) from None


def _annotations(arguments: "Arguments") -> "dict[str, Any]":
    def read(text: str) -> "tuple[str, str]":
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise ValueError(f"invalid annotation '{text}': write key=value")
        return key, value

    return {"annotations": tuple(_each(arguments, "annotation", read))}


def _ports(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.model.port import parse_expose, parse_publish

    return {
        "ports": tuple(port for ports in _each(arguments, "publish", parse_publish) for port in ports),
        "expose": tuple(port for ports in _each(arguments, "expose", parse_expose) for port in ports),
    }


def _add_hosts(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.model.host_entry import parse_host

    return {"add_hosts": tuple(_each(arguments, "add_host", parse_host))}


def _ulimits(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.model.ulimit import parse_ulimits

    by_name = {limit[0]: limit for limits in _each(arguments, "ulimit", parse_ulimits) for limit in limits}
    return {"ulimits": tuple(by_name.values())}


def _sysctls(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.model.sysctl import parse_sysctl

    return {"sysctls": tuple(dict(_each(arguments, "sysctl", parse_sysctl)).items())}


def _devices(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.model.device import check_device

    return {"devices": tuple(_each(arguments, "device", check_device))}


def _attach(arguments: "Arguments") -> "dict[str, Any]":
    def read(text: str) -> str:
        if text.lower() not in STREAMS:
            raise ValueError("valid streams are STDIN, STDOUT and STDERR")
        return text.lower()

    return {"attach": tuple(_each(arguments, "attach", read))}


def _log_options(arguments: "Arguments") -> "dict[str, Any]":
    from pyker.cli.allowed import check_log_options

    return {"log_options": tuple(check_log_options(arguments).items())}


def _entrypoint(arguments: "Arguments") -> "dict[str, Any]":
    text = arguments.text("entrypoint")
    return {"entrypoint": (text,) if text else ()}


def _shm_size(arguments: "Arguments") -> "dict[str, Any]":
    return {"shm_size": _bytes(arguments, "shm_size")}


def _stop_timeout(arguments: "Arguments") -> "dict[str, Any]":
    return {"stop_timeout": whole_number(arguments, "stop_timeout", 0)}


def _pull(arguments: "Arguments") -> "dict[str, Any]":
    text = arguments.text("pull")
    if text not in PULL:
        raise InvalidError(
            f'invalid pull option: \'{text}\': must be one of "always", "missing" or "never"', code=125
        )
    return {"pull": text}


_READERS: "dict[str, Callable[[Arguments], dict[str, Any]]]" = {
    "volume": _volumes,
    "mount": _volumes,
    "tmpfs": _volumes,
    "env": _environment,
    "env_file": _environment,
    "env_host": _environment,
    "http_proxy": _environment,
    "label": _labels,
    "label_file": _labels,
    "annotation": _annotations,
    "publish": _ports,
    "expose": _ports,
    "add_host": _add_hosts,
    "ulimit": _ulimits,
    "sysctl": _sysctls,
    "device": _devices,
    "attach": _attach,
    "log_opt": _log_options,
    "entrypoint": _entrypoint,
    "shm_size": _shm_size,
    "stop_timeout": _stop_timeout,
    "pull": _pull,
}
_ELSEWHERE = {  # option -> the module whose read(arguments, values) gives the fields that it fills
    "blkio_weight": "run_limits",
    "blkio_weight_device": "run_limits",
    "device_read_bps": "run_limits",
    "device_write_bps": "run_limits",
    "device_read_iops": "run_limits",
    "device_write_iops": "run_limits",
    "cpu_rt_period": "run_limits",
    "cpu_rt_runtime": "run_limits",
    "memory_swappiness": "run_limits",
    "oom_kill_disable": "run_limits",
    "device_cgroup_rule": "run_limits",
    "cgroup_conf": "run_limits",
    "cgroup_parent": "run_limits",
    "cgroups": "run_limits",
    "health_cmd": "run_life",
    "health_interval": "run_life",
    "health_retries": "run_life",
    "health_start_period": "run_life",
    "health_start_interval": "run_life",
    "health_timeout": "run_life",
    "health_on_failure": "run_life",
    "no_healthcheck": "run_life",
    "timeout": "run_life",
    "sdnotify": "run_life",
    "requires": "run_life",
    "replace": "run_life",
    "pidfile": "run_life",
    "preserve_fd": "preserved",
    "preserve_fds": "preserved",
    "env_merge": "run_identity",
    "unsetenv": "run_identity",
    "unsetenv_all": "run_identity",
    "hosts_file": "run_identity",
    "no_hosts": "run_identity",
    "no_hostname": "run_identity",
    "link": "run_identity",
    "umask": "run_identity",
    "tz": "run_identity",
    "init_path": "run_identity",
    "init_binary": "run_identity",
    "rmi": "run_identity",
    "passwd": "run_accounts",
    "passwd_entry": "run_accounts",
    "group_entry": "run_accounts",
    "hostuser": "run_accounts",
    "systemd": "run_accounts",
    "personality": "run_accounts",
    "secret": "run_secrets",
    "gpus": "run_files",
    "image_volume": "run_files",
    "read_only_tmpfs": "run_files",
    "userns": "run_userns",
    "uidmap": "run_userns",
    "gidmap": "run_userns",
    "subuidname": "run_userns",
    "subgidname": "run_userns",
    "runtime": "run_platform",
    "arch": "run_platform",
    "os": "run_platform",
    "variant": "run_platform",
    "authfile": "run_registry",
    "creds": "run_registry",
    "cert_dir": "run_registry",
    "tls_verify": "run_registry",
    "retry": "run_registry",
    "retry_delay": "run_registry",
    "rootfs": "run_rootfs",
    "ip6": "run_refused",
    "storage_opt": "run_refused",
}
_LIMITS = (
    "memory",
    "memory_swap",
    "memory_reservation",
    "cpus",
    "cpu_shares",
    "cpu_period",
    "cpu_quota",
    "cpuset_cpus",
    "cpuset_mems",
    "pids_limit",
    "oom_score_adj",
)


def limits_of(arguments: "Arguments", *, check: bool = True) -> "Limits | None":
    """The common limits that the line asks for, None when there are none; InvalidError for wrong ones."""
    if not any(name in arguments.options for name in _LIMITS):
        return None
    from pyker.cli.allowed import check_together
    from pyker.model.limits import parse_cpus

    try:
        cpus = parse_cpus(arguments.text("cpus", "0"))
    except ValueError as error:
        raise bad_option(arguments, "cpus", str(error)) from None
    given = arguments.given
    limits = Limits(
        memory=_bytes(arguments, "memory"),
        memory_swap=_bytes(arguments, "memory_swap"),
        memory_reservation=_bytes(arguments, "memory_reservation"),
        nano_cpus=cpus,
        cpu_shares=max(0, whole_number(arguments, "cpu_shares", 0)),
        cpu_period=whole_number(arguments, "cpu_period", 0),
        cpu_quota=whole_number(arguments, "cpu_quota", 0),
        cpuset_cpus=arguments.text("cpuset_cpus"),
        cpuset_mems=arguments.text("cpuset_mems"),
        pids=max(-1, whole_number(arguments, "pids_limit", 0)) if given("pids_limit") else None,
        oom_score_adj=whole_number(arguments, "oom_score_adj", 0) if given("oom_score_adj") else None,
    )
    if check:
        check_together(arguments, limits)
    return limits
