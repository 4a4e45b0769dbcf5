"""`secret` and `run --secret`, as root and as an ordinary user."""

import json
from pathlib import Path

import pytest

from pyker.model.secret import SecretUse, parse_secret
from tests.support.command import Pyker


def shell(pyker: Pyker, script: str, *options: str) -> str:
    return pyker.out("run", "--rm", "--network", "none", *options, "busybox", "sh", "-c", script)


def make(pyker: Pyker, name: str = "key", content: str = "open sesame") -> str:
    return pyker.out("secret", "create", name, "-", stdin=content)


def test_secret_is_made_listed_shown_and_removed(any_pyker: Pyker) -> None:
    identity = make(any_pyker)

    assert any_pyker.out("secret", "ls", "-q") == identity
    assert any_pyker.out("secret", "ls", "--format", "{{.Name}} {{.Driver}}") == "key file"
    assert json.loads(any_pyker.out("secret", "inspect", "key"))[0]["Spec"]["Name"] == "key"
    assert any_pyker("secret", "exists", identity[:6]).returncode == 0
    assert any_pyker.out("secret", "rm", "key") == identity
    any_pyker.fails(1, "secret", "exists", "key")
    assert 'no secret with name or id "key": no such secret' in any_pyker.fails(1, "secret", "rm", "key")


def test_secret_is_closed_to_others_and_told_on_demand_alone(any_pyker: Pyker) -> None:
    make(any_pyker)

    for path in Path(any_pyker.root / "secrets").glob("*.json"):
        assert path.stat().st_mode & 0o77 == 0
    assert "sesame" not in any_pyker.out("secret", "inspect", "key")
    shown = any_pyker.out("secret", "inspect", "--showsecret", "-f", "{{.SecretData}}", "key")
    assert shown == "open sesame"


def test_container_has_secrets_as_files_and_variables(any_pyker: Pyker) -> None:
    make(any_pyker)
    uses = ("key", "key,type=env,target=WORD", "key,target=/x/y,mode=0400,uid=5,gid=6", "key,target=other")
    script = "cat /run/secrets/key /run/secrets/other; echo; echo $WORD; stat -c '%u:%g %a' /x/y"

    said = shell(any_pyker, script, *(word for use in uses for word in ("--secret", use)))

    assert said.splitlines() == ["open sesameopen sesame", "open sesame", "5:6 400"]


def test_secret_belongs_to_the_ids_of_the_container(pyker: Pyker) -> None:
    make(pyker)
    ids = ("--uidmap", "0:300000:1000", "--gidmap", "0:300000:1000")

    assert shell(pyker, "stat -c %u /run/secrets/key", *ids, "--secret", "key,uid=7") == "7"


def test_container_keeps_its_secret_and_tells_nobody(any_pyker: Pyker) -> None:
    make(any_pyker)
    uses = ("--secret", "key", "--secret", "key,type=env,target=WORD")
    words = ("create", "--name", "c", "--network", "none", *uses, "busybox", "sleep", "100")
    any_pyker(*words)
    any_pyker("secret", "rm", "key")

    any_pyker("start", "c")

    assert any_pyker.out("exec", "c", "sh", "-c", "cat /run/secrets/key; echo $WORD") == "open sesame" * 2
    assert "sesame" not in any_pyker.out("inspect", "c")
    spec = next(Path(any_pyker.root / "containers").glob("*/spec.json"))
    assert "sesame" not in spec.read_text()
    assert b"sesame" not in any_pyker.raw("export", "c").stdout


def test_wrong_secrets_are_podman_s_errors(any_pyker: Pyker) -> None:
    make(any_pyker)

    assert "key: secret name in use" in any_pyker.fails(1, "secret", "create", "key", "/etc/hostname")
    for name in ("a/b", "../x", "-x", "x.", "a b", "x" * 254):
        said = any_pyker.fails(1, "secret", "create", "--", name, "/etc/hostname")
        assert "[a-zA-Z0-9-_.] characters allowed" in said
    large = any_pyker.world / "large"
    large.write_bytes(b"x" * 512_000)
    large.chmod(0o644)
    assert "less than 512000 bytes" in any_pyker.fails(1, "secret", "create", "large", str(large))
    assert "open /nowhere: " in any_pyker.fails(1, "secret", "create", "x", "/nowhere")
    said = any_pyker.fails(1, "secret", "create", "--env", "x", "NOT_SET")
    assert "environment variable NOT_SET is not set" in said
    said = any_pyker.fails(125, "run", "--rm", "--secret", "nope", "busybox", "true")
    assert 'no secret with name or id "nope"' in said


def test_secret_is_replaced_when_asked_for(pyker: Pyker) -> None:
    first = make(pyker)

    assert pyker.out("secret", "create", "--ignore", "key", "-", stdin="x") == first
    assert pyker.out("secret", "create", "--replace", "key", "-", stdin="new") != first
    assert shell(pyker, "cat /run/secrets/key", "--secret", "key") == "new"


def test_image_s_links_do_not_lead_a_secret_out(pyker: Pyker, rootfs_tar: Path) -> None:
    make(pyker)
    pyker("run", "--name", "c", "busybox", "sh", "-c", "mkdir -p /run && ln -s /../../../../var /run/secrets")
    pyker("commit", "c", "linked")

    said = pyker.out("run", "--rm", "--network", "none", "--secret", "key", "linked", "cat", "/var/key")

    assert said == "open sesame"
    assert not Path("/var/key").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no source found"),
        ("key,foo=1", "option foo=1 invalid"),
        ("key,type=zz", "type zz is invalid"),
        ("key,mode=9", "invalid mode: 9"),
        ("key,uid=-1", "invalid uid: -1"),
        ("key,target=../x", "must be a file below"),
        ("key,type=env,uid=1", "uid option only applies to secrets of type mount"),
        ("key,type=env,target=A=B", "is no name of a variable"),
    ],
)
def test_wrong_words_are_told(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_secret(text)


def test_secret_words_are_read() -> None:
    assert parse_secret("a") == SecretUse("a", "/run/secrets/a")
    assert parse_secret("source=a,target=b,mode=400") == SecretUse("a", "/run/secrets/b", mode=0o400)
    assert parse_secret("a,type=env") == SecretUse("a", "a", is_variable=True)
