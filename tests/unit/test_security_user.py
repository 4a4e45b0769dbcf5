"""`--user` looked up in an image's files, friendly and hostile."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.base.errors import InvalidError, NotFoundError
from pyker.security.user import MAX_BYTES, User, lookup

PASSWD = """root:x:0:0:root:/root:/bin/sh
web:x:33:33:www:/var/www:/bin/false
1000:x:7:7:digits for a name:/seven:/bin/sh
broken:x:zero:0::/:
far:x:4294967295:0::/:
homeless:x:40:41:::
"""
GROUP = "root:x:0:\nweb:x:33:\naudio:x:29:web,root\nvideo:x:44:web\nbad:x::nobody\n"


class Image:
    """An image's /etc, to be written, and its root, to be opened."""

    def __init__(self, root: Path) -> None:
        self.etc = root / "etc"
        self.etc.mkdir()
        (self.etc / "passwd").write_text(PASSWD)
        (self.etc / "group").write_text(GROUP)
        self.root = os.open(root, os.O_RDONLY | os.O_DIRECTORY)

    def __call__(self, user: str = "", groups: tuple[str, ...] = ()) -> User:
        return lookup(self.root, user, groups)


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Image]:
    image = Image(tmp_path)
    yield image
    os.close(image.root)


def test_nobody_named_is_root(image: Image) -> None:
    assert image() == User(0, 0, (0, 29), "/root", "root")


def test_name_gives_ids_home_and_groups_with_the_primary_one(image: Image) -> None:
    assert image("web") == User(33, 33, (29, 33, 44), "/var/www", "web")


def test_id_of_a_known_user_is_that_user(image: Image) -> None:
    assert image("33") == image("web")


def test_unknown_id_is_taken_as_it_is(image: Image) -> None:
    assert image("4711") == User(4711, 0, (0,), "/", "")


def test_digits_are_never_a_name(image: Image) -> None:
    assert image("1000").uid == 1000


@pytest.mark.parametrize("user", ["web:audio", "web:29", "33:audio"])
def test_group_replaces_the_users_groups(image: Image, user: str) -> None:
    assert image(user) == User(33, 29, (29,), "/var/www", "web")


def test_more_groups_are_added_by_name_and_number(image: Image) -> None:
    assert image("web", ("root", "99")).groups == (0, 29, 33, 44, 99)


def test_empty_home_is_the_root(image: Image) -> None:
    assert image("homeless").home == "/"


@pytest.mark.parametrize(
    "user",
    [
        "-1",
        "+0",
        "2147483648",
        "4294967295",
        "4294967296",
        "9" * 5000,
        "0:-1",
        "web:4294967295",
        "far",
        "broken",
    ],
)
def test_id_out_of_range_is_refused(image: Image, user: str) -> None:
    with pytest.raises(InvalidError, match=r"range|where an id should be"):
        image(user)


@pytest.mark.parametrize("user", ["nobody", "Web", "we", "web ", "٣", "we\nb"])
def test_unknown_name_is_an_error_with_dockers_words(image: Image, user: str) -> None:
    with pytest.raises(NotFoundError, match=r"unable to find user .*: no matching entries in passwd file"):
        image(user)


def test_unknown_group_is_an_error_with_dockers_words(image: Image) -> None:
    with pytest.raises(NotFoundError, match="unable to find group wheel: no matching entries in group file"):
        image("web:wheel")


def test_image_without_files_has_root_and_numbers(image: Image) -> None:
    (image.etc / "passwd").unlink()
    (image.etc / "group").unlink()

    assert image() == User(0, 0, (0,))
    assert image("5:6") == User(5, 6, (6,))


@pytest.mark.parametrize("name", ["passwd", "group"])
def test_fifo_is_refused_without_waiting(image: Image, name: str) -> None:
    (image.etc / name).unlink()
    os.mkfifo(image.etc / name)

    with pytest.raises(InvalidError, match="no regular file"):
        image("web")


@pytest.mark.parametrize("name", ["passwd", "group"])
def test_huge_file_is_refused(image: Image, name: str) -> None:
    with (image.etc / name).open("r+b") as file:
        file.truncate(MAX_BYTES + 1)

    with pytest.raises(InvalidError, match="no regular file of at most"):
        image("web")


def test_directory_is_refused(image: Image) -> None:
    (image.etc / "passwd").unlink()
    (image.etc / "passwd").mkdir()

    with pytest.raises(InvalidError, match="no regular file"):
        image("web")


def test_link_out_of_the_root_leads_nowhere(image: Image, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "passwd"
    outside.write_text("spy:x:0:0::/:\n")
    (image.etc / "passwd").unlink()
    (image.etc / "passwd").symlink_to(outside)

    with pytest.raises(NotFoundError):
        image("spy")


def test_magic_link_is_refused(image: Image) -> None:
    (image.etc / "passwd").unlink()
    (image.etc / "passwd").symlink_to("/proc/self/fd/0")

    with pytest.raises((InvalidError, NotFoundError)):
        image("web")


def test_line_with_a_nul_byte_is_no_entry(image: Image) -> None:
    (image.etc / "passwd").write_bytes(b"evil:x:0:0::/\0:\n")

    with pytest.raises(NotFoundError):
        image("evil")


def test_many_lines_are_read_quickly(image: Image) -> None:
    line = "u:x:1:1:::\n"
    (image.etc / "passwd").write_text(line * (MAX_BYTES // len(line) - 10) + "last:x:5:5:::\n")

    assert image("last").uid == 5
