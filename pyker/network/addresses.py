"""IPv4 addresses and subnets as numbers: the few lines of `ipaddress` (15 ms of import) needed here."""

from pyker.base.errors import InvalidError
from pyker.base.value import Value


class Subnet(Value):
    """A block of IPv4 addresses: its first one, as a number, and how many bits are fixed."""

    first: int
    prefix: int

    @property
    def size(self) -> int:
        """How many addresses there are, network and broadcast included."""
        return 1 << (32 - self.prefix)

    @property
    def gateway(self) -> int:
        """The bridge's own address: the first a host may have."""
        return self.first + 1

    def __contains__(self, address: int) -> bool:
        return self.first <= address < self.first + self.size

    def overlaps(self, other: "Subnet") -> bool:
        """Whether an address lies in both."""
        return self.first < other.first + other.size and other.first < self.first + self.size

    def __str__(self) -> str:
        return f"{format_address(self.first)}/{self.prefix}"


def parse_address(text: str) -> int:
    """The number of a dotted quad; InvalidError for anything else, leading zeros included."""
    parts = text.split(".")
    well_formed = all(part.isascii() and part.isdigit() and str(int(part)) == part for part in parts)
    if len(parts) != 4 or not well_formed or any(int(part) > 255 for part in parts):
        raise InvalidError(f"invalid IPv4 address: {text}")
    return int.from_bytes(bytes(map(int, parts)), "big")


def parse_subnet(text: str) -> Subnet:
    """The block written as address/bits; InvalidError when it is none."""
    address, slash, bits = text.partition("/")
    if not slash or not bits.isascii() or not bits.isdigit() or int(bits) > 32:
        raise InvalidError(f"invalid CIDR address: {text}")
    prefix = int(bits)
    mask = ((1 << prefix) - 1) << (32 - prefix)
    return Subnet(parse_address(address) & mask, prefix)


def format_address(number: int) -> str:
    """A number as a dotted quad."""
    return ".".join(map(str, number.to_bytes(4, "big")))


def mac_for(address: int) -> bytes:
    """The MAC address of whoever has *address*: it stays right in every neighbour's cache."""
    return b"\x02\x42" + address.to_bytes(4, "big")


# Docker's pool: what its users have already kept free of other things.
POOL = (
    *(Subnet(172 << 24 | second << 16, 16) for second in range(17, 32)),
    *(Subnet(192 << 24 | 168 << 16 | third << 8, 20) for third in range(0, 256, 16)),
)


def free_subnet(taken: "list[Subnet]") -> Subnet:
    """The first block of the pool that meets none of *taken*; InvalidError when all do."""
    for candidate in POOL:
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise InvalidError(
        "could not find an available, non-overlapping IPv4 address pool for the default bridge",
        hint="every private range of the pool is routed by this host; use --network host or none",
    )
