"""Status, ports and command as `docker ps` shows them."""

import pytest

from pyker.cli.container_row import port_text, published, size_text, status_text
from pyker.model.container import Container

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"Status": "running", "StartedAt": "2023-11-14T22:13:18Z"}, "Up 2 seconds"),
        ({"Status": "paused", "StartedAt": "2023-11-14T22:09:20Z"}, "Up 4 minutes (Paused)"),
        (
            {"Status": "exited", "ExitCode": 137, "FinishedAt": "2023-11-14T22:13:15Z"},
            "Exited (137) 5 seconds ago",
        ),
        (
            {"Status": "restarting", "ExitCode": 1, "FinishedAt": "2023-11-14T22:13:17Z"},
            "Restarting (1) 3 seconds ago",
        ),
        ({"Status": "created"}, "Created"),
        ({"Status": "dead"}, "Dead"),
        ({"Status": "removing"}, "Removal In Progress"),
    ],
)
def test_status_is_told_in_docker_words(state: dict[str, object], text: str) -> None:
    assert status_text(state, NOW) == text


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ([], ""),
        ([(80, "", 0, "tcp")], "80/tcp"),
        ([(80, "0.0.0.0", 8080, "tcp"), (80, "::", 8080, "tcp")], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"),
        ([(port, "", 0, "tcp") for port in range(8000, 8006)], "8000-8005/tcp"),
        (
            [(9000, "1.2.3.4", 9000, "tcp"), (9001, "1.2.3.4", 9001, "tcp")],
            "1.2.3.4:9000-9001->9000-9001/tcp",
        ),
        ([(53, "0.0.0.0", 53, "udp"), (55, "0.0.0.0", 55, "udp")], "0.0.0.0:53->53/udp, 0.0.0.0:55->55/udp"),
        ([(80, "0.0.0.0", 81, "tcp"), (90, "", 0, "tcp")], "90/tcp, 0.0.0.0:81->80/tcp"),
    ],
)
def test_ports_are_grouped_as_docker_groups_them(ports: list[tuple[int, str, int, str]], text: str) -> None:
    assert port_text(ports) == text


def test_size_names_the_image_too() -> None:
    assert size_text(15, 1980000) == "15B (virtual 1.98MB)"
    assert size_text(0, -1) == "0B"


def test_nonsense_that_an_image_exposes_is_left_out() -> None:
    config: dict[str, object] = {"config": {"ExposedPorts": {"x": {}, "80": {}, "53/udp": {}, "": {}}}}
    container = Container("1" * 64, "/c", config, {"Status": "running"}, {"network": {"Ports": {}}})

    assert published(container) == [(53, "", 0, "udp"), (80, "", 0, "tcp")]
