"""`unshare`: a command in the user's own namespace, where it is root over the files of its containers."""

import os

from pyker.base.errors import CommandError, InvalidError
from pyker.base.home import UNSHARED
from pyker.namespaces.userns import reenter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from pyker.base.home import Home


def unshare(home: "Home", command: "Sequence[str]", warn: "Callable[[str], None]") -> "NoReturn":
    """Become *command*, or the user's shell, as uid 0 of the namespace that containers are made in.

    A pyker started there knows the same containers. Raises InvalidError for root, CommandError (126, 127).
    """
    if not home.rootless:
        raise InvalidError("please use unshare with rootless", hint="root needs no namespace for this")
    words = list(command) or [os.environ.get("SHELL") or "/bin/sh"]
    reenter(home, warn)
    environment = {
        **os.environ,
        UNSHARED: "1",
        "PYKER_ROOT": home.graph,
        "PYKER_RUNROOT": home.run,
    }
    try:
        os.execvpe(words[0], words, environment)
    except FileNotFoundError:
        raise CommandError(f"{words[0]}: command not found", code=127) from None
    except OSError as error:
        raise CommandError(f"{words[0]}: {(error.strerror or str(error)).lower()}") from error
