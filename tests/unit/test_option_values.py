"""-v, --mount, --tmpfs, -p, --expose, -e, --ulimit and the like, in Docker's words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pyker.base.errors import InvalidError
from pyker.model.device import check_device
from pyker.model.environment import labels, variables
from pyker.model.host_entry import parse_host
from pyker.model.limits import Limits, check_limits, parse_cpus
from pyker.model.mount_words import parse_mount, split_fields
from pyker.model.port import PortMapping, parse_expose, parse_publish
from pyker.model.sysctl import parse_sysctl
from pyker.model.ulimit import parse_ulimit
from pyker.model.volume import TmpfsMount, VolumeMount, parse_tmpfs, parse_volume


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("/a:/b", VolumeMount("/a", "/b")),
        ("/a:/b:ro,z", VolumeMount("/a", "/b", ("ro", "z"))),
        ("data:/b:nocopy", VolumeMount("data", "/b", ("nocopy",))),
        ("/b", VolumeMount("", "/b")),
        ("/a/../c/:/b", VolumeMount("/c", "/b")),
    ],
)
def test_volume_is_read(text: str, mount: VolumeMount) -> None:
    assert parse_volume(text) == mount


def test_relative_source_is_a_directory_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert parse_volume("./x:/b").source == f"{tmp_path}/x"


MISTAKES: list[tuple[Callable[[str], object], str, str]] = [
    (parse_volume, "", "invalid empty volume spec"),
    (parse_volume, "/a:/b:ro:rw", "invalid spec: /a:/b:ro:rw: too many colons"),
    (parse_volume, ":/b", "invalid spec: :/b: empty section between colons"),
    (parse_volume, "/a:b", "invalid mount path: 'b' mount path must be absolute"),
    (parse_volume, "/a:/b:zz", "invalid mode: zz"),
    (parse_volume, "/a:/b:ro,rw", "invalid mode: ro,rw"),
    (parse_volume, "/a:/", "destination can't be '/'"),
    (parse_volume, "/a:/x/..", "destination can't be '/'"),
    (parse_tmpfs, "x", "invalid mount path: 'x' mount path must be absolute"),
    (parse_mount, "x", "invalid field 'x' must be a key=value pair"),
    (parse_mount, "type=bind", "target is required"),
    (parse_mount, "type=zz,dst=/x", 'invalid mount config for type "zz": mount type unknown'),
    (parse_mount, "type=bind,dst=/x", "field Source must not be empty"),
    (parse_mount, "type=bind,src=r,dst=/x", "invalid mount path: 'r' mount path must be absolute"),
    (parse_mount, "type=volume,src=a,dst=x", "invalid mount path: 'x' mount path must be absolute"),
    (parse_mount, "type=tmpfs,dst=/x,src=/y", "field Source must not be specified"),
    (parse_mount, "foo=bar,dst=/x", "unexpected key 'foo' in 'foo=bar'"),
    (parse_mount, "type=bind,src=/a,dst=/x,ro=maybe", "invalid value for ro: maybe"),
    (parse_mount, "type=bind,src=/a,dst=/x,bind-propagation=z", "invalid propagation mode: z"),
    (parse_mount, "type=tmpfs,dst=/x,tmpfs-size=zz", "invalid value for tmpfs-size: zz"),
    (parse_mount, "type=tmpfs,dst=/x,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"),
    (parse_mount, 'type=bind,src="a,dst=/x', "quoted field"),
    (
        parse_mount,
        "type=bind,src=/a,dst=/x,tmpfs-size=1",
        "cannot mix 'tmpfs-*' options with mount type 'bind'",
    ),
    (parse_mount, "type=tmpfs,dst=/x,idmap", "cannot mix 'idmap' option with mount type 'tmpfs'"),
    (parse_mount, "type=image,dst=/x", "field Source must not be empty"),
    (parse_mount, "src=v,dst=/x,subpath=../y", "invalid subpath '../y': it must stay inside the volume"),
    (parse_mount, "type=bind,src=/a,dst=/x,relabel=y", "invalid value for relabel: y"),
    (parse_mount, "type=bind,src=/a,dst=/x,bind-recursive=y", "invalid value for bind-recursive: y"),
    (parse_mount, "type=bind,src=/a,dst=/x,bind-recursive=readonly", "requires 'readonly'"),
    (parse_mount, "type=bind,src=/a,dst=/x,idmap=uids=0-1", "write idmap=uids=FROM-TO-COUNT"),
    (parse_mount, "type=devpts,dst=/x,uid=a", "invalid value for uid: a"),
    (parse_mount, "src=v,dst=/x,volume-driver=nfs", "volume driver 'nfs' not found"),
    (parse_volume, "/a:/b:O,idmap", "invalid mode: O,idmap"),
    (parse_volume, "/a:/b:O,upperdir=/x", "upperdir and workdir go together"),
    (parse_volume, "/a:/b:idmap=uids=0-0-4294967296;gids=0-0-1", "is beyond"),
    (parse_publish, "x", "invalid containerPort: x"),
    (parse_publish, "1:2:3:4", "invalid IP address: 1:2"),
    (parse_publish, "99999", "invalid containerPort: 99999"),
    (parse_publish, "80/foo", "invalid proto: foo"),
    (parse_publish, "0x50:80", "invalid hostPort: 0x50"),
    (parse_publish, "80-79", "invalid containerPort: 80-79"),
    (parse_publish, "localhost:80:80", "invalid IP address: localhost"),
    (parse_publish, "8000-8001:80-82", "invalid ranges specified"),
    (parse_publish, "", "no port specified: <empty>"),
    (parse_publish, "\uff18\uff10", "invalid containerPort"),
    (parse_expose, "x", "invalid range format for --expose: x"),
    (parse_ulimit, "nofile", "invalid ulimit argument: nofile"),
    (parse_ulimit, "foo=1", "invalid ulimit type: foo"),
    (parse_ulimit, "nofile=x", 'strconv.ParseInt: parsing "x": invalid syntax'),
    (parse_ulimit, "nofile=2:1", "ulimit soft limit must be less than or equal to hard limit: 2 > 1"),
    (parse_ulimit, "nofile=1:2:3", "too many limit value arguments - 1:2:3"),
    (parse_sysctl, "kernel.foo=1", "sysctl 'kernel.foo=1' is not allowed"),
    (parse_sysctl, "net.x", "sysctl 'net.x' is not allowed"),
    (parse_sysctl, "net.ipv4/../../kernel.core_pattern=x", "is not allowed"),
    (parse_sysctl, "net.x=1\nkernel.core_pattern=y", "is not allowed"),
    (check_device, "x", "x is not an absolute path"),
    (check_device, "/dev/a:/x:zz", "bad mode specified: zz"),
    (check_device, "/dev/a:/x:rw:y", "bad format for path"),
    (parse_host, "x", 'bad format for add-host: "x"'),
    (parse_host, "a:b", 'invalid IP address in add-host: "b"'),
    (parse_cpus, "x", "failed to parse x as a rational number"),
    (parse_cpus, "1.5.2", "failed to parse 1.5.2 as a rational number"),
    (parse_cpus, "0.0000000001", "value is too precise"),
]


@pytest.mark.parametrize(("read", "text", "words"), MISTAKES)
def test_mistake_is_told_in_docker_words(read: Callable[[str], object], text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        read(text)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("type=bind,src=/a,dst=/b,readonly", VolumeMount("/a", "/b", ("ro",), must_exist=True)),
        (
            "TYPE=bind,source=/a,target=/b,bind-propagation=rshared",
            VolumeMount("/a", "/b", ("rshared",), must_exist=True),
        ),
        ("src=data,destination=/b,volume-nocopy", VolumeMount("data", "/b", ("nocopy",))),
        ("dst=/b,ro=false", VolumeMount("", "/b")),
        ("type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=1770", TmpfsMount("/b", ("size=1048576", "mode=1770"))),
        ('type=bind,"src=/a,b",dst=/c', VolumeMount("/a,b", "/c", must_exist=True)),
        ("type=image,src=busybox,dst=/i", VolumeMount("busybox", "/i", ("ro",), image=True)),
        ("type=image,src=b,dst=/i,rw,subpath=x", VolumeMount("b", "/i", image=True, subpath="x")),
        ("src=v,dst=/b,volume-subpath=s/t", VolumeMount("v", "/b", subpath="s/t")),
        ("src=v,dst=/b,volume-label=a=b", VolumeMount("v", "/b", labels=(("a", "b"),))),
        ("type=bind,src=/a,dst=/b,idmap,U=true", VolumeMount("/a", "/b", ("U", "idmap"), must_exist=True)),
        ("type=bind,src=/a,dst=/b,relabel=shared", VolumeMount("/a", "/b", ("z",), must_exist=True)),
        (
            "type=bind,src=/a,dst=/b,bind-recursive=disabled",
            VolumeMount("/a", "/b", ("bind",), must_exist=True),
        ),
        ("type=devpts,dst=/p,mode=620,max=9", TmpfsMount("/p", ("mode=620", "max=9"), fstype="devpts")),
        ("type=ramfs,dst=/r,noexec", TmpfsMount("/r", ("noexec",), fstype="ramfs")),
        ("type=tmpfs,dst=/t,chown,exec", TmpfsMount("/t", ("U", "exec"))),
    ],
)
def test_mount_is_read(text: str, mount: "VolumeMount | TmpfsMount") -> None:
    assert parse_mount(text) == mount


def test_csv_fields_may_be_quoted() -> None:
    assert split_fields('a,"b,c","d""e",') == ["a", "b,c", 'd"e', ""]


def test_tmpfs_takes_options() -> None:
    assert parse_tmpfs("/run:size=1m,noexec") == TmpfsMount("/run", ("size=1m", "noexec"))


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("80", (PortMapping(80),)),
        ("8080:80", (PortMapping(80, "", 8080),)),
        ("127.0.0.1:8080:80/udp", (PortMapping(80, "127.0.0.1", 8080, "udp"),)),
        ("127.0.0.1::80", (PortMapping(80, "127.0.0.1"),)),
        ("[::1]:8080:80", (PortMapping(80, "::1", 8080),)),
        ("8000-8001:80-81", (PortMapping(80, "", 8000), PortMapping(81, "", 8001))),
        ("80-81", (PortMapping(80), PortMapping(81))),
        ("0:80", (PortMapping(80),)),
    ],
)
def test_published_ports_are_read(text: str, ports: tuple[PortMapping, ...]) -> None:
    assert parse_publish(text) == ports


def test_exposed_ports_are_read() -> None:
    assert parse_expose("80-81/udp") == ("80/udp", "81/udp")


def test_variables_come_from_files_then_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "env"
    file.write_bytes(b'\xef\xbb\xbfA=1\n# note\n\n  B="q"\nHERE\nAWAY\n')
    monkeypatch.setenv("HERE", "h")

    assert variables(("C=2", "HERE", "AWAY"), (str(file),)) == ("A=1", 'B="q"', "HERE=h", "C=2", "HERE=h")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A b=1\n", "variable 'A b' contains whitespaces"),
        (b"=1\n", "no variable name on line '=1'"),
        (b"A=\xff\n", "invalid utf8 bytes at line 1"),
    ],
)
def test_bad_env_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "env"
    file.write_bytes(content)

    with pytest.raises(ValueError, match=words):
        variables((), (str(file),))


def test_missing_env_file_is_named() -> None:
    with pytest.raises(ValueError, match="open /nope: no such file or directory"):
        variables((), ("/nope",))


def test_label_without_value_is_empty_and_the_last_stands() -> None:
    assert labels(("a", "b=1", "b=2=3"), ()) == (("a", ""), ("b", "2=3"))


def test_ulimit_is_read() -> None:
    assert parse_ulimit("nofile=1024:2048") == ("RLIMIT_NOFILE", 1024, 2048)
    assert parse_ulimit("core=-1") == ("RLIMIT_CORE", -1, -1)


def test_hosts_are_read() -> None:
    assert parse_host("a:::1") == ("a", "::1")
    assert parse_host("a=1.2.3.4") == ("a", "1.2.3.4")
    assert parse_host("gw:host-gateway") == ("gw", "host-gateway")


def test_cpus_are_billionths() -> None:
    assert parse_cpus("1.5") == 1_500_000_000
    assert parse_cpus(".25") == 250_000_000


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(memory=1024), "Minimum memory limit allowed is 6MB"),
        (Limits(memory_swap=1 << 20), "You should always set the Memory limit"),
        (Limits(memory=10 << 20, memory_swap=5 << 20), "Minimum memoryswap limit should be larger"),
        (Limits(memory=10 << 20, memory_reservation=20 << 20), "can not be less than memory reservation"),
        (Limits(nano_cpus=-1), "Range of CPUs is from 0.01 to"),
        (Limits(nano_cpus=10**15), "Range of CPUs is from 0.01 to"),
        (Limits(cpu_period=5), "CPU cfs period can not be less than 1ms"),
        (Limits(oom_score_adj=2000), "range for oom score adj is [-1000, 1000]"),
        (Limits(cpuset_cpus="x"), "Invalid value x for cpuset cpus"),
        (Limits(cpuset_cpus="9999"), "Requested CPUs are not available"),
    ],
)
def test_impossible_limit_is_refused(limits: Limits, words: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_limits(limits)

    assert words in caught.value.message
