"""How much of the machine a container may use: the rare options, and where its control group stands.

A container made without any of them has none of this; then nothing here is loaded.
"""

from pyker.base.units import parse_bytes
from pyker.base.value import Value

WEIGHTS = range(10, 1001)
MODES = ("enabled", "disabled", "no-conmon")
RATES = ("ReadBps", "WriteBps", "ReadIOps", "WriteIOps")  # HostConfig's names without "BlkioDevice"


class RareLimits(Value):
    """Limits on disks, devices, real time and swapping; 0, "" and None mean "not asked for"."""

    weight: int = 0
    weight_devices: "tuple[tuple[str, int], ...]" = ()  # (path, weight)
    rates: "tuple[tuple[str, str, int], ...]" = ()  # (one of RATES, path, bytes or operations a second)
    realtime_period: int = 0  # microseconds
    realtime_runtime: int = 0
    swappiness: "int | None" = None
    oom_kill_disable: bool = False
    device_rules: "tuple[str, ...]" = ()  # "c 1:3 rwm"
    conf: "tuple[tuple[str, str], ...]" = ()  # (file of a v2 control group, value)
    parent: str = ""
    mode: str = ""  # one of MODES

    def limits_anything(self) -> bool:
        """Whether any limit is asked for, beside the place of the control group."""
        return self.replace(parent="", mode="") != RareLimits()


def parse_weight(text: str) -> int:
    """--blkio-weight: 10 to 1000, or 0 for none; ValueError otherwise."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if int(text) and int(text) not in WEIGHTS:
        raise ValueError("Range of blkio weight is from 10 to 1000")
    return int(text)


def parse_weight_device(text: str) -> "tuple[str, int]":
    """--blkio-weight-device PATH:WEIGHT; ValueError in Docker's words."""
    path, weight = _split(text)
    if not weight.isdecimal() or (int(weight) and int(weight) not in WEIGHTS):
        raise ValueError(f"invalid weight for device: {text}: must be from 10 to 1000")
    return path, int(weight)


def parse_bps(text: str) -> "tuple[str, int]":
    """--device-read-bps PATH:RATE[kb|mb|gb]; ValueError in Docker's words."""
    path, rate = _split(text)
    try:
        return path, parse_bytes(rate)
    except ValueError:
        raise ValueError(
            f"invalid rate for device: {text}. The correct format is <device-path>:<number>[<unit>]. "
            "Number must be a positive integer. Unit is optional and can be kb, mb, or gb"
        ) from None


def parse_iops(text: str) -> "tuple[str, int]":
    """--device-read-iops PATH:RATE; ValueError in Docker's words."""
    path, rate = _split(text)
    if not (rate.isascii() and rate.isdecimal()):
        raise ValueError(
            f"invalid rate for device: {text}. The correct format is <device-path>:<number>. "
            "Number must be a positive integer"
        )
    return path, int(rate)


def _split(text: str) -> "tuple[str, str]":
    path, colon, rest = text.partition(":")
    if not colon or not path or not rest or ":" in rest:
        raise ValueError(f"bad format: {text}")
    if not path.startswith("/dev/"):
        raise ValueError(f"bad format for device path: {text}")
    return path, rest


def parse_swappiness(text: str) -> "int | None":
    """--memory-swappiness: 0 to 100, -1 for the machine's own; ValueError in Docker's words."""
    number = int(text) if text.removeprefix("-").isdecimal() and text.isascii() else -2
    if not -1 <= number <= 100:
        raise ValueError(f"invalid value: {text}. Valid memory swappiness range is 0-100")
    return None if number < 0 else number


def parse_device_rule(text: str) -> str:
    """--device-cgroup-rule "TYPE MAJOR:MINOR ACCESS"; ValueError in Docker's words."""
    words = text.split(" ")
    numbers = words[1].split(":") if len(words) == 3 else []
    good = len(numbers) == 2 and all(one == "*" or (one.isascii() and one.isdecimal()) for one in numbers)
    if (
        not good
        or words[0] not in ("a", "b", "c")
        or not 0 < len(words[2]) <= 3
        or set(words[2]) - set("rwm")
    ):
        raise ValueError(f"invalid device cgroup format '{text}': must be as 'c 1:3 rwm' or 'b 8:* r'")
    return text


def parse_conf(text: str) -> "tuple[str, str]":
    """--cgroup-conf FILE=VALUE of control groups v2; ValueError otherwise."""
    file, equals, value = text.partition("=")
    if not equals or "." not in file or not value or "/" in file or file.startswith("."):
        raise ValueError("must be FILE=VALUE, where FILE is one of a v2 control group, as memory.high")
    return file, value


def parse_parent(text: str) -> str:
    """--cgroup-parent: a path below the root of the control groups; ValueError when it leads out of it."""
    if any(part in (".", "..") for part in text.split("/")) or "\0" in text or not text.strip("/"):
        raise ValueError("must be a path below the root of the control groups, without '..'")
    return text.strip("/")


def parse_mode(text: str) -> str:
    """--cgroups: one of MODES."""
    if text not in MODES:
        raise ValueError(f"must be one of {', '.join(MODES)}")
    return text
