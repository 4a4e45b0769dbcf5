"""AppArmor profiles: entered where the kernel has them, refused by the runtime where it does not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyker.kernel.apparmor import enabled
from tests.support.command import Pyker
from tests.support.runtime import Runtime

pytestmark = pytest.mark.root
PROFILE = """
profile {name} flags=(attach_disconnected,mediate_deleted) {{
    file, capability, network, signal, unix, ptrace, mount, umount, dbus,
    deny /forbidden rw,
}}
"""
SHOW = ("cat", "/proc/self/attr/current")

if enabled():

    @pytest.fixture
    def profile(tmp_path: Path) -> Iterator[str]:
        """A profile that is loaded."""
        name = "pyker-test"
        file = tmp_path / "profile"
        file.write_text(PROFILE.format(name=name))
        subprocess.run(["apparmor_parser", "-r", "-K", str(file)], check=True)
        yield name
        subprocess.run(["apparmor_parser", "-R", str(file)], check=True)

    def test_program_and_exec_are_confined(pyker: Pyker, profile: str) -> None:
        options = ("--network", "none", "--security-opt", f"apparmor={profile}")

        assert pyker.out("run", "--rm", *options, "busybox", *SHOW) == f"{profile} (enforce)"
        pyker("run", "-d", "--name", "c", *options, "busybox", "sleep", "1000")
        assert pyker.out("exec", "c", *SHOW) == f"{profile} (enforce)"
        assert "Permission denied" in pyker.fails(1, "exec", "c", "touch", "/forbidden")

    def test_bundle_is_confined(runtime: Runtime, profile: str) -> None:
        runtime.running("c", process={"apparmorProfile": profile, "terminal": False, "args": ["sleep", "99"]})

        assert runtime("exec", "c", *SHOW) == f"{profile} (enforce)\n"

    def test_profile_that_is_not_loaded_is_named(pyker: Pyker) -> None:
        words = ("--security-opt", "apparmor=pyker-nosuch", "busybox", "true")

        assert "AppArmor knows no profile 'pyker-nosuch'" in pyker.fails(125, "run", "--rm", *words)

else:

    def test_profile_is_refused_by_the_runtime(runtime: Runtime) -> None:
        done = runtime.try_("run", "--bundle", runtime.bundle("true", process={"apparmorProfile": "x"}), "c")
        runtime.running("d")

        assert done.returncode == 1
        assert "AppArmor is not supported here" in done.stderr
        assert "AppArmor is not supported here" in runtime.try_("exec", "--apparmor", "x", "d", "true").stderr

    def test_profile_is_no_matter_to_the_engine(pyker: Pyker) -> None:
        pyker("run", "--rm", "--network", "none", "--security-opt", "apparmor=x", "busybox", "true")
