import pytest

from pyker.kernel.procfs import IdRange, is_mapped, mount_table, parse_mount, unescape

LINE = r"36 35 98:0 /mnt1 /mnt\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue"


def test_line_of_proc_5_is_parsed() -> None:
    mount = parse_mount(LINE)

    assert (mount.identity, mount.parent, mount.device, mount.root) == (36, 35, "98:0", "/mnt1")
    assert mount.target == "/mnt 2"
    assert mount.propagation == ("master:1", "shared:2")
    assert (mount.fstype, mount.source) == ("ext3", "/dev/root")
    assert mount.super_options == ("rw", "errors=continue")


@pytest.mark.parametrize(
    ("text", "expected"), [(r"a\040b\134c", r"a b\c"), (r"\9", r"\9"), ("plain", "plain"), ("a\\", "a\\")]
)
def test_octal_escapes_are_undone(text: str, expected: str) -> None:
    assert unescape(text) == expected


@pytest.mark.parametrize("line", ["", "36 35 98:0 / /", "a b c d e f - g h i"])
def test_other_text_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_mount(line)


def test_root_is_in_the_mount_table() -> None:
    assert "/" in {mount.target for mount in mount_table()}


def test_ids_are_mapped_or_not() -> None:
    ranges = (IdRange(0, 1000, 1), IdRange(1, 100000, 5))

    assert [is_mapped(ranges, number) for number in (0, 5, 6)] == [True, True, False]
