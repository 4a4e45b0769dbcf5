"""`--add-host name:address`."""

from pyker.model.port import is_address

GATEWAY = "host-gateway"


def parse_host(text: str) -> "tuple[str, str]":
    """(name, address or host-gateway); ValueError in Docker's words."""
    colon, equals = text.find(":"), text.find("=")
    at = min((place for place in (colon, equals) if place >= 0), default=-1)
    name, address = text[:at], text[at + 1 :]
    if at < 0 or not name or any(sign.isspace() for sign in name):
        raise ValueError(f'bad format for add-host: "{text}"')
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    if address != GATEWAY and not is_address(address):
        raise ValueError(f'invalid IP address in add-host: "{address}"')
    return name, address
