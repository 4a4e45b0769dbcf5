"""The `pyker` command under test, with a world of its own."""

import os
import subprocess
from pathlib import Path

from pyker.base.home import Home

PATIENCE = 60  # seconds; no single command of the tests needs a tenth of it


class Account:
    """Whom a command runs as: root, or a user made for the tests."""

    def __init__(self, name: str, uid: int, gid: int, directory: Path) -> None:
        self.name = name
        self.uid = uid
        self.gid = gid
        self.directory = directory  # its HOME; XDG_RUNTIME_DIR is beside it

    @property
    def is_root(self) -> bool:
        return self.uid == 0

    def environment(self) -> dict[str, str]:
        """What this account finds in its environment after logging in."""
        return {
            "HOME": str(self.directory),
            "USER": self.name,
            "LOGNAME": self.name,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(self.directory / "runtime"),
        }

    def make_directory(self, path: Path) -> Path:
        """*path*, made, belonging to this account, and closed to others."""
        path.mkdir(mode=0o700)
        os.chown(path, self.uid, self.gid)
        return path


class Pyker:
    """Runs `pyker` as *account* with its graph root and run root below *world*."""

    def __init__(self, program: str, account: Account, world: Path) -> None:
        self.program = program
        self.account = account
        self.world = world
        self.root = world / "g"
        self.runroot = world / "r"

    @property
    def home(self) -> Home:
        """The home these commands find."""
        return Home(str(self.root), str(self.runroot), str(self.world / "etc"), not self.account.is_root)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of every command."""
        own = {"PYKER_ROOT": str(self.root), "PYKER_RUNROOT": str(self.runroot)}
        return self.account.environment() | own | more

    def __call__(
        self,
        *words: str,
        check: bool = True,
        stdin: "str | bytes" = "",
        timeout: float = PATIENCE,
        env: "dict[str, str] | None" = None,
    ) -> "subprocess.CompletedProcess[str]":
        """Run `pyker WORDS`; with *check*, fail the test unless it ends with 0. Bad bytes are escaped."""
        done = self.raw(*words, stdin=stdin, timeout=timeout, env=env)
        text = subprocess.CompletedProcess(
            done.args,
            done.returncode,
            done.stdout.decode(errors="backslashreplace"),
            done.stderr.decode(errors="backslashreplace"),
        )
        if check and text.returncode:
            raise AssertionError(
                f"pyker {' '.join(words)}: exit {text.returncode}\n{text.stdout}{text.stderr}"
            )
        return text

    def raw(
        self,
        *words: str,
        stdin: "str | bytes" = b"",
        timeout: float = PATIENCE,
        env: "dict[str, str] | None" = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run `pyker WORDS` and hand back its exit status and bytes, whatever they are."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        with self.popen(*words, env=env) as process:
            try:
                output, errors = process.communicate(data, timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                output, errors = process.communicate()
                said = f"{output!r} {errors!r}"
                raise AssertionError(f"pyker {' '.join(words)}: not done after {timeout} s: {said}") from None
        return subprocess.CompletedProcess(words, process.returncode, output, errors)

    def popen(
        self,
        *words: str,
        env: "dict[str, str] | None" = None,
        streams: "tuple[int, int, int]" = (subprocess.PIPE, subprocess.PIPE, subprocess.PIPE),
        new_session: bool = False,
        before: "tuple[str, ...]" = (),
    ) -> "subprocess.Popen[bytes]":
        """Start `pyker WORDS` with *streams* as stdin, stdout and stderr, and do not wait.

        *before* is a command that executes what follows it.
        """
        return subprocess.Popen(
            [*before, self.program, *words],
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            start_new_session=new_session,
            cwd=str(self.world),
            env=self.environment(**(env or {})),
            user=self.account.uid,
            group=self.account.gid,
            extra_groups=[],
        )

    def out(self, *words: str, stdin: "str | bytes" = "", timeout: float = PATIENCE) -> str:
        """What `pyker WORDS` prints on stdout, without the white space around it; it must end with 0."""
        return self(*words, stdin=stdin, timeout=timeout).stdout.strip()

    def lines(self, *words: str) -> list[str]:
        """The lines `pyker WORDS` prints on stdout; it must end with 0."""
        return self(*words).stdout.splitlines()

    def fails(self, code: int, *words: str, stdin: "str | bytes" = "") -> str:
        """The stderr of `pyker WORDS`, which must end with *code* and without a traceback."""
        done = self(*words, check=False, stdin=stdin)
        assert done.returncode == code, f"exit {done.returncode}, not {code}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr

    def field(self, name: str, template: str) -> str:
        """What `inspect --format TEMPLATE` says of the container or image *name*."""
        return self.out("inspect", "--format", template, name)

    def remove_containers(self) -> None:
        """Remove every container, running or not, and what killed commands left of others."""
        if not self.root.exists():
            return
        if names := self.out("ps", "-aq", "--no-trunc").split():
            self("rm", "-f", "-v", *names)
        if any((self.runroot / "containers").glob("*")):
            self("container", "prune", "-f")
