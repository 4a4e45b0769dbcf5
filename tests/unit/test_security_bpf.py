"""OCI seccomp sections compiled, asked number by number, beside libseccomp's compilation of the same."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.runtime.rights import make_filter
from pyker.security import bpf, capabilities, profile
from tests.support import seccomp_data
from tests.support.filter import ALLOW, ERRNO, KILL_PROCESS, oracle, run_filter

X86_64, X86 = (bpf.ARCHITECTURES[f"SCMP_ARCH_{name}"].audit for name in ("X86_64", "X86"))
ABIS = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
DEFAULT = profile.default(capabilities.DEFAULT, "x86_64")
ENOSYS = ERRNO | 38


def compiled(*rules: dict[str, Any], default: str = "SCMP_ACT_ERRNO", **more: Any) -> bytes:
    section = {"defaultAction": default, "architectures": ABIS, "syscalls": list(rules), **more}
    return bpf.compile_section(section, "x86_64")


def rule(*names: str, action: str = "SCMP_ACT_ALLOW", **more: Any) -> dict[str, Any]:
    return {"names": list(names), "action": action, **more}


def when(index: int, op: str, value: int, second: int = 0) -> dict[str, Any]:
    return {"index": index, "op": f"SCMP_CMP_{op}", "value": value, "valueTwo": second}


def test_tables_and_shipped_programs_are_current() -> None:
    folder = Path(bpf.__file__).parent
    programs = seccomp_data.default_programs()

    assert (folder / "syscalls.json").read_text() == seccomp_data.tables_text()
    assert {path.name: path.read_bytes() for path in folder.glob("*.bin")} == programs


def test_default_program_is_shipped_not_compiled(tmp_path: Path) -> None:
    assert bpf.program(DEFAULT, str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_other_program_is_compiled_once(tmp_path: Path) -> None:
    section = profile.default((*capabilities.DEFAULT, "CAP_SYS_ADMIN"), os.uname().machine)
    made = bpf.program(section, str(tmp_path / "cache"))
    [kept] = (tmp_path / "cache").iterdir()
    before = kept.stat()

    assert bpf.program(section, str(tmp_path / "cache")) == made
    assert kept.stat() == before


def test_torn_cache_file_is_made_again(tmp_path: Path) -> None:
    section = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule("getpid", action="SCMP_ACT_ERRNO")]}
    made = bpf.program(section, str(tmp_path))
    [kept] = tmp_path.iterdir()
    kept.write_bytes(b"")

    assert bpf.program(section, str(tmp_path)) == made


def test_default_program_is_small() -> None:
    assert len(bpf.compile_section(DEFAULT, "x86_64")) // 8 < len(oracle(DEFAULT)) // 8 // 2


def test_unnamed_architecture_is_killed() -> None:
    section = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]}
    program = bpf.compile_section(section, "x86_64")

    assert run_filter(program, X86, 1) == KILL_PROCESS
    assert run_filter(program, X86_64, bpf.X32_BIT) == KILL_PROCESS
    assert run_filter(program, X86_64, 1) == ALLOW


def test_newer_number_than_all_named_gets_enosys() -> None:
    program = compiled(rule("read", "write", "futex_waitv"))

    assert [run_filter(program, X86_64, number) for number in (449, 450, 448)] == [ALLOW, ENOSYS, ERRNO | 1]


def test_default_errno_and_rule_errno_are_used() -> None:
    program = compiled(rule("read", action="SCMP_ACT_ERRNO", errnoRet=5), rule("write"), defaultErrnoRet=13)

    assert run_filter(program, X86_64, 0) == ERRNO | 5
    assert run_filter(program, X86, 1) == ERRNO | 13


def test_rule_without_tests_beats_one_with() -> None:
    program = compiled(rule("read", action="SCMP_ACT_TRAP", args=[when(0, "EQ", 1)]), rule("read"))

    assert run_filter(program, X86_64, 0, (1,)) == ALLOW


def test_tests_of_different_arguments_must_all_hold() -> None:
    program = compiled(rule("read", "openat2", args=[when(0, "EQ", 1), when(2, "GE", 7)]))

    answers = [run_filter(program, X86_64, 0, arguments) for arguments in ((1, 0, 7), (1, 0, 6), (0, 0, 7))]
    assert answers == [ALLOW, ERRNO | 1, ERRNO | 1]


def test_tests_of_one_argument_are_alternatives() -> None:
    program = compiled(rule("read", args=[when(0, "EQ", 1), when(0, "EQ", 5)]))

    assert [run_filter(program, X86_64, 0, (value,)) for value in (1, 5, 3)] == [ALLOW, ALLOW, ERRNO | 1]


@pytest.mark.parametrize("value", [2**32 + 1, 2**63 + 1])
def test_high_half_of_an_argument_counts_on_64_bits(value: int) -> None:
    program = compiled(rule("read", args=[when(0, "EQ", 1)]))

    assert run_filter(program, X86_64, 0, (value,)) == ERRNO | 1
    assert run_filter(program, X86, 3, (value,)) == ALLOW


def test_agent_is_asked_where_a_rule_says_so() -> None:
    program = compiled(rule("read", action="SCMP_ACT_NOTIFY"))

    assert run_filter(program, X86_64, 0, ()) == 0x7FC00000


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"defaultAction": "SCMP_ACT_NOTIFY"}, "default action"),
        (
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule("write", action="SCMP_ACT_NOTIFY")]},
            "the write",
        ),
    ],
    ids=str,
)
def test_agent_cannot_be_asked_about_everything(section: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        bpf.flags(section)


def test_filter_for_an_agent_is_refused_where_there_is_none(tmp_path: Path) -> None:
    section = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule("read", action="SCMP_ACT_NOTIFY")]}

    with pytest.raises(UnsupportedError, match="agent"):
        make_filter(section, str(tmp_path))


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([{"names": ["read"]}], id="no action"),
        pytest.param([{"names": ["read"], "action": "SCMP_ACT_MAYBE"}], id="unknown action"),
        pytest.param([rule("read", args=[{"index": 9, "op": "SCMP_CMP_EQ", "value": 1}])], id="argument 9"),
        pytest.param([rule("read", args=[{"index": 0, "op": "SCMP_CMP_LIKE", "value": 1}])], id="comparison"),
        pytest.param([{"names": 5, "action": "SCMP_ACT_ALLOW"}], id="names no list"),
    ],
)
def test_nonsense_is_an_error(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidError, match="seccomp profile"):
        compiled(*rules)


def test_program_beyond_the_kernels_limit_is_an_error() -> None:
    tests = [when(index % 2, "MASKED_EQ", index, index) for index in range(1200)]

    with pytest.raises(InvalidError, match="4096"):
        compiled(rule("read", args=tests))


def test_far_jumps_are_bridged() -> None:
    tests = [when(0, "MASKED_EQ", 0xFF00000000 | index, index) for index in range(150)]
    program = compiled(rule("read", "close", args=tests), rule("write"))

    assert run_filter(program, X86_64, 0, (149,)) == ALLOW
    assert run_filter(program, X86_64, 0, (1 << 32,)) == ERRNO | 1
    assert run_filter(program, X86_64, 1) == ALLOW


VALUES = st.one_of(st.integers(0, 20), st.sampled_from([0xFFFFFFFF, 2**32, 2**32 + 3, 2**64 - 1]))
TESTS = st.builds(
    when,
    st.integers(0, 2),
    st.sampled_from(["EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"]),
    VALUES,
    VALUES,
)
NAMES = ("read", "write", "close", "socket", "clone", "openat", "prctl", "futex_waitv")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(TESTS, max_size=3, unique_by=lambda test: test["index"]), min_size=1, max_size=4),
    st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=3, max_size=6),
)
def test_agrees_with_libseccomp_on_arguments(
    tests: list[list[dict[str, Any]]], calls: list[tuple[int, ...]]
) -> None:
    rules = [rule(name, args=args) for name, args in zip(NAMES, tests)]
    section = {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ABIS[:1], "syscalls": rules}
    section = {**section, "syscalls": [*rules, rule("futex_waitv")]}
    ours, theirs = bpf.compile_section(section, "x86_64"), oracle(section)

    for number in (0, 1, 3, 41, 56, 257, 157):
        for arguments in calls:
            assert run_filter(ours, X86_64, number, arguments) == run_filter(
                theirs, X86_64, number, arguments
            )
