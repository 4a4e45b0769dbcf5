"""A supervisor to look at: `python -m tests.support.supervisor_program start JSON` or `… woken N`.

Its container is just a forked child. JSON: argv, directory (gets ctr.log, attach, exit, pid), and
optional tty, stdin, clients (connected descriptors), options (of the log), quiet (seconds), once.
"""

import json
import os
import pty
import signal
import sys
from typing import Any

from pyker.kernel.process import become_subreaper
from pyker.kernel.sockets import listen
from pyker.supervisor.job import Job, resume
from pyker.supervisor.loop import supervise

WAKE = (sys.executable, "-m", "tests.support.supervisor_program", "woken")


def watch(job: Job, clients: "list[int]") -> None:
    def finish(code: int, _leaving: bool) -> None:
        with open(f"{job.extra['directory']}/exit", "w") as file:
            file.write(str(code))

    supervise(job, clients, WAKE if job.extra["park"] else (), finish)


def start(spec: "dict[str, Any]") -> None:
    become_subreaper()
    streams = terminal(spec) if spec.get("tty") else pipes(spec)
    directory = spec["directory"]
    with open(f"{directory}/pid", "w") as file:
        file.write(str(streams["pid"]))
    job = Job.from_document(
        {
            "id": "0" * 64,
            "name": "test",
            "listening": listen(f"{directory}/attach"),
            "socket": f"{directory}/attach",
            "log_path": spec.get("log", f"{directory}/ctr.log"),
            "log_options": spec.get("options", ()),
            "stdin_once": spec.get("once", True),
            "quiet": spec.get("quiet", 2.0),
            "extra": {"directory": directory, "park": "quiet" in spec},
            **streams,
        }
    )
    watch(job, spec.get("clients", []))


def run(argv: "list[str]") -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(argv[0], argv)


def terminal(spec: "dict[str, Any]") -> "dict[str, int]":
    pid, master = pty.fork()
    if pid == 0:
        run(spec["argv"])
    return {"pid": pid, "master": master}


def pipes(spec: "dict[str, Any]") -> "dict[str, int]":
    ends = [os.pipe(), os.pipe(), os.pipe()]
    (stdin, feed), (stdout, out), (stderr, err) = ends
    pid = os.fork()
    if pid == 0:
        for target, end in enumerate((stdin, out, err)):
            os.dup2(end, target)
        os.closerange(3, 1024)
        run(spec["argv"])
    for end in (stdin, out, err):
        os.close(end)
    return {"pid": pid, "stdin": feed, "stdout": stdout, "stderr": stderr}


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start(json.loads(sys.argv[2]))
    else:
        woken = resume(int(sys.argv[2]))
        watch(woken, [])
