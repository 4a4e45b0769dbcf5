"""The bundle of modules: used when it fits, and only then."""

import subprocess
from pathlib import Path

from pyker.base.bundle import pack
from tests.support.program import TREE

SHOW = (
    "import sys; sys.path.append({tree!r}); from pyker.base.bundle import use; use({file!r}, {package!r});"
    " import sample; print(sample.ANSWER, type(sample.__loader__).__name__)"
)


def write_package(directory: Path) -> Path:
    package = directory / "sample"
    package.mkdir()
    (package / "__init__.py").write_text("ANSWER = 'from the files'\n")
    return package


def write_bundle(directory: Path, package: Path) -> Path:
    code = compile("ANSWER = 'from the bundle'\n", str(package / "__init__.py"), "exec")
    bundle = directory / "modules.bin"
    bundle.write_bytes(pack({"sample": (True, str(package / "__init__.py"), code)}, str(package)))
    return bundle


def answer(directory: Path, bundle: Path, package: Path) -> str:
    program = SHOW.format(tree=str(TREE), file=str(bundle), package=str(package))
    program = f"import sys; sys.path.append({str(directory)!r}); {program}"
    done = subprocess.run(
        ["/usr/bin/python3", "-ISB", "-c", program], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_modules_come_from_a_bundle_that_fits(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    bundle = write_bundle(tmp_path, package)

    assert answer(tmp_path, bundle, package) == "from the bundle Bundle"


def test_a_bundle_of_another_installation_is_not_used(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    bundle = write_bundle(tmp_path, package)
    (package / "new.py").write_text("")

    assert answer(tmp_path, bundle, package).startswith("from the files")


def test_a_bundle_cut_short_is_not_used(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    bundle = write_bundle(tmp_path, package)
    bundle.write_bytes(bundle.read_bytes()[:20])

    assert answer(tmp_path, bundle, package).startswith("from the files")
