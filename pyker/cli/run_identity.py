"""The options of `run` and `create` about users, ids, variables and the files of /etc."""

import os

from pyker.base.errors import InvalidError
from pyker.cli.values import read_value, read_values
from pyker.model.identity import Identity, parse_link, parse_umask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.cli.parse import Arguments

ZONES = "/usr/share/zoneinfo"
HOSTS = ("image", "none")


def read(arguments: "Arguments", values: "dict[str, Any]") -> "dict[str, Any]":
    """The fields of a RunRequest; InvalidError for a value that makes no sense."""
    _check_hosts(arguments, values)
    identity = (values.get("identity") or Identity()).replace(
        umask=read_value(arguments, "umask", parse_umask, Identity.umask),
        time_zone=read_value(arguments, "tz", _time_zone, ""),
        unset=read_values(arguments, "unsetenv", _variable_name),
        unset_all=arguments.flag("unsetenv_all"),
        merged=read_values(arguments, "env_merge", _variable),
        hosts_file=read_value(arguments, "hosts_file", _hosts_file, ""),
        hosts=not arguments.flag("no_hosts"),
        hostname_file=not arguments.flag("no_hostname"),
        links=read_values(arguments, "link", parse_link),
        init_path=_init(arguments),
        remove_image=arguments.flag("rmi"),
    )
    return {"identity": identity, **({"remove": True} if identity.remove_image else {})}


def _check_hosts(arguments: "Arguments", values: "dict[str, Any]") -> None:
    if arguments.flag("no_hosts"):
        for name, field in (("add-host", "add_hosts"), ("hosts-file", ""), ("link", "")):
            if values.get(field) or arguments.given(name.replace("-", "_")):
                raise InvalidError(f"--no-hosts and --{name} cannot be set together", code=125)
    network = values.get("network", "")
    if arguments.given("link") and network not in ("", "default", "bridge"):
        raise InvalidError(
            f"conflicting options: --link and --network {network}: links are for the default bridge", code=125
        )


def _time_zone(text: str) -> str:
    path = os.path.normpath(f"{ZONES}/{text}")
    if text == "local" or (path.startswith(f"{ZONES}/") and os.path.isfile(path)):
        return text
    raise ValueError(f"must be local or the name of a file below {ZONES}, as Europe/Berlin")


def _variable_name(text: str) -> str:
    if not text or "=" in text:
        raise ValueError("must be the name of a variable")
    return text


def _variable(text: str) -> str:
    if "=" not in text or text.startswith("="):
        raise ValueError("must be NAME=VALUE, where VALUE may have ${NAME} of the image's variables")
    return text


def _hosts_file(text: str) -> str:
    if text in HOSTS:
        return text
    if not os.path.isfile(text):
        raise ValueError("must be image, none or the path of a file")
    return os.path.abspath(text)


def _init(arguments: "Arguments") -> str:
    """The path of --init-path; nerdctl's --init-binary may be a name, looked for where programs are."""
    for name in ("init_path", "init_binary"):
        if arguments.given(name):
            return read_value(arguments, name, _program, "")
    return ""


def _program(text: str) -> str:
    places = [text] if "/" in text else [f"{place}/{text}" for place in os.environ["PATH"].split(":")]
    for path in places:
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    raise ValueError("must be a program of this machine, best one that is linked statically")
