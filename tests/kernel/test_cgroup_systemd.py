"""Groups in scopes of systemd, on v2 machines where it runs: for root and for users."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pyker.base.errors import InvalidError
from pyker.cgroup.group import Group, create
from pyker.cgroup.hierarchy import Hierarchy, detect
from pyker.cgroup.systemd import scoped
from tests.support.forked import in_child
from tests.support.waiting import eventually

pytestmark = pytest.mark.root
GROUPS = Path("/sys/fs/cgroup")
NAME = f"test{os.getpid()}"


def own() -> str:
    return Path("/proc/self/cgroup").read_text().strip().removeprefix("0::")


def in_scope(uid: int, place: str) -> dict[str, Any]:
    """Where a supervisor of that user and its container's group are; and again, when it starts once more."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    warnings: list[str] = []
    resources = {"memory": {"limit": 64 << 20}, "pids": {"limit": 50}}
    first = create(place, resources, warnings.append, unit=f"pyker-{NAME}")
    said = Path(first.paths[""], "memory.max").read_text().strip()
    first.remove()
    second = create(place, resources, warnings.append, unit=f"pyker-{NAME}")
    pid = os.fork()
    if pid == 0:
        second.enter()
        os._exit(0 if own().endswith("/container") else 7)
    status = os.waitpid(pid, 0)[1]
    second.remove()
    found = {"own": own(), "first": first.paths[""], "second": second.paths[""]}
    return {**found, "warnings": warnings, "memory": said, "entered": status}


# Users whose systemd runs; elsewhere there is nothing to ask, and no such test.
USERS = [int(path.parts[3]) for path in Path("/run/user").glob("[1-9]*/systemd/private")]

if detect().manager == "systemd":

    @pytest.mark.parametrize("uid", [0, *USERS])
    def test_supervisor_and_container_share_a_scope_that_ends_with_them(uid: int) -> None:
        found = in_child(lambda: in_scope(uid, f"pyker/{NAME}"))

        scope = found["own"].removesuffix("/supervisor")
        assert scope.endswith(f"/pyker.slice/pyker-{NAME}.scope")
        assert found["first"] == found["second"] == f"{GROUPS}{scope}/container"
        assert (found["memory"], found["entered"], found["warnings"]) == (str(64 << 20), 0, [])
        eventually(lambda: not Path(f"{GROUPS}{scope}").exists())

    def test_parent_is_a_slice() -> None:
        found = in_child(lambda: in_scope(0, f"pykertest.slice/{NAME}"))

        assert f"/pykertest.slice/pyker-{NAME}.scope" in found["own"]
        subprocess.run(["systemctl", "stop", "pykertest.slice"], check=True)


def test_parent_that_is_no_slice_is_refused() -> None:
    hierarchy = Hierarchy("v2", unified=str(GROUPS), base=str(GROUPS), manager="systemd")

    with pytest.raises(InvalidError, match=r'valid slice named as "xxx\.slice", not foo'):
        scoped(hierarchy, "foo/x", "pyker-x", print)


def test_without_systemd_the_group_is_made_by_hand() -> None:
    warnings: list[str] = []
    missing = Hierarchy("v2", unified="/nowhere", base="/nowhere", manager="systemd")

    def ask() -> dict[str, Any]:
        os.setresuid(65533, 65533, 65533)  # nobody's systemd runs
        changed, place = scoped(missing, "pyker/x", "pyker-x", warnings.append)
        return {"base": changed.base, "place": place, "warnings": warnings}

    found = in_child(ask)

    assert (found["base"], found["place"]) == ("/nowhere", "pyker/x")
    assert "systemd gives no scope" in found["warnings"][0]


def test_nothing_is_asked_of_systemd_unless_wanted() -> None:
    before = own()
    group: Group = create(f"pyker-test{os.getpid()}/one", {}, print)
    group.remove()

    assert own() == before
