"""The five capability sets, set in a child."""

from pathlib import Path

import pytest

from pyker.kernel import capabilities as kernel
from pyker.security import capabilities
from tests.support.forked import in_child

BITS = kernel.mask(capabilities.DEFAULT)


def confined() -> dict[str, int]:
    kernel.set_bounding(capabilities.DEFAULT)
    kernel.set_all(BITS, BITS, 0, 0)
    return kernel.held()


@pytest.mark.root
def test_default_sets_are_what_the_status_file_shows() -> None:
    assert in_child(confined) == {"Inh": 0, "Prm": BITS, "Eff": BITS, "Bnd": BITS, "Amb": 0}


@pytest.mark.root
def test_dropped_capability_cannot_come_back() -> None:
    def act() -> None:
        confined()
        everything = kernel.mask(kernel.NAMES)
        with pytest.raises(PermissionError):
            kernel.set_all(everything, everything, 0, 0)

    in_child(act)


@pytest.mark.root
def test_ambient_needs_inheritable_and_is_cleared() -> None:
    def act() -> list[int]:
        kill = kernel.mask(["CAP_KILL"])
        kernel.set_all(BITS, BITS, kill, kill)
        raised = kernel.held()["Amb"]
        kernel.clear_ambient()
        return [raised, kernel.held()["Amb"]]

    assert in_child(act) == [kernel.mask(["CAP_KILL"]), 0]


def test_names_cover_all_that_the_kernel_knows() -> None:
    assert int(Path("/proc/sys/kernel/cap_last_cap").read_text()) < len(kernel.NAMES)
    assert kernel.names(kernel.mask(["CAP_BPF", "CAP_CHOWN"])) == ("CAP_CHOWN", "CAP_BPF")
