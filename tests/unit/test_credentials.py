"""Logins: found in everybody's files, kept in ours, by helpers where a file names one."""

import base64
import json
import os
from pathlib import Path

import pytest

from pyker.base.errors import CorruptError
from pyker.base.home import Home
from pyker.image.credentials import Credential, find_credential, forget_credential, own_file, store_credential

HELPER = """#!/bin/sh
server=$(cat)
case $1 in
get) [ "$server" = known.example ] && echo '{"Username":"h","Secret":"s"}' || exit 1 ;;
*) echo "$1" >> "$(dirname "$0")/told" ;;
esac
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("XDG_CONFIG_HOME", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return Home(str(tmp_path / "g"), str(tmp_path / "r"), str(tmp_path / "etc"), rootless=True)


def auth(name: str, password: str) -> "dict[str, str]":
    return {"auth": base64.b64encode(f"{name}:{password}".encode()).decode()}


def place(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    "file",
    ["etc/auth.json", "run/containers/auth.json", ".config/containers/auth.json", ".docker/config.json"],
)
def test_everybodys_files_are_read(home: Home, tmp_path: Path, file: str) -> None:
    place(tmp_path / file, {"auths": {"https://reg.example/v2/": auth("me", "a:b")}})

    assert find_credential(home, "reg.example") == Credential("me", "a:b")
    assert find_credential(home, "other.example") is None


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
def test_docker_hub_has_many_names(home: Home, tmp_path: Path, key: str) -> None:
    place(tmp_path / ".docker/config.json", {"auths": {key: auth("me", "x")}})

    assert find_credential(home, "docker.io", "library/debian") == Credential("me", "x")


def test_closest_namespace_wins(home: Home, tmp_path: Path) -> None:
    auths = {"reg.example": auth("all", "1"), "reg.example/team": auth("team", "2")}
    place(tmp_path / "etc/auth.json", {"auths": auths})

    assert find_credential(home, "reg.example", "team/app") == Credential("team", "2")
    assert find_credential(home, "reg.example", "teams/app") == Credential("all", "1")


def test_refresh_token_stands_for_a_password(home: Home, tmp_path: Path) -> None:
    entry = auth("00000000-0000-0000-0000-000000000000", "") | {"identitytoken": "refresh"}
    place(tmp_path / "etc/auth.json", {"auths": {"reg.example": entry}})

    found = find_credential(home, "reg.example")

    assert found
    assert found.identity_token == "refresh"


def test_named_file_is_the_only_one(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / ".docker/config.json", {"auths": {"reg.example": auth("me", "x")}})
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "mine.json"))

    assert own_file(home) == str(tmp_path / "mine.json")
    assert find_credential(home, "reg.example") is None
    assert find_credential(home, "reg.example", authfile=str(tmp_path / ".docker/config.json"))


@pytest.mark.parametrize("settings", [{"credsStore": "mine"}, {"credHelpers": {"known.example": "mine"}}])
def test_helpers_are_asked(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: "dict[str, object]"
) -> None:
    place(tmp_path / "etc/auth.json", settings)
    (tmp_path / "docker-credential-mine").write_text(HELPER)
    (tmp_path / "docker-credential-mine").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert find_credential(home, "known.example") == Credential("h", "s")
    assert find_credential(home, "other.example") is None
    store_credential(own_file(home), "known.example", Credential("me", "x"))
    assert forget_credential(own_file(home), "known.example")
    assert (tmp_path / "told").read_text().split() == ["store", "erase"]
    assert "auths" not in json.loads((tmp_path / "etc/auth.json").read_text())


def test_login_keeps_what_others_wrote(home: Home, tmp_path: Path) -> None:
    place(tmp_path / "etc/auth.json", {"auths": {"other.example": auth("o", "1")}, "psFormat": "x"})

    store_credential(own_file(home), "docker.io", Credential("me", "x"))
    assert find_credential(home, "docker.io") == Credential("me", "x")
    assert forget_credential(own_file(home), "docker.io")

    left = json.loads((tmp_path / "etc/auth.json").read_text())
    assert left == {"auths": {"other.example": auth("o", "1")}, "psFormat": "x"}


@pytest.mark.parametrize("entry", [{"auth": "%%%"}, {"auth": base64.b64encode(b"\xff\xfe").decode()}])
def test_damaged_entry_is_told(home: Home, tmp_path: Path, entry: "dict[str, str]") -> None:
    place(tmp_path / "etc/auth.json", {"auths": {"reg.example": entry}})

    with pytest.raises(CorruptError, match="a credential is damaged"):
        find_credential(home, "reg.example")


def test_helper_s_name_leads_nowhere_else(home: Home, tmp_path: Path) -> None:
    place(tmp_path / "etc/auth.json", {"credsStore": "../../bin/sh"})

    with pytest.raises(CorruptError, match="invalid name of a credential helper"):
        find_credential(home, "reg.example")
