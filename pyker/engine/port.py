"""`port`: where the ports of a container can be reached."""

from pyker.base.errors import InvalidError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.container import Container


def published_ports(container: "Container") -> "list[tuple[str, list[str]]]":
    """Each published port ("80/tcp") of a running *container* and the addresses it is published at."""
    ports = container.network.get("Ports") or {} if container.has_process else {}
    known = [(key, bindings) for key, bindings in ports.items() if bindings]
    known.sort(key=lambda item: (int(item[0].partition("/")[0]), item[0]))
    return [(key, [_address(binding) for binding in bindings]) for key, bindings in known]


def addresses_of(container: "Container", text: str, port: str) -> "list[str]":
    """The addresses that *port* ("80" is "80/tcp") of *container*, called *text*, is published at.

    Raises InvalidError for what is no port, NotFoundError when it is not published.
    """
    number, _, protocol = port.partition("/")
    if not (number.isascii() and number.isdecimal() and int(number) < 65536):
        raise InvalidError(f"invalid port ({number}): not a number from 0 to 65535")
    wanted = f"{int(number)}/{protocol or 'tcp'}"
    for key, addresses in published_ports(container):
        if key == wanted:
            return addresses
    raise NotFoundError(f"No public port '{port}' published for {text}")


def _address(binding: "dict[str, str]") -> str:
    address = binding["HostIp"]
    return f"[{address}]:{binding['HostPort']}" if ":" in address else f"{address}:{binding['HostPort']}"
