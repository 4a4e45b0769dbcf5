"""`pyker secret ls`."""

import time

from pyker.base.errors import InvalidError
from pyker.cli.age import ago, seconds_of
from pyker.cli.filters import read_filters
from pyker.cli.listing import Columns, Row, print_listing
from pyker.cli.output import say
from pyker.engine.secrets import all_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments
    from pyker.engine.secrets import Secret

HEADINGS = {"ID": "ID", "Name": "NAME", "Driver": "DRIVER", "CreatedAt": "CREATED", "UpdatedAt": "UPDATED"}


def main(home: "Home", arguments: "Arguments") -> int:
    """Print the secrets that the filters let through."""
    asked = read_filters(arguments.many("filter"), ("id", "name"))
    secrets = [secret for secret in all_secrets(home) if _keep(secret, asked)]
    if arguments.flag("quiet"):
        if arguments.given("format"):
            raise InvalidError("quiet and format cannot be used together", code=125)
        if secrets:
            say("\n".join(secret.id for secret in secrets))
        return 0
    now = time.time()
    rows = [_row(secret, now) for secret in secrets]
    heading = not arguments.flag("noheading")
    print_listing(rows, Columns(tuple(HEADINGS), HEADINGS), arguments.text("format"), heading=heading)
    return 0


def _keep(secret: "Secret", asked: "dict[str, list[str]]") -> bool:
    names, ids = asked.get("name", ()), asked.get("id", ())
    by_name = not names or any(text in secret.name for text in names)
    return by_name and (not ids or any(secret.id.startswith(text) for text in ids))


def _row(secret: "Secret", now: float) -> Row:
    return Row(
        {
            "ID": lambda: secret.id,
            "Name": lambda: secret.name,
            "Driver": lambda: "file",
            "CreatedAt": lambda: ago(seconds_of(secret.created), now),
            "UpdatedAt": lambda: ago(seconds_of(secret.updated), now),
        }
    )
