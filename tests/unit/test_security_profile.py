"""Which system calls a container may make, before any compiling."""

import json
from pathlib import Path
from typing import Any

import pytest

from pyker.base import jsonfile
from pyker.base.errors import InvalidError
from pyker.security import bpf, profile
from pyker.security.capabilities import DEFAULT
from pyker.security.profile import seccomp_section
from tests.support.filter import ALLOW, ERRNO, run_filter

X86 = bpf.ARCHITECTURES["SCMP_ARCH_X86"].audit
KNOWN = jsonfile.loads((Path(bpf.__file__).parent / "syscalls.json").read_bytes())


def unconditional(capabilities: tuple[str, ...] = DEFAULT) -> set[str]:
    rows = profile.default(capabilities, "x86_64")["syscalls"]
    return {
        name for row in rows if "args" not in row and row["action"] == profile.ALLOW for name in row["names"]
    }


def section_of(document: dict[str, Any], capabilities: tuple[str, ...] = DEFAULT) -> dict[str, Any]:
    return profile.resolve({"defaultAction": "SCMP_ACT_ERRNO", **document}, capabilities, "x86_64")


def test_unconfined_has_no_section() -> None:
    assert seccomp_section("unconfined", DEFAULT) is None


def test_default_section_is_small() -> None:
    assert len(jsonfile.dumps(seccomp_section("", DEFAULT))) < 7000


def test_default_names_only_calls_that_exist() -> None:
    assert unconditional() - KNOWN.keys() == set()


FORBIDDEN = "io_uring_setup keyctl add_key request_key mount bpf unshare userfaultfd setns memfd_secret"


@pytest.mark.parametrize("name", FORBIDDEN.split())
def test_default_leaves_out(name: str) -> None:
    assert name not in unconditional()


@pytest.mark.parametrize(
    ("capability", "name"),
    [
        ("CAP_SYS_ADMIN", "mount"),
        ("CAP_SYS_TIME", "clock_settime"),
        ("CAP_SYS_MODULE", "init_module"),
        ("CAP_SYSLOG", "syslog"),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_BPF", "bpf"),
        ("CAP_SYS_NICE", "mbind"),
    ],
)
def test_capability_brings_its_calls(capability: str, name: str) -> None:
    assert name not in unconditional()
    assert name in unconditional((capability,))


def test_no_capability_brings_keyctl_or_io_uring() -> None:
    everything = unconditional(
        tuple(f"CAP_{name}" for name in ["SYS_ADMIN", "SYS_PTRACE", "SYS_RAWIO", "BPF"])
    )

    assert not {"keyctl", "io_uring_setup", "userfaultfd"} & everything


@pytest.mark.parametrize(("architecture", "answer"), [("amd64", ERRNO | 1), ("386", ALLOW)])
def test_socketcall_is_left_to_images_for_i386(architecture: str, answer: int) -> None:
    program = bpf.compile_section(profile.default(DEFAULT, "x86_64", architecture), "x86_64")

    assert run_filter(program, X86, KNOWN["socketcall"][1], (1,)) == answer
    assert run_filter(program, X86, KNOWN["socketcall"][1], (3,)) == ALLOW


def test_docker_profile_is_resolved_for_machine_and_capabilities() -> None:
    rules = [
        {"names": ["a"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["b"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["c"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
        {"names": ["d"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
        {"names": ["e"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "99.1"}},
        {"name": "f", "action": "SCMP_ACT_ALLOW", "args": None},
    ]

    section = section_of({"syscalls": rules})

    assert [row["names"] for row in section["syscalls"]] == [["b"], ["d"], ["f"]]
    assert section_of({"syscalls": rules}, ("CAP_SYS_ADMIN",))["syscalls"][0]["names"] == ["a"]


def test_docker_profile_maps_architectures() -> None:
    rows = [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}]

    assert section_of({"archMap": rows})["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]


def test_profile_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]}))

    section = seccomp_section(str(path), DEFAULT)

    assert section == {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [],
    }


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [3]}']
)
def test_bad_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)

    with pytest.raises(InvalidError, match="decoding seccomp profile"):
        seccomp_section(str(path), DEFAULT)


def test_missing_file_is_named() -> None:
    with pytest.raises(InvalidError, match="opening seccomp profile"):
        seccomp_section("/no/such/profile", DEFAULT)
