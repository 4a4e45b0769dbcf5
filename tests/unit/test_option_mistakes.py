"""Every option of `run` and `create` with a wrong value: option, value and way out are told."""

from pathlib import Path

import pytest

from pyker.base.errors import InvalidError, UnsupportedError
from pyker.base.home import Home
from pyker.cli.parse import FLAG, quick
from pyker.cli.request import run_request
from pyker.cli.table import COMMANDS, GROUPS, SETTINGS

WRONG = {
    "--add-host": ["x", "a:b"],
    "--annotation": ["x", "=x"],
    "--arch": ["a/b"],
    "--attach": ["foo"],
    "--blkio-weight": ["x", "5"],
    "--blkio-weight-device": ["x", "/dev/null:5000"],
    "--cap-add": ["FOO"],
    "--cap-drop": ["FOO"],
    "--cgroup-conf": ["x"],
    "--cgroup-parent": ["a/../b"],
    "--cgroupns": ["foo"],
    "--cgroups": ["foo"],
    "--cidfile": ["/nope/x"],
    "--cpu-period": ["x", "5"],
    "--cpu-quota": ["x", "5"],
    "--cpu-rt-period": ["x"],
    "--cpu-rt-runtime": ["x"],
    "--cpu-shares": ["x"],
    "--cpus": ["x", "4096"],
    "--cpuset-cpus": ["x", "4096"],
    "--cpuset-mems": ["x", "4096"],
    "--detach-keys": ["foo"],
    "--device": ["x", "/dev/null:/x:zz"],
    "--device-cgroup-rule": ["x"],
    "--device-read-bps": ["x"],
    "--device-read-iops": ["x"],
    "--device-write-bps": ["x"],
    "--device-write-iops": ["x"],
    "--dns": ["x", "300.1.1.1"],
    "--dns-option": ["a b"],
    "--dns-search": ["a b"],
    "--domainname": ["a b"],
    "--env": ["=x"],
    "--env-file": ["/nope"],
    "--env-merge": ["x"],
    "--expose": ["x", "99999"],
    "--gidmap": ["x", "0:1:x"],
    "--gpus": ["foo", "-5"],
    "--group-add": [""],
    "--group-entry": ["x"],
    "--health-interval": ["x"],
    "--health-on-failure": ["foo"],
    "--health-retries": ["x"],
    "--health-start-interval": ["x"],
    "--health-start-period": ["x"],
    "--health-timeout": ["x"],
    "--hostname": ["a b", "a/b"],
    "--hosts-file": ["/nope"],
    "--hostuser": ["no-such-user"],
    "--init-binary": ["no-such-program"],
    "--init-path": ["/nope"],
    "--ip": ["x"],
    "--ipc": ["foo", "container:"],
    "--label": ["=x"],
    "--label-file": ["/nope"],
    "--link": [":", "a:b:c"],
    "--log-driver": ["foo"],
    "--log-opt": ["foo=1", "max-size=x"],
    "--mac-address": ["x"],
    "--memory": ["x", "1k"],
    "--memory-reservation": ["x", "1k"],
    "--memory-swap": ["x"],
    "--memory-swappiness": ["x", "101"],
    "--mount": ["x", "type=foo,dst=/x"],
    "--name": ["-x", "a b"],
    "--network": ["foo", "container:"],
    "--oom-score-adj": ["x", "2000"],
    "--os": ["a/b"],
    "--passwd-entry": ["x"],
    "--personality": ["foo"],
    "--pid": ["foo", "container:"],
    "--pids-limit": ["x"],
    "--platform": ["a/b/c/d"],
    "--publish": ["x", "99999"],
    "--pull": ["foo"],
    "--image-volume": ["foo"],
    "--preserve-fd": ["x"],
    "--preserve-fds": ["x"],
    "--sdnotify": ["foo"],
    "--secret": ["x,foo=y"],
    "--creds": [":secret"],
    "--ip6": ["x", "1.2.3.4"],
    "--storage-opt": ["x", "size=x"],
    "--retry": ["x", "-1", "101"],
    "--retry-delay": ["x", "-1s", "1h"],
    "--restart": ["foo", "on-failure:x"],
    "--runtime": ["runc"],
    "--security-opt": ["foo", "foo=bar"],
    "--shm-size": ["x"],
    "--stop-signal": ["FOO"],
    "--stop-timeout": ["x"],
    "--subgidname": ["", "a:b"],
    "--subuidname": ["", "a:b"],
    "--sysctl": ["x", "kernel.core_pattern=x"],
    "--systemd": ["foo"],
    "--timeout": ["x", "-1"],
    "--tmpfs": ["x"],
    "--tz": ["No/Where", "../../etc/passwd"],
    "--uidmap": ["x", "0:1:0"],
    "--ulimit": ["x", "foo=1"],
    "--umask": ["9", "077777"],
    "--unsetenv": ["a=b"],
    "--userns": ["foo", "auto:x=1", "keep-id:uid=x"],
    "--uts": ["foo"],
    "--variant": ["a/b"],
    "--volume": ["a:b", "/a:/b:zz"],
    "--volumes-from": ["no-such:foo"],
    "--workdir": ["x"],
}
FREE = {
    "--authfile",
    "--cert-dir",
    "--entrypoint",
    "--health-cmd",
    "--pidfile",
    "--requires",
    "--user",
}  # any text: what is wrong shows later
CASES = [
    (command, option, text)
    for command in ("run", "create")
    for option, texts in WRONG.items()
    for text in texts
]


def known(command: str) -> set[str]:
    """The longest spelling of every option of *command* that takes a value."""
    longest: dict[str, str] = {}
    for word, (name, kind) in COMMANDS[command][4].items():
        if kind != FLAG and (word.startswith("--") and len(word) > len(longest.get(name, ""))):
            longest[name] = word
    return set(longest.values())


@pytest.mark.parametrize("command", ["run", "create"])
def test_no_option_is_forgotten(command: str) -> None:
    assert known(command) - set(WRONG) - FREE == set()


@pytest.mark.parametrize(("command", "option", "text"), CASES)
def test_wrong_value_names_option_value_and_way_out(
    tmp_path: Path, command: str, option: str, text: str
) -> None:
    if option not in known(command):
        return  # --detach-keys of run alone
    arguments = quick([command, option, text, "image"], COMMANDS, GROUPS, SETTINGS)
    assert arguments is not None

    with pytest.raises(InvalidError) as caught:
        run_request(Home(str(tmp_path), str(tmp_path), str(tmp_path)), arguments, lambda _: None)

    assert option in caught.value.message
    assert text in caught.value.message
    assert caught.value.hint or "must be" in caught.value.message


@pytest.mark.parametrize("word", ["--ip6=2001:db8::2", "--storage-opt=size=1G"])
def test_what_cannot_be_granted_is_refused_with_the_reason(tmp_path: Path, word: str) -> None:
    arguments = quick(["run", word, "image"], COMMANDS, GROUPS, SETTINGS)
    assert arguments is not None

    with pytest.raises(UnsupportedError, match=word.replace("=", " ", 1)) as caught:
        run_request(Home(str(tmp_path), str(tmp_path), str(tmp_path)), arguments, lambda _: None)

    assert caught.value.code == 125
    assert caught.value.hint
