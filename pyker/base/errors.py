"""What can go wrong, said so that a person can act on it.

    PykerError              any failure pyker foresees; `code` is the exit status
    ├── InvalidError        the user's words are wrong: a flag, a name, a reference, a file's content
    ├── NotFoundError       the thing named does not exist
    ├── ConflictError       the thing exists, is in use, or is in a state that forbids the act
    ├── CorruptError        bytes are not what their digest, size or format promised
    ├── UnsupportedError    this kernel, user or machine cannot do it
    └── CommandError        the container's command cannot be executed: 126 or 127

Messages are Docker's words, lower case where Docker's are, without a full stop, and quote the
object as the user typed it. `hint` is one line that names the way out.
"""


class PykerError(Exception):
    """A failure with its message, one line of advice and the exit status it leads to."""

    code = 1

    def __init__(self, message: str, *, hint: str = "", code: "int | None" = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = type(self).code if code is None else code


class InvalidError(PykerError):
    """The user's words are wrong."""


class NotFoundError(PykerError):
    """The thing named does not exist."""


class ConflictError(PykerError):
    """The thing exists already, is in use, or is in a state that forbids the act."""


class CorruptError(PykerError):
    """Bytes are not what their digest, size or format promised."""


class UnsupportedError(PykerError):
    """This kernel, user or machine cannot do it."""


class CommandError(PykerError):
    """The container's command was found but cannot run (126), or was not found (127)."""

    code = 126
