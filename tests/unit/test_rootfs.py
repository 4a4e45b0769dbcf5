import os

from pyker.mount.rootfs import default_mounts, tmpfs_mount


def by_place(mounts: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {mount["destination"]: mount for mount in mounts}


def test_default_mounts_are_the_runtime_spec_s_with_parents_first() -> None:
    places = [mount["destination"] for mount in default_mounts()]

    assert places == ["/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"]


def test_sys_and_cgroup_are_writable_only_for_the_privileged() -> None:
    usual, privileged = by_place(default_mounts()), by_place(default_mounts(privileged=True))

    for place in ("/sys", "/sys/fs/cgroup"):
        assert "ro" in usual[place]["options"]  # type: ignore[operator]
        assert "ro" not in privileged[place]["options"]  # type: ignore[operator]


def test_shared_memory_has_the_size_asked_for() -> None:
    assert "size=1048576" in by_place(default_mounts(shm_size=1 << 20))["/dev/shm"]["options"]  # type: ignore[operator]


def test_user_on_the_host_s_namespaces_gets_the_host_s_file_systems() -> None:
    shared = frozenset(("pid", "network", "ipc", "cgroup"))

    found = by_place(default_mounts(rootless=True, host_namespaces=shared))

    bound = {place for place, mount in found.items() if mount["type"] == "bind"}
    assert bound - {"/dev/mqueue"} == {"/proc", "/sys", "/sys/fs/cgroup", "/dev/shm"}
    assert ("/dev/mqueue" in bound) == os.path.isdir("/dev/mqueue")


def test_another_container_s_shared_memory_is_bound() -> None:
    assert by_place(default_mounts(shm_source="/other/shm"))["/dev/shm"]["source"] == "/other/shm"


def test_tmpfs_is_tight_unless_told_otherwise() -> None:
    assert tmpfs_mount("/t")["options"] == ["nosuid", "noexec", "nodev"]
    assert tmpfs_mount("/t", ("exec", "size=1m"))["options"] == ["nosuid", "nodev", "exec", "size=1m"]
