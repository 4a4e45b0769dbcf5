"""Platforms: `linux/arm64/v8` and the architecture of this machine, in Go's words as OCI wants them."""

import os

from pyker.base.errors import InvalidError
from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MACHINES = {
    "x86_64": ("amd64", ""),
    "aarch64": ("arm64", "v8"),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "i686": ("386", ""),
    "ppc64le": ("ppc64le", ""),
    "s390x": ("s390x", ""),
    "riscv64": ("riscv64", ""),
    "loongarch64": ("loong64", ""),
}
_ALIASES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm", "i386": "386"}


class Platform(Value):
    """What an image runs on."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def accepts(self, document: "dict[str, Any]") -> bool:
        """Whether content marked with *document* (os, architecture, variant) is for this platform."""
        if document.get("os", self.os) != self.os or document.get("architecture") != self.architecture:
            return False
        variant = document.get("variant") or ""
        return not (variant and self.variant) or variant == self.variant


def this_machine() -> Platform:
    """The platform pyker runs on."""
    machine = os.uname().machine
    return Platform("linux", *_MACHINES.get(machine, (machine, "")))


def parse_platform(text: str) -> Platform:
    """`os/architecture[/variant]` or one of the first two; "" is this machine. InvalidError otherwise."""
    here = this_machine()
    if not text:
        return here
    parts = text.lower().split("/")
    if len(parts) > 3 or not all(part.replace("_", "").replace("-", "").isalnum() for part in parts):
        raise InvalidError(f"invalid platform {text!r}", hint="write os/architecture, as linux/amd64")
    if len(parts) == 1:
        parts = [parts[0], here.architecture] if parts[0] == "linux" else ["linux", parts[0]]
    architecture = _ALIASES.get(parts[1], parts[1])
    return Platform(parts[0], architecture, parts[2] if len(parts) > 2 else "")
