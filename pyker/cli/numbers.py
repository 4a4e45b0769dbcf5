"""Numbers in options, with pflag's words for what is none."""

from pyker.base.errors import InvalidError
from pyker.cli.usage import bad_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.parse import Arguments

_LIMIT = 1 << 63
MAKERS = ("run", "create", "container run", "container create")  # commands whose options say what they take


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
    wrong = bad_value(arguments.text(name) if value is None else value, ", ".join(names), reason)
    if "must be" in reason or arguments.command not in MAKERS:
        return wrong
    from pyker.cli.allowed import ALLOWED

    hint = f"{names[-1]} takes {ALLOWED[name]}" if name in ALLOWED else ""
    return InvalidError(wrong.message, hint=hint, code=wrong.code)
