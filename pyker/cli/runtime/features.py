"""features: what this runtime can do, in the shape of the runtime-spec's features structure."""

from pyker import __version__
from pyker.base.jsonfile import pretty
from pyker.cli.output import say
from pyker.cli.runtime.help import SPECIFICATION
from pyker.kernel.capabilities import NAMES
from pyker.kernel.namespaces import KINDS
from pyker.kernel.seccomp import FLAGS
from pyker.mount.options import known_options
from pyker.runtime.hooks import KINDS as HOOKS
from pyker.security.bpf import ARCHITECTURES, known_actions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.runtime.main import Place
    from pyker.cli.runtime.words import Given

_OPERATORS = ("EQ", "GE", "GT", "LE", "LT", "MASKED_EQ", "NE")


def do_features(_: "Place", __: "Given") -> int:
    """Print the document."""
    say(pretty(document()))
    return 0


def document() -> "dict[str, Any]":
    """What can be used, and what is known and refused."""
    seccomp = {
        "enabled": True,
        "actions": known_actions(),
        "operators": [f"SCMP_CMP_{name}" for name in _OPERATORS],
        "archs": sorted(ARCHITECTURES),
        "knownFlags": list(FLAGS),
        "supportedFlags": list(FLAGS),
    }
    linux = {
        "namespaces": sorted(KINDS),
        "capabilities": list(NAMES),
        "cgroup": {"v1": True, "v2": True, "systemd": True, "systemdUser": True},
        "seccomp": seccomp,
        "apparmor": {"enabled": True},
        "selinux": {"enabled": False},
        "intelRdt": {"enabled": False},
        "mountExtensions": {"idmap": {"enabled": True}},
    }
    return {
        "ociVersionMin": "1.0.0",
        "ociVersionMax": SPECIFICATION,
        "hooks": list(HOOKS),
        "mountOptions": known_options(),
        "linux": linux,
        "annotations": {"org.pyker.version": __version__},
    }
