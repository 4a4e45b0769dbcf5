"""`pyker ps`: the containers there are."""

from pyker.base.errors import InvalidError, NotFoundError
from pyker.base.ids import short
from pyker.base.units import parse_time
from pyker.cli import filters as filter_words
from pyker.cli.container_row import View, columns, health_of, labels_of, mounts_of, network_name, published
from pyker.cli.listing import print_listing
from pyker.cli.numbers import whole_number
from pyker.cli.output import say
from pyker.engine.containers import all_containers
from pyker.model.container import STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home
    from pyker.cli.filters import Filters
    from pyker.cli.parse import Arguments
    from pyker.model.container import Container

FILTERS = (
    "ancestor",
    "before",
    "command",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "label!",
    "name",
    "network",
    "publish",
    "restart-policy",
    "should-start-on-boot",
    "since",
    "status",
    "until",
    "volume",
)
HEALTH = ("starting", "healthy", "unhealthy", "none")


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the containers of *home*, newest first unless told otherwise."""
    if arguments.given("watch"):
        from pyker.cli.ps_options import again_and_again

        return again_and_again(lambda: show(home, arguments), whole_number(arguments, "watch", 0))
    return show(home, arguments)


def show(home: "Home", arguments: "Arguments") -> int:
    """Print them once."""
    found = chosen(home, arguments)
    if order := arguments.text("sort"):
        from pyker.cli.ps_options import in_order

        found = in_order(found, order, _sizes(home, wanted=order == "size"))
    trunc = not arguments.flag("no_trunc")
    format = arguments.text("format")
    if arguments.flag("quiet") and not format:
        if found:
            say("\n".join(short(one.id) if trunc else one.id for one in found))
        return 0
    heading = not arguments.flag("noheading")
    if arguments.flag("ns") and not format:
        from pyker.cli.ps_options import namespace_columns, namespace_row

        rows = [namespace_row(one, trunc=trunc) for one in found]
        print_listing(rows, namespace_columns(), format, heading=heading)
        return 0
    wants_size = arguments.flag("size") or ".Size" in format
    view = View(trunc=trunc, image_name=_image_names(home), size=_sizes(home, wanted=wants_size))
    rows = [view.row(one, rare="{{" in format) for one in found]
    print_listing(rows, columns(size=arguments.flag("size")), format, heading=heading)
    return 0


def chosen(home: "Home", arguments: "Arguments") -> "list[Container]":
    """The containers that the options ask for."""
    asked = filter_words.read_filters(arguments.many("filter"), FILTERS)
    last = whole_number(arguments, "last", -1)
    if arguments.flag("latest"):
        last = 1
    everything = arguments.flag("all") or last > 0 or "status" in asked
    known = all_containers(home)
    keep = Keep(home, asked)
    found = [one for one in known if (everything or one.is_active) and keep(one)]
    return found[:last] if last > 0 else found


class Keep:
    """The test that `--filter` makes of each container; its words are checked once, before the first."""

    def __init__(self, home: "Home", asked: "Filters") -> None:
        self._home = home
        self._asked = asked
        self._tests: "list[Callable[[Container], bool]]" = []
        self._check()
        for key in (
            "status",
            "exited",
            "ancestor",
            "publish",
            "expose",
            "before",
            "since",
            "is-task",
            "health",
        ):
            if key in asked:
                getattr(self, f"_by_{key.replace('-', '_')}")()
        self._plain()

    def __call__(self, one: "Container") -> bool:
        """Whether *one* passes every test."""
        return all(test(one) for test in self._tests)

    def _check(self) -> None:
        for key, allowed in (("status", STATES), ("health", HEALTH)):
            for value in self._asked.get(key, ()):
                if value not in allowed:
                    raise InvalidError(
                        f"Invalid filter '{key}={value}'", hint=f"one of: {', '.join(allowed)}"
                    )

    def _plain(self) -> None:
        asked, add = self._asked, self._tests.append
        if "label" in asked:
            add(lambda one: filter_words.has_labels(labels_of(one), asked["label"]))
        if "label!" in asked:
            add(lambda one: filter_words.lacks_labels(labels_of(one), asked["label!"]))
        if "name" in asked:
            add(lambda one: filter_words.matches(asked["name"], (one.name, f"/{one.name}")))
        if "id" in asked:
            add(lambda one: filter_words.matches(asked["id"], (one.id,)))
        if "command" in asked:
            add(lambda one: filter_words.matches(asked["command"], (one.config["path"],)))
        if "network" in asked:
            add(lambda one: network_name(one) in asked["network"])
        if "volume" in asked:
            add(lambda one: any(_is_mounted(one, place) for place in asked["volume"]))
        self._by_policy_and_age()

    def _by_policy_and_age(self) -> None:
        asked, add = self._asked, self._tests.append
        if "restart-policy" in asked:
            add(lambda one: _policy(one) in asked["restart-policy"])
        if "should-start-on-boot" in asked:
            wanted = filter_words.truth(asked, "should-start-on-boot")
            add(lambda one: wanted in (None, _policy(one) in ("always", "unless-stopped")))
        if "until" in asked:
            limit = min(map(filter_words.moment, asked["until"]))
            add(lambda one: parse_time(one.created) < limit)

    def _by_status(self) -> None:
        self._tests.append(lambda one: one.status in self._asked["status"])

    def _by_health(self) -> None:
        self._tests.append(lambda one: health_of(one) in self._asked["health"])

    def _by_is_task(self) -> None:
        wanted = filter_words.truth(self._asked, "is-task")
        self._tests.append(lambda _: wanted is not True)

    def _by_exited(self) -> None:
        for value in self._asked["exited"]:
            if not value.removeprefix("-").isdecimal():
                raise InvalidError(
                    f'strconv.Atoi: parsing "{value}": invalid syntax', hint="write exited=CODE"
                )
        codes = {int(value) for value in self._asked["exited"]}
        self._tests.append(lambda one: one.status == "exited" and one.state["ExitCode"] in codes)

    def _by_publish(self) -> None:
        wanted = filter_words.ports_of(self._asked["publish"], "publish")
        self._tests.append(lambda one: any(f"{port[2]}/{port[3]}" in wanted for port in published(one)))

    def _by_expose(self) -> None:
        wanted = filter_words.ports_of(self._asked["expose"], "expose")
        self._tests.append(lambda one: any(f"{port[0]}/{port[3]}" in wanted for port in published(one)))

    def _by_ancestor(self) -> None:
        chains = []
        from pyker.engine.image_lookup import find_image

        for text in self._asked["ancestor"]:
            try:
                chains.append(list(find_image(self._home, text).chain))
            except (NotFoundError, InvalidError):
                continue  # as Docker: nothing stands on an image that is not here
        self._tests.append(
            lambda one: any(one.config["chain"][: len(chain)] == chain for chain in chains if chain)
        )

    def _by_before(self) -> None:
        limit = min(self._moment("before"))
        self._tests.append(lambda one: one.created < limit)

    def _by_since(self) -> None:
        limit = max(self._moment("since"))
        self._tests.append(lambda one: one.created > limit)

    def _moment(self, key: str) -> "list[str]":
        from pyker.engine.containers import find_container

        return [find_container(self._home, text).created for text in self._asked[key]]


def _policy(one: "Container") -> str:
    return str(one.config["host"]["RestartPolicy"]["Name"] or "no")


def _is_mounted(one: "Container", place: str) -> bool:
    return any(
        place in (mount.get("Name"), mount["Source"], mount["Destination"]) for mount in mounts_of(one)
    )


def _image_names(home: "Home") -> "Callable[[Container], str]":
    """The name a container's image was asked by, or its id when that name now means another image."""
    known: "dict[str, str]" = {}

    def name(one: "Container") -> str:
        if one.image not in known:
            known[one.image] = _id_of(home, one.image)
        return one.image if known[one.image] in ("", one.image_id) or not one.image_id else one.image_id

    return name


def _id_of(home: "Home", name: str) -> str:
    from pyker.engine.image_lookup import find_image

    try:
        return find_image(home, name).id
    except (NotFoundError, InvalidError):
        return "gone"


def _sizes(home: "Home", *, wanted: bool) -> "Callable[[Container], tuple[int, int]]":
    """(bytes written, bytes with the image) of a container; nothing is measured unless *wanted*."""
    if not wanted:
        return lambda _: (0, -1)
    from pyker.engine.size import container_size

    return lambda one: container_size(home, one)
