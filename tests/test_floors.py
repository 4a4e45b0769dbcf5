"""Imports go down: a module imports its own package and floors strictly below."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "pyker"
FLOORS = (
    "base",
    "model",
    "kernel",
    "image layers mount namespaces security cgroup network",
    "runtime",
    "supervisor",
    "engine",
    "cli",
)
LEVEL = {package: level for level, floor in enumerate(FLOORS) for package in floor.split()}
MODULES = sorted(
    path.relative_to(ROOT) for path in ROOT.rglob("*.py") if len(path.relative_to(ROOT).parts) > 1
)
KERNEL_ONLY = {"ctypes", "_ctypes", "prctl", "_prctl"}
PRINTERS = {"print", "exit", "quit", "input"}


def imported(module: Path) -> Iterator[str]:
    """The full names that *module* imports, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: write the whole name of the package"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_imports_only_floors_below(module: Path) -> None:
    own = module.parts[0]

    packages = {name.split(".")[1] for name in imported(module) if name.startswith("pyker.")}

    above = {name for name in packages - {own, "__version__"} if LEVEL[name] >= LEVEL[own]}
    assert not above, f"{own} (floor {LEVEL[own]}) reaches up or sideways to {sorted(above)}"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_only_the_kernel_floor_speaks_to_the_kernel_by_hand(module: Path) -> None:
    if module.parts[0] == "kernel":
        return

    assert not KERNEL_ONLY & {name.split(".")[0] for name in imported(module)}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_only_the_network_floor_knows_pyroute2(module: Path) -> None:
    if module.parts[0] == "network":
        return

    assert "pyroute2" not in {name.split(".")[0] for name in imported(module)}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_only_the_command_line_prints_and_exits(module: Path) -> None:
    if module.parts[0] == "cli":
        return

    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    names = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert not PRINTERS & names


def test_every_package_has_a_floor() -> None:
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}

    assert packages == set(LEVEL)
