"""A command line that cannot be understood: what is wrong, how it is used, where to read more."""

from pyker.base.errors import InvalidError


class UsageError(InvalidError):
    """The words of the command line are wrong; 125 as Docker's flags, 1 for a wrong number of words."""

    code = 125

    def __init__(self, message: str, *, usage: str = "", hint: str = "", code: "int | None" = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.usage = usage


def bad_value(value: str, names: str, reason: str) -> InvalidError:
    """The error for an option's *value* that does not say what the option takes, in pflag's words."""
    return InvalidError(f'invalid argument "{value}" for "{names}" flag: {reason}', code=125)
