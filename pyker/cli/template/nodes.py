"""The pieces of a template, each of which can be evaluated or written out."""

from pyker.cli.template.errors import TemplateError, UnfitError
from pyker.cli.template.functions import FUNCTIONS, is_true
from pyker.cli.template.verbs import ABSENT, MISSING, GoMap, shown, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any


class Record:
    """A row of a listing: fields worked out when asked for, and methods that take arguments (.Label "k")."""

    def __init__(
        self,
        fields: "Mapping[str, Callable[[], Any]]",
        methods: "Mapping[str, Callable[..., Any]] | None" = None,
        extra: "Mapping[str, Callable[[], Any]] | None" = None,
    ) -> None:
        self.fields = fields  # these are what {{json .}} shows
        self.methods = methods or {}
        self.all = {**fields, **(extra or {})}


class Stop(Exception):
    """Leaves a range: continue, or break."""

    def __init__(self, *, ends: bool) -> None:
        super().__init__()
        self.ends = ends


class Scope:
    """The variables in sight, the innermost found first, and the functions."""

    def __init__(self, root: "Any", functions: "Mapping[str, Callable[..., Any]]" = FUNCTIONS) -> None:
        self.names: "list[tuple[str, Any]]" = [("$", root)]
        self.functions = functions

    def get(self, name: str) -> "Any":
        """The value of a variable that the parser has seen declared."""
        return next(value for known, value in reversed(self.names) if known == name)

    def put(self, name: str, value: "Any", *, new: bool) -> None:
        """Declare a variable, or set the innermost of that name."""
        if new:
            self.names.append((name, value))
            return
        at = max(place for place, (known, _) in enumerate(self.names) if known == name)
        self.names[at] = (name, value)


class Node:
    """A piece of a template; *where* and *text* tell errors where it stands."""

    def __init__(self, where: str = "", text: str = "") -> None:
        self.where = where
        self.text = text

    def value(self, scope: Scope, dot: "Any") -> "Any":
        """What the piece stands for."""
        raise NotImplementedError

    def write(self, scope: Scope, dot: "Any", out: "list[str]") -> None:
        """Append what the piece prints."""
        raise NotImplementedError

    def fail(self, message: str, hint: str = "") -> TemplateError:
        """The error for this piece, in Go's words."""
        where = f'template: :{self.where}: executing "" at <{self.text}>'
        return TemplateError(f"failed to execute template: {where}: {message}", hint=hint)


class Text(Node):
    """Text outside of actions."""

    def write(self, _scope: Scope, _dot: "Any", out: "list[str]") -> None:
        """See Node."""
        out.append(self.text)


class Constant(Node):
    """A string, number, true, false or nil."""

    def __init__(self, constant: "Any") -> None:
        super().__init__()
        self.constant = constant

    def value(self, _scope: Scope, _dot: "Any") -> "Any":
        """See Node."""
        return self.constant


class Dot(Node):
    """The value at hand."""

    def value(self, _scope: Scope, dot: "Any") -> "Any":
        """See Node."""
        return dot


class Variable(Node):
    """$ or $name."""

    def value(self, scope: Scope, _dot: "Any") -> "Any":
        """See Node."""
        return scope.get(self.text)


class Field(Node):
    """A chain of fields of another piece: .A.B, $x.A, (…).A."""

    def __init__(self, base: Node, names: "Sequence[str]", where: str, text: str) -> None:
        super().__init__(where, text)
        self.base = base
        self.names = names

    def value(self, scope: Scope, dot: "Any") -> "Any":
        """See Node."""
        return self.call(scope, dot, ())

    def call(self, scope: Scope, dot: "Any", arguments: "Sequence[Any]") -> "Any":
        """The last field, given *arguments* when it is a method."""
        value = self.base.value(scope, dot)
        for name in self.names[:-1]:
            value = self._field(value, name, ())
        return self._field(value, self.names[-1], arguments)

    def _field(self, value: "Any", name: str, arguments: "Sequence[Any]") -> "Any":
        if isinstance(value, Record):
            return self._of_record(value, name, arguments)
        if arguments:
            raise self.fail(f"{name} is not a method but has arguments")
        if isinstance(value, dict):
            if name in value:
                return value[name]
            if isinstance(value, GoMap):
                return MISSING
            raise self._unknown(name, value)
        if value is None or value is MISSING or value is ABSENT:
            raise self.fail(f"nil pointer evaluating {name}", "guard it: {{with .Field}}…{{end}}")
        raise self.fail(f"can't evaluate field {name} in type {type_name(value)}")

    def _of_record(self, record: Record, name: str, arguments: "Sequence[Any]") -> "Any":
        if method := record.methods.get(name):
            try:
                return method(*arguments)
            except TypeError:
                raise self.fail(f"wrong number of args for {name}: want 1 got {len(arguments)}") from None
        if name not in record.all:
            raise self._unknown(name, (*record.all, *record.methods))
        if arguments:
            raise self.fail(f"wrong number of args for {name}: want 0 got {len(arguments)}")
        return record.all[name]()

    def _unknown(self, name: str, known: "Mapping[str, Any] | Sequence[str]") -> TemplateError:
        valid = " ".join(f".{one}" for one in sorted(known))
        return self.fail(f"can't evaluate field {name}", f"the fields there are: {valid}")


class Call(Node):
    """A command of a pipeline: a function or a method with arguments, or a lone value."""

    def __init__(self, head: "Node | str", arguments: "Sequence[Node]", where: str, text: str) -> None:
        super().__init__(where, text)
        self.head = head
        self.arguments = arguments

    def apply(self, scope: Scope, dot: "Any", piped: "Sequence[Any]") -> "Any":
        """The command's value; *piped* is its last argument, when there is one."""
        if isinstance(self.head, str):
            return self._function(self.head, scope, dot, piped)
        given = [*(one.value(scope, dot) for one in self.arguments), *piped]
        if isinstance(self.head, Field):
            return self.head.call(scope, dot, given)
        if given:
            raise self.fail("can't give argument to non-function")
        if isinstance(self.head, Constant) and self.head.constant is None:
            raise self.fail("nil is not a command")
        return self.head.value(scope, dot)

    def _function(self, name: str, scope: Scope, dot: "Any", piped: "Sequence[Any]") -> "Any":
        if name in ("and", "or"):
            return self._short_circuit(scope, dot, piped, until=name == "or")
        given = [*(one.value(scope, dot) for one in self.arguments), *piped]
        try:
            return scope.functions[name](*given)
        except TypeError:
            raise self.fail(f"wrong number or type of args for {name}") from None
        except UnfitError as error:
            raise self.fail(f"error calling {name}: {error}") from None

    def _short_circuit(self, scope: Scope, dot: "Any", piped: "Sequence[Any]", *, until: bool) -> "Any":
        if not (self.arguments or piped):
            raise self.fail(f"wrong number of args for {self.head}: want at least 1 got 0")
        found: "Any" = None
        for argument in self.arguments:
            found = argument.value(scope, dot)
            if is_true(found) == until:
                return found
        return piped[0] if piped else found


class Pipeline(Node):
    """Commands, each fed with what the one before gave; perhaps kept in variables."""

    def __init__(self, calls: "Sequence[Call]", names: "Sequence[str]", *, declares: bool) -> None:
        super().__init__()
        self.calls = calls
        self.names = names
        self.declares = declares

    def value(self, scope: Scope, dot: "Any") -> "Any":
        """See Node."""
        value = self.bare(scope, dot)
        if self.names:
            scope.put(self.names[0], value, new=self.declares)
        return value

    def bare(self, scope: Scope, dot: "Any") -> "Any":
        """The value, with no variable touched."""
        piped: "tuple[Any, ...]" = ()
        for call in self.calls:
            piped = (call.apply(scope, dot, piped),)
        return piped[0]

    def write(self, scope: Scope, dot: "Any", out: "list[str]") -> None:
        """See Node; an assignment prints nothing."""
        value = self.value(scope, dot)
        if not self.names:
            out.append(shown(value))


class Block(Node):
    """Pieces one after the other, with variables of their own."""

    def __init__(self, nodes: "Sequence[Node]") -> None:
        super().__init__()
        self.nodes = nodes

    def write(self, scope: Scope, dot: "Any", out: "list[str]") -> None:
        """See Node."""
        for node in self.nodes:
            node.write(scope, dot, out)


class Branch(Node):
    """if and with."""

    def __init__(self, test: Pipeline, then: Block, otherwise: "Block | None", *, sets_dot: bool) -> None:
        super().__init__()
        self.test = test
        self.then = then
        self.otherwise = otherwise
        self.sets_dot = sets_dot

    def write(self, scope: Scope, dot: "Any", out: "list[str]") -> None:
        """See Node."""
        depth = len(scope.names)
        value = self.test.value(scope, dot)
        if is_true(value):
            self.then.write(scope, value if self.sets_dot else dot, out)
        elif self.otherwise is not None:
            self.otherwise.write(scope, dot, out)
        del scope.names[depth:]


class Range(Node):
    """range over a list, a map (by sorted key) or a number."""

    def __init__(self, over: Pipeline, body: Block, otherwise: "Block | None") -> None:
        super().__init__(*(over.calls[-1].where, over.calls[-1].text))
        self.over = over
        self.body = body
        self.otherwise = otherwise

    def write(self, scope: Scope, dot: "Any", out: "list[str]") -> None:
        """See Node."""
        depth, empty = len(scope.names), True
        for key, item in self._items(self.over.bare(scope, dot)):
            empty = False
            for name, value in self._bound(key, item):
                scope.put(name, value, new=self.over.declares)
            try:
                self.body.write(scope, item, out)
            except Stop as stop:
                if stop.ends:
                    break
            finally:
                del scope.names[depth:]
        if empty and self.otherwise is not None:
            self.otherwise.write(scope, dot, out)

    def _bound(self, key: "Any", item: "Any") -> "Iterator[tuple[str, Any]]":
        names = self.over.names
        return zip(names, (key, item) if len(names) == 2 else (item,))

    def _items(self, value: "Any") -> "Iterator[tuple[Any, Any]]":
        if isinstance(value, dict):
            return iter(sorted(value.items()))
        if isinstance(value, (list, tuple)):
            return iter(enumerate(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return iter((number, number) for number in range(value))
        if value is None or value is MISSING or value is ABSENT:
            return iter(())
        raise self.fail(f"range can't iterate over {shown(value)}")


class Leave(Node):
    """break and continue."""

    def __init__(self, *, ends: bool) -> None:
        super().__init__()
        self.ends = ends

    def write(self, _scope: Scope, _dot: "Any", _out: "list[str]") -> None:
        """See Node."""
        raise Stop(ends=self.ends)
