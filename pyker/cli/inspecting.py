"""Printing the documents of `inspect`: one JSON array, or a line a document by a template."""

from pyker.base.errors import PykerError
from pyker.cli.jsontext import compact, pretty
from pyker.cli.output import complain, explained, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

# Keys whose dictionaries are maps, where any key may be asked for, and whose nulls are empty maps or lists.
MAPS = frozenset(
    {
        *("Labels", "Volumes", "ExposedPorts", "PortBindings", "Ports", "Networks"),
        *("Sysctls", "Tmpfs", "Annotations"),
    }
)
DEEP_MAPS = frozenset({("LogConfig", "Config"), ("GraphDriver", "Data")})
LISTS = frozenset(
    {
        *("Args", "Binds", "CapAdd", "CapDrop", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd"),
        *("Links", "Aliases", "SecurityOpt", "Ulimits", "Devices", "Env", "Cmd", "Entrypoint", "OnBuild"),
        *("Shell", "VolumesFrom", "ExecIDs", "MaskedPaths", "ReadonlyPaths", "Mounts"),
    }
)


def print_documents(words: "Iterable[str]", find: "Callable[[str], dict[str, Any]]", format: str) -> int:
    """Print what *find* gives for each word, then what could not be found: 1 when there was any, else 0."""
    render = _renderer(format) if format and format != "json" else None
    found, failures = [], []
    for word in words:
        try:
            document = find(word)
            found.append(render(document) if render else document)
        except PykerError as error:
            failures.append(error)
    if render:
        say("\n".join(map(str, found)))
    elif format == "json":
        say(compact(found))
    else:
        say(pretty(found))
    for failure in failures:
        complain(explained(failure))
    return 1 if failures else 0


def _renderer(format: str) -> "Callable[[dict[str, Any]], str]":
    from pyker.cli.template.parser import Template

    template = Template(format)
    return lambda document: template.render(typed(with_optional(document)))


def with_optional(document: "dict[str, Any]") -> "dict[str, Any]":
    """*document* with the fields that JSON leaves out when they are empty and templates may ask for."""
    from pyker.cli.template.verbs import ABSENT

    if "State" not in document:
        return {"Variant": "", **document}
    health = {"Health": ABSENT, **document["State"]}
    return {"SizeRw": ABSENT, "SizeRootFs": ABSENT, **document, "State": health}


def typed(value: "Any", key: str = "", parent: str = "") -> "Any":
    """*value* with its maps told from its structures, and its nulls from empty maps and lists."""
    from pyker.cli.template.verbs import GoMap, NilList, NilMap

    is_map = key in MAPS or (parent, key) in DEEP_MAPS
    if isinstance(value, dict):
        kind = GoMap if is_map else dict
        return kind((name, typed(item, name, key)) for name, item in value.items())
    if isinstance(value, list):
        return [typed(item, parent=key) for item in value]
    if value is None and is_map:
        return NilMap()
    return NilList() if value is None and key in LISTS else value
