"""A registry on 127.0.0.1, with its data in one directory."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from bench.engines import EngineError, run

PATIENCE = 20.0  # seconds for it to listen
CONFIG = """version: 0.1
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: 127.0.0.1:{port}}}
log: {{level: error}}
"""


class Registry:
    """Debian's docker-registry, from the beginning until stop()."""

    def __init__(self, place: Path) -> None:
        place.mkdir(parents=True)
        self.data = place / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        settings = place / "config.yml"
        settings.write_text(CONFIG.format(data=self.data, port=port), encoding="utf-8")
        argv = ["/usr/bin/docker-registry", "serve", str(settings)]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not _listens(port):
            if time.monotonic() > deadline:
                raise EngineError("docker-registry does not listen")
            time.sleep(0.02)

    def fill(self, archive: Path, name: str) -> None:
        """Put the image in *archive* there under *name*, its layers gzip-compressed."""
        target = f"docker://{self.host}/{name}"
        run(
            ["skopeo", "copy", "-q", "--dest-tls-verify=false", f"docker-archive:{archive}", target],
            dict(os.environ),
        )

    def empty(self) -> None:
        """Forget every image."""
        shutil.rmtree(self.data, ignore_errors=True)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
