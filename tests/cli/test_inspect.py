"""`inspect`: Docker's keys, templates, what is missing."""

import json

import pytest

from tests.support.command import Pyker

CONTAINER = """
Id Created Path Args Name Image Driver RestartCount LogPath Platform MountLabel
State.Status State.Running State.Paused State.Restarting State.OOMKilled State.Dead State.Pid State.ExitCode
State.Error State.StartedAt State.FinishedAt
Config.Hostname Config.Domainname Config.User Config.AttachStdin Config.Tty Config.OpenStdin Config.Env
Config.Cmd Config.Image Config.Volumes Config.WorkingDir Config.Entrypoint Config.Labels Config.ExposedPorts
Config.StopSignal Config.StopTimeout Config.Healthcheck
HostConfig.Binds HostConfig.NetworkMode HostConfig.PortBindings HostConfig.RestartPolicy HostConfig.AutoRemove
HostConfig.CapAdd HostConfig.CapDrop HostConfig.Privileged HostConfig.Memory HostConfig.NanoCpus
HostConfig.PidsLimit HostConfig.Ulimits HostConfig.Devices HostConfig.LogConfig HostConfig.ShmSize
HostConfig.ReadonlyRootfs HostConfig.Tmpfs
GraphDriver.Name GraphDriver.Data.LowerDir GraphDriver.Data.UpperDir GraphDriver.Data.MergedDir
GraphDriver.Data.WorkDir Mounts
NetworkSettings.IPAddress NetworkSettings.Gateway NetworkSettings.MacAddress NetworkSettings.SandboxKey
NetworkSettings.Ports NetworkSettings.Networks
"""
IMAGE = """
Id RepoTags RepoDigests Parent Comment Created Author Config Architecture Os Size VirtualSize GraphDriver
RootFS.Type RootFS.Layers Metadata
"""


@pytest.fixture
def web(pyker: Pyker) -> Pyker:
    """A running container."""
    pyker("run", "-d", "--name", "web", "-l", "k=v", "-p", "127.0.0.1::80", "busybox", "sleep", "1000")
    return pyker


def missing(document: object, paths: str) -> list[str]:
    """The dotted *paths* that lead nowhere in *document*."""
    lost = []
    for path in paths.split():
        here = document
        for key in path.split("."):
            if not isinstance(here, dict) or key not in here:
                lost.append(path)
                break
            here = here[key]
    return lost


def test_container_has_every_key_scripts_use(web: Pyker) -> None:
    (document,) = json.loads(web.out("inspect", "web"))

    assert missing(document, CONTAINER) == []
    assert document["Name"] == "/web"


def test_image_has_every_key_scripts_use(pyker: Pyker) -> None:
    (document,) = json.loads(pyker.out("image", "inspect", "busybox"))

    assert missing(document, IMAGE) == []
    assert document["RepoTags"] == ["busybox:latest"]


def test_array_is_indented_by_four(web: Pyker) -> None:
    assert web.out("inspect", "web").startswith('[\n    {\n        "Id": "')


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        ("{{.State.Status}} {{.State.Running}} {{.Config.Labels.k}}", "running true v"),
        ("{{.Config.Labels.nope}}|{{index .Config.Labels `nope`}}", "<no value>|"),
        ("{{.HostConfig.Binds}} {{len .HostConfig.CapAdd}} {{json .HostConfig.CapAdd}}", "[] 0 null"),
        ("{{(index (index .NetworkSettings.Ports `80/tcp`) 0).HostIp}}", "127.0.0.1"),
        ("{{range $name, $one := .NetworkSettings.Networks}}{{$name}}{{end}}", "bridge"),
        ("{{eq .NetworkSettings.IPAddress (index .NetworkSettings.Networks `bridge`).IPAddress}}", "true"),
        ("{{json .Config.Cmd}} {{join .Config.Cmd ` `}}", '["sleep","1000"] sleep 1000'),
        ("{{if .State.Error}}bad{{else}}good{{end}}", "good"),
    ],
)
def test_template_picks(web: Pyker, template: str, printed: str) -> None:
    assert web.field("web", template) == printed


def test_missing_one_is_told_after_the_others(web: Pyker) -> None:
    done = web("inspect", "-f", "{{.Name}}", "web", "nope", "busybox", check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: No such object: nope\n")


def test_nothing_found_is_an_empty_array(pyker: Pyker) -> None:
    done = pyker("inspect", "nope", check=False)

    assert (done.returncode, done.stdout) == (1, "[]\n")


def test_container_comes_before_an_image_of_the_same_name(pyker: Pyker) -> None:
    pyker("create", "--name", "busybox", "busybox", "true")

    assert pyker.field("busybox", "{{.Path}}") == "true"
    assert pyker.out("inspect", "--type", "image", "-f", "{{.RepoTags}}", "busybox") == "[busybox:latest]"


def test_type_looks_nowhere_else(web: Pyker) -> None:
    assert "No such image: web:latest" in web.fails(1, "inspect", "--type", "image", "web")
    assert "No such container: busybox" in web.fails(1, "container", "inspect", "busybox")


def test_size_is_measured_when_asked(web: Pyker) -> None:
    (document,) = json.loads(web.out("inspect", "-s", "web"))

    assert document["SizeRootFs"] > document["SizeRw"] >= 0


def test_optional_field_may_be_asked_for(web: Pyker) -> None:
    template = "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.SizeRw}}"

    assert web.field("web", template) == "none <nil>"
    assert "Health" not in web.field("web", "{{json .State}}")
