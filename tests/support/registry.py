"""Registries on 127.0.0.1: Debian's docker-registry, and one of our own that misbehaves on demand."""

import contextlib
import json
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.support.images import digest

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = """version: 0.1
storage: {{filesystem: {{rootdirectory: {directory}}}}}
http: {{addr: 127.0.0.1:{port}}}
log: {{level: error}}
"""
TLS = "tls: {{certificate: {directory}/host.crt, key: {directory}/host.key}}"
LOGIN = "me:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n"  # bcrypt of "secret"
PASSWORDS = "auth: {{htpasswd: {{realm: here, path: {directory}/passwords}}}}\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_certificate(directory: Path) -> None:
    """host.crt and host.key for 127.0.0.1 in *directory*, signed by themselves."""
    files = ["-keyout", str(directory / "host.key"), "-out", str(directory / "host.crt")]
    names = ["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run(["openssl", "req", *kind, *names, *files], check=True, stderr=subprocess.DEVNULL)


@contextmanager
def docker_registry(directory: Path, *, login: bool = False, tls: bool = False) -> Iterator[str]:
    """Debian's docker-registry on a free port; gives its host:port.

    With *login* it wants a name and password, "me" and "secret"; with *tls* it shows directory/host.crt.
    """
    port = free_port()
    settings = directory / "config.yml"
    text = CONFIG.format(directory=directory / "data", port=port)
    if tls:
        make_certificate(directory)
        text = text.replace(f":{port}}}", f":{port}, {TLS.format(directory=directory)}}}")
    if login:
        (directory / "passwords").write_text(LOGIN)
        text += PASSWORDS.format(directory=directory)
    settings.write_text(text)
    argv = ["/usr/bin/docker-registry", "serve", str(settings)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port}")


class Answer:
    """What to send for one request."""

    def __init__(self, data: bytes = b"", status: int = 200, **headers: str) -> None:
        self.data = data
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.length = len(data)  # what Content-Length says
        self.break_after = len(data)  # bytes after which the connection is dropped


class FakeRegistry:
    """Serves *contents* by path; `rules` (path → function of the request's headers) come first."""

    def __init__(self) -> None:
        self.contents: "dict[str, Answer]" = {}
        self.rules: "dict[str, Callable[[dict[str, str]], Answer | None]]" = {}
        self.asked: "list[tuple[str, dict[str, str]]]" = []
        self.host = ""

    def publish(
        self, name: str, tag: str, blobs: "dict[str, bytes]", manifest: bytes, kind: str = MANIFEST
    ) -> None:
        """Make *blobs* and *manifest* (also under *tag*) the content of repository *name*."""
        for key, data in blobs.items():
            self.contents[f"/v2/{name}/blobs/{key}"] = Answer(data)
            self.contents[f"/v2/{name}/manifests/{key}"] = Answer(data, Content_Type=MANIFEST)
        for key in (tag, digest(manifest)):
            answer = Answer(manifest, Content_Type=kind, Docker_Content_Digest=digest(manifest))
            self.contents[f"/v2/{name}/manifests/{key}"] = answer

    def answer(self, path: str, headers: "dict[str, str]") -> Answer:
        self.asked.append((path, headers))
        bare = path.partition("?")[0]
        ruled = self.rules[bare](headers) if bare in self.rules else None
        if ruled:
            return ruled
        missing = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
        return self.contents.get(bare) or Answer(json.dumps(missing).encode(), 404)

    def asked_for(self, part: str) -> "list[dict[str, str]]":
        """The headers of each request whose path holds *part*."""
        return [headers for path, headers in self.asked if part in path]


@contextmanager
def fake_registry() -> Iterator[FakeRegistry]:
    """A registry that does as it is told, on a free port of 127.0.0.1."""
    registry = FakeRegistry()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = registry.answer(self.path, dict(self.headers))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(answer.length))
            self.end_headers()
            self.wfile.write(answer.data[: answer.break_after])
            self.close_connection = answer.break_after < answer.length

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    registry.host = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def cutting_proxy(target: str, *, after: int) -> Iterator[str]:
    """A way to *target* (host:port) that breaks once, when a connection has carried *after* bytes to it."""
    host, _, port = target.partition(":")
    ends: "list[socket.socket]" = []
    cut: "list[bool]" = []

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            client = self.request
            with socket.create_connection((host, int(port))) as remote:
                ends.extend((client, remote))
                with contextlib.suppress(OSError):
                    self.carry(client, remote)

        def carry(self, client: socket.socket, remote: socket.socket) -> None:
            carried = 0
            while True:
                for source in select.select([client, remote], [], [])[0]:
                    data = source.recv(1 << 16)
                    carried += len(data) if source is client else 0
                    if carried > after and not cut:
                        cut.append(True)
                        return
                    if not data:
                        return
                    (remote if source is client else client).sendall(data)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
            assert cut, "the connection was never cut"
        finally:
            server.shutdown()
            thread.join()
            for end in ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
