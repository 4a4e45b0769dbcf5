"""Docker's rules for --cap-add and --cap-drop."""

import pytest

from pyker.base.errors import InvalidError
from pyker.kernel import capabilities as kernel
from pyker.security.capabilities import DEFAULT, resolve, section

EVERYTHING = kernel.NAMES


def test_default_is_podmans_eleven() -> None:
    assert kernel.mask(resolve((), (), False, EVERYTHING)) == 0x800405FB


@pytest.mark.parametrize(
    ("add", "drop", "expected"),
    [
        pytest.param(["net_raw"], [], {*DEFAULT, "CAP_NET_RAW"}, id="add"),
        pytest.param([], ["CAP_CHOWN"], {*DEFAULT} - {"CAP_CHOWN"}, id="drop"),
        pytest.param([], ["all"], set(), id="drop all"),
        pytest.param(["CHOWN"], ["ALL"], {"CAP_CHOWN"}, id="drop all, add one"),
        pytest.param(["ALL"], [], set(EVERYTHING), id="add all"),
        pytest.param(["ALL"], ["SYS_ADMIN"], {*EVERYTHING} - {"CAP_SYS_ADMIN"}, id="add all, drop one"),
        pytest.param(["KILL"], ["KILL"], set(DEFAULT), id="added and dropped"),
    ],
)
def test_words_are_applied(add: list[str], drop: list[str], expected: set[str]) -> None:
    assert set(resolve(add, drop, False, EVERYTHING)) == expected


def test_privileged_gets_what_there_is() -> None:
    assert resolve((), ("KILL",), True, ("CAP_CHOWN", "CAP_KILL")) == ("CAP_CHOWN", "CAP_KILL")


def test_default_is_cut_to_what_there_is() -> None:
    assert resolve((), (), False, ("CAP_KILL", "CAP_BPF")) == ("CAP_KILL",)


@pytest.mark.parametrize("word", ["NET_ROW", "", "CAP_CAP_KILL", "all,kill"])
def test_unknown_name_is_refused(word: str) -> None:
    with pytest.raises(InvalidError, match="invalid CapAdd: unknown capability"):
        resolve([word], (), False, EVERYTHING)
    with pytest.raises(InvalidError, match="invalid CapDrop: unknown capability"):
        resolve((), [word], False, EVERYTHING)


def test_what_there_is_not_cannot_be_added() -> None:
    with pytest.raises(InvalidError, match='not available in the current environment: "CAP_SYS_ADMIN"'):
        resolve(["SYS_ADMIN"], (), False, ("CAP_KILL",))


@pytest.mark.parametrize("uid", [0, 33])
def test_nothing_is_inheritable_or_ambient(uid: int) -> None:
    found = section(DEFAULT, uid)

    assert found["inheritable"] == found["ambient"] == []
    assert found["bounding"] == list(DEFAULT)
    assert found["effective"] == found["permitted"] == (list(DEFAULT) if uid == 0 else [])
