"""What `ps` says about a container."""

import time

from pyker.base.ids import short
from pyker.base.units import human_duration, human_size, local_time, parse_time
from pyker.cli.listing import Columns, Row, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from pyker.model.container import Container

HEADINGS = {
    "ID": "CONTAINER ID",
    "Image": "IMAGE",
    "Command": "COMMAND",
    "CreatedAt": "CREATED AT",
    "RunningFor": "CREATED",
    "Ports": "PORTS",
    "State": "STATE",
    "Status": "STATUS",
    "Size": "SIZE",
    "Names": "NAMES",
    "Labels": "LABELS",
    "Mounts": "MOUNTS",
    "Networks": "NETWORKS",
    "LocalVolumes": "LOCAL VOLUMES",
    "Platform": "PLATFORM",
    "HealthStatus": "HEALTH",
    "Pid": "PID",
    "ExitCode": "EXIT CODE",
    "ImageID": "IMAGE ID",
    "Restarts": "RESTARTS",
}
_RARE = "Created CreatedHuman StartedAt Exited ExitedAt ExposedPorts AutoRemove CIDFile IsInfra Pod PodName"
HEADINGS |= {name: name.upper() for name in _RARE.split()}  # of `ps_options.rare_fields`
SHOWN = ("ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names")
RAW = (
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n"
    "state: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\nlabels: {{.Labels}}\nports: {{.Ports}}\n"
)


def columns(*, size: bool) -> Columns:
    """The columns of `ps`, and of `ps -s`."""
    return Columns((*SHOWN, "Size") if size else SHOWN, HEADINGS, RAW)


class View:
    """How a listing looks at containers: truncated or not, at one moment, with one knowledge of images."""

    def __init__(
        self,
        *,
        trunc: bool,
        image_name: "Callable[[Container], str]",
        size: "Callable[[Container], tuple[int, int]]",
    ) -> None:
        self.trunc = trunc
        self.now = time.time()
        self.image_name = image_name
        self.size = size

    def row(self, one: "Container", *, rare: bool = False) -> Row:
        """The row of a container, with Podman's *rare* fields when they may be asked for."""
        config = one.config["config"]
        labels = config["Labels"] or {}
        fields: "dict[str, Callable[[], Any]]" = {
            "Command": lambda: self._command(one),
            "CreatedAt": lambda: local_time(parse_time(one.created)),
            "ID": lambda: short(one.id) if self.trunc else one.id,
            "Image": lambda: self._image(one),
            "Labels": lambda: ",".join(f"{key}={labels[key]}" for key in sorted(labels)),
            "LocalVolumes": lambda: str(sum(1 for mount in mounts_of(one) if mount["Type"] == "volume")),
            "Mounts": lambda: self._mounts(one),
            "Names": lambda: one.name,
            "Networks": lambda: network_name(one),
            "Platform": lambda: None,
            "Ports": lambda: port_text(published(one)),
            "RunningFor": lambda: human_duration(self.now - parse_time(one.created)) + " ago",
            "Size": lambda: size_text(*self.size(one)),
            "State": lambda: one.status,
            "Status": lambda: status_text(one.state, self.now),
        }
        extra: "dict[str, Callable[[], Any]]" = {
            "HealthStatus": lambda: health_of(one),
            "Pid": lambda: one.pid,
            "ExitCode": lambda: one.state["ExitCode"],
            "ImageID": lambda: short(one.image_id) if self.trunc else one.image_id,
            "Restarts": lambda: one.restarts,
        }
        if rare:
            from pyker.cli.ps_options import rare_fields

            extra |= rare_fields(one, self.now)
        return Row(fields, extra, {"Label": lambda key: labels.get(key, "")})

    def _command(self, one: "Container") -> str:
        from pyker.cli.template.verbs import quote

        words = [f"'{word}'" if " " in word else word for word in map(str, one.config["args"])]
        text = " ".join([str(one.config["path"]), *words])
        return quote(shorten(text, 20) if self.trunc else text)

    def _image(self, one: "Container") -> str:
        name = self.image_name(one)
        return short(name) if self.trunc and name.startswith("sha256:") else name

    def _mounts(self, one: "Container") -> str:
        names = [mount.get("Name") or mount["Source"] for mount in mounts_of(one)]
        return ",".join(shorten(name, 15) if self.trunc else name for name in names)


def size_text(own: int, virtual: int) -> str:
    """`15B (virtual 1.98MB)`, or `0B` where nobody measured."""
    return f"{human_size(own)} (virtual {human_size(virtual)})" if virtual >= 0 else human_size(own)


def mounts_of(one: "Container") -> "list[dict[str, Any]]":
    """The volumes and directories mounted in a container, as `inspect` names them."""
    return list(one.config.get("mounts") or ())


def network_name(one: "Container") -> str:
    """The network a container is on, "" for another container's."""
    mode = str(one.config["host"]["NetworkMode"])
    if mode == "default":
        return str(one.network.get("Network") or "bridge")
    return "" if mode.startswith("container:") else mode


_HEALTH = {"starting": "health: starting"}


def health_of(one: "Container") -> str:
    """starting, healthy, unhealthy, or none for a container that nobody checks."""
    return str((one.state.get("Health") or {}).get("Status", "none"))


def status_text(state: "dict[str, Any]", now: float) -> str:
    """Docker's words: Up 2 seconds, Exited (137) 5 minutes ago, Created."""
    status = state["Status"]
    if status in ("running", "paused"):
        since = human_duration(now - parse_time(state["StartedAt"]))
        health = (state.get("Health") or {}).get("Status", "")
        if status == "paused":
            return f"Up {since} (Paused)"
        return f"Up {since} ({_HEALTH.get(health, health)})" if health else f"Up {since}"
    if status in ("exited", "restarting"):
        since = human_duration(max(0.0, now - parse_time(state["FinishedAt"])))
        return f"{status.capitalize()} ({state['ExitCode']}) {since} ago"
    return {
        "created": "Created",
        "initialized": "Initialized",
        "dead": "Dead",
        "removing": "Removal In Progress",
    }[status]


def published(one: "Container") -> "list[tuple[int, str, int, str]]":
    """(container port, host address, host port or 0, protocol) of each port of a running container."""
    ports = []
    bound = one.network.get("Ports") or {}
    exposed = one.config["config"]["ExposedPorts"] or {} if one.has_process else {}
    for key in {**dict.fromkeys(exposed), **bound}:
        number, _, protocol = key.partition("/")
        if not (number.isascii() and number.isdecimal()):
            continue  # an image may expose nonsense
        if not (bindings := bound.get(key)):
            ports.append((int(number), "", 0, protocol or "tcp"))
        for binding in bindings or ():
            ports.append((int(number), binding["HostIp"], int(binding["HostPort"]), protocol or "tcp"))
    return sorted(ports)


def port_text(ports: "Sequence[tuple[int, str, int, str]]") -> str:
    """`8000-8005/tcp, 0.0.0.0:32768->80/tcp`: neighbours with equal numbers on both sides as ranges."""
    groups: "dict[tuple[str, str], list[int]]" = {}
    texts, mapped = [], []
    for inner, address, outer, protocol in ports:
        if address and outer != inner:
            mapped.append(f"{_bracketed(address)}:{outer}->{inner}/{protocol}")
            continue
        group = groups.get((address, protocol))
        if group is not None and inner == group[1] + 1:
            group[1] = inner
            continue
        if group is not None:
            texts.append(_range_text(address, protocol, *group))
        groups[address, protocol] = [inner, inner]
    texts += [_range_text(address, protocol, *group) for (address, protocol), group in groups.items()]
    return ", ".join([*texts, *mapped])


def _range_text(address: str, protocol: str, first: int, last: int) -> str:
    ports = str(first) if first == last else f"{first}-{last}"
    return f"{_bracketed(address)}:{ports}->{ports}/{protocol}" if address else f"{ports}/{protocol}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def labels_of(one: "Container") -> "dict[str, str]":
    """The labels of a container."""
    return dict(one.config["config"]["Labels"] or {})


def names_of(containers: "Iterable[Container]") -> "list[str]":
    """The names of containers."""
    return [one.name for one in containers]
