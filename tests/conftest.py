"""Fixtures: the command under test in empty worlds, as root and as a user; nothing may stay behind."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from pyker.base.home import Home
from pyker.network.attachment import dismantle
from tests.support import leaks, machine
from tests.support.accounts import close_devices, open_devices, ordinary_account, root_account
from tests.support.command import Account, Pyker
from tests.support.program import TREE, program
from tests.support.runtime import Runtime

NUMBER = count(1)
MACHINE = pytest.StashKey[dict[str, set[str]]]()
DEVICES = pytest.StashKey[dict[str, int]]()
LEFT = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shared",
        action="store_true",
        help="others use this machine: do not compare the whole of it before and after",
    )


def pytest_report_header() -> list[str]:
    return machine.header()


def is_first(config: pytest.Config) -> bool:
    """Whether this process sees all of the run: with xdist, the one that hands tests to the workers."""
    return not hasattr(config, "workerinput")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look at the machine, and let users open devices, before the first test."""
    if is_first(session.config) and not session.config.option.collectonly:
        session.config.stash[MACHINE] = leaks.machine()
        session.config.stash[DEVICES] = open_devices()


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"skipped: {len(skipped)} (only the kernel or the hardware may be a reason)")
    for line in terminalreporter.config.stash.get(LEFT, []):
        terminalreporter.write_line(f"left behind on the machine: {line}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Two more ways to fail: something that should be installed is not, or something was left behind."""
    config = session.config
    if MACHINE not in config.stash:
        return
    if not config.option.shared:  # others may be at work with them
        close_devices(config.stash[DEVICES])
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    needless = [report for report in skipped if "kernel: " not in str(report.longrepr)]
    # Others use a shared machine: what appeared on it need not be ours.
    config.stash[LEFT] = [] if config.option.shared else leaks.new_since(config.stash[MACHINE])
    if needless or config.stash[LEFT]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """The one directory, with a short path, below which the tests put everything; all may pass through it."""
    directory = Path(tempfile.mkdtemp(prefix="pk-", dir="/var/tmp"))
    directory.chmod(0o755)
    yield directory
    left = leaks.left_by(str(directory))
    shutil.rmtree(directory, ignore_errors=True)
    assert not left, f"left behind: {left}"


@pytest.fixture(scope="session")
def command(ground: Path) -> str:
    """The path of the `pyker` under test."""
    return program(ground)


@pytest.fixture(scope="session")
def rootfs_tar(ground: Path) -> Path:
    """The root file system of the busybox image, as a tar that everybody may read."""
    path = ground / "rootfs.tar"
    path.write_bytes(
        subprocess.run([str(TREE / "examples/rootfs.sh")], check=True, stdout=subprocess.PIPE).stdout
    )
    path.chmod(0o644)
    return path


@pytest.fixture(scope="session")
def root_user(ground: Path) -> Account:
    return root_account(ground)


@pytest.fixture(scope="session")
def user(ground: Path) -> Iterator[Account]:
    """An ordinary user with subordinate ids."""
    with ordinary_account(ground, ranges=True) as account:
        yield account


@pytest.fixture(scope="session")
def lone_user(ground: Path) -> Iterator[Account]:
    """An ordinary user without subordinate ids: one uid, one gid."""
    with ordinary_account(ground, ranges=False) as account:
        yield account


def new_directory(ground: Path, account: Account) -> Path:
    """A fresh directory of *account* below *ground*, its path short enough for socket names below it."""
    return account.make_directory(ground / f"w{next(NUMBER)}")


def new_world(command: str, account: Account, ground: Path, image: "Path | None") -> Iterator[Pyker]:
    """A `pyker` with an empty home (with *image* as busybox); it must leave nothing running or mounted."""
    world = new_directory(ground, account)
    pyker = Pyker(command, account, world)
    if image:
        pyker("import", "--change", 'CMD ["/bin/sh"]', str(image), "busybox")
    try:
        yield pyker
    finally:
        pyker.remove_containers()
        if account.is_root:
            dismantle(pyker.home)
        left = leaks.left_by(str(world))
        shutil.rmtree(world, ignore_errors=True)
    assert not left, f"left behind: {left}"


@pytest.fixture
def home(ground: Path, root_user: Account) -> Iterator[Home]:
    """An empty home of root, for tests below the command line."""
    world = new_directory(ground, root_user)
    for name in ("g", "r"):
        root_user.make_directory(world / name)
    yield (made := Home(str(world / "g"), str(world / "r"), str(world / "etc")))
    dismantle(made)
    left = leaks.left_by(str(world))
    shutil.rmtree(world, ignore_errors=True)
    assert not left, f"left behind: {left}"


@pytest.fixture
def empty_pyker(command: str, root_user: Account, ground: Path) -> Iterator[Pyker]:
    """`pyker` as root with no image."""
    yield from new_world(command, root_user, ground, None)


@pytest.fixture
def pyker(command: str, root_user: Account, ground: Path, rootfs_tar: Path) -> Iterator[Pyker]:
    """`pyker` as root with one image, busybox."""
    yield from new_world(command, root_user, ground, rootfs_tar)


@pytest.fixture
def user_pyker(command: str, user: Account, ground: Path, rootfs_tar: Path) -> Iterator[Pyker]:
    """`pyker` as an ordinary user with one image, busybox."""
    yield from new_world(command, user, ground, rootfs_tar)


@pytest.fixture
def lone_pyker(command: str, lone_user: Account, ground: Path, rootfs_tar: Path) -> Iterator[Pyker]:
    """`pyker` as a user without subordinate ids, with one image, busybox."""
    yield from new_world(command, lone_user, ground, rootfs_tar)


@pytest.fixture(params=["root", pytest.param("user", marks=pytest.mark.user)])
def any_pyker(
    request: pytest.FixtureRequest, command: str, ground: Path, rootfs_tar: Path
) -> Iterator[Pyker]:
    """`pyker` with one image, busybox: the test runs once as root and once as an ordinary user."""
    account: Account = request.getfixturevalue("root_user" if request.param == "root" else "user")
    yield from new_world(command, account, ground, rootfs_tar)


@pytest.fixture(scope="session")
def bundle_root(ground: Path, rootfs_tar: Path) -> Path:
    """The busybox root file system as a directory, for bundles."""
    root = ground / "bundle-root"
    root.mkdir()
    subprocess.run(["tar", "-xf", str(rootfs_tar), "-C", str(root)], check=True)
    return root


@pytest.fixture
def runtime(command: str, root_user: Account, ground: Path, bundle_root: Path) -> Iterator[Runtime]:
    """`pyker-runtime` as root with an empty state root; nothing may be left of its containers."""
    world = new_directory(ground, root_user)
    runtime = Runtime(f"{command}-runtime", world, bundle_root)
    try:
        yield runtime
    finally:
        runtime.remove_all()
        left = leaks.left_by(str(world))
        shutil.rmtree(world, ignore_errors=True)
    assert not left, f"left behind: {left}"
