"""Secrets: small data kept apart from images, in <graph root>/secrets/<id>.json, for their owner only.

They are not encrypted: whoever can read the graph root can read them, as with Podman's file driver.
"""

import os

from pyker.base.errors import ConflictError, CorruptError, InvalidError, NotFoundError
from pyker.base.ids import is_hex
from pyker.base.jsonfile import read, sync_directory, write
from pyker.base.locks import Lock
from pyker.base.value import Value
from pyker.engine.clock import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyker.base.home import Home

MAX_BYTES = 512_000
LONGEST = 253
_ENDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_SIGNS = _ENDS | frozenset("-_.")


class Secret(Value):
    """A secret as its file has it, without what it says."""

    id: str
    name: str
    created: str
    updated: str
    labels: "tuple[tuple[str, str], ...]" = ()


def check_secret_name(name: str) -> str:
    """*name* back; InvalidError, in Podman's words, for what can be no secret's name."""
    good = name and len(name) <= LONGEST and _SIGNS.issuperset(name) and {name[0], name[-1]} <= _ENDS
    if not good:
        raise InvalidError(
            f"only {LONGEST} [a-zA-Z0-9-_.] characters allowed, and the start and end character must be "
            f"[a-zA-Z0-9]: {name}: invalid secret name"
        )
    return name


def create_secret(
    home: "Home", name: str, data: bytes, labels: "Mapping[str, str]", *, replace: bool, ignore: bool = False
) -> str:
    """Keep *data* as secret *name*: its id. Durable on return.

    Raises InvalidError for a bad name or size, ConflictError for a name in use, unless the old one is to be
    replaced, or its id told (*ignore*).
    """
    check_secret_name(name)
    if not 0 < len(data) < MAX_BYTES:
        raise InvalidError(f"secret data must be larger than 0 and less than {MAX_BYTES} bytes")
    os.makedirs(_place(home), 0o700, exist_ok=True)
    with Lock(home.below("secrets", "lock")):
        old = next((one for one in all_secrets(home) if one.name == name), None)
        if old is not None and ignore:
            return old.id
        if old is not None and not replace:
            raise ConflictError(f"{name}: secret name in use")
        identity, time = os.urandom(12).hex() + "0", now()
        record = {"version": 1, "id": identity, "name": name, "created": time, "updated": time}
        record |= {"labels": dict(labels), "data": data.hex()}
        write(_path(home, identity), record, durable=True)
        if old is not None:
            os.unlink(_path(home, old.id))
    return identity


def all_secrets(home: "Home") -> "list[Secret]":
    """Every secret, by the time it was made."""
    try:
        names = os.listdir(_place(home))
    except FileNotFoundError:
        return []
    found = []
    for name in names:
        if name.endswith(".json"):
            try:
                found.append(_secret(read(home.below("secrets", name))))
            except (FileNotFoundError, CorruptError, KeyError, TypeError):  # removed meanwhile, or damaged
                continue
    return sorted(found, key=lambda secret: (secret.created, secret.name))


def find_secret(home: "Home", text: str) -> Secret:
    """The secret with name, id or beginning of an id *text*; NotFoundError in Podman's words."""
    secrets = all_secrets(home)
    for secret in secrets:
        if text in (secret.name, secret.id):
            return secret
    matching = [secret for secret in secrets if is_hex(text) and secret.id.startswith(text)]
    if len(matching) > 1:
        raise InvalidError(f"more than one result secret with prefix {text}")
    if not matching:
        raise NotFoundError(f'no secret with name or id "{text}": no such secret')
    return matching[0]


def secret_data(home: "Home", secret: Secret) -> bytes:
    """What *secret* says; NotFoundError when it was removed meanwhile."""
    try:
        return bytes.fromhex(read(_path(home, secret.id))["data"])
    except FileNotFoundError:
        raise NotFoundError(f'no secret with name or id "{secret.name}": no such secret') from None


def remove_secret(home: "Home", text: str) -> str:
    """Delete secret *text*: its id. Containers made with it keep it."""
    secret = find_secret(home, text)
    with Lock(home.below("secrets", "lock")):
        try:
            os.unlink(_path(home, secret.id))
        except FileNotFoundError:
            raise NotFoundError(f'no secret with name or id "{text}": no such secret') from None
        sync_directory(_place(home))
    return secret.id


def _place(home: "Home") -> str:
    return home.below("secrets")


def _path(home: "Home", identity: str) -> str:
    return home.below("secrets", f"{identity}.json")


def _secret(record: "dict[str, object]") -> Secret:
    labels = record.get("labels")
    return Secret(
        str(record["id"]),
        str(record["name"]),
        str(record["created"]),
        str(record["updated"]),
        tuple(labels.items()) if isinstance(labels, dict) else (),
    )
