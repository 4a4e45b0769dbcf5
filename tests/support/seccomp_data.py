"""Makes the seccomp data in pyker/security: `python -m tests.support.seccomp_data`; tests check it.

syscalls.json: name -> its number on each of ARCHITECTURES, null where there is none. The tables are
libseccomp's; NEWER adds what it did not know yet (from 424 on, a call has one number everywhere).
"""

from pathlib import Path

from pyker.base import jsonfile
from pyker.security import bpf, capabilities, profile
from tests.support import libseccomp

FOLDER = Path(bpf.__file__).parent

NEWER = dict(
    zip(
        [
            "cachestat",
            "fchmodat2",
            "map_shadow_stack",
            "futex_wake",
            "futex_wait",
            "futex_requeue",
            "statmount",
            "listmount",
            "lsm_get_self_attr",
            "lsm_set_self_attr",
            "lsm_list_modules",
            "mseal",
            "setxattrat",
            "getxattrat",
            "listxattrat",
            "removexattrat",
            "open_tree_attr",
            "file_getattr",
            "file_setattr",
        ],
        range(451, 470),
    )
)
X86_64_ONLY = {"uretprobe": 335, "uprobe": 336}  # kernel 6.11, 6.18


def tables() -> dict[str, list[int | None]]:
    """The content of syscalls.json."""
    columns = [libseccomp.names(architecture) for architecture in bpf.ARCHITECTURES]
    for architecture, column in zip(bpf.ARCHITECTURES, columns):
        bit = 0x40000000 if architecture == "SCMP_ARCH_X32" else 0
        column.update({name: number | bit for name, number in NEWER.items()})
        if architecture == "SCMP_ARCH_X86_64":
            column.update(X86_64_ONLY)
    known = sorted({name for column in columns for name in column})
    return {name: [column.get(name) for column in columns] for name in known}


def tables_text() -> str:
    """syscalls.json, one system call a line."""
    rows = [f"{jsonfile.dumps(name)}: {jsonfile.dumps(row)}" for name, row in tables().items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def default_programs() -> dict[str, bytes]:
    """The precompiled programs of the default container, by file name."""
    result = {}
    for machine in ("x86_64", "aarch64"):
        section = profile.default(capabilities.DEFAULT, machine)
        result[bpf.file_name(section, machine)] = bpf.compile_section(section, machine)
    return result


def main() -> None:
    """Write both."""
    (FOLDER / "syscalls.json").write_text(tables_text())
    for old in FOLDER.glob("*.bin"):
        old.unlink()
    for name, program in default_programs().items():
        (FOLDER / name).write_bytes(program)


if __name__ == "__main__":
    main()
