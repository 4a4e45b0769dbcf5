"""Mirrors, rewritten places, insecure and blocked registries, certificates: as the machine's files say."""

from pathlib import Path

import pytest

from pyker.base.errors import CorruptError, PykerError
from pyker.base.home import Home
from pyker.image.registries import Certificates, Registries, Source
from pyker.model.reference import parse_reference

SETTINGS = """
[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "mirror.example/hub"
insecure = true

[[registry]]
prefix = "docker.io/secret"
blocked = true

[[registry]]
prefix = "*.lan.example"
insecure = true

[[registry]]
prefix = "old.example/team"
location = "new.example/moved"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / ".config/containers").mkdir(parents=True)
    (tmp_path / ".config/containers/registries.conf").write_text(SETTINGS)
    return Home(str(tmp_path / "g"), str(tmp_path / "r"), str(tmp_path / "etc"), rootless=True)


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        (
            "debian",
            [
                Source("mirror.example", "hub/library/debian", True, True),
                Source("registry-1.docker.io", "library/debian"),
            ],
        ),
        ("old.example/team/app", [Source("new.example", "moved/app")]),
        ("old.example/teams/app", [Source("old.example", "teams/app")]),
        ("a.lan.example:5000/x", [Source("a.lan.example:5000", "x", True)]),
    ],
)
def test_settings_say_where_to_look(home: Home, name: str, sources: "list[Source]") -> None:
    assert Registries(home).sources(parse_reference(name)) == sources


def test_blocked_registry_is_not_asked(home: Home) -> None:
    with pytest.raises(PykerError, match=r"registry docker\.io is blocked"):
        Registries(home).sources(parse_reference("secret/app"))


def test_own_settings_come_first(home: Home) -> None:
    own = Path(home.config)
    own.mkdir()
    (own / "registries.conf").write_text('[[registry]]\nprefix = "docker.io"\nlocation = "mine.example"\n')

    assert Registries(home).sources(parse_reference("debian")) == [Source("mine.example", "library/debian")]


def test_damaged_settings_name_the_file(home: Home, tmp_path: Path) -> None:
    (tmp_path / ".config/containers/registries.conf").write_text("[[registry")

    with pytest.raises(CorruptError, match=r"registries\.conf is damaged"):
        Registries(home)


def test_certificates_are_found_by_host(home: Home, tmp_path: Path) -> None:
    place = tmp_path / ".config/containers/certs.d/reg.example:5000"
    place.mkdir(parents=True)
    for name in ("ca.crt", "me.cert", "me.key"):
        (place / name).touch()

    found = Registries(home).certificates("reg.example:5000")

    assert found == Certificates((str(place / "ca.crt"),), str(place / "me.cert"), str(place / "me.key"))
    assert Registries(home).certificates("reg.example") == Certificates()
