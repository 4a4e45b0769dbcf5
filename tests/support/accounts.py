"""Ordinary users, made for a test run and removed at its end."""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.command import Account

PREFIX = "pk-test-"  # followed by the pid of the test run


def root_account(directory: Path) -> Account:
    """Root, with a HOME that is not the real one."""
    account = Account("root", 0, 0, directory / "root")
    account.make_directory(account.directory)
    account.make_directory(account.directory / "runtime")
    return account


@contextmanager
def ordinary_account(directory: Path, *, ranges: bool) -> Iterator[Account]:
    """A user with subordinate ids (*ranges*) or without any, and nothing else: no groups, no password."""
    remove_stale()
    name = f"{PREFIX}{os.getpid()}{'' if ranges else 's'}"
    home = directory / name
    kind = ["--create-home"] if ranges else ["--create-home", "--system"]
    subprocess.run(
        ["useradd", *kind, "-d", str(home), "-s", "/bin/sh", name], check=True, capture_output=True
    )
    try:
        entry = pwd.getpwnam(name)
        account = Account(name, entry.pw_uid, entry.pw_gid, home)
        account.make_directory(home / "runtime")
        _check_ranges(account, ranges)
        yield account
    finally:
        remove(name)


def _check_ranges(account: Account, wanted: bool) -> None:
    for file in ("/etc/subuid", "/etc/subgid"):
        has = any(line.startswith(f"{account.name}:") for line in Path(file).read_text().splitlines())
        assert has == wanted, f"{account.name} in {file}: {has}"


def remove(name: str) -> None:
    """Remove a user of ours with its home and its ranges."""
    subprocess.run(["userdel", "-r", name], check=False, capture_output=True)


def remove_stale() -> None:
    """Remove the users of test runs that were killed."""
    for entry in pwd.getpwall():
        pid = entry.pw_name.removeprefix(PREFIX).rstrip("s")
        if entry.pw_name.startswith(PREFIX) and not Path("/proc", pid).exists():
            remove(entry.pw_name)


def open_devices() -> dict[str, int]:
    """Let everybody open /dev/net/tun and /dev/fuse, as with udev; their modes before."""
    before: dict[str, int] = {}
    for device in ("/dev/net/tun", "/dev/fuse"):
        if os.path.exists(device) and (mode := stat.S_IMODE(os.stat(device).st_mode)) != 0o666:
            before[device] = mode
            os.chmod(device, 0o666)
    return before


def close_devices(before: dict[str, int]) -> None:
    """Give the devices the modes they had *before*."""
    for device, mode in before.items():
        os.chmod(device, mode)
