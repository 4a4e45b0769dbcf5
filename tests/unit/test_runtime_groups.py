"""Where a bundle's config puts its container's control group."""

import pytest

from pyker.base.errors import InvalidError
from pyker.runtime.bundle import group_place, scope_place


@pytest.mark.parametrize(
    ("path", "place"),
    [("/above/me", ("/above", "me")), ("me", ("", "me")), ("", ("pyker-runtime", "x"))],
)
def test_path_names_the_group(path: str, place: tuple[str, str]) -> None:
    assert group_place({"linux": {"cgroupsPath": path}}, "x") == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("system.slice:docker:abc", ("system.slice", "docker-abc")),
        (":docker:abc", ("system.slice", "docker-abc")),
        ("my.slice::abc", ("my.slice", "abc")),
        ("", ("system.slice", "pyker-x")),
    ],
)
def test_path_names_slice_and_unit(path: str, place: tuple[str, str]) -> None:
    assert scope_place({"linux": {"cgroupsPath": path}}, "x") == place


@pytest.mark.parametrize("path", ["/above/me", "a:b", "a:b:", "a:b:c:d"])
def test_another_path_is_no_unit(path: str) -> None:
    with pytest.raises(InvalidError, match=f'"slice:prefix:name" for systemd cgroups, got "{path}"'):
        scope_place({"linux": {"cgroupsPath": path}}, "x")
