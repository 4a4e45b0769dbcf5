"""Sets the stage, measures, reports, and leaves the machine as it was."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import report, stage
from bench.engines import ENGINES, Engine, EngineError
from bench.files import FILE_WORKS
from bench.images import IMAGE_WORKS
from bench.life import LIFE_WORKS
from bench.measure import Row, measure
from bench.running import RUNNING_WORKS
from bench.works import WORKS, Work

ALL_WORKS = (*WORKS, *FILE_WORKS, *LIFE_WORKS, *RUNNING_WORKS, *IMAGE_WORKS)


def arguments(argv: list[str]) -> argparse.Namespace:
    """The options of a run."""
    parser = argparse.ArgumentParser(
        prog="bench", description="Measure pyker beside podman, docker and runc."
    )
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each short work (default 15)")
    parser.add_argument("--heavy-rounds", type=int, default=3, help="rounds of each long work (default 3)")
    parser.add_argument("--only", default="", help="only works whose name holds one of these words (a,b)")
    parser.add_argument("--engines", default=",".join(ENGINES), help="only these engines (a,b)")
    parser.add_argument("--pyker", default="/usr/local/bin/pyker", help="the command to measure")
    parser.add_argument("--minbase", default="", help="a Debian root file system tar; made when not given")
    parser.add_argument("--json", default="", help="also write the figures to this file")
    parser.add_argument("--scratch", default="", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def outside(options: argparse.Namespace, argv: list[str]) -> int:
    """Make what needs the network, run the rest in fresh namespaces, and clean up whatever happened there."""
    groups = stage.cgroups()
    scratch = Path(tempfile.mkdtemp(prefix="pyker-bench-", dir="/var/tmp"))
    try:
        stage.prepare(
            scratch,
            options.minbase,
            minbase=any(work.minbase and work.name in chosen_names(options) for work in ALL_WORKS),
        )
        own = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        inner = [*own, sys.executable, "-m", "bench", *argv, "--scratch", str(scratch)]
        return subprocess.run(inner, check=False).returncode
    finally:
        stage.remove_cgroups_since(groups)
        shutil.rmtree(scratch, ignore_errors=True)


def chosen_names(options: argparse.Namespace) -> set[str]:
    """The works that will be done."""
    words = [word for word in options.only.split(",") if word]
    return {work.name for work in ALL_WORKS if not words or any(word in work.name for word in words)}


def inside(options: argparse.Namespace) -> int:
    """Measure every chosen work and print the table."""
    scratch = Path(options.scratch)
    stage.hide_the_machine(scratch)
    names = chosen_names(options)
    engines: dict[str, Engine] = {
        name: ENGINES[name](scratch / name, options.pyker) for name in options.engines.split(",")
    }
    with stage.started(engines.values(), scratch):
        rows = [row for work in ALL_WORKS if work.name in names if (row := tried(work, engines, options))]
    print(report.table(rows))
    if options.json:
        report.write(rows, options.json)
    return 0 if len(rows) == len(names) else 1


def tried(work: Work, engines: dict[str, Engine], options: argparse.Namespace) -> "Row | None":
    """The row of *work*; None, and the reason on stderr, when an engine failed at it."""
    try:
        return measure(work, engines, options)
    except EngineError as error:
        print(f"bench: {work.name}: {error}", file=sys.stderr, flush=True)
        return None


if __name__ == "__main__":
    given = arguments(sys.argv[1:])
    if os.geteuid():
        sys.exit("bench: dockerd and runc need root")
    sys.exit(inside(given) if given.scratch else outside(given, sys.argv[1:]))
