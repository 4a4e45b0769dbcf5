"""Secrets in containers: copied when one is made, so that it starts again when the secret is gone.

They lie in the container's own directory, closed to others, and never in its layer or in `inspect`.
"""

import os

from pyker.base.jsonfile import read, write
from pyker.engine.secrets import find_secret, secret_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pyker.base.home import Home
    from pyker.model.container import Container
    from pyker.namespaces.maps import Maps

    Document = dict[str, Any]


def keep_secrets(home: "Home", directory: str, uses: "Iterable[Document]") -> None:
    """Copy the secrets of *uses* into the container's *directory*, and note their ids.

    Raises NotFoundError for a secret that does not exist.
    """
    place = f"{directory}/secrets"
    os.mkdir(place, 0o700)
    variables = {}
    for number, use in enumerate(uses):
        secret = find_secret(home, use["Name"])
        data = secret_data(home, secret)
        use.update(Name=secret.name, ID=secret.id, File="" if use["Variable"] else str(number))
        if use["Variable"]:
            variables[use["Target"]] = data.decode("utf-8", "surrogateescape")
        else:
            with open(f"{place}/{number}", "xb", opener=_closed) as file:
                file.write(data)
    write(f"{place}/variables.json", variables, durable=False)


def _closed(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def secret_mounts(container: "Container", maps: "Maps | None") -> "list[Document]":
    """The files of the secrets of *container* as OCI mounts; each is given to whom it is for."""
    mounts = []
    for secret in container.config["secrets"]:
        if not secret["File"]:
            continue
        path = f"{container.path}/secrets/{secret['File']}"
        owner = (secret["UID"], secret["GID"])
        os.chown(path, *(maps.owner(*owner) if maps else owner))
        os.chmod(path, secret["Mode"])
        options = ["bind", "rprivate", "nosuid", "noexec", "nodev", "ro"]
        mounts.append({"destination": secret["Target"], "type": "bind", "source": path, "options": options})
    return mounts


def secret_variables(container: "Container") -> "list[str]":
    """The secrets of *container* that are variables, as K=V."""
    return [f"{name}={value}" for name, value in read(f"{container.path}/secrets/variables.json").items()]
