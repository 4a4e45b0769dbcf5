"""A template's text cut into plain text and the words of its actions."""

from pyker.base.value import Value
from pyker.cli.template.errors import TemplateError

TEXT, OPEN, CLOSE, SPACE = "text", "{{", "}}", "space"
FIELD, VARIABLE, WORD, STRING, NUMBER, SIGN, DOT = (
    "field",
    "variable",
    "word",
    "string",
    "number",
    "sign",
    "dot",
)
BLANKS = " \t\r\n"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")
_DIGITS = frozenset("0123456789")
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
}
_HEX = {"x": 2, "u": 4, "U": 8}


class Token(Value):
    """One piece: its kind, its text and where it begins."""

    kind: str
    text: str
    at: int


class Lexer:
    """Cuts *source* into tokens; TemplateError where it cannot."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens: "list[Token]" = []
        self._at = 0
        self._cut()

    def place(self, at: int) -> str:
        """Line and column as Go names them."""
        line = self.source.count("\n", 0, at) + 1
        return f"{line}:{at - (self.source.rfind(chr(10), 0, at) + 1)}"

    def fail(self, message: str, at: int) -> TemplateError:
        """The error for something wrong at *at*."""
        line = self.source.count("\n", 0, at) + 1
        return TemplateError(f"template parsing error: template: :{line}: {message}")

    def _cut(self) -> None:
        trim = False
        while (start := self.source.find("{{", self._at)) >= 0:
            text = self.source[self._at : start]
            text = text.lstrip(BLANKS) if trim else text
            after = start + 2
            if self.source[after : after + 1] == "-" and self.source[after + 1 : after + 2] in tuple(BLANKS):
                text, after = text.rstrip(BLANKS), after + 2
            self._plain(text)
            self._at = after
            trim = self._comment() if self.source.startswith("/*", after) else self._action(start)
        rest = self.source[self._at :]
        self._plain(rest.lstrip(BLANKS) if trim else rest)

    def _plain(self, text: str) -> None:
        if text:
            self.tokens.append(Token(TEXT, text, self._at))

    def _comment(self) -> bool:
        end = self.source.find("*/", self._at)
        if end < 0:
            raise self.fail("unclosed comment", self._at)
        for close, trim in ((" -}}", True), ("}}", False)):
            if self.source.startswith(close, end + 2):
                self._at = end + 2 + len(close)
                return trim
        raise self.fail("comment ends before closing delimiter", self._at)

    def _action(self, start: int) -> bool:
        """Cut one action; whether its end trims the text after it."""
        self.tokens.append(Token(OPEN, "{{", start))
        while True:
            for close, trim in ((" -}}", True), ("}}", False)):
                if self.source.startswith(close, self._at):
                    self.tokens.append(Token(CLOSE, "}}", self._at))
                    self._at += len(close)
                    return trim
            self._word(start)

    def _word(self, start: int) -> None:
        if self._at >= len(self.source):
            raise self.fail("unclosed action", start)
        at, sign = self._at, self.source[self._at]
        follows = self.source[at + 1 : at + 2]
        if sign in BLANKS:
            self._take(SPACE, BLANKS)
        elif sign == ".":
            self._take(NUMBER if follows in _DIGITS and follows else FIELD, _LETTERS, skip=1)
        elif sign == "$":
            self._take(VARIABLE, _LETTERS, skip=1)
        elif sign in "\"`'":
            self._string(sign)
        elif sign in _DIGITS or (sign in "+-" and follows and follows in _DIGITS):
            self._take(NUMBER, _LETTERS | frozenset("."), skip=1)
        elif sign in _LETTERS:
            self._take(WORD, _LETTERS)
        elif self.source.startswith(":=", at):
            self._put(SIGN, at + 2)
        elif sign in "|(),=":
            self._put(SIGN, at + 1)
        else:
            raise self.fail(f"unexpected bad character U+{ord(sign):04X} '{sign}' in command", at)

    def _take(self, kind: str, allowed: "str | frozenset[str]", skip: int = 0) -> None:
        end = self._at + skip
        while end < len(self.source) and self.source[end] in allowed:
            end += 1
        if kind == FIELD and end == self._at + 1:
            kind = DOT
        self._put(kind, end)

    def _put(self, kind: str, end: int) -> None:
        self.tokens.append(Token(kind, self.source[self._at : end], self._at))
        self._at = end

    def _string(self, quote: str) -> None:
        start, end = self._at, self._at + 1
        while end < len(self.source) and self.source[end] != quote:
            if self.source[end] == "\n" and quote != "`":
                break
            end += 2 if self.source[end] == "\\" and quote != "`" else 1
        if self.source[end : end + 1] != quote:
            raise self.fail("unterminated quoted string", start)
        body = self.source[start + 1 : end]
        self._at = end + 1
        if quote == "'":
            self.tokens.append(Token(NUMBER, str(ord(self._unescape(body, start)[:1] or "\0")), start))
            return
        self.tokens.append(Token(STRING, body if quote == "`" else self._unescape(body, start), start))

    def _unescape(self, body: str, at: int) -> str:
        out, rest = [], body
        while rest:
            before, slash, rest = rest.partition("\\")
            out.append(before)
            if not slash:
                break
            sign, rest = rest[:1], rest[1:]
            if sign in _ESCAPES:
                out.append(_ESCAPES[sign])
                continue
            width = _HEX.get(sign, 0)
            try:
                out.append(chr(int(rest[:width], 16)))
            except (ValueError, OverflowError):
                raise self.fail("invalid syntax in quoted string", at) from None
            rest = rest[width:]
        return "".join(out)
