"""Containerfile instructions on an image's config."""

import pytest

from pyker.base.errors import InvalidError
from pyker.image.changes import apply_changes, nanoseconds


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        ('CMD ["a", "b c"]', {"Cmd": ["a", "b c"]}),
        ("cmd echo hi", {"Cmd": ["/bin/sh", "-c", "echo hi"]}),
        ('ENTRYPOINT ["/e"]', {"Entrypoint": ["/e"]}),
        ('ENV A=1 B="two words"', {"Env": ["A=1", "B=two words"]}),
        ("ENV A one two", {"Env": ["A=one two"]}),
        (
            "EXPOSE 80 53/udp 90-91",
            {"ExposedPorts": {"80/tcp": {}, "53/udp": {}, "90/tcp": {}, "91/tcp": {}}},
        ),
        ("USER 1:2", {"User": "1:2"}),
        ("WORKDIR a/../b", {"WorkingDir": "/b"}),
        ("VOLUME /a /b", {"Volumes": {"/a": {}, "/b": {}}}),
        ('VOLUME ["/a b"]', {"Volumes": {"/a b": {}}}),
        ("LABEL a=b c='d e'", {"Labels": {"a": "b", "c": "d e"}}),
        ("STOPSIGNAL SIGINT", {"StopSignal": "SIGINT"}),
        ("ONBUILD RUN make", {"OnBuild": ["RUN make"]}),
        ("HEALTHCHECK NONE", {"Healthcheck": {"Test": ["NONE"]}}),
        (
            "HEALTHCHECK --interval=1m --retries=3 CMD x y",
            {"Healthcheck": {"Test": ["CMD-SHELL", "x y"], "Interval": 60 * 10**9, "Retries": 3}},
        ),
        ('HEALTHCHECK CMD ["x"]', {"Healthcheck": {"Test": ["CMD", "x"]}}),
    ],
)
def test_change_is_made(change: str, settings: "dict[str, object]") -> None:
    assert apply_changes({}, [change]) == settings


def test_changes_add_up() -> None:
    changes = ["ENV A=1", "ENV B=2 A=3", "WORKDIR /a", "WORKDIR b"]

    assert apply_changes({}, changes) == {"Env": ["A=3", "B=2"], "WorkingDir": "/a/b"}


@pytest.mark.parametrize(
    "change",
    [
        *(
            "RUN x",
            "",
            "CMD",
            "ENV =x",
            "ENV A",
            "EXPOSE x",
            "EXPOSE 0",
            "EXPOSE 70000",
            "EXPOSE 2-1",
            "EXPOSE 1/x",
        ),
        *(
            "STOPSIGNAL SIGNOPE",
            "ONBUILD FROM x",
            "HEALTHCHECK x",
            "HEALTHCHECK --nope=1 CMD x",
            "LABEL 'a",
            "EXPOSE ²",
        ),
    ],
)
def test_bad_change_is_refused(change: str) -> None:
    with pytest.raises(InvalidError):
        apply_changes({}, [change])


def test_durations_are_those_of_go() -> None:
    assert nanoseconds("1h1m1.5s") == 3661_500_000_000
    for text in ("", "5", "s", "1x", "1s ", "1us"):
        with pytest.raises(InvalidError):
            nanoseconds(text)
