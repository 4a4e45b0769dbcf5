"""Manual pages in roff, one for each command and one for pyker itself, made from the tree."""

from typing import Any

from pyker.cli.runtime.help import row as _runtime_row
from pyker.cli.runtime.table import COMMANDS as RUNTIME_COMMANDS
from pyker.cli.runtime.table import GLOBAL as RUNTIME_OPTIONS
from pyker.cli.tree.help import command_rows, option_row, options_of

FILES = (
    ("/var/lib/pyker", "root's images, layers, containers and volumes (--root)"),
    ("/run/pyker", "root's sockets and records of running containers (--runroot)"),
    ("$XDG_DATA_HOME/pyker, $XDG_RUNTIME_DIR/pyker", "the same for other users"),
)
CODES = (
    ("125", "pyker itself failed (run), or an option is wrong"),
    ("126", "the container's command cannot be executed"),
    ("127", "the container's command was not found"),
    ("128+n", "signal n ended the container's command"),
    ("1", "anything else went wrong"),
)

RUNTIME_EXAMPLES = (
    "pyker-runtime spec",
    "pyker-runtime run --bundle /srv/bundle web",
    "podman --runtime /usr/local/bin/pyker-runtime run --rm busybox true",
    "dockerd --add-runtime pyker=/usr/local/bin/pyker-runtime",
    "ctr run --runc-binary /usr/local/bin/pyker-runtime --rootfs /srv/root web sh",
)


def manual_pages(tree: Any) -> dict[str, str]:
    """The text of each page by its file's name."""
    pages = {"pyker.1": _main_page(tree), "pyker-runtime.1": _runtime_page()}
    groups = [one for one in tree.commands.values() if _is_group(one)]
    seen = set()
    for command in (one for group in (tree, *groups) for one in group.commands.values()):
        if _is_group(command) or command.definition.hidden or command.definition in seen:
            continue
        seen.add(command.definition)
        name = command.definition.paths[0].replace(" ", "-")
        pages[f"pyker-{name}.1"] = _page(command)
    return pages


def _is_group(command: Any) -> bool:
    return hasattr(command, "commands")


def _page(command: Any) -> str:
    one = command.definition
    title = f"pyker-{one.paths[0].replace(' ', '-')}"
    lines = [*_head(title, one.summary)]
    for path in one.paths:
        options = " [\\fIOPTIONS\\fR]" if one.options else ""
        lines += [f"\\fBpyker {_safe(path)}\\fR{options} {_safe(one.usage)}".rstrip(), ".br"]
    lines += [".SH DESCRIPTION", _safe(one.summary) + "."]
    if one.text:
        lines += [".PP", _safe(one.text)]
    lines += _options(command)
    lines += [".SH EXAMPLES", ".nf", *(_safe(example) for example in one.examples), ".fi"]
    return _finish(lines)


def _runtime_page() -> str:
    """The page of pyker-runtime, all its commands on one."""
    lines = [*_head("pyker-runtime", "run OCI bundles with runc's command line")]
    lines += ["\\fBpyker-runtime\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARG\\fR...]"]
    lines += [".SH OPTIONS", *_pairs(tuple(_runtime_row(option) for option in RUNTIME_OPTIONS))]
    lines += [".SH COMMANDS"]
    for name, command in RUNTIME_COMMANDS.items():
        lines += [f".SS {_safe(name)} {_safe(command.words)}".rstrip(), _safe(command.help)]
        lines += _pairs(tuple(_runtime_row(option) for option in command.options))
    lines += [".SH EXAMPLES", ".nf", *(_safe(example) for example in RUNTIME_EXAMPLES), ".fi"]
    return _finish(lines)


def _main_page(tree: Any) -> str:
    lines = [*_head("pyker", "a container engine without a daemon")]
    lines += ["\\fBpyker\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARG\\fR...]", ".SH COMMANDS"]
    for name, summary in command_rows(tree):
        lines += [".TP", f"\\fB{_safe(name)}\\fR", _safe(summary)]
    lines += _options(tree)
    lines += [".SH FILES", *_pairs(FILES), ".SH EXIT STATUS", *_pairs(CODES)]
    lines += [".SH ENVIRONMENT", *_pairs((("PYKER_ROOT, PYKER_RUNROOT", "as --root and --runroot"),))]
    lines += [".SH EXAMPLES", ".nf", "pyker run --rm -it debian:12 bash", "pyker ps -a", ".fi"]
    return _finish(lines)


def _head(title: str, summary: str) -> list[str]:
    return [
        f'.TH "{title.upper()}" "1" "" "pyker" "User Commands"',
        ".SH NAME",
        f"{_safe(title)} \\- {_safe(summary[:1].lower() + summary[1:])}",
        ".SH SYNOPSIS",
    ]


def _options(command: Any) -> list[str]:
    rows = [option_row(option) for option in options_of(command)]
    return [".SH OPTIONS", *_pairs(tuple((head.strip(), text) for head, text in rows))] if rows else []


def _pairs(rows: "tuple[tuple[str, str], ...]") -> list[str]:
    lines = []
    for head, text in rows:
        lines += [".TP", f"\\fB{_safe(head)}\\fR", _safe(text)]
    return lines


def _safe(text: str) -> str:
    """*text* with roff's own signs taken for themselves."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _finish(lines: list[str]) -> str:
    see = [".SH SEE ALSO", "\\fBpyker\\fR(1)"]
    return "\n".join([*lines, *see]) + "\n"
