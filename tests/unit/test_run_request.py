"""What `run`'s options become, and what they must not say."""

import pytest

from pyker.base.errors import InvalidError
from pyker.base.home import Home
from pyker.cli.parse import Arguments, quick
from pyker.cli.request import run_request
from pyker.cli.table import COMMANDS, GROUPS, SETTINGS
from pyker.model.limits import Limits
from pyker.model.request import RunRequest

HOME = Home("/nowhere/g", "/nowhere/r", "/nowhere/c")


def request_of(line: str, warnings: "list[str] | None" = None) -> RunRequest:
    arguments = quick(["run", *line.split(" ")], COMMANDS, GROUPS, SETTINGS)
    assert isinstance(arguments, Arguments)
    return run_request(HOME, arguments, (warnings if warnings is not None else []).append)


def test_plain_line_is_image_and_command() -> None:
    request = request_of("box sh -c x")

    assert (request.image, request.command) == ("box", ("sh", "-c", "x"))
    assert request.limits == Limits()
    assert request.entrypoint is None


def test_options_fill_their_fields() -> None:
    request = request_of(
        "-itd --rm --name n -h host -u 1:2 -w /x --init --read-only --cap-add CHOWN --cap-drop ALL "
        "--group-add g -l a=b --stop-timeout 3 --shm-size 1m --entrypoint sh --pull never --expose 80 -q box"
    )

    assert (request.stdin_open, request.detach, request.remove, request.init, request.read_only) == (
        True,
    ) * 5
    assert (request.name, request.hostname, request.user, request.working_directory) == (
        "n",
        "host",
        "1:2",
        "/x",
    )
    assert (request.cap_add, request.cap_drop, request.groups) == (("CHOWN",), ("ALL",), ("g",))
    assert (request.labels, request.stop_timeout, request.shm_size) == ((("a", "b"),), 3, 1 << 20)
    assert (request.entrypoint, request.pull, request.expose) == (("sh",), "never", ("80/tcp",))


def test_empty_entrypoint_is_none_at_all() -> None:
    assert request_of("--entrypoint= box sh").entrypoint == ()


def test_limits_are_read() -> None:
    limits = request_of("-m 64m --memory-swap -1 --cpus 0.5 --pids-limit -7 -c -1 box").limits

    assert limits == Limits(memory=64 << 20, memory_swap=-1, nano_cpus=500_000_000, pids=-1)


def test_pids_limit_not_said_is_the_default() -> None:
    assert request_of("box").limits.pids is None
    assert request_of("--pids-limit 0 box").limits.pids == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-m 12q box", 'invalid argument "12q" for "-m, --memory" flag: invalid suffix: \'q\''),
        ("--pids-limit x box", 'invalid argument "x" for "--pids-limit" flag: strconv.ParseInt: parsing "x"'),
        ("--cpu-shares 9999999999999999999 box", "value out of range"),
        ("-e =x box", 'invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x'),
        ("-l =x box", "invalid label '=x': empty name"),
        ("-a foo box", "valid streams are STDIN, STDOUT and STDERR"),
        ("-p x box", "invalid containerPort: x"),
        ("-v /a:/b:zz box", "invalid mode: zz"),
        ("--mount x box", 'invalid argument "x" for "--mount" flag: invalid field'),
        ("--ulimit x box", 'invalid argument "x" for "--ulimit" flag: invalid ulimit argument: x'),
        ("--pull zz box", "invalid pull option: 'zz'"),
        ("--pid zz box", "--pid: invalid PID mode"),
        ("--uts zz box", "--uts: invalid UTS mode"),
        ("--dns x box", "IP address is not correctly formatted: x"),
        ("--mac-address x box", "x is not a valid mac address"),
        ("--security-opt foo box", 'Invalid --security-opt: "foo"'),
        ("--rm --restart always box", "conflicting options: cannot specify both --restart and --rm"),
        ("-d -a stdin box", "conflicting options: cannot specify both --attach and --detach"),
        (
            "--net container:x -p 1:1 box",
            "conflicting options: port publishing and the container type network mode",
        ),
        ("--net container:x -h y box", "conflicting options: hostname and the network mode"),
        ("--restart on-failure:x box", "maximum retry count must be an integer"),
        ("--env-file /nope box", "open /nope: no such file or directory"),
    ],
)
def test_mistake_ends_with_125(line: str, words: str) -> None:
    with pytest.raises(InvalidError) as caught:
        request_of(line)

    assert words in caught.value.message
    assert caught.value.code == 125


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-w rel box", "the working directory 'rel' is invalid"),
        ("--restart zz box", "invalid restart policy 'zz'"),
        ("--log-driver zz box", 'plugin "zz" not found'),
        ("--log-opt foo=1 box", "unknown log opt 'foo' for json-file log driver"),
        ("--log-opt max-size=x box", "invalid value for log opt max-size: x"),
        ("--stop-signal ZZ box", "Invalid signal: ZZ"),
        ("-m 1k box", "Minimum memory limit allowed is 6MB"),
        ("--ip x box", "invalid IPv4 address: x"),
    ],
)
def test_mistake_the_engine_would_find_is_found_at_once(line: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        request_of(line)


def test_ports_on_the_host_network_are_discarded_with_a_word() -> None:
    warnings: list[str] = []
    request_of("--net host -p 80:80 box", warnings)

    assert warnings == ["Published ports are discarded when using host network mode"]
