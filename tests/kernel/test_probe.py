import os

from pyker.kernel.probe import QUESTIONS, attempt, probe
from tests.support.namespace import USER, become, forked


def test_every_question_has_an_answer_with_a_reason_or_none() -> None:
    answers = probe()

    assert [answer.what for answer in answers] == list(QUESTIONS)
    assert all(answer.works == (not answer.reason) for answer in answers)


def test_this_kernel_can_do_what_pyker_stands_on() -> None:
    works = {answer.what for answer in probe() if answer.works}

    needed = {"private mounts", "mounts by descriptor", "paths confined to a root", "seccomp filters"}
    assert needed | {"process descriptors"} <= works


def test_user_is_asked_as_that_user() -> None:
    def act() -> dict[str, str]:
        become(USER, USER)
        return {answer.what: answer.reason for answer in probe()}

    answers = forked(act)

    assert answers["private mounts"] == ""
    assert answers["mounts by descriptor"] == ""


def test_asking_changes_nothing() -> None:
    before = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "mnt")]

    probe()

    assert [os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "mnt")] == before


def test_child_that_dies_is_an_answer_too() -> None:
    assert attempt(lambda: os._exit(3)) == "the attempt ended with status 768"
    assert attempt(lambda: os.mkdir("/proc/nope")) == "No such file or directory"
