"""--device and the default nodes."""

import os
from pathlib import Path

import pytest

from pyker.base.errors import InvalidError
from pyker.security import devices

NULL = {"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 0o666, "uid": 0, "gid": 0}


def test_default_rules_begin_by_denying_and_leave_out_tun() -> None:
    rules = devices.rules()

    assert rules[0] == {"allow": False, "access": "rwm"}
    assert all(rule["allow"] for rule in rules[1:])
    assert not any(rule.get("major") == 10 for rule in rules)


def test_privileged_may_open_everything() -> None:
    assert devices.rules(privileged=True) == [{"allow": True, "access": "rwm"}]


@pytest.mark.parametrize(
    ("text", "inside", "access"),
    [
        ("/dev/null", "/dev/null", "rwm"),
        ("/dev/null:/dev/x", "/dev/x", "rwm"),
        ("/dev/null:/dev/x:r", "/dev/x", "r"),
        ("/dev/null:rw", "/dev/null", "rw"),
    ],
)
def test_device_is_read(text: str, inside: str, access: str) -> None:
    nodes, rules = devices.device(text)

    assert [{**node, "fileMode": 0o666} for node in nodes] == [{**NULL, "path": inside}]
    assert rules == [{"allow": True, "type": "c", "major": 1, "minor": 3, "access": access}]


@pytest.mark.parametrize(
    "text", ["", "null", "/dev/null:x", "/dev/null:/x:q", "/dev/null:/x:r:r", "/dev/null:/x:"]
)
def test_bad_words_are_refused(text: str) -> None:
    if text == "/dev/null:/x:":
        assert devices.device(text)[1][0]["access"] == "rwm"
        return
    with pytest.raises(InvalidError, match="device"):
        devices.device(text)


@pytest.mark.parametrize(("path", "words"), [("/etc/passwd", "not a device"), ("/dev/no", "no such file")])
def test_path_that_is_no_device_is_named(path: str, words: str) -> None:
    with pytest.raises(InvalidError, match=f'custom device "{path}": {words}'):
        devices.device(path)


@pytest.mark.root
def test_directory_gives_the_nodes_in_it(tmp_path: Path) -> None:
    os.mknod(tmp_path / "b", 0o600 | 0o020000, os.makedev(1, 5))
    (tmp_path / "plain").touch()

    nodes, rules = devices.device(f"{tmp_path}:/dev/all")

    assert [(node["path"], node["minor"], node["fileMode"]) for node in nodes] == [("/dev/all/b", 5, 0o600)]
    assert len(rules) == 1


def test_host_nodes_have_null_but_no_terminals() -> None:
    paths = [node["path"] for node in devices.host_nodes()]

    assert "/dev/null" in paths
    assert not [path for path in paths if path.startswith("/dev/pts/")]
