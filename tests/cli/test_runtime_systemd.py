"""`pyker-runtime --systemd-cgroup`: a scope of systemd where it runs, a clear no elsewhere."""

from pathlib import Path

import pytest

from pyker.cgroup.hierarchy import detect
from tests.support.runtime import Runtime
from tests.support.waiting import eventually

pytestmark = pytest.mark.root
WORDS = ("--systemd-cgroup", "create", "--bundle")

if detect().manager == "systemd":

    def test_container_lives_in_the_scope_that_its_config_names(runtime: Runtime) -> None:
        name = f"pyker-{runtime.world.parent.name}"
        limits = {"memory": {"limit": 64 << 20}}
        linux = {"cgroupsPath": f"system.slice:test:{name}", "resources": limits}
        bundle = runtime.bundle("sleep", "1000", linux=linux)

        runtime(*WORDS, bundle, "one")
        runtime("start", "one")

        pid = runtime.state("one")["pid"]
        group = Path(f"/proc/{pid}/cgroup").read_text().strip().removeprefix("0::")
        scope = Path(f"/sys/fs/cgroup/system.slice/test-{name}.scope")
        assert Path(f"/sys/fs/cgroup{group}").parent == scope
        assert Path(f"/sys/fs/cgroup{group}/memory.max").read_text() == f"{64 << 20}\n"
        assert runtime.try_("exec", "one", "true").returncode == 0
        runtime("delete", "--force", "one")
        eventually(lambda: not scope.exists())

else:

    def test_without_systemd_it_is_refused(runtime: Runtime) -> None:
        done = runtime.try_(*WORDS, runtime.bundle("true"), "one")

        assert done.returncode == 1
        assert "systemd support for managing cgroups is not available" in done.stderr
        assert runtime("list", "-q") == ""
