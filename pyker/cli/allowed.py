"""What each option of `run` and `create` takes: checks of single values, and the words for what is wrong.

Loaded when an option that needs a check is given, and when a value is wrong.
"""

from pyker.base.errors import InvalidError, PykerError
from pyker.cli.numbers import bad_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.cli.parse import Arguments
    from pyker.model.limits import Limits

    Check = Callable[[str], object]

NETWORKS = ("", "default", "bridge", "none", "host", "pasta", "slirp4netns")
LIMITS = (  # what an error about limits says, and the option it is about
    ("range of cpus", "cpus"),
    ("cfs period", "cpu_period"),
    ("cfs quota", "cpu_quota"),
    ("oom score", "oom_score_adj"),
    ("cpuset cpus", "cpuset_cpus"),
    ("cpus are not available", "cpuset_cpus"),
    ("cpuset mems", "cpuset_mems"),
    ("memory nodes", "cpuset_mems"),
    ("memoryswap", "memory_swap"),
    ("memory reservation", "memory_reservation"),
    ("memory limit", "memory"),
)
JOINED = {  # option -> its modes beside container:NAME
    "pid": ("host", "private"),
    "ipc": ("host", "private", "shareable", "none"),
    "uts": ("host", "private"),
    "cgroupns": ("host", "private"),
}


def check_options(arguments: "Arguments", names: "list[str]") -> None:
    """InvalidError, naming option, value and what is allowed, for the first of *names* that is wrong."""
    for name in names:
        for text in arguments.many(name) or (arguments.text(name),):
            try:
                CHECKS[name](text)
            except ValueError as error:
                raise bad_option(arguments, name, str(error), text) from None
            except PykerError as error:
                raise explained(arguments, name, error, text) from None


def explained(arguments: "Arguments", name: str, error: PykerError, value: str = "") -> PykerError:
    """*error*, met in reading option *name*, as one that names option, value and what is allowed."""
    values = arguments.many(name) or (arguments.text(name),)
    value = value or next((text for text in values if text and text in error.message), values[-1])
    if f"--{name.replace('_', '-')}" in error.message and value in error.message and error.hint:
        return error
    wrong = bad_option(arguments, name, error.message, value)
    return InvalidError(wrong.message, hint=error.hint or wrong.hint, code=error.code)


def check_together(arguments: "Arguments", limits: "Limits") -> None:
    """See *check_limits*; the error names the option that it is about."""
    from pyker.model.limits import check_limits

    try:
        check_limits(limits)
    except InvalidError as error:
        words = error.message.lower()
        for part, name in LIMITS:
            if part in words and arguments.given(name):
                raise explained(arguments, name, error) from None
        raise


def check_log_options(arguments: "Arguments") -> "dict[str, str]":
    """The options of the log driver; InvalidError for what that driver does not take."""
    from pyker.model.log_config import JSON_FILE, check_log

    driver = arguments.text("log_driver") or JSON_FILE
    found: "dict[str, str]" = {}
    for text in sorted(arguments.many("log_opt"), key=lambda text: text.startswith("compress=")):
        name, _, value = text.partition("=")
        found[name] = value
        try:
            check_log(driver, found)
        except InvalidError as error:
            raise explained(arguments, "log_opt", error, text) from None
    return found


def _address(text: str) -> None:
    from pyker.model.port import is_address

    if text and not is_address(text):
        raise ValueError(f"IP address is not correctly formatted: {text}")


def _own_address(text: str) -> None:
    from pyker.model.port import is_address

    if text and not is_address(text):
        raise ValueError(f"invalid IPv4 address: {text}")


def _hardware_address(text: str) -> None:
    parts = text.split(":")
    digits = set("0123456789abcdef")
    if len(parts) != 6 or not all(len(part) == 2 and set(part.lower()) <= digits for part in parts):
        raise ValueError(f"{text} is not a valid mac address")


def _mode(name: str) -> "Check":
    """The check of an option that takes a mode."""

    def check(text: str) -> None:
        joins = name != "uts" and text.startswith("container:") and len(text) > len("container:")
        if text and text not in JOINED[name] and not joins:
            raise ValueError(f"--{name}: invalid {name.upper().removesuffix('NS')} mode")

    return check


def _network(text: str) -> None:
    kind, colon, rest = text.partition(":")
    if text not in NETWORKS and not (kind == "container" and rest) and kind not in NETWORKS[5:]:
        raise ValueError("No such container: " if colon and not rest else f"network {text} not found")


def _capability(text: str) -> None:
    from pyker.kernel.capabilities import NUMBERS

    name = text.strip().upper()
    if name != "ALL" and f"CAP_{name.removeprefix('CAP_')}" not in NUMBERS:
        raise ValueError(f'unknown capability: "CAP_{text.upper().removeprefix("CAP_")}"')


def _security(text: str) -> None:
    from pyker.runtime.plan import security_options

    if text != "no-new-privileges" and "=" not in text and ":" not in text:
        raise ValueError(f'Invalid --security-opt: "{text}"')
    security_options({"SecurityOpt": [text]})


def _log_driver(text: str) -> None:
    from pyker.model.log_config import check_log

    if text:
        check_log(text, {})


def _signal(text: str) -> None:
    from pyker.engine.signals import signal_number

    signal_number(text)


def _restart(text: str) -> None:
    from pyker.model.restart import parse_policy

    parse_policy(text)


def _platform(text: str) -> None:
    from pyker.model.platform import parse_platform

    parse_platform(text)


def _keys(text: str) -> None:
    from pyker.engine.attach import parse_keys

    parse_keys(text)


def _directory(text: str) -> None:
    if text and not text.startswith("/"):
        raise ValueError(f"the working directory '{text}' is invalid, it needs to be an absolute path")


def _new_file(text: str) -> None:
    import os

    if text and not os.path.isdir(os.path.dirname(os.path.abspath(text))):
        raise ValueError("its directory does not exist")


def _name(text: str) -> None:
    from pyker.base.ids import check_name

    if text:
        check_name(text)


def _host_name(text: str) -> None:
    if len(text) > 64 or not text.isprintable() or " " in text or "/" in text:
        raise ValueError("is no name of a host")


def _group(text: str) -> None:
    if not text:
        raise ValueError("is empty")


def _word(text: str) -> None:
    if not text.isprintable() or not text or " " in text:
        raise ValueError("is empty, or has a blank in it")


CHECKS: "dict[str, Check]" = {
    **{name: _mode(name) for name in JOINED},
    "name": _name,
    "network": _network,
    "ip": _own_address,
    "mac_address": _hardware_address,
    "dns": _address,
    "dns_option": _word,
    "dns_search": _word,
    "hostname": _host_name,
    "domainname": _host_name,
    "cap_add": _capability,
    "cap_drop": _capability,
    "group_add": _group,
    "security_opt": _security,
    "log_driver": _log_driver,
    "stop_signal": _signal,
    "restart": _restart,
    "platform": _platform,
    "workdir": _directory,
    "cidfile": _new_file,
    "detach_keys": _keys,
}
_BYTES = "a number of bytes, as 512m or 1g"
_NUMBER = "a whole number"
_TIME = "a time, as 30s or 1m30s"
_DEVICE_RATE = "/dev/NAME:RATE"
_CPUS = "numbers and ranges of those there are, as 0-3 or 0,1"
_HOST = "letters, digits, '-' and '.', 64 at most"
_CAPABILITY = "a name of capabilities(7), as NET_ADMIN, or ALL"
_MAP = "CONTAINER_ID:HOST_ID:COUNT"
_RANGE_NAME = "a user who has a range in"
ALLOWED = {
    "env": "NAME=VALUE, or NAME to copy it from here",
    "env_file": "a file with a NAME=VALUE in each line",
    "user": "a name of the image or a number, and :GROUP after it",
    "workdir": "an absolute path",
    "name": "a letter or a digit, then letters, digits, '_', '.' and '-'",
    "hostname": _HOST,
    "domainname": _HOST,
    "label": "NAME or NAME=VALUE",
    "label_file": "a file with a NAME=VALUE in each line",
    "annotation": "NAME=VALUE",
    "cidfile": "a new file in a directory that exists",
    "attach": "stdin, stdout or stderr",
    "restart": "no, on-failure[:N], always or unless-stopped",
    "stop_signal": "a signal's name or number, see kill -l",
    "stop_timeout": "seconds",
    "log_opt": "NAME=VALUE",
    "pull": "always, missing or never",
    "platform": "OS/ARCHITECTURE[/VARIANT], as linux/amd64",
    "creds": "USERNAME:PASSWORD",
    "retry": "a whole number",
    "retry_delay": "a time from 0 to 30s",
    "health_interval": _TIME,
    "health_retries": _NUMBER,
    "health_start_period": _TIME,
    "health_start_interval": _TIME,
    "health_timeout": _TIME,
    "health_on_failure": "none, kill, restart or stop",
    "timeout": "seconds",
    "volume": "[SOURCE:]TARGET[:OPTIONS], an absolute TARGET",
    "mount": "type=bind|volume|tmpfs|…,src=…,dst=…",
    "tmpfs": "TARGET[:OPTIONS], an absolute TARGET",
    "volumes_from": "CONTAINER[:OPTIONS], of which ro and rw are the commonest",
    "device": "/dev/NAME[:/dev/NAME_INSIDE[:rwm]]",
    "image_volume": "anonymous, bind, tmpfs or ignore",
    "preserve_fd": "numbers of open descriptors",
    "preserve_fds": _NUMBER,
    "secret": "NAME[,type=mount|env,target=…,uid=…,gid=…,mode=…]",
    "shm_size": _BYTES,
    "network": "bridge, none, host, pasta, slirp4netns or container:NAME",
    "ip": "an IP address, as 172.30.100.104",
    "ip6": "an IPv6 address, as 2001:db8::2",
    "storage_opt": "size=BYTES",
    "mac_address": "six pairs of hexadecimal digits, as 92:d0:c6:0a:29:33",
    "publish": "[[IP:]HOST_PORT:]PORT[/tcp|udp|sctp], or ranges of ports",
    "expose": "PORT[-PORT][/tcp|udp|sctp]",
    "dns": "an IP address",
    "dns_option": "an option of resolv.conf(5)",
    "dns_search": "a domain, or . for none",
    "add_host": "NAME:IP, or NAME:host-gateway",
    "memory": _BYTES,
    "memory_swap": f"{_BYTES}, or -1 for no limit",
    "memory_reservation": _BYTES,
    "cpus": "a number of processors, as 1.5",
    "cpu_shares": _NUMBER,
    "cpu_period": "microseconds",
    "cpu_quota": "microseconds",
    "cpu_rt_period": "microseconds",
    "cpu_rt_runtime": "microseconds",
    "cpuset_cpus": _CPUS,
    "cpuset_mems": _CPUS,
    "pids_limit": "a whole number, -1 for no limit",
    "blkio_weight": "a whole number from 10 to 1000, or 0",
    "memory_swappiness": "a whole number from 0 to 100",
    "oom_score_adj": "a whole number from -1000 to 1000",
    "blkio_weight_device": "/dev/NAME:WEIGHT",
    "device_read_bps": _DEVICE_RATE,
    "device_write_bps": _DEVICE_RATE,
    "device_read_iops": _DEVICE_RATE,
    "device_write_iops": _DEVICE_RATE,
    "device_cgroup_rule": "c|b|a MAJOR:MINOR rwm",
    "cgroup_conf": "FILE=VALUE",
    "cgroup_parent": "a path below the root of the control groups",
    "cgroups": "enabled, disabled or no-conmon",
    "ulimit": "NAME=SOFT[:HARD], or host",
    "cap_add": _CAPABILITY,
    "cap_drop": _CAPABILITY,
    "group_add": "a group of the image, a number, or keep-groups",
    "security_opt": "seccomp=, no-new-privileges, systempaths=, mask=, unmask=, apparmor= or label=",
    "sysctl": "NAME=VALUE, a NAME of net., fs.mqueue. or kernel.shm and the like",
    "pid": "host, private or container:NAME",
    "ipc": "host, private, shareable, none or container:NAME",
    "uts": "host or private",
    "cgroupns": "host, private or container:NAME",
    "userns": "host, nomap, keep-id[:uid=N,gid=N], auto[:size=N], container:NAME or ns:PATH",
    "uidmap": _MAP,
    "gidmap": _MAP,
    "subuidname": f"{_RANGE_NAME} /etc/subuid",
    "subgidname": f"{_RANGE_NAME} /etc/subgid",
    "link": "CONTAINER[:ALIAS]",
    "detach_keys": "characters and ctrl-LETTER with commas between, as ctrl-p,ctrl-q",
}
