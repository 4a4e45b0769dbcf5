"""Our tar reader reads what others write, however the stream is cut into chunks."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyker.base.errors import CorruptError
from pyker.base.tarheader import Member
from pyker.base.tarstream import Stream, TarReader
from tests.support.images import entry, folder, hard_link, make_tar, symlink

NAMES = st.text(st.characters(exclude_characters="\0/", codec="utf-8"), min_size=1, max_size=150)


def cut(data: bytes, size: int) -> "list[bytes]":
    return [data[at : at + size] for at in range(0, len(data), size)]


def read(data: bytes, size: int = 1 << 20) -> "list[tuple[Member, bytes]]":
    """Every member of the archive *data*, read in chunks of *size*, with its data in place."""
    reader = TarReader(Stream(cut(data, size)))
    return [(member, expand(member, b"".join(reader.data()))) for member in reader]


def expand(member: Member, data: bytes) -> bytes:
    """The content of a file of which *data* is stored."""
    if member.segments is None:
        return data
    content = bytearray(member.size)
    at = 0
    for offset, length in member.segments:
        content[offset : offset + length] = data[at : at + length]
        at += length
    return bytes(content)


@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=5),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
    st.integers(1, 3000),
)
@settings(deadline=None)
def test_reads_what_tarfile_writes(files: "list[tuple[str, bytes]]", form: int, size: int) -> None:
    data = make_tar(*(entry(f"d/{name}", data=content, uid=1 << 22) for name, content in files), form=form)

    found = [(member.name, content, member.uid) for member, content in read(data, size)]

    assert found == [(f"d/{name}".encode(), content, 1 << 22) for name, content in files]


@given(st.binary(max_size=2000), st.integers(1, 700))
@settings(deadline=None)
def test_noise_is_refused_or_empty(data: bytes, size: int) -> None:
    try:
        read(data, size)
    except CorruptError:
        return
    assert not data or not data[0]


@given(st.integers(0, 10 * 512 - 1), st.integers(0, 255))
@settings(deadline=None, max_examples=300)
def test_damage_never_escapes_as_another_error(at: int, value: int) -> None:
    data = bytearray(
        make_tar(entry("a", data=b"x" * 600), entry("b" * 200, pax_headers={"SCHILY.xattr.user.a": "b"}))
    )
    data[at % len(data)] = value
    try:
        read(bytes(data))
    except CorruptError:
        return


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_kinds_and_links_are_told(form: int) -> None:
    members = [folder("d"), symlink("s", "d"), hard_link("h", "f"), entry("p", tarfile.FIFOTYPE)]
    device = entry("c", tarfile.CHRTYPE, devmajor=1, devminor=3)

    found = [member for member, _ in read(make_tar(*members, device, form=form))]

    assert [member.kind for member in found] == [b"5", b"2", b"1", b"6", b"3"]
    assert [member.link for member in found[:4]] == [b"", b"d", b"f", b""]
    assert (found[4].major, found[4].minor) == (1, 3)


def test_long_links_of_gnu_tar_are_read() -> None:
    target = "t" * 3000

    ((member, _),) = read(make_tar(symlink("s", target), form=tarfile.GNU_FORMAT))

    assert member.link == target.encode()


def test_pax_records_override_the_header() -> None:
    records = {
        "uid": "3000000",
        "gid": "3000001",
        "mtime": "1.25",
        "path": "n/ä",
        "SCHILY.xattr.user.k": "v\n",
    }

    ((member, _),) = read(make_tar(entry("x", pax_headers=records)))

    assert (member.uid, member.gid, member.mtime) == (3_000_000, 3_000_001, 1_250_000_000)
    assert member.name == "n/ä".encode()
    assert member.xattrs == {b"user.k": b"v\n"}


def test_size_of_a_pax_record_rules() -> None:
    data = bytearray(make_tar(entry("x", data=b"abc", pax_headers={"size": "3"})))
    at = data.find(b"00000000003\0", 1024)
    data[at : at + 12] = b"00000000000\0"
    data[1024 + 148 : 1024 + 156] = checksum(data[1024:1536])

    ((member, content),) = read(bytes(data))

    assert (member.size, content) == (3, b"abc")


def checksum(header: bytearray) -> bytes:
    return b"%06o\0 " % (sum(header[:148]) + 256 + sum(header[156:]))


SPARSE = {
    "gnu": ["--format=gnu"],
    "pax-0.0": ["--format=pax", "--sparse-version=0.0"],
    "pax-0.1": ["--format=pax", "--sparse-version=0.1"],
    "pax-1.0": ["--format=pax", "--sparse-version=1.0"],
}


@pytest.mark.parametrize("options", SPARSE.values(), ids=SPARSE)
@pytest.mark.parametrize("pieces", [0, 1, 3, 100])
def test_sparse_files_are_whole_again(tmp_path: Path, options: "list[str]", pieces: int) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for piece in range(pieces):
            file.seek(piece * 40960)
            file.write(b"%d" % piece * 600)
        file.truncate(100 * 40960)
    argv = [shutil.which("tar") or "tar", "-C", str(tmp_path), "-S", *options, "-cf", "-", "sparse"]
    data = subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout

    ((member, content),) = read(data, 1000)

    assert member.name == b"sparse"
    assert content == path.read_bytes()


@pytest.mark.parametrize(
    "records",
    [
        {"GNU.sparse.map": "0,1,0,1", "GNU.sparse.size": "9"},
        {"GNU.sparse.map": "8,2", "GNU.sparse.size": "9"},
        {"GNU.sparse.map": "0,1", "GNU.sparse.size": "9"},
        {"GNU.sparse.map": "0,2", "GNU.sparse.size": str(1 << 60)},
        {"GNU.sparse.map": "0,-2", "GNU.sparse.size": "9"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9"},
    ],
    ids=["overlap", "beyond the end", "less than stored", "absurd size", "negative", "map without end"],
)
def test_dishonest_sparse_maps_are_refused(records: "dict[str, str]") -> None:
    with pytest.raises(CorruptError):
        read(make_tar(entry("x", data=b"ab", pax_headers=records)))


@pytest.mark.parametrize("end", [1, 511, 513, 700, 1030])
def test_cut_archives_are_noticed(end: int) -> None:
    data = make_tar(entry("x", data=b"a" * 1000))

    with pytest.raises(CorruptError, match=r"unexpected end|invalid tar header"):
        read(data[:end])


def test_global_headers_and_labels_are_passed_over() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", pax_headers={"comment": "c"}) as archive:
        archive.addfile(tarfile.TarInfo("x"))

    assert [member.name for member, _ in read(buffer.getvalue())] == [b"x"]


def test_records_without_a_bound_are_refused() -> None:
    data = bytearray(make_tar(entry("x", pax_headers={"comment": "c" * 100})))
    data[124:136] = b"77777777777\0"
    data[148:156] = checksum(data[:512])

    with pytest.raises(CorruptError, match="allowed"):
        read(bytes(data))
