"""Write what is derived from the Typer tree: the option table (table.py) and the manual pages (man/).

`python -m pyker.cli.generate` rewrites both; tests/unit/test_generate.py checks that they are current.
"""

import os
import sys
from typing import Any

from pyker.cli.parse import FLAG, MANY, TEXT
from pyker.cli.tree.app import build
from pyker.cli.tree.manual import manual_pages

HEADER = '''"""How each command is spelled: made by `make man` from pyker/cli/tree, not by hand."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.cli.parse import Shape, Spellings

'''
PACKAGE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(PACKAGE))


def table_text(tree: Any) -> str:
    """The source of table.py for *tree*."""
    shapes: dict[str, str] = {}
    commands = []
    for path, command in walk(tree):
        own = _dictionary(command)
        spellings = shapes.setdefault(own, f"_{path.replace(' ', '_').upper()}") if own != "{}" else own
        one = command.definition
        commands.append(
            f'    "{path}": ("{one.body}", {one.least}, {one.most}, {one.interspersed}, {spellings}),\n'
        )
    parts = [HEADER]
    parts += [f'{name}: "Spellings" = {text}\n' for text, name in shapes.items()]
    parts.append('COMMANDS: "dict[str, Shape]" = {\n' + "".join(commands) + "}\n")
    groups = tuple(name for name, one in tree.commands.items() if hasattr(one, "commands"))
    parts.append(f'GROUPS: "tuple[str, ...]" = ({", ".join(_quoted(name) for name in groups)})\n')
    parts.append(f'SETTINGS: "Spellings" = {_dictionary(tree)}\n')
    return "".join(parts)


def walk(tree: Any, ahead: str = "") -> list[tuple[str, Any]]:
    """(path, command) of every command below *tree*, groups entered."""
    found = []
    for name, command in tree.commands.items():
        if hasattr(command, "commands"):
            found += walk(command, f"{name} ")
        else:
            found.append((ahead + name, command))
    return found


def _dictionary(command: Any) -> str:
    rows = []
    for option in command.params:
        if option.param_type_name == "option":
            kind = FLAG if option.is_flag else MANY if option.multiple else TEXT
            rows += [f'    "{word}": ("{option.name}", "{kind}"),\n' for word in option.opts]
    return "{\n" + "".join(rows) + "}" if rows else "{}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def main() -> int:
    """Write table.py and man/*.1; what is no longer a command loses its page."""
    tree = build()
    _write(os.path.join(PACKAGE, "table.py"), table_text(tree))
    pages = manual_pages(tree)
    folder = os.path.join(PROJECT, "man")
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.endswith(".1") and name not in pages:
            os.unlink(os.path.join(folder, name))
    for name, page in pages.items():
        _write(os.path.join(folder, name), page)
    return 0


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
