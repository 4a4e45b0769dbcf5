import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pyker.mount import etc
from pyker.mount.etc import etc_mounts, hosts_text, resolver_text, write_hosts

HOST: dict[str, Any] = {
    "NetworkMode": "default",
    "ExtraHosts": None,
    "Dns": [],
    "DnsSearch": [],
    "DnsOptions": [],
    "ReadonlyRootfs": False,
}


def document(**host: Any) -> dict[str, Any]:
    return {"config": {"Hostname": "web", "Domainname": ""}, "host": {**HOST, **host}}


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The files of the host, as a table."""
    files: dict[str, str] = {}
    monkeypatch.setattr(etc, "_read", lambda path: files.get(path, ""))
    return files


def test_hosts_names_the_container_by_its_address() -> None:
    text = hosts_text(document(), ["172.17.0.2"])

    assert text.startswith("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
    assert text.endswith("\n172.17.0.2\tweb\n")


def test_full_name_stands_before_the_short_one() -> None:
    wanted = document()
    wanted["config"]["Domainname"] = "example.org"

    assert "10.0.0.2\tweb.example.org web\n" in hosts_text(wanted, ["10.0.0.2"])


def test_host_gateway_is_the_gateway_and_left_out_until_it_is_known() -> None:
    wanted = document(ExtraHosts=["db:10.1.1.1", "host.docker.internal:host-gateway", "six:::1"])

    assert "host.docker.internal" not in hosts_text(wanted)
    text = hosts_text(wanted, [], "172.17.0.1")
    assert "172.17.0.1\thost.docker.internal\n" in text
    assert "10.1.1.1\tdb\n" in text
    assert "::1\tsix\n" in text


def test_host_s_network_shows_the_host_s_hosts(resolver: dict[str, str]) -> None:
    resolver["/etc/hosts"] = "10.9.9.9 special\n"

    assert hosts_text(document(NetworkMode="host")) == "10.9.9.9 special\n"


def test_servers_on_the_host_s_loopback_are_replaced(resolver: dict[str, str]) -> None:
    resolver["/etc/resolv.conf"] = "nameserver 127.0.0.53\nsearch lan\noptions edns0 trust-ad\n"

    assert resolver_text(HOST) == (
        "nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch lan\noptions edns0 trust-ad\n"
    )
    assert "nameserver 10.0.2.3\n" in resolver_text(HOST, rootless=True)
    assert "nameserver 127.0.0.53\n" in resolver_text({**HOST, "NetworkMode": "host"})


def test_servers_behind_systemd_resolved_are_found(resolver: dict[str, str]) -> None:
    resolver["/etc/resolv.conf"] = "nameserver 127.0.0.53\n"
    resolver["/run/systemd/resolve/resolv.conf"] = "nameserver 10.1.1.1\nsearch office\n"

    assert resolver_text(HOST) == "nameserver 10.1.1.1\nsearch office\n"


def test_words_of_the_command_line_win(resolver: dict[str, str]) -> None:
    resolver["/etc/resolv.conf"] = "nameserver 1.1.1.1\nsearch lan\n"
    host = {**HOST, "Dns": ["9.9.9.9"], "DnsSearch": ["."], "DnsOptions": ["ndots:2"]}

    assert resolver_text(host) == "nameserver 9.9.9.9\noptions ndots:2\n"


def test_last_of_search_lines_counts(resolver: dict[str, str]) -> None:
    resolver["/etc/resolv.conf"] = "# search no\nnameserver 1.1.1.1\nsearch one\nsearch two three\n"

    assert resolver_text(HOST) == "nameserver 1.1.1.1\nsearch two three\n"


def test_files_are_written_for_everybody_and_bound(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        mounts = etc_mounts(str(tmp_path), document())
    finally:
        os.umask(before)

    assert [mount["destination"] for mount in mounts] == ["/etc/resolv.conf", "/etc/hostname", "/etc/hosts"]
    assert (tmp_path / "hostname").read_text() == "web\n"
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o644}
    assert all("rw" in mount["options"] for mount in mounts)


def test_read_only_root_has_read_only_files(tmp_path: Path) -> None:
    mounts = etc_mounts(str(tmp_path), document(ReadonlyRootfs=True))

    assert all("ro" in mount["options"] for mount in mounts)


def test_addresses_are_written_into_the_file_that_is_bound_already(tmp_path: Path) -> None:
    etc_mounts(str(tmp_path), document())
    before = (tmp_path / "hosts").stat().st_ino

    write_hosts(str(tmp_path), document(), ["172.17.0.9"])

    assert (tmp_path / "hosts").read_text().endswith("172.17.0.9\tweb\n")
    assert (tmp_path / "hosts").stat().st_ino == before


def test_shared_network_shows_the_other_container_s_files(tmp_path: Path) -> None:
    mounts = etc_mounts(str(tmp_path), document(), shared_with="/other")

    assert {os.path.dirname(mount["source"]) for mount in mounts} == {"/other"}
    assert not list(tmp_path.iterdir())
