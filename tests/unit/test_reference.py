"""Image names, by the examples of distribution/reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyker.base.errors import InvalidError
from pyker.model.reference import Reference, parse_reference, parse_repository, split_canonical

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "canonical", "familiar"),
    [
        ("ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"),
        ("ubuntu:16.04", "docker.io/library/ubuntu:16.04", "ubuntu:16.04"),
        ("user/app", "docker.io/user/app:latest", "user/app:latest"),
        ("docker.io/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"),
        ("index.docker.io/library/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"),
        ("localhost/a", "localhost/a:latest", "localhost/a:latest"),
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1"),
        ("[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a:latest"),
        ("a.b/c__d/e-f.g--h", "a.b/c__d/e-f.g--h:latest", "a.b/c__d/e-f.g--h:latest"),
        ("UPPER/x", "UPPER/x:latest", "UPPER/x:latest"),
        (f"x@{DIGEST}", f"docker.io/library/x@{DIGEST}", f"x@{DIGEST}"),
        (f"x:1@{DIGEST}", f"docker.io/library/x:1@{DIGEST}", f"x:1@{DIGEST}"),
        ("a:b", "docker.io/library/a:b", "a:b"),
        ("x:" + "t" * 128, "docker.io/library/x:" + "t" * 128, "x:" + "t" * 128),
    ],
)
def test_reference_is_completed(text: str, canonical: str, familiar: str) -> None:
    reference = parse_reference(text)

    assert (reference.canonical, reference.familiar) == (canonical, familiar)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "/", "a/", "/a", "a//b", "a:", "-a", "a-", "a..b", "a___b", "_a", "a_", "a b", "a\n", "ä"),
        *("x:" + "t" * 129, "x:-a", "x:.a", "x@", "x@sha256:12", f"x@sha256:{HEX.upper()}", f"x@md5:{HEX}"),
        *("https://a/b", "a:b:c", "host:port/x", "host:123456/x", "-h.x/y", "h-.x/y", ".x/y", "a.b/C"),
        *(HEX, "../x", "a/../b", "x" * 256, "x@y@z", f"@{DIGEST}", "a.b/", "[::1/x", "[zz]:1/x"),
    ],
)
def test_bad_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match=r"^invalid reference format"):
        parse_reference(text)


def test_capitals_are_named_as_the_fault() -> None:
    with pytest.raises(InvalidError, match=r"repository name \(Ubuntu\) must be lowercase"):
        parse_reference("Ubuntu:1")


def test_repository_keeps_its_tag_unsaid() -> None:
    assert parse_repository("a/b") == Reference("docker.io", "a/b")


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except InvalidError:
        return
    assert parse_reference(reference.canonical) == reference
    assert parse_reference(reference.familiar) == reference
    assert split_canonical(reference.canonical) == reference
