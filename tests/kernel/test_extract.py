"""Layers become directories: everything they may hold, and nothing of what they must not reach."""

import os
import stat
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base.errors import CorruptError
from pyker.base.tarstream import Stream, TarReader
from pyker.layers.extract import Extracted, Extractor
from tests.support.images import NOW, entry, folder, hard_link, make_tar, symlink

pytestmark = pytest.mark.root
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # cap_net_bind_service, see capabilities(7)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A directory beside the layer's; it must stay as it is, whatever is unpacked."""
    path = tmp_path / "outside"
    path.mkdir()
    (path / "file").write_text("kept")
    path.chmod(0o750)
    yield path
    assert os.listdir(path) == ["file"]
    assert (path / "file").read_text() == "kept"
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert path.stat().st_uid == 0


@pytest.fixture
def root(tmp_path: Path, outside: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


def extract(root: Path, *members: "tuple[tarfile.TarInfo, bytes]", chunk: int = 1 << 20) -> Extracted:
    data = make_tar(*members)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        chunks = (data[at : at + chunk] for at in range(0, len(data), chunk))
        return Extractor(descriptor).run(TarReader(Stream(chunks)))
    finally:
        os.close(descriptor)


def is_whiteout(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def is_opaque(path: Path) -> bool:
    return "trusted.overlay.opaque" in os.listxattr(path)


def test_files_have_content_owner_mode_and_time(root: Path) -> None:
    records = {"mtime": "1700000000.123456789"}
    extracted = extract(
        root, entry("f", data=b"x" * 70_000, uid=5, gid=6, mode=0o6755, pax_headers=records), chunk=999
    )

    status = (root / "f").stat()
    assert (root / "f").read_bytes() == b"x" * 70_000
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (5, 6, 0o6755)
    assert status.st_mtime_ns == 1_700_000_000_123_456_789
    assert extracted.size == 70_000


def test_mode_is_the_archives_whatever_the_umask(root: Path) -> None:
    before = os.umask(0o077)
    try:
        extract(
            root, folder("d", mode=0o1777), entry("d/f", mode=0o666), entry("p", tarfile.FIFOTYPE, mode=0o622)
        )
    finally:
        os.umask(before)

    modes = [stat.S_IMODE((root / name).lstat().st_mode) for name in ("d", "d/f", "p")]
    assert modes == [0o1777, 0o666, 0o622]


def test_directories_keep_time_and_owner_although_filled_later(root: Path) -> None:
    extract(
        root, folder("./", mode=0o711), folder("d", mode=0o2555, uid=7, gid=8), entry("d/f"), folder("d/e")
    )

    status = (root / "d").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (7, 8, 0o2555)
    assert status.st_mtime == NOW
    assert stat.S_IMODE(root.stat().st_mode) == 0o711
    assert (root / "d/f").stat().st_gid == 0
    assert stat.S_IMODE((root / "d/e").stat().st_mode) == 0o755


def test_links_are_links(root: Path) -> None:
    extract(
        root,
        entry("f", data=b"x"),
        hard_link("h", "./f"),
        symlink("s", "/etc/passwd", uid=9),
        hard_link("t", "s"),
    )

    assert (root / "f").stat().st_ino == (root / "h").stat().st_ino
    assert os.readlink(root / "s") == os.readlink(root / "t") == "/etc/passwd"
    assert (root / "s").lstat().st_uid == 9
    assert (root / "s").lstat().st_mtime == NOW


def test_devices_and_fifos_are_made(root: Path) -> None:
    null = entry("null", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666)
    disk = entry("disk", tarfile.BLKTYPE, devmajor=7, devminor=200)
    extract(root, null, disk, entry("p", tarfile.FIFOTYPE))

    assert (root / "null").stat().st_rdev == os.makedev(1, 3)
    assert stat.S_ISBLK((root / "disk").stat().st_mode)
    assert stat.S_ISFIFO((root / "p").stat().st_mode)


def test_xattrs_are_kept_but_not_those_that_steer_the_host(root: Path) -> None:
    info, data = entry("f", uid=1)
    capability = CAPABILITY.decode("utf-8", "surrogateescape")
    names = (
        "security.capability",
        "security.selinux",
        "trusted.overlay.redirect",
        "user.overlay.opaque",
        "user.k",
    )
    info.pax_headers = {f"SCHILY.xattr.{name}": capability for name in names}
    extract(root, (info, data))

    found = os.listxattr(root / "f")
    assert "security.capability" in found
    assert not {"security.selinux", "trusted.overlay.redirect", "user.overlay.opaque"} & set(found)


def test_holes_stay_holes(root: Path) -> None:
    records = {"GNU.sparse.map": "1048576,3", "GNU.sparse.size": "2097152"}
    extract(root, entry("f", data=b"abc", pax_headers=records))

    content = (root / "f").read_bytes()
    assert content == bytes(1 << 20) + b"abc" + bytes((1 << 20) - 3)
    assert (root / "f").stat().st_blocks * 512 < 1 << 17


def test_long_names_are_made(root: Path) -> None:
    name = "/".join(["d" * 200] * 10) + "/" + "ü" * 120
    extract(root, entry(name, data=b"x"))

    assert (root / name).read_bytes() == b"x"


def test_later_entry_wins(root: Path) -> None:
    extract(
        root,
        entry("f", data=b"1"),
        entry("f", data=b"22"),
        symlink("s", "a"),
        entry("s", data=b"3"),
        entry("./f"),
    )

    assert (root / "f").read_bytes() == b""
    assert (root / "s").read_bytes() == b"3"


def test_replacing_a_hard_link_leaves_the_other(root: Path) -> None:
    extract(root, entry("f", data=b"1"), hard_link("h", "f"), entry("f", data=b"2"))

    assert ((root / "f").read_bytes(), (root / "h").read_bytes()) == (b"2", b"1")


def test_absolute_names_count_from_the_layers_root(root: Path, outside: Path) -> None:
    extract(root, entry(f"/{outside}/file", data=b"x"), hard_link("/h", f"{outside}/file"))

    assert (root / "h").read_bytes() == b"x"


def test_directories_without_an_entry_are_told(root: Path) -> None:
    assert extract(root, folder("a"), entry("a/b/c/f")).implied == (b"", b"a/b", b"a/b/c")


def test_whiteout_becomes_a_device_0_0(root: Path) -> None:
    extract(root, folder("d"), entry("d/.wh.gone"), entry("e/.wh.too"))

    assert is_whiteout(root / "d/gone")
    assert is_whiteout(root / "e/too")


def test_opaque_directory_is_marked(root: Path) -> None:
    extract(root, entry("d/.wh..wh..opq"), folder("d"), entry("d/f"), entry(".wh..wh.plnk"))

    assert is_opaque(root / "d")
    assert sorted(os.listdir(root / "d")) == ["f"]
    assert not (root / ".wh..wh.plnk").exists()


@pytest.mark.parametrize("order", [1, -1], ids=["whiteout last", "whiteout first"])
def test_whiteout_never_hides_what_its_own_layer_brings(root: Path, order: int) -> None:
    pairs = [(folder("d"), entry(".wh.d")), (entry("f"), entry(".wh.f"))]
    extract(root, *(member for pair in pairs for member in pair[::order]))

    assert is_opaque(root / "d")
    assert (root / "f").is_file()


HOSTILE = {
    "dots": [entry("../outside/file", data=b"x")],
    "dots inside": [entry("a/../../outside/file", data=b"x")],
    "dots at the end": [folder("a/..", mode=0o777)],
    "hard link out": [hard_link("h", "../outside/file"), entry("h", data=b"x")],
    "hard link to a directory": [folder("d"), hard_link("h", "d")],
    "hard link to nothing": [hard_link("h", "nothing")],
    "hard link through a link": [symlink("l", "../outside"), hard_link("h", "l/file")],
    "write through a link": [symlink("l", "../outside"), entry("l/file", data=b"x")],
    "write through a link to a link": [
        symlink("k", "../outside"),
        symlink("l", "k"),
        entry("l/file", data=b"x"),
    ],
    "directory through a link": [symlink("l", "../outside"), folder("l", mode=0o777)],
    "directory below a link": [symlink("l", "../outside"), folder("l/new")],
    "link replaced by a directory": [symlink("l", "../outside"), folder("l"), entry("l/file", data=b"x")],
    "directory replaced by a link": [folder("d"), symlink("d", "../outside"), entry("d/file", data=b"x")],
    "filled directory replaced by a link": [
        entry("d/f"),
        symlink("d", "../outside"),
        entry("d/file", data=b"x"),
    ],
    "directory replaced by a hard link": [entry("f"), folder("d"), hard_link("d", "f")],
    "whiteout through a link": [symlink("l", "../outside"), entry("l/.wh.file")],
    "opaque through a link": [symlink("l", "../outside"), entry("l/.wh..wh..opq")],
    "fifo through a link": [symlink("l", "../outside"), entry("l/p", tarfile.FIFOTYPE)],
    "below a file": [entry("f"), entry("f/g")],
    "whiteout of nothing": [entry(".wh.")],
    "whiteout of dot": [entry("d/.wh..")],
    "whiteout of dots": [entry("d/.wh...")],
    "whiteout of a whiteout": [entry(".wh..wh.x")],
    "below a whiteout": [entry(".wh.d/f")],
    "root replaced": [symlink("./", "../outside")],
    "root as a file": [entry(".", data=b"x")],
    "long component": [entry("x" * 256)],
    "long path": [entry("d/" * 2100 + "f")],
    "unknown kind": [entry("x", b"Q")],
    "empty link": [symlink("l", "")],
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_hostile_layer_is_refused(root: Path, members: "list[tuple[tarfile.TarInfo, bytes]]") -> None:
    with pytest.raises(CorruptError):
        extract(root, *members)


def test_number_of_entries_is_bounded(root: Path) -> None:
    data = make_tar(*(folder(f"d{number}") for number in range(20)))
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)

    with pytest.raises(CorruptError, match="more than the 10 entries"):
        Extractor(descriptor, most=10).run(TarReader(Stream([data])))
    os.close(descriptor)


def test_no_descriptor_stays_open(root: Path) -> None:
    before = os.listdir("/proc/self/fd")

    extract(root, *(entry(f"d{number}/e/f") for number in range(200)))
    with pytest.raises(CorruptError):
        extract(root, *(entry(f"e{number}/e/f") for number in range(20)), entry(".wh."))

    assert len(os.listdir("/proc/self/fd")) == len(before)
