"""Tokens become the nodes of a template."""

from pyker.cli.template import lexer
from pyker.cli.template.errors import TemplateError
from pyker.cli.template.functions import FUNCTIONS, HEADING_FUNCTIONS, label_heading
from pyker.cli.template.nodes import (
    Block,
    Branch,
    Call,
    Constant,
    Dot,
    Field,
    Leave,
    Node,
    Pipeline,
    Range,
    Record,
    Scope,
    Text,
    Variable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any
_CONSTANTS = {"true": True, "false": False, "nil": None}
_MAX_DEPTH = 60  # of nested blocks and parentheses; Python's own stack is not to be tried


class Template:
    """A template, read once and applied to any number of values."""

    def __init__(self, source: str) -> None:
        self._body = Parser(source).body

    def render(self, value: "Any") -> str:
        """What the template prints for *value*; TemplateError when it does not fit."""
        out: "list[str]" = []
        self._body.write(Scope(value), value, out)
        return "".join(out)

    def headings(self, names: "Mapping[str, str]") -> str:
        """The heading line of the table whose rows this template makes: *names* stand for the fields.

        What fails on headings ends the line there, as in Docker.
        """
        fields = {field: (lambda heading=heading: heading) for field, heading in names.items()}
        record = Record(fields, {"Label": label_heading})
        out: "list[str]" = []
        try:
            self._body.write(Scope(record, HEADING_FUNCTIONS), record, out)
        except TemplateError:
            pass
        return "".join(out)


class Parser:
    """Reads *source* into `body`; TemplateError, in Go's words, where it cannot."""

    def __init__(self, source: str) -> None:
        self._lexer = lexer.Lexer(source)
        self._tokens = self._lexer.tokens
        self._at = 0
        self._depth = 0
        self._loops = 0
        self._names = ["$"]
        self.body, end = self._block()
        if end:
            raise self._fail(f"unexpected {{{{{end}}}}}")

    def _fail(self, message: str) -> "TemplateError":
        token = self._peek()
        return self._lexer.fail(message, token.at if token else len(self._lexer.source))

    def _peek(self, ahead: int = 0) -> "lexer.Token | None":
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _next(self) -> lexer.Token:
        token = self._peek()
        if token is None:
            raise self._fail("unexpected EOF")
        self._at += 1
        return token

    def _is(self, kind: str, text: str = "") -> bool:
        token = self._peek()
        return token is not None and token.kind == kind and (not text or token.text == text)

    def _skip(self, kind: str) -> bool:
        found = self._is(kind)
        self._at += found
        return found

    def _block(self) -> "tuple[Block, str]":
        """Nodes up to the end of the text (""), or up to end, else, break… which is taken and named."""
        self._deeper()
        known = len(self._names)
        nodes: "list[Node]" = []
        while self._peek() is not None:
            token = self._next()
            if token.kind == lexer.TEXT:
                nodes.append(Text(text=token.text))
                continue
            self._skip(lexer.SPACE)
            word = self._peek()
            if word is not None and word.kind == lexer.WORD and word.text in ("end", "else"):
                self._at += 1
                self._depth -= 1
                del self._names[known:]
                return Block(nodes), word.text
            nodes.append(self._action())
        self._depth -= 1
        return Block(nodes), ""

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._fail("nested too deep")

    def _action(self) -> Node:
        token = self._peek()
        word = token.text if token is not None and token.kind == lexer.WORD else ""
        if word in ("if", "with", "range"):
            self._at += 1
            return self._control(word)
        if word in ("break", "continue"):
            self._at += 1
            if not self._loops:
                raise self._fail(f"{{{{{word}}}}} outside {{{{range}}}}")
            self._close()
            return Leave(ends=word == "break")
        if word in ("define", "template", "block"):
            raise self._fail(f"{{{{{word}}}}} is not supported")
        pipeline = self._pipeline()
        self._close()
        return pipeline

    def _control(self, word: str) -> Node:
        known = len(self._names)
        test = self._pipeline(pair=word == "range")
        self._close()
        self._loops += word == "range"
        then, end = self._block()
        self._loops -= word == "range"
        otherwise = None
        if end == "else":
            otherwise = self._otherwise(word)
        elif end == "end":
            self._close()
        else:
            raise self._fail("unexpected EOF")
        del self._names[known:]
        if word == "range":
            return Range(test, then, otherwise)
        return Branch(test, then, otherwise, sets_dot=word == "with")

    def _otherwise(self, word: str) -> Block:
        """What follows else: a block, or for `else if` and `else with` one branch that shares our end."""
        self._skip(lexer.SPACE)
        if word != "range" and self._is(lexer.WORD, word):
            self._at += 1
            return Block([self._control(word)])
        self._close()
        block, end = self._block()
        if end != "end":
            raise self._fail("expected end; found {{else}}" if end else "unexpected EOF")
        self._close()
        return block

    def _close(self) -> None:
        self._skip(lexer.SPACE)
        if not self._skip(lexer.CLOSE):
            token = self._peek()
            raise self._fail(f'unexpected "{token.text}" in command' if token else "unclosed action")

    def _pipeline(self, *, pair: bool = False) -> Pipeline:
        self._deeper()
        names, declares = self._declared(pair=pair)
        calls = [self._command()]
        while self._is(lexer.SIGN, "|"):
            self._at += 1
            calls.append(self._command())
        self._names += names if declares else []
        self._depth -= 1
        return Pipeline(calls, names, declares=declares)

    def _declared(self, *, pair: bool) -> "tuple[list[str], bool]":
        """The variables that a pipeline begins with: `$x :=`, `$k, $v :=`, `$x =`."""
        start = self._at
        names: "list[str]" = []
        while True:
            self._skip(lexer.SPACE)
            if not self._is(lexer.VARIABLE):
                break
            names.append(self._next().text)
            self._skip(lexer.SPACE)
            if self._is(lexer.SIGN, ":=") or self._is(lexer.SIGN, "="):
                if len(names) > 1 + pair:
                    raise self._fail("too many declarations")
                declares = self._next().text == ":="
                if not declares and any(name not in self._names for name in names):
                    raise self._fail(f'undefined variable "{names[0]}"')
                return names, declares
            if not self._is(lexer.SIGN, ","):
                break
            self._at += 1
        self._at = start
        return [], False

    def _command(self) -> Call:
        self._skip(lexer.SPACE)
        start = self._peek()
        operands: "list[Node | str]" = []
        while (operand := self._operand()) is not None:
            operands.append(operand)
            if not self._skip(lexer.SPACE):
                break
        if not operands or start is None:
            raise self._fail("missing value for command")
        end = self._peek()
        text = self._lexer.source[start.at : end.at if end else None].strip()
        arguments = [Call(one, (), "", text) if isinstance(one, str) else one for one in operands[1:]]
        nodes = [Pipeline([one], (), declares=False) if isinstance(one, Call) else one for one in arguments]
        return Call(operands[0], nodes, self._lexer.place(start.at), text)

    def _operand(self) -> "Node | str | None":
        token = self._peek()
        if token is None or token.kind in (lexer.CLOSE, lexer.SPACE):
            return None
        if token.kind == lexer.SIGN and token.text != "(":
            return None
        self._at += 1
        base = self._term(token)
        second = self._peek()
        names = []
        while not isinstance(base, str) and self._is(lexer.FIELD):
            names.append(self._next().text[1:])
        if names and not isinstance(base, str):
            text = "." + ".".join(names)
            if isinstance(base, Field):
                place = self._lexer.place(second.at if second else token.at)
                return Field(base.base, [*base.names, *names], place, base.text + text)
            return Field(base, names, self._lexer.place(token.at), token.text + text)
        return base

    def _term(self, token: lexer.Token) -> "Node | str":
        if token.kind == lexer.FIELD:
            return Field(Dot(), [token.text[1:]], self._lexer.place(token.at), token.text)
        if token.kind == lexer.DOT:
            return Dot()
        if token.kind == lexer.VARIABLE:
            if token.text not in self._names:
                raise self._fail(f'undefined variable "{token.text}"')
            return Variable(text=token.text)
        if token.kind == lexer.STRING:
            return Constant(token.text)
        if token.kind == lexer.NUMBER:
            return Constant(self._number(token))
        if token.text == "(":
            return self._parenthesis()
        if token.text in _CONSTANTS:
            return Constant(_CONSTANTS[token.text])
        if token.text not in FUNCTIONS and token.text not in ("and", "or"):
            raise self._fail(f'function "{token.text}" not defined')
        return token.text

    def _parenthesis(self) -> Node:
        inner = self._pipeline()
        self._skip(lexer.SPACE)
        if not self._is(lexer.SIGN, ")"):
            raise self._fail("unclosed left paren")
        self._at += 1
        return inner

    def _number(self, token: lexer.Token) -> "int | float":
        for read in (lambda text: int(text, 0), float):
            try:
                number: "int | float" = read(token.text.replace("_", ""))
            except ValueError:
                continue
            return number
        raise self._fail(f'bad number syntax: "{token.text}"')
