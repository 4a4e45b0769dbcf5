"""/etc/hosts, /etc/hostname and /etc/resolv.conf: made for each start beside the container, and bound in.

The container may write to them; it never gets at the directory they lie in, and the next start makes
them anew.
"""

import os

from pyker.base import jsonfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Document = dict[str, Any]
    OciMount = dict[str, Any]

FILES = ("resolv.conf", "hostname", "hosts")
IMAGE_HOSTS = "hosts.image"  # a copy of the image's own, in the container's directory
# For hosts whose own servers answer on the host alone: Docker's choice, and what pasta and slirp4netns
# forward to the host's resolver.
PUBLIC_SERVERS = ("8.8.8.8", "8.8.4.4")
USER_SERVERS = ("10.0.2.3",)
_STUB_TARGET = "/run/systemd/resolve/resolv.conf"  # what systemd-resolved itself asks

_LOCAL_NAMES = """127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""


def etc_mounts(
    directory: str,
    document: "Document",
    *,
    rootless: bool = False,
    shared_with: str = "",
) -> "list[OciMount]":
    """Write the files of the container *document* into *directory*; the OCI mounts that show them.

    *shared_with* is the directory of the container whose network this one joins: its files are shown.
    """
    if not shared_with:
        hostname = document["config"]["Hostname"]
        _write(directory, "hostname", f"{hostname}\n")
        _write(directory, "resolv.conf", resolver_text(document["host"], rootless=rootless))
        _write(directory, "hosts", hosts_text(document, base=_own_base(directory, document)))
    access = "ro" if document["host"]["ReadonlyRootfs"] else "rw"
    options = ["bind", "rprivate", "nosuid", "noexec", "nodev", access]
    place = shared_with or directory
    return [
        {"destination": f"/etc/{name}", "type": "bind", "source": f"{place}/{name}", "options": options}
        for name in FILES
        if _is_wanted(document, name)
    ]


def _is_wanted(document: "Document", name: str) -> bool:
    """Whether --no-hosts and --no-hostname leave the file to us."""
    identity = document.get("identity") or {}
    key = {"hosts": "hosts", "hostname": "hostname_file"}.get(name, "")
    return bool(identity.get(key, True))


def _own_base(directory: str, document: "Document") -> "str | None":
    """What /etc/hosts begins with when --hosts-file says so. Raises OSError when that cannot be read."""
    choice = (document.get("identity") or {}).get("hosts_file")
    if not choice or choice == "none":
        return "" if choice else None
    path = f"{directory}/{IMAGE_HOSTS}" if choice == "image" else choice
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read(1 << 20)


def write_hosts(
    directory: str,
    document: "Document",
    addresses: "Sequence[str]",
    gateway: str = "",
    more: "Sequence[str]" = (),
) -> None:
    """Write hosts again, into the same file, when the container's *addresses* and its *gateway* are known.

    *more* lines come last.
    """
    if not _is_wanted(document, "hosts"):
        return
    text = hosts_text(document, addresses, gateway, base=_own_base(directory, document))
    text += "".join(f"{line}\n" for line in more)
    flags = os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(os.path.join(directory, "hosts"), flags)
    try:
        jsonfile.write_all(descriptor, text.encode(errors="surrogateescape"))
    finally:
        os.close(descriptor)


def _write(directory: str, name: str, text: str) -> None:
    path = os.path.join(directory, name)
    jsonfile.write_bytes(path, text.encode(errors="surrogateescape"), durable=False)
    os.chmod(path, 0o644)  # whatever the umask is: every user of the container reads them


def hosts_text(
    document: "Document", addresses: "Sequence[str]" = (), gateway: str = "", base: "str | None" = None
) -> str:
    """/etc/hosts in Docker's form; the host's own when the network is the host's, or *base*."""
    config, host = document["config"], document["host"]
    if base is not None:
        lines = [base.rstrip("\n")] if base else []
        lines += [] if "localhost" in base.split() else ["127.0.0.1\tlocalhost", "::1\tlocalhost"]
    elif host["NetworkMode"] == "host":
        lines = [_read("/etc/hosts").rstrip("\n")]
    else:
        lines = [_LOCAL_NAMES.rstrip("\n")]
    for extra in host["ExtraHosts"] or ():
        name, _, address = extra.partition(":")
        address = gateway if address == "host-gateway" else address.strip("[]")
        if address:
            lines.append(f"{address}\t{name}")
    names = " ".join(_names(config))
    lines += [f"{address}\t{names}" for address in addresses if address and names]
    return "\n".join(lines) + "\n"


def _names(config: "Document") -> "list[str]":
    """The full name before the short one, as gethostbyname(3) wants it."""
    hostname, domain = config["Hostname"], config.get("Domainname") or ""
    names = [f"{hostname}.{domain}"] if hostname and domain else []
    return [*names, hostname] if hostname else names


def resolver_text(host: "Document", *, rootless: bool = False) -> str:
    """/etc/resolv.conf: the host's, but for the servers, domains and options that HostConfig *host* names."""
    text = _read("/etc/resolv.conf")
    own_network = host["NetworkMode"] != "host"
    if own_network and not _reachable(_values(text, "nameserver")):
        text = _read(_STUB_TARGET) or text
    servers = list(host["Dns"] or ()) or _values(text, "nameserver")
    if own_network and not host["Dns"]:
        servers = _reachable(servers) or list(USER_SERVERS if rootless else PUBLIC_SERVERS)
    domains = [domain for domain in host["DnsSearch"] or _domains(text) if domain != "."]
    options = list(host["DnsOptions"] or ()) or " ".join(_values(text, "options")).split()
    lines = [f"nameserver {server}" for server in servers]
    lines += [f"search {' '.join(domains)}"] if domains else []
    lines += [f"options {' '.join(options)}"] if options else []
    return "\n".join(lines) + "\n"


def _values(text: str, key: str) -> "list[str]":
    """What stands after *key* in the lines of resolv.conf(5)."""
    words = (line.split(None, 1) for line in text.split("\n"))
    return [pair[1].strip() for pair in words if len(pair) == 2 and pair[0] == key]


def _domains(text: str) -> "list[str]":
    """The last of "search" and "domain" counts: see resolv.conf(5)."""
    found = _values(text, "search") or _values(text, "domain")
    return found[-1].split() if found else []


def _reachable(servers: "Iterable[str]") -> "list[str]":
    """Those of *servers* that mean the same machine in another network namespace."""
    return [server for server in servers if not server.startswith(("127.", "::1", "fe80:"))]


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(1 << 20)
    except OSError:  # a host without the file: the container has an empty one
        return ""
