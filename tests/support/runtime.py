"""`pyker-runtime` under test, with bundles to run."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.support.command import Account
from tests.support.waiting import eventually

TIME = 30  # seconds a command may take


class Runtime:
    """The command with a state root of its own below *world*."""

    def __init__(self, program: str, world: Path, root: Path, account: "Account | None" = None) -> None:
        self.program = program
        self._who: dict[str, Any] = (
            {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
        )
        self._environment = account.environment() if account else None
        self.world = world
        self.root = root
        self.state_root = world / "state"
        self.groups = "pyker-test"  # the control group above those of its bundles

    def argv(self, *words: str) -> list[str]:
        """The command line for *words*."""
        return [self.program, "--root", str(self.state_root), *words]

    def try_(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command, whatever its exit code; what it leaves running does not hold our pipes."""
        out, err = self.world / "out", self.world / "err"
        with out.open("w") as stdout, err.open("w") as stderr:
            done = subprocess.run(
                self.argv(*words),
                input=stdin,
                stdout=stdout,
                stderr=stderr,
                text=True,
                timeout=TIME,
                check=False,
                env=self._environment,
                **self._who,
            )
        return subprocess.CompletedProcess(done.args, done.returncode, out.read_text(), err.read_text())

    def __call__(self, *words: str, stdin: str = "") -> str:
        """Run the command, which must succeed; what it prints."""
        done = self.try_(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def bundle(self, *args: str, **changes: Any) -> str:
        """A new bundle that runs *args*; *changes* are put over members of its config."""
        place = self.world / f"b{sum(1 for _ in self.world.iterdir())}"
        place.mkdir()
        if self._who:
            os.chown(place, self._who["user"], self._who["group"])
        self("spec", "--bundle", str(place), *(["--rootless"] if self._who else []))
        path = place / "config.json"
        config = json.loads(path.read_text())
        config["process"] |= {"terminal": False, "args": list(args)}
        config["root"]["path"] = str(self.root)
        for name, value in changes.items():
            config[name] = config.get(name, {}) | value if isinstance(value, dict) else value
        config["linux"].setdefault(
            "cgroupsPath", f"/{self.groups}/{self.world.parent.name}-{self.world.name}-{place.name}"
        )
        path.write_text(json.dumps(config))
        return str(place)

    def create(self, name: str, *args: str, **changes: Any) -> None:
        """Create container *name*, its output in the file `out-NAME`."""
        with (self.world / f"out-{name}").open("w") as output:
            argv = self.argv("create", "--bundle", self.bundle(*args, **changes), name)
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=TIME,
                check=False,
                env=self._environment,
                **self._who,
            )
        assert done.returncode == 0, self.output(name)

    def running(self, name: str, *args: str, **changes: Any) -> None:
        """Create and start container *name*."""
        self.create(name, *(args or ("sleep", "1000")), **changes)
        self("start", name)

    def output(self, name: str) -> str:
        """What container *name* has written."""
        return (self.world / f"out-{name}").read_text()

    def state(self, name: str) -> dict[str, Any]:
        """The state of container *name*."""
        document: dict[str, Any] = json.loads(self("state", name))
        return document

    def wait_for(self, name: str, status: str) -> None:
        """Wait until container *name* has *status*."""
        eventually(lambda: self.state(name)["status"] == status)

    def remove_all(self) -> None:
        """Remove every container."""
        for place in self.state_root.glob("*"):
            self.try_("delete", "--force", place.name)
