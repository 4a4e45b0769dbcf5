"""An ordinary command line, read by the generated table: what hot commands use instead of Typer.

`quick` understands exactly what the Typer tree understands, or gives up (None) and leaves the
line to it: help, mistakes and anything unusual. tests/unit/test_parse.py holds the two together.
"""

from pyker.base.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    Given = dict[str, bool | str | tuple[str, ...]]
    Spellings = dict[str, tuple[str, str]]
    # body module, least words, most words (-1: any number), options anywhere, spellings
    Shape = tuple[str, int, int, bool, Spellings]

FLAG, TEXT, MANY = "flag", "text", "many"
TRUTH = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}  # the words of Go's strconv.ParseBool


class Arguments(Value):
    """A command line in values: only what was given is in *options*."""

    command: str  # as typed: "ps", "container ls"
    body: str  # the module of pyker.cli that does it
    options: "Given" = {}  # noqa: RUF012 - a Value is frozen
    words: "tuple[str, ...]" = ()
    settings: "Given" = {}  # noqa: RUF012 - as above; the options before the command

    def flag(self, name: str) -> bool:
        """Whether the flag was given, and not as =false."""
        return self.options.get(name) is True

    def text(self, name: str, default: str = "") -> str:
        """The last value given to an option."""
        return str(self.options.get(name, default))

    def many(self, name: str) -> "tuple[str, ...]":
        """Every value given to a repeatable option, in order."""
        values = self.options.get(name, ())
        return values if isinstance(values, tuple) else ()

    def given(self, name: str) -> bool:
        """Whether the option was on the line at all."""
        return name in self.options


class Scan:
    """One walk over words: options into *given*, the rest into *words*; *unusual* when it gave up."""

    def __init__(self, words: "list[str]", spellings: "Spellings", *, interspersed: bool) -> None:
        self.given: "Given" = {}
        self.words: "list[str]" = []
        self.unusual = False
        self._spellings = spellings
        self._rest = words[::-1]  # the next word last, so that pop() takes it
        self._walk(interspersed=interspersed)

    def _walk(self, *, interspersed: bool) -> None:
        rest = self._rest
        while rest and not self.unusual:
            word = rest.pop()
            if word == "--":
                break
            if len(word) < 2 or word[0] != "-":
                self.words.append(word)
                if not interspersed:
                    break
            elif word[1] == "-":
                self._long(word)
            else:
                self._short(word)
        self.words += rest[::-1]

    def _long(self, word: str) -> None:
        name, equals, value = word.partition("=")
        entry = self._spellings.get(name)
        if entry is None:
            self.unusual = True
        elif entry[1] == FLAG:
            self._truth(entry[0], value if equals else "true")
        elif equals:
            self._put(entry, value)
        else:
            self._next(entry)

    def _short(self, word: str) -> None:
        """A cluster: flags, and at most one option with a value at its end (-it, -p80:80, -d=false)."""
        for at in range(1, len(word)):
            entry = self._spellings.get("-" + word[at])
            more = word[at + 1 :]
            if entry is None:
                self.unusual = True
                return
            if len(more) > 1 and more[0] == "=":
                self._truth(entry[0], more[1:]) if entry[1] == FLAG else self._put(entry, more[1:])
                return
            if entry[1] == FLAG:
                self.given[entry[0]] = True
                continue
            if more:
                self._put(entry, more)
            else:
                self._next(entry)
            return

    def _truth(self, name: str, value: str) -> None:
        if value not in TRUTH:
            self.unusual = True
            return
        self.given[name] = TRUTH[value]

    def _next(self, entry: "tuple[str, str]") -> None:
        if not self._rest:
            self.unusual = True
            return
        self._put(entry, self._rest.pop())

    def _put(self, entry: "tuple[str, str]", value: str) -> None:
        name, kind = entry
        if kind == MANY:
            before = self.given.get(name, ())
            self.given[name] = (*before, value) if isinstance(before, tuple) else (value,)
        else:
            self.given[name] = value


def quick(
    argv: "list[str]", commands: "dict[str, Shape]", groups: "tuple[str, ...]", settings: "Spellings"
) -> "Arguments | None":
    """The meaning of *argv*, or None when it is not plainly right and Typer has to look at it."""
    ahead = Scan(argv, settings, interspersed=False)
    if ahead.given.get("version") and not (ahead.unusual or ahead.words):
        return Arguments("version", "version", settings=ahead.given)
    if ahead.unusual or not ahead.words:
        return None
    command, rest = ahead.words[0], ahead.words[1:]
    if command in groups and rest:
        command, rest = f"{command} {rest[0]}", rest[1:]
    shape = commands.get(command)
    if shape is None:
        return None
    body, least, most, interspersed, spellings = shape
    scan = Scan(rest, spellings, interspersed=interspersed)
    count = len(scan.words)
    if scan.unusual or count < least or (most >= 0 and count > most):
        return None
    return Arguments(command, body, scan.given, tuple(scan.words), ahead.given)
