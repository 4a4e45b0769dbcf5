import pytest

from pyker.kernel import mounts as m
from pyker.mount.options import MountOptions, parse_options


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ro", "nosuid"], MountOptions(add=m.ATTR_RDONLY | m.ATTR_NOSUID)),
        (["ro", "rw"], MountOptions(clear=m.ATTR_RDONLY)),
        (["exec", "noexec"], MountOptions(add=m.ATTR_NOEXEC)),
        (["rro"], MountOptions(add_recursive=m.ATTR_RDONLY)),
        (["noatime"], MountOptions(add=m.ATTR_NOATIME, clear=m.ATTR_ATIME_MASK)),
        (["rbind"], MountOptions(bind=True, recursive=True)),
        (["bind", "slave"], MountOptions(bind=True, propagation=m.SLAVE, propagation_recursive=False)),
        (["rshared"], MountOptions(propagation=m.SHARED)),
        (["mode=755", "size=64k"], MountOptions(data=("mode=755", "size=64k"))),
        (["tmpcopyup", "defaults", "z"], MountOptions(copy_up=True)),
        (["idmap"], MountOptions(idmap="idmap")),
        (["remount", "acl", "noiversion"], MountOptions(remount=True)),
        (["relatime"], MountOptions(clear=m.ATTR_ATIME_MASK)),
    ],
    ids=str,
)
def test_words_become_numbers(words: list[str], expected: MountOptions) -> None:
    assert parse_options(words) == expected
