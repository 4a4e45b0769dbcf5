"""What `-v`, `--mount` and `--tmpfs` name."""

from pyker.base.value import Value


class VolumeMount(Value):
    """A directory of the host, or a named or anonymous volume, put into the container."""

    source: str  # an absolute path (bind), a volume's name, or empty (anonymous volume)
    target: str
    options: "tuple[str, ...]" = ()  # ro, rw, z, Z, U, nocopy, rshared …
    must_exist: bool = False  # --mount type=bind: a missing source is an error; -v makes the directory

    @property
    def is_bind(self) -> bool:
        """Whether the source is a path of the host."""
        return self.source.startswith("/")


class TmpfsMount(Value):
    """A file system in memory at *target*, with mount options as `--tmpfs` says them."""

    target: str
    options: "tuple[str, ...]" = ()
