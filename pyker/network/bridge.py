"""The default bridge: made once for each boot, then found again with one question to the kernel.

Every home has a bridge of its own, named after its run root, so that stores of tests and of tools do
not meet. It is derived, not kept: what the host routes decides the subnet when the bridge is made.
"""

import _socket
import os

from pyker.base import jsonfile
from pyker.base.boot import boot_id
from pyker.base.errors import CorruptError, UnsupportedError
from pyker.base.value import Value
from pyker.network import nftables
from pyker.network.addresses import Subnet, parse_subnet
from pyker.network.firewall import Firewall
from pyker.network.leases import Leases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyker.base.home import Home

_DEFAULT_RUN_ROOT = "/run/pyker"
_FORWARD = "/proc/sys/net/ipv4/ip_forward"


class Bridge(Value):
    """The bridge of a home as it stands in the kernel."""

    name: str
    table: str
    subnet: Subnet
    mtu: int
    index: int

    @property
    def firewall(self) -> Firewall:
        """The table that belongs to this bridge."""
        return Firewall(self.table, self.name, str(self.subnet))


def bridge_name(home: "Home") -> str:
    """`pyker0` for the usual home, otherwise `pk` and a hash of the run root: 15 bytes at most."""
    return "pyker0" if home.run == _DEFAULT_RUN_ROOT else f"pk{_hash(home.run)}"


def table_name(home: "Home") -> str:
    """`pyker` for the usual home, otherwise with a hash of the run root."""
    return "pyker" if home.run == _DEFAULT_RUN_ROOT else f"pyker-{_hash(home.run)}"


def _hash(text: str) -> str:
    import _sha256  # type: ignore[import-not-found]

    return str(_sha256.sha256(os.fsencode(text)).hexdigest())[:12]


def bridge_leases(home: "Home") -> Leases:
    """The leases of the default bridge."""
    return Leases(home.running("networks", "bridge"))


def find_bridge(home: "Home") -> "Bridge | None":
    """The bridge, None when it was not made in this boot or somebody deleted it."""
    record = _record(home)
    if not record:
        return None
    name = str(record["bridge"])
    index = _index_of(name)
    if not index:
        return None
    return Bridge(name, table_name(home), parse_subnet(str(record["subnet"])), int(str(record["mtu"])), index)


def _record(home: "Home") -> "dict[str, object]":
    try:
        record = jsonfile.read(_record_path(home))
    except (FileNotFoundError, CorruptError):
        return {}
    return record if isinstance(record, dict) and record.get("boot") == boot_id() else {}


def _record_path(home: "Home") -> str:
    return home.running("networks", "bridge", "network.json")


def ensure_bridge(home: "Home", leases: Leases, warn: "Callable[[str], None]") -> Bridge:
    """The bridge, made when it is missing; call it with the lock of *leases* held.

    Raises UnsupportedError when the kernel does not let the caller make one.
    """
    bridge = find_bridge(home)
    if not bridge:
        bridge = _make(home, leases)
        if obstacle := bridge.firewall.obstacle():
            warn(obstacle)
    _forward()
    return bridge


def _make(home: "Home", leases: Leases) -> Bridge:
    from pyker.network.bridge_setup import create_bridge  # pyroute2: 150 ms, once for each boot

    name = bridge_name(home)
    try:
        subnet, mtu = create_bridge(name, home.run, str(_record(home).get("subnet", "")))
    except OSError as error:
        raise UnsupportedError(
            f"cannot make the bridge {name}: {error.strerror}", hint="use --network none or --network host"
        ) from error
    document = {"version": 1, "boot": boot_id(), "bridge": name, "subnet": str(subnet), "mtu": mtu}
    jsonfile.write(_record_path(home), document, durable=False)
    bridge = find_bridge(home)
    if not bridge:
        raise UnsupportedError(f"the bridge {name} vanished while it was being set up")
    bridge.firewall.derive(leases.all().values())
    _drop_stale_tables()
    return bridge


def _drop_stale_tables() -> None:
    """Remove our tables whose bridge is gone: the subnet they guard may be another bridge's by now."""
    for table in nftables.tables():
        home, _, hashed = table.partition("-")
        bridge = f"pk{hashed}" if hashed else "pyker0"
        if home == "pyker" and not _index_of(bridge):
            Firewall(table, bridge, "").remove()


def _index_of(name: str) -> int:
    """The index of link *name*, 0 when there is none; does not wait for the kernel's lock on links."""
    try:
        return _socket.if_nametoindex(name)
    except OSError:
        return 0


def _forward() -> None:
    """Let the host pass packets between the bridge and its other interfaces."""
    switch = os.open(_FORWARD, os.O_RDWR | os.O_CLOEXEC)
    try:
        if os.pread(switch, 1, 0) == b"0":
            os.pwrite(switch, b"1", 0)
    finally:
        os.close(switch)
