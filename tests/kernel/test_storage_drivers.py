"""One contract for every storage driver: layers below, writes above, nothing of it on the host."""

import os
from pathlib import Path
from typing import Any

import pytest

from pyker.base.home import Home
from pyker.mount.driver import FUSE, NATIVE, USERXATTR, VFS, choose_driver
from pyker.mount.overlay import mount_root, root_mount
from pyker.mount.trial import try_driver
from tests.support.namespace import RANGES, USER, fill, inside

IDS = {NATIVE: "", USERXATTR: RANGES, FUSE: RANGES, VFS: ""}
DRIVERS = [
    pytest.param(NATIVE, id="overlay"),
    pytest.param(USERXATTR, id="userxattr"),
    pytest.param(FUSE, id="fuse"),
    pytest.param(VFS, id="vfs"),
]


class Store:
    """A home with two layers; the upper one deletes a name and hides a directory's content."""

    def __init__(self, home: Home, driver: str) -> None:
        self.home = home
        self.driver = driver
        self.layers = [Path(home.below("top")), Path(home.below("bottom"))]
        for layer in self.layers:
            layer.mkdir()
        fill(self.layers[1], {"same": "bottom", "gone": "x", "hidden": {"old": "x"}, "d": {"low": "x"}})
        fill(self.layers[0], {"same": "top", "hidden": {"new": "x"}, "d": {"high": "x"}})
        os.mknod(self.layers[0] / "gone", 0o20000, 0)
        prefix = "user" if IDS[driver] else "trusted"
        os.setxattr(self.layers[0] / "hidden", f"{prefix}.overlay.opaque", b"y")
        os.mkdir(home.below("containers"))
        if IDS[driver]:
            own(Path(home.graph).parent)

    @property
    def merged(self) -> Path:
        return Path(self.home.below("containers", "c", "merged"))

    def run(self, act: Any, **options: Any) -> Any:
        """What *act* returns with the root mounted."""

        def enter() -> Any:
            os.makedirs(self.home.below("containers", "c"), exist_ok=True)
            mount_root(self.home, "c", self.driver, [str(layer) for layer in self.layers], **options)
            return act()

        return inside(enter, ids=IDS[self.driver])


def own(tree: Path) -> None:
    """Give *tree* to the user whose namespace the tests enter."""
    for where, _, names in os.walk(tree):
        for path in (where, *(os.path.join(where, name) for name in names)):
            os.chown(path, USER, USER, follow_symlinks=False)


@pytest.fixture(params=DRIVERS)
def store(request: pytest.FixtureRequest, home: Home) -> Store:
    return Store(home, request.param)


def test_layers_show_as_one_tree(store: Store) -> None:
    def act() -> list[Any]:
        names = {path.name: sorted(os.listdir(path)) for path in store.merged.iterdir() if path.is_dir()}
        return [names, (store.merged / "same").read_text(), sorted(os.listdir(store.merged))]

    names, same, top = store.run(act)

    assert names == {"hidden": ["new"], "d": ["high", "low"]}
    assert same == "top"
    assert top == ["d", "hidden", "same"]


def test_writes_stay_above_and_outlive_the_mount(store: Store) -> None:
    def change() -> None:
        (store.merged / "d/low").unlink()
        (store.merged / "same").write_text("mine")
        (store.merged / "new").mkdir()

    store.run(change)
    seen = store.run(lambda: [sorted(os.listdir(store.merged / "d")), (store.merged / "same").read_text()])

    assert seen == [["high"], "mine"]
    assert (store.layers[0] / "same").read_text() == "top"
    assert (store.layers[1] / "d/low").exists()


def test_directory_of_a_lower_layer_can_be_replaced(store: Store) -> None:
    def act() -> list[str]:
        (store.merged / "d/low").unlink()
        (store.merged / "d/high").unlink()
        (store.merged / "d").rmdir()
        (store.merged / "d").mkdir()
        return os.listdir(store.merged / "d")

    assert store.run(act) == []


def test_nothing_is_mounted_on_the_host(store: Store) -> None:
    store.run(lambda: None)

    assert store.home.graph not in Path("/proc/self/mountinfo").read_text()


def test_container_s_user_may_own_files(store: Store) -> None:
    def act() -> int:
        (store.merged / "mine").write_text("x")
        os.chown(store.merged / "mine", 1000, 1000)
        return (store.merged / "mine").stat().st_uid

    assert store.run(act) == 1000


def test_image_from_scratch_has_an_empty_root(store: Store) -> None:
    store.layers = []

    assert store.run(lambda: os.listdir(store.merged)) == []


def test_many_layers_fit(home: Home) -> None:
    store = Store(home, NATIVE)
    for number in range(60):
        layer = Path(home.below(f"layer-{number:064}"))
        layer.mkdir()
        (layer / f"file{number}").write_text("x")
        store.layers.append(layer)

    assert len(store.run(lambda: os.listdir(store.merged))) == 63


def test_volatile_root_can_be_mounted_again(home: Home) -> None:
    store = Store(home, NATIVE)

    store.run(lambda: (store.merged / "new").write_text("x"), volatile=True)

    assert store.run(lambda: (store.merged / "new").read_text(), volatile=True) == "x"
    assert store.run(lambda: (store.merged / "new").read_text()) == "x"


def test_missing_layer_is_named_in_the_error(home: Home) -> None:
    store = Store(home, NATIVE)
    store.layers = [Path(home.below("nowhere"))]

    with pytest.raises(AssertionError, match="cannot mount the root of container c with driver overlay"):
        store.run(lambda: None)


def test_copying_driver_keeps_links_modes_and_holes(home: Home) -> None:
    store = Store(home, VFS)
    bottom = store.layers[1]
    os.link(bottom / "same", bottom / "same2")
    os.link(bottom / "d/low", bottom / "low2")
    (bottom / "link").symlink_to("/etc/passwd")
    with open(bottom / "sparse", "wb") as file:
        file.truncate(1 << 24)
    os.chown(bottom / "low2", 5, 6)
    os.chmod(bottom / "low2", 0o4755)

    def act() -> list[Any]:
        low, sparse = (os.stat(store.merged / name) for name in ("low2", "sparse"))
        link = os.readlink(store.merged / "link")
        return [low.st_nlink, low.st_uid, low.st_mode & 0o7777, sparse.st_blocks, sparse.st_size, link]

    assert store.run(act) == [2, 5, 0o4755, 0, 1 << 24, "/etc/passwd"]


def test_driver_is_chosen_once_and_remembered(home: Home) -> None:
    first = choose_driver(home, False)

    assert first[0] == NATIVE
    assert "works" in first[1]
    assert choose_driver(home, False) == first
    assert os.listdir(home.graph) == ["driver.json"]


def test_damaged_record_of_the_driver_is_made_anew(home: Home) -> None:
    Path(home.below("driver.json")).write_text('{"driver":')

    assert choose_driver(home, False)[0] == NATIVE


def test_file_system_without_overlay_gets_the_copying_driver_and_a_reason() -> None:
    def act() -> tuple[str, str]:
        os.mkdir("/dev/shm/graph")  # a ramfs knows no xattrs, which overlay needs
        return choose_driver(Home("/dev/shm/graph", "/dev/shm/run", "/etc/x"), False)

    def on_ramfs() -> tuple[str, str]:
        from pyker.kernel import mounts

        mounts.mount("ramfs", "/dev/shm", "ramfs")
        return act()

    driver, reason = inside(on_ramfs)

    assert driver in (VFS, FUSE, NATIVE)
    assert reason


def test_user_gets_userxattr(home: Home) -> None:
    own(Path(home.graph).parent)

    assert inside(lambda: try_driver(home.graph, USERXATTR), ids=RANGES) == ""


def test_options_name_the_topmost_layer_first() -> None:
    plan = root_mount(NATIVE, ["/top", "/bottom"], "/u", "/w", "/m")

    assert plan.data.startswith("lowerdir=/top:/bottom,upperdir=/u,workdir=/w,")
    assert (plan.fstype, plan.target) == ("overlay", "/m")
