"""Running a seccomp filter without the kernel, to ask it about every number of every architecture."""

import struct
from typing import Any

from tests.support import libseccomp

ALLOW, ERRNO, KILL_PROCESS, KILL_THREAD = 0x7FFF0000, 0x00050000, 0x80000000, 0


def run_filter(program: bytes, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What *program* returns for a system call; the few instructions seccomp filters use."""
    data = struct.pack("<IIQ6Q", number, audit, 0, *(*arguments, *[0] * 6)[:6])
    accumulator = place = 0
    while True:
        opcode, when_true, when_false, value = struct.unpack_from("<HBBI", program, place * 8)
        place += 1
        if opcode == 0x20:
            accumulator = int.from_bytes(data[value : value + 4], "little")
        elif opcode == 0x06:
            return int(value)
        elif opcode == 0x05:
            place += value
        elif opcode in (0x54, 0x04):
            accumulator &= value
        elif opcode in (0x15, 0x25, 0x35):
            met = {0x15: accumulator == value, 0x25: accumulator > value, 0x35: accumulator >= value}[opcode]
            place += when_true if met else when_false
        else:
            raise AssertionError(f"opcode {opcode:#x}")


def oracle(section: dict[str, Any]) -> bytes:
    """What libseccomp makes of an OCI *section*, fed the way runc feeds it."""
    default = action(section["defaultAction"], section.get("defaultErrnoRet", 1))
    rules = []
    for rule in section["syscalls"]:
        answer = action(rule["action"], rule.get("errnoRet", 1))
        tests = [
            libseccomp.Argument(
                row["index"],
                libseccomp.COMPARE.index(row["op"].removeprefix("SCMP_CMP_")) + 1,
                row["value"],
                row.get("valueTwo", 0),
            )
            for row in rule.get("args", [])
        ]
        together = len({test.index for test in tests}) == len(tests)
        for name in rule["names"] if answer != default else ():
            rules += [(answer, name, row) for row in ([tests] if together else [[test] for test in tests])]
    return libseccomp.compile_rules(default, section["architectures"], rules)


def action(name: str, number: int) -> int:
    """The return value of an OCI action."""
    return {
        "SCMP_ACT_ALLOW": ALLOW,
        "SCMP_ACT_ERRNO": ERRNO | number,
        "SCMP_ACT_KILL_PROCESS": KILL_PROCESS,
        "SCMP_ACT_KILL": 0,
        "SCMP_ACT_LOG": 0x7FFC0000,
        "SCMP_ACT_TRAP": 0x30000,
    }[name]
