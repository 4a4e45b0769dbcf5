"""Doing something as uid 0 of a user namespace while this process stays outside.

A process that has re-entered cannot signal containers any more: their user namespaces lie beside its
own, see "Capabilities" in user_namespaces(7). A command that ends several containers and removes each
must stay where it is, and lets a child do what needs the ids of a namespace.
"""

import os

from pyker.base.errors import PykerError
from pyker.base.jsonfile import dumps, loads
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from pyker.base.home import Home


def apart(home: "Home", act: "Callable[[], object]", *, reentered: bool = True) -> None:
    """Do *act* with the rights of re-entry; root, and who has re-entered, just does it.

    With *reentered* false the child leaves it to *act* to re-enter.

    Raises the PykerError that it raised, and a PykerError for an OSError.
    """
    if not home.rootless or os.geteuid() == 0:
        act()
        return
    reader, writer = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        _act_and_end(home, act, writer, reentered=reentered)
    os.close(writer)
    with open(reader, "rb") as file:
        answer = file.read()
    os.waitpid(child, 0)
    if not answer:
        raise PykerError("a child of this command was killed before its time", hint="run it again")
    if facts := loads(answer):
        raise PykerError(facts["error"], hint=facts["hint"], code=facts["code"])


def _act_and_end(home: "Home", act: "Callable[[], object]", writer: int, *, reentered: bool) -> "NoReturn":
    """It leaves by os._exit, never by returning into the command's stack."""
    facts: dict[str, object] = {}
    try:
        if reentered:
            reenter(home, lambda _: None)
        act()
    except PykerError as error:
        facts = {"error": error.message, "hint": error.hint, "code": error.code}
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        facts = {"error": f"{where}{(error.strerror or str(error)).lower()}", "hint": "", "code": 1}
    except BaseException as error:  # noqa: BLE001 - told by the parent, whatever it is
        facts = {"error": f"internal error: {type(error).__name__}: {error}", "hint": "", "code": 1}
    os.write(writer, dumps(facts).encode())
    os._exit(0)
