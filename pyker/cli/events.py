"""`pyker events`: what happens, as it happens."""

import time

from pyker.base.errors import InvalidError
from pyker.base.units import parse_moment
from pyker.cli.filters import read_filters
from pyker.cli.output import harmless, say
from pyker.engine.event_log import read_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyker.base.home import Home
    from pyker.cli.filters import Filters
    from pyker.cli.parse import Arguments

    Event = dict[str, Any]

FILTERS = (
    *("container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "type"),
    "volume",
)


def main(home: "Home", arguments: "Arguments") -> int:
    """Print events until interrupted, or until the time given."""
    wanted = Wanted(read_filters(arguments.many("filter"), FILTERS))
    show = _shower(arguments.text("format"))
    follow = bool(arguments.options.get("stream", True))
    since, until = _moment(arguments, "since"), _moment(arguments, "until")
    if not follow and since is None:
        since = 0.0
    try:
        for event in read_events(home, since=since, until=until, wanted=wanted, follow=follow):
            show(event)
    except KeyboardInterrupt:
        return 0
    return 0


def _moment(arguments: "Arguments", name: str) -> "float | None":
    text = arguments.text(name)
    if not text:
        return None
    try:
        return parse_moment(text, time.time())
    except ValueError:
        hint = "write 2026-11-21T01:47:14Z, 2026-11-21, 42m (ago) or seconds since 1970"
        raise InvalidError(
            f'invalid value for "{name}": "{text}" is no time or duration', hint=hint
        ) from None


class Wanted:
    """The test that `--filter` makes: values of a key are alternatives, labels and keys add up."""

    def __init__(self, asked: "Filters") -> None:
        self._asked = asked

    def __call__(self, event: "Event") -> bool:
        """Whether *event* is to be shown."""
        return all(self._fits(event, key, values) for key, values in self._asked.items())

    def _fits(self, event: "Event", key: str, values: "list[str]") -> bool:
        actor = event.get("Actor") or {}
        attributes = actor.get("Attributes") or {}
        if key == "type":
            return event.get("Type") in values
        if key == "event":
            action = str(event.get("Action"))
            return action in values or action.partition(":")[0] in values
        if key == "scope":
            return event.get("scope") in values
        if key == "label":
            return all(_has(attributes, value) for value in values)
        if key == "image" and event.get("Type") == "container":
            return attributes.get("image") in values
        return event.get("Type") == key and any(
            _is(actor.get("ID", ""), attributes, value) for value in values
        )


def _is(identity: str, attributes: "dict[str, str]", wanted: str) -> bool:
    bare = identity.removeprefix("sha256:")
    return wanted in (identity, attributes.get("name")) or (bool(wanted) and bare.startswith(wanted))


def _has(attributes: "dict[str, str]", wanted: str) -> bool:
    key, equals, value = wanted.partition("=")
    return key in attributes and (not equals or attributes[key] == value)


def _shower(format: str) -> "Callable[[Event], None]":
    """What prints one event: Docker's line, its JSON, or a template."""
    if not format:
        return lambda event: say(harmless(_line(event)))
    if format == "json":
        from pyker.base.jsonfile import dumps

        return lambda event: say(dumps(event))
    from pyker.cli.template.nodes import Record
    from pyker.cli.template.parser import Template

    template = Template(format.replace("\\t", "\t").replace("\\n", "\n"))
    return lambda event: say(template.render(Record(_fields(event))))


def _fields(event: "Event") -> "dict[str, Callable[[], Any]]":
    actor = event["Actor"]
    return {
        "Action": lambda: event["Action"],
        "Actor": lambda: actor,
        "From": lambda: event["from"],
        "ID": lambda: event["id"],
        "Scope": lambda: event["scope"],
        "Status": lambda: event["status"],
        "Time": lambda: event["time"],
        "TimeNano": lambda: event["timeNano"],
        "Type": lambda: event["Type"],
    }


def _line(event: "Event") -> str:
    """`2026-11-21T01:47:15.000000000Z container create <id> (image=nginx, name=cc)`."""
    seconds, fraction = divmod(event["timeNano"], 1_000_000_000)
    moment = time.localtime(seconds)
    zone = time.strftime("%z", moment)
    shown = "Z" if zone == "+0000" else f"{zone[:3]}:{zone[3:]}"
    when = time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{fraction:09d}{shown}"
    attributes = event["Actor"]["Attributes"]
    told = ", ".join(f"{key}={attributes[key]}" for key in sorted(attributes))
    return f"{when} {event['Type']} {event['Action']} {event['Actor']['ID']}" + (f" ({told})" if told else "")
