"""An OCI linux.seccomp section as a classic BPF program, and where finished programs are kept.

The rules are runc's: a name without a number on an architecture is skipped there; a rule that says what
the default says is no rule; tests of different arguments must all hold, several tests of one argument are
alternatives; a rule without tests beats those with. Where the default refuses, numbers above all that the
section names get ENOSYS: the profile is older than they are. Other architectures are killed.

Numbers that share an answer are one interval, and the intervals a balanced tree: some 7 comparisons decide.
"""

import _sha256  # type: ignore[import-not-found]
import os

from pyker.base import jsonfile
from pyker.base.errors import InvalidError
from pyker.base.value import Value
from pyker.kernel import seccomp
from pyker.security.assembler import Assembler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = "1"  # part of every key: another compiler makes other programs
MAX_PROGRAM = 4096 * 8  # BPF_MAXINSNS


class Architecture(Value):
    """How one ABI shows itself to a filter."""

    audit: int  # AUDIT_ARCH_*, linux/audit.h
    wide: bool  # arguments have 64 bits


ARCHITECTURES = {
    "SCMP_ARCH_X86_64": Architecture(0xC000003E, wide=True),
    "SCMP_ARCH_X86": Architecture(0x40000003, wide=False),
    "SCMP_ARCH_X32": Architecture(0xC000003E, wide=False),
    "SCMP_ARCH_AARCH64": Architecture(0xC00000B7, wide=True),
    "SCMP_ARCH_ARM": Architecture(0x40000028, wide=False),
}
# Of machines that pyker does not run on; a profile may name them all.
_ELSEWHERE = frozenset(
    f"SCMP_ARCH_{name}"
    for name in (
        *("MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC", "PPC64", "PPC64LE"),
        *("S390", "S390X", "PARISC", "PARISC64", "RISCV64", "LOONGARCH64", "M68K", "SH", "SHEB"),
    )
)
X32_BIT = 0x40000000  # marks a call of the x32 ABI, asm/unistd.h
_TOP = 1 << 32

_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_ACTIONS = {  # linux/seccomp.h
    "SCMP_ACT_KILL": 0,
    "SCMP_ACT_KILL_THREAD": 0,
    "SCMP_ACT_KILL_PROCESS": _KILL_PROCESS,
    "SCMP_ACT_TRAP": 0x00030000,
    "SCMP_ACT_ERRNO": _ERRNO,
    "SCMP_ACT_NOTIFY": 0x7FC00000,
    "SCMP_ACT_TRACE": 0x7FF00000,
    "SCMP_ACT_LOG": 0x7FFC0000,
    "SCMP_ACT_ALLOW": _ALLOW,
}
_NOTIFY = "SCMP_ACT_NOTIFY"
_WITH_DATA = ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE")
_PERMISSIVE = ("SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE")
_EPERM, _ENOSYS = 1, 38

# An answer is a number to return, or alternatives tried in order: (tests that must all hold, number); the
# last one has no tests. Intervals are (first number, answer), sorted, without gaps.
if TYPE_CHECKING:
    Test = tuple[int, str, int, int]  # argument, how, value, second value
    Alternative = tuple[tuple[Test, ...], int]
    Answer = int | tuple[Alternative, ...]
    Intervals = list[tuple[int, Answer]]


def known_actions() -> "list[str]":
    """The names of what a rule may have done, sorted."""
    return sorted(_ACTIONS)


def program(section: "dict[str, Any]", cache_directory: str) -> bytes:
    """The program for *section*: shipped for the default container, else compiled once and kept.

    Raises InvalidError for a section that makes no sense.
    """
    machine = os.uname().machine
    name = file_name(section, machine)
    for directory in (os.path.dirname(__file__), cache_directory):
        try:
            kept = jsonfile.read_bytes(f"{directory}/{name}", MAX_PROGRAM)
        except FileNotFoundError:
            continue
        if kept and len(kept) % 8 == 0:
            return kept
    made = compile_section(section, machine)
    os.makedirs(cache_directory, 0o700, exist_ok=True)
    jsonfile.write_bytes(f"{cache_directory}/{name}", made)
    return made


def flags(section: "dict[str, Any]") -> int:
    """The flags of *section* as seccomp(2) takes them; InvalidError for one it does not know."""
    try:
        found = sum(seccomp.FLAGS[name] for name in set(section.get("flags") or ()))
    except KeyError as error:
        raise InvalidError(f"seccomp profile: unknown flag {error}") from error
    if notifies(section):
        return found & ~seccomp.FLAGS["SECCOMP_FILTER_FLAG_TSYNC"] | seccomp.NEW_LISTENER
    return found & ~seccomp.FLAGS["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]


def notifies(section: "dict[str, Any]") -> bool:
    """Whether an agent answers for some calls; InvalidError where that cannot work, in runc's words."""
    if section.get("defaultAction") == _NOTIFY:
        raise InvalidError("SCMP_ACT_NOTIFY cannot be used as default action")
    rules = [rule for rule in section.get("syscalls") or () if rule.get("action") == _NOTIFY]
    if any("write" in rule["names"] for rule in rules):
        raise InvalidError("SCMP_ACT_NOTIFY cannot be used for the write syscall")
    return bool(rules)


def file_name(section: "dict[str, Any]", machine: str) -> str:
    """The name a program is kept under: machine, and digest of all that it is made from."""
    text = f"{FORMAT} {machine} {jsonfile.dumps(section, canonical=True)}"
    return f"seccomp-{machine}-{_sha256.sha256(text.encode()).hexdigest()}.bin"


def compile_section(section: "dict[str, Any]", machine: str) -> bytes:
    """The program for *section* on *machine*, an array of struct sock_filter."""
    try:
        code = _compile(section, f"SCMP_ARCH_{machine.upper()}")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidError(f"seccomp profile: {error!r} makes no sense") from error
    if len(code) > MAX_PROGRAM:
        raise InvalidError(
            f"seccomp profile: {len(code) // 8} instructions, the kernel takes {MAX_PROGRAM // 8}"
        )
    return code


def _compile(section: "dict[str, Any]", native: str) -> bytes:
    named = {native, *(section.get("architectures") or ())}
    if strangers := named - ARCHITECTURES.keys() - _ELSEWHERE:
        raise InvalidError(f"seccomp profile: no such architecture: {', '.join(sorted(strangers))}")
    chosen = [name for name in ARCHITECTURES if name in named]
    numbers = jsonfile.loads(jsonfile.read_bytes(f"{os.path.dirname(__file__)}/syscalls.json"))
    tables = {
        name: _intervals(section, {call: row[column] for call, row in numbers.items()}, name)
        for column, name in enumerate(ARCHITECTURES)
        if name in chosen
    }
    asm = Assembler()
    unknown = asm.give(_KILL_PROCESS)
    chosen.sort(key=lambda name: name == native)  # the native block last, so nearest to the front
    entries = {ARCHITECTURES[name].audit: 0 for name in chosen}
    for audit in entries:
        entries[audit] = _block(
            asm, {name: tables[name] for name in chosen if ARCHITECTURES[name].audit == audit}
        )
    for audit, entry in entries.items():
        unknown = asm.jump("eq", audit, entry, unknown)
    asm.load_architecture()
    return asm.code()


def _block(asm: Assembler, tables: "dict[str, Intervals]") -> int:
    """The part for one AUDIT_ARCH: one ABI, or x86-64 and x32, which a bit in the number tells apart."""
    trees = {name: _tree(asm, rows, ARCHITECTURES[name]) for name, rows in reversed(tables.items())}
    if "SCMP_ARCH_X86_64" in trees or "SCMP_ARCH_X32" in trees:
        kill = asm.give(_KILL_PROCESS)
        asm.jump("ge", X32_BIT, trees.get("SCMP_ARCH_X32", kill), trees.get("SCMP_ARCH_X86_64", kill))
    else:
        asm.fall_to(*trees.values())
    return asm.load_number()


def _tree(asm: Assembler, intervals: "Intervals", architecture: Architecture) -> int:
    """A balanced decision between *intervals*; all that they answer is written first, so it is near."""
    conditional = [answer for _, answer in reversed(intervals) if not isinstance(answer, int)]
    leaves = [_leaf(asm, answer, architecture) for answer in conditional][::-1]
    return _decide(asm, intervals, leaves)


def _decide(asm: Assembler, intervals: "Intervals", leaves: "list[int]") -> int:
    if len(intervals) == 1:
        answer = intervals[0][1]
        return asm.give(answer) if isinstance(answer, int) else leaves[0]
    middle = len(intervals) // 2
    before = sum(not isinstance(answer, int) for _, answer in intervals[:middle])
    right = _decide(asm, intervals[middle:], leaves[before:])
    left = _decide(asm, intervals[:middle], leaves[:before])
    return asm.jump("ge", intervals[middle][0], right, left)


def _leaf(asm: Assembler, alternatives: "tuple[Alternative, ...]", architecture: Architecture) -> int:
    """Try *alternatives* in turn."""
    if (spans := _spans(alternatives)) is not None:
        return _decide_argument(asm, alternatives, spans, architecture)
    place = asm.give(alternatives[-1][1])
    for tests, number in reversed(alternatives[:-1]):
        following, place = place, asm.give(number)
        for test in reversed(tests):
            place = _test(asm, test, place, following, wide=architecture.wide)
    return place


def _spans(alternatives: "tuple[Alternative, ...]") -> "Intervals | None":
    """*alternatives* as intervals of the one argument they test, when that is all they do (below 2**32)."""
    tests = [tests[0] for tests, _ in alternatives[:-1] if len(tests) == 1]
    if len(tests) != len(alternatives) - 1 or len({test[0] for test in tests}) != 1:
        return None
    if any(how == "MASKED_EQ" or value >= _TOP for _, how, value, _ in tests):
        return None
    edges = sorted({0, *(edge for test in tests for edge in (test[2], test[2] + 1) if edge < _TOP)})
    return _merged([(edge, _first(alternatives, edge)) for edge in edges])


def _first(alternatives: "tuple[Alternative, ...]", argument: int) -> int:
    """What *alternatives* of one argument answer to *argument*."""
    return next(answer for tests, answer in alternatives if all(_holds(test, argument) for test in tests))


def _holds(test: "Test", argument: int) -> bool:
    _, how, value, _ = test
    below, equal = argument < value, argument == value
    return {"EQ": equal, "NE": not equal, "LT": below, "LE": below or equal, "GT": not (below or equal)}.get(
        how, not below
    )


def _decide_argument(
    asm: Assembler, alternatives: "tuple[Alternative, ...]", spans: "Intervals", architecture: Architecture
) -> int:
    """A balanced decision on one argument; its high half, where there is one, must be zero for it."""
    index = alternatives[0][0][0][0]
    asm.fall_to(_decide(asm, spans, []))
    low = asm.load_argument(index)
    if not architecture.wide:
        return low
    asm.jump("eq", 0, low, asm.give(_first(alternatives, _TOP)))
    return asm.load_argument(index, high=True)


def _test(asm: Assembler, test: "Test", yes: int, no: int, *, wide: bool) -> int:
    """Go to *yes* or *no* by one comparison of 64 bits (or of the low 32 where arguments have no more)."""
    index, how, value, _ = test
    if how == "MASKED_EQ":
        return _masked(asm, test, yes, no, wide=wide)
    if how in ("NE", "LT", "LE"):
        yes, no, how = no, yes, {"NE": "EQ", "LT": "GE", "LE": "GT"}[how]
    asm.jump(how.lower(), value & 0xFFFFFFFF, yes, no)
    low = asm.load_argument(index)
    if not wide:
        return low
    high = value >> 32
    same = asm.jump("eq", high, low, no)
    if how != "EQ":
        asm.jump("gt", high, yes, same)
    return asm.load_argument(index, high=True)


def _masked(asm: Assembler, test: "Test", yes: int, no: int, *, wide: bool) -> int:
    """Go to *yes* when the argument's bits under the mask are those of the second value."""
    index, _, mask, wanted = test
    place = yes
    for high in (False, True) if wide and mask >> 32 else (False,):
        shift = 32 * high
        asm.jump("eq", (wanted & mask) >> shift & 0xFFFFFFFF, place, no)
        asm.keep_bits(mask >> shift & 0xFFFFFFFF)
        place = asm.load_argument(index, high=high)
    return place


def _intervals(section: "dict[str, Any]", numbers: "dict[str, int | None]", name: str) -> "Intervals":
    """What *section* answers to every number of one ABI, whose calls have *numbers*."""
    default = _action(section["defaultAction"], section.get("defaultErrnoRet"))
    table, highest = _table(section, numbers, default)
    first = X32_BIT if name == "SCMP_ARCH_X32" else 0
    rows: Intervals = [(first, default)]
    for number in sorted(table):
        rows += [(number, table[number]), (number + 1, default)]
    if section["defaultAction"] not in _PERMISSIVE and default != _ERRNO | _ENOSYS:
        rows = [*(row for row in rows if row[0] <= highest), (highest + 1, _ERRNO | _ENOSYS)]
    return _merged(list(dict(rows).items()))


def _table(
    section: "dict[str, Any]", numbers: "dict[str, int | None]", default: int
) -> "tuple[dict[int, Answer], int]":
    """Number -> answer, where it is not the default; and the highest number that any rule names."""
    always: dict[int, Answer] = {}
    sometimes: dict[int, list[Alternative]] = {}
    highest = -1
    for rule in section.get("syscalls") or ():
        answer = _action(rule["action"], rule.get("errnoRet"))
        found = [number for name in rule["names"] if (number := numbers.get(name)) is not None]
        highest = max(highest, *found, -1)
        for number in found if answer != default else ():
            if rule.get("args"):
                sometimes.setdefault(number, []).extend(_alternatives(rule["args"], answer))
            else:
                always.setdefault(number, answer)
    conditional = {number: (*rows, ((), default)) for number, rows in sometimes.items()}
    return {**conditional, **always}, highest


def _alternatives(args: "list[dict[str, Any]]", answer: int) -> "list[Alternative]":
    """The tests of one rule: all must hold, but tests of the same argument are alternatives, as in runc."""
    tests = [_parsed(argument) for argument in args]
    if len({test[0] for test in tests}) == len(tests):
        return [(tuple(tests), answer)]
    return [((test,), answer) for test in tests]


def _parsed(argument: "dict[str, Any]") -> "Test":
    how = argument["op"].removeprefix("SCMP_CMP_")
    value, second = int(argument["value"]), int(argument.get("valueTwo") or 0)
    index = int(argument["index"])
    if how not in ("EQ", "NE", "LT", "LE", "GE", "GT", "MASKED_EQ") or not 0 <= index < 6:
        raise InvalidError(f"seccomp profile: no such test: {jsonfile.dumps(argument)}")
    return index, how, value, second


def _action(name: str, number: "int | None") -> int:
    """The return value for an OCI action."""
    if name not in _ACTIONS:
        raise InvalidError(f"seccomp profile: no such action: {name}")
    data = _EPERM if number is None else number
    return _ACTIONS[name] | (data & 0xFFFF if name in _WITH_DATA else 0)


def _merged(rows: "Intervals") -> "Intervals":
    """*rows* with neighbours of one answer made one."""
    return [row for place, row in enumerate(rows) if place == 0 or rows[place - 1][1] != row[1]]
