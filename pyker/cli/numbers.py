"""Numbers in options, with pflag's words for what is none."""

from pyker.cli.usage import bad_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.errors import InvalidError
    from pyker.cli.parse import Arguments

_LIMIT = 1 << 63


def whole_number(arguments: "Arguments", name: str, default: int) -> int:
    """The integer given to option *name*; InvalidError (125) when it is none."""
    if not arguments.given(name):
        return default
    text = arguments.text(name)
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdecimal()):
        raise bad_option(arguments, name, f'strconv.ParseInt: parsing "{text}": invalid syntax')
    number = int(text)
    if not -_LIMIT <= number < _LIMIT:
        raise bad_option(arguments, name, f'strconv.ParseInt: parsing "{text}": value out of range')
    return number


def bad_option(arguments: "Arguments", name: str, reason: str, value: "str | None" = None) -> "InvalidError":
    """The error for the value of option *name*, which is named by all its spellings."""
    from pyker.cli.table import COMMANDS

    spellings = COMMANDS[arguments.command][4]
    names = sorted((word for word, entry in spellings.items() if entry[0] == name), key=len)
    return bad_value(arguments.text(name) if value is None else value, ", ".join(names), reason)
