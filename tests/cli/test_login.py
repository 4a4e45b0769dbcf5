"""`login`, `logout`, `push` and `pull` as people type them, with a registry that wants a password."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Pyker
from tests.support.registry import docker_registry


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry"), login=True) as host:
        yield host


def test_image_goes_out_and_comes_back_by_a_login(any_pyker: Pyker, registry: str) -> None:
    file = any_pyker.world / "auth.json"
    own = ("--authfile", str(file))
    name = f"{registry}/{any_pyker.account.name}/box:1"
    any_pyker("tag", "busybox", name)
    assert "push access denied" in any_pyker.fails(1, "push", *own, name)

    done = any_pyker("login", *own, "-u", "me", "--password-stdin", registry, stdin="secret\n")
    assert done.stdout == "Login Succeeded\n"
    assert f"stored unencrypted in {file}" in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    pushed = any_pyker.lines("push", *own, name)
    any_pyker("rmi", name)
    pulled = any_pyker.lines("pull", *own, name)

    assert pushed[-1].startswith("1: digest: sha256:")
    assert pulled[-2:] == [f"Status: Downloaded newer image for {name}", name]
    assert any_pyker.out("login", *own, "--get-login", registry) == "me"
    assert any_pyker.lines("login", *own, registry) == [
        "Authenticating with existing credentials...",
        "Login Succeeded",
    ]
    assert any_pyker.out("logout", *own, registry) == f"Removing login credentials for {registry}"
    assert any_pyker.out("logout", *own, registry) == f"Not logged in to {registry}"
    assert "pull access denied" in any_pyker.fails(1, "pull", *own, name)


def test_wrong_password_is_not_kept(empty_pyker: Pyker, registry: str, tmp_path: Path) -> None:
    file = tmp_path / "auth.json"

    said = empty_pyker.fails(
        1, "login", "--authfile", str(file), "-u", "me", "--password-stdin", registry, stdin="wrong"
    )

    assert f"login attempt to http://{registry}/v2/ failed with status: 401 Unauthorized" in said
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Cannot perform an interactive login from a non TTY device"),
        (("--password-stdin",), "Must provide --username with --password-stdin"),
        (("-u", "a", "-p", "b", "--password-stdin"), "are mutually exclusive"),
        (("--get-login",), "not logged into"),
    ],
)
def test_what_is_missing_is_told(
    empty_pyker: Pyker, registry: str, tmp_path: Path, words: "tuple[str, ...]", said: str
) -> None:
    assert said in empty_pyker.fails(1, "login", "--authfile", str(tmp_path / "a"), *words, registry)


def test_every_tag_of_a_repository_is_pushed(any_pyker: Pyker, registry: str) -> None:
    creds = ("--creds", "me:secret")
    repository = f"{registry}/{any_pyker.account.name}/many"
    for tag in ("1", "2"):
        any_pyker("tag", "busybox", f"{repository}:{tag}")

    assert any_pyker.lines("push", "-q", "-a", *creds, repository) == [f"{repository}:1", f"{repository}:2"]

    for tag in ("1", "2"):
        any_pyker("pull", "-q", *creds, f"{repository}:{tag}")
    assert "tag can't be used" in any_pyker.fails(1, "push", "-a", *creds, f"{repository}:1")


def test_run_pulls_with_the_credentials_of_its_command_line(any_pyker: Pyker, registry: str) -> None:
    name = f"{registry}/{any_pyker.account.name}/run:1"
    own = ("--authfile", str(any_pyker.world / "none.json"), "--creds", "me:secret", "--tls-verify=false")
    any_pyker("tag", "busybox", name)
    any_pyker("push", "-q", *own, name)
    any_pyker("rmi", name)

    refused = any_pyker.fails(125, "run", "--rm", "--network", "none", "--creds", "me:wrong", name, "true")
    said = any_pyker("run", "--rm", "--network", "none", *own, name, "echo", "hello")

    assert "pull access denied" in refused
    assert said.stdout == "hello\n"
    assert f"Unable to find image '{name}' locally" in said.stderr


def test_policy_says_when_to_pull(pyker: Pyker, registry: str) -> None:
    own = ("-q", "--creds", "me:secret")
    name = f"{registry}/policy:1"
    assert "No such image" in pyker.fails(1, "pull", *own, "--policy", "never", name)
    pyker("tag", "busybox", name)

    assert pyker.out("pull", *own, "--policy", "missing", name) == name  # it is not in the registry
    assert pyker.out("pull", *own, "--policy", "never", name) == name
    assert pyker.out("pull", *own, "--policy", "newer", name) == name  # nor is a failure told then
    assert "not found" in pyker.fails(1, "pull", *own, "--policy", "always", name)
    assert "must be one of always, missing, newer, never" in pyker.fails(125, "pull", "--policy", "x", name)
