"""Works on the files of a container: cp, export and diff."""

import os
from pathlib import Path

from bench.engines import Engine, run
from bench.works import Work, clocked

BIG = 200 << 20
MANY = "mkdir /many; cd /many; i=0; while [ $i -lt 100 ]; do mkdir $i; j=0; while [ $j -lt 100 ]; do \
echo $i $j > $i/$j; j=$((j+1)); done; i=$((i+1)); done; exec sleep 1000000"


class CopyFile(Work):
    """A file of 200 MB into a running container, or out of it."""

    heavy = True

    def prepare(self, engine: Engine) -> Engine:
        """Start the container, and have the file at both ends."""
        engine.do("run", "-d", "--network", "none", "--name", "files", "bench", "sleep", "1000000")
        if not (big := self.big(engine)).exists():
            with big.open("wb") as file:
                for _ in range(BIG >> 20):
                    file.write(os.urandom(1 << 20))
        engine.do("cp", str(big), "files:/big")
        return engine

    def big(self, engine: Engine) -> Path:
        """The file on this side."""
        return engine.place.parent / "big"

    def once(self, engine: Engine) -> float:
        """Each time under the same name; what the copy left to be written is not this work's."""
        ends = {"in": (str(self.big(engine)), "files:/copy"), "out": ("files:/big", f"{engine.place}/copy")}
        took = clocked(engine.argv("cp", *ends[self.words[0]]), engine)
        os.sync()
        return took

    def undo(self, engine: Engine) -> None:
        """Remove the container."""
        run(engine.remove(["files"]), engine.environment)


class ManyFiles(Work):
    """A command on a running container that has made 10,000 files."""

    heavy = True

    def prepare(self, engine: Engine) -> Engine:
        """Start it and wait for the last file."""
        engine.do("run", "-d", "--network", "none", "--name", "files", "bench", "sh", "-c", MANY)
        engine.do("exec", "files", "sh", "-c", "until [ -s /many/99/99 ]; do sleep 0.1; done")
        return engine

    def undo(self, engine: Engine) -> None:
        """Remove the container."""
        run(engine.remove(["files"]), engine.environment)


FILE_WORKS: tuple[Work, ...] = (
    CopyFile("cp of 200 MB in", ["in"], podman=0.7),
    CopyFile("cp of 200 MB out", ["out"], podman=0.7),
    ManyFiles("export, 10,000 files", ["export", "files"], podman=0.7),
    ManyFiles("diff, 10,000 files", ["diff", "files"], podman=0.7),
)
