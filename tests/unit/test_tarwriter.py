"""Tar headers that pyker writes, as other readers of tar see them."""

import io
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from pyker.base.tarheader import DIRECTORY, REGULAR, SYMLINK, Member
from pyker.base.tarstream import Stream, TarReader
from pyker.base.tarwriter import END, header

NAMES = st.text(st.sampled_from("abcdé.-"), min_size=1, max_size=120).filter(lambda name: name not in ".")
PATHS = st.lists(NAMES, min_size=1, max_size=8).map("/".join)


def member(name: str, **fields: object) -> Member:
    made = Member()
    made.name = name.encode()
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def read_back(made: Member) -> tarfile.TarInfo:
    with tarfile.open(fileobj=io.BytesIO(header(made) + END)) as archive:
        (info,) = archive.getmembers()
    return info


@given(PATHS, PATHS, st.integers(0, 1 << 31), st.integers(-5, 1 << 36))
def test_header_says_the_same_to_every_reader(path: str, link: str, uid: int, seconds: int) -> None:
    made = member(path, kind=SYMLINK, link=link.encode(), uid=uid, mode=0o777, mtime=seconds * 10**9)

    info = read_back(made)
    (ours,) = TarReader(Stream([header(made) + END]))

    assert (info.name, info.linkname, info.uid, info.mtime) == (path, link, uid, seconds)
    assert (ours.name.decode(), ours.link.decode(), ours.uid, ours.mtime) == (path, link, uid, made.mtime)


def test_directory_gets_its_slash_and_a_file_its_xattrs() -> None:
    assert header(member("d", kind=DIRECTORY))[:3] == b"d/\0"

    info = read_back(member("f", kind=REGULAR, xattrs={b"user.a": b"1", b"security.capability": b"\x01\x02"}))

    assert info.pax_headers["SCHILY.xattr.user.a"] == "1"


def test_plain_member_is_one_block() -> None:
    assert len(header(member("etc/passwd", mode=0o644, uid=1000))) == 512
    assert len(header(member("x" * 90 + "/" + "y" * 99))) == 512
