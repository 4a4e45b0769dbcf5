"""--runtime, --arch, --os and --variant: what the image and the runtime of a container are for."""

from pyker.cli.numbers import bad_option
from pyker.model.platform import parse_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

RUNTIMES = ("pyker-runtime", "pyker")
PARTS = ("os", "arch", "variant")


def read(arguments: "Arguments", _: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError for another runtime, and for parts beside --platform."""
    if arguments.given("runtime") and arguments.text("runtime") not in RUNTIMES:
        raise bad_option(arguments, "runtime", 'unknown runtime: must be "pyker-runtime", the only one here')
    platform = platform_of(arguments)
    return {"platform": platform} if platform else {}


def platform_of(arguments: "Arguments") -> str:
    """--platform, or what --os, --arch and --variant make of it; "" for this machine's."""
    if not any(arguments.given(name) for name in PARTS):
        return arguments.text("platform")
    for name in PARTS:
        _check_part(arguments, name)
    if arguments.given("platform"):
        name = next(name for name in PARTS if arguments.given(name))
        raise bad_option(arguments, name, "must not be given together with --platform, which says it all")
    here = parse_platform("")
    os_name, architecture = arguments.text("os", here.os), arguments.text("arch", here.architecture)
    words = [os_name, architecture, arguments.text("variant")]
    return "/".join(word for word in words if word)


def _check_part(arguments: "Arguments", name: str) -> None:
    text = arguments.text(name, "x")
    if not text.replace("_", "").replace("-", "").isalnum():
        raise bad_option(arguments, name, "must be letters and digits, as in linux, amd64 and v8")
