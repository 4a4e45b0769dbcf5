"""The engines, each in a world of its own below one directory."""

import json
import os
import subprocess
import time
from pathlib import Path

PATIENCE = 30.0  # seconds for dockerd to answer


class EngineError(Exception):
    """An engine did not do what it was told; its words."""


class Engine:
    """An engine with its own stores below *place*."""

    name = ""

    def __init__(self, place: Path, program: str) -> None:
        self.place = place
        self.program = program
        self.environment = os.environ | {"HOME": str(place)}
        place.mkdir(parents=True)

    def argv(self, *words: str) -> list[str]:
        """The command line for *words*."""
        raise NotImplementedError

    def start(self) -> None:
        """Make the engine ready."""

    def stop(self) -> None:
        """End what start() began."""

    def import_image(self, tar: Path, name: str) -> None:
        """Put the root file system *tar* into the store under *name*."""
        self.do("import", str(tar), name)

    def do(self, *words: str) -> str:
        """Run the engine and hand back what it prints; EngineError when it fails."""
        return run(self.argv(*words), self.environment)

    def remove(self, names: list[str]) -> list[str]:
        """The command line that removes running containers at once."""
        return self.argv("rm", "-f", *names)

    def twin(self, place: Path) -> "Engine":
        """The same engine with other stores."""
        return type(self)(place, self.program)


def run(argv: list[str], environment: dict[str, str]) -> str:
    """What *argv* prints on stdout; EngineError with its words when it fails."""
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


class Pyker(Engine):
    """What we build."""

    name = "pyker"

    def argv(self, *words: str) -> list[str]:
        """As a user types it; the roots come from the environment."""
        return [self.program, *words]

    def start(self) -> None:
        """Nothing to start: there is no daemon."""
        self.environment["PYKER_ROOT"] = str(self.place / "root")
        self.environment["PYKER_RUNROOT"] = str(self.place / "run")


class Podman(Engine):
    """Podman with its fast driver, and with runc: crun refuses to start where cgroups are hybrid."""

    name = "podman"
    # Limits that a root without CAP_SYS_RESOURCE may set; events go nowhere, which is the fastest.
    settings = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
"""

    def argv(self, *words: str) -> list[str]:
        """With roots of its own."""
        roots = ["--root", str(self.place / "root"), "--runroot", str(self.place / "run")]
        return ["podman", *roots, "--storage-driver", "overlay", *words]

    def start(self) -> None:
        """Write the configuration."""
        (self.place / "containers.conf").write_text(self.settings, encoding="utf-8")
        self.environment["CONTAINERS_CONF"] = str(self.place / "containers.conf")

    def remove(self, names: list[str]) -> list[str]:
        """Without the ten seconds it otherwise waits for a polite end."""
        return self.argv("rm", "-f", "-t", "0", *names)


class Docker(Engine):
    """Docker with a daemon of its own."""

    name = "docker"
    daemon: "subprocess.Popen[bytes] | None" = None

    def argv(self, *words: str) -> list[str]:
        """Speaking to our daemon."""
        return ["docker", "-H", f"unix://{self.place}/socket", *words]

    def start(self) -> None:
        """Start dockerd and wait until it answers."""
        place = str(self.place)
        self.environment["DOCKER_CONFIG"] = place
        options = ["--data-root", f"{place}/root", "--exec-root", f"{place}/run", "--pidfile", f"{place}/pid"]
        with open(f"{place}/log", "wb") as log:
            self.daemon = subprocess.Popen(
                ["dockerd", "-H", f"unix://{place}/socket", *options],
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(
            self.argv("version"), env=self.environment, capture_output=True, check=False
        ).returncode:
            if time.monotonic() > deadline:
                raise EngineError(f"dockerd does not answer\n{Path(place, 'log').read_text()[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the daemon; its containerd ends with it."""
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait()


class Runc(Engine):
    """The runtime alone: no images, no network, no log; a floor that no engine in Go goes below."""

    name = "runc"
    runtime = "runc"
    count = 0

    def argv(self, *words: str) -> list[str]:
        """`run` of a bundle, whatever was asked."""
        self.count += 1
        name = f"bench{self.count}"
        return [self.runtime, "--root", f"{self.place}/root", "run", "--bundle", str(self.place), name]

    def import_image(self, tar: Path, name: str) -> None:
        """Unpack *tar* as the bundle's root, beside runc's own default configuration."""
        (self.place / "rootfs").mkdir(exist_ok=True)
        run(["tar", "-xf", str(tar), "-C", f"{self.place}/rootfs"], self.environment)
        run(["runc", "spec", "--bundle", str(self.place)], self.environment)
        file = self.place / "config.json"
        spec = json.loads(file.read_text())
        spec["process"] |= {"terminal": False, "args": ["true"]}
        file.write_text(json.dumps(spec))


class PykerRuntime(Runc):
    """Our runtime in runc's place, with the same bundle."""

    name = "pyker"

    def __init__(self, place: Path, program: str) -> None:
        super().__init__(place, program)
        self.runtime = f"{program}-runtime"


ENGINES = {engine.name: engine for engine in (Pyker, Podman, Docker, Runc)}
