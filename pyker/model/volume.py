"""What `-v`, `--mount` and `--tmpfs` name, and how `-v` and `--tmpfs` are read."""

import os

from pyker.base.value import Value

MODES = frozenset(
    {
        *("ro", "rw", "z", "Z", "U", "O", "copy", "nocopy", "idmap", "bind", "rbind"),
        *("consistent", "cached", "delegated"),
        *("private", "rprivate", "slave", "rslave", "shared", "rshared"),
        *("exec", "noexec", "suid", "nosuid", "dev", "nodev"),
    }
)
_EXCLUDE = (
    *({"ro", "rw"}, {"z", "Z"}, {"copy", "nocopy"}, {"O", "idmap"}),
    {"private", "rprivate", "slave", "rslave", "shared", "rshared"},
)
_WITH_VALUE = ("idmap=", "upperdir=", "workdir=")


class VolumeMount(Value):
    """A directory of the host, or a named or anonymous volume, put into the container."""

    source: str  # an absolute path (bind), a volume's name, or empty (anonymous volume)
    target: str
    options: "tuple[str, ...]" = ()  # ro, rw, z, Z, U, O, idmap=…, nocopy, rshared …
    must_exist: bool = False  # --mount type=bind: a missing source is an error; -v makes the directory
    image: bool = False  # the source names an image, whose files are shown
    subpath: str = ""  # what of a volume or an image is shown
    labels: "tuple[tuple[str, str], ...]" = ()  # of a volume that is made

    @property
    def is_bind(self) -> bool:
        """Whether the source is a path of the host."""
        return self.source.startswith("/") and not self.image


class TmpfsMount(Value):
    """A new file system at *target*, one in memory, with mount options as `--tmpfs` says them."""

    target: str
    options: "tuple[str, ...]" = ()
    fstype: str = "tmpfs"  # or ramfs, devpts


def parse_volume(text: str) -> VolumeMount:
    """The mount that `-v [source:]target[:options]` asks for; a relative source starts with a dot.

    Raises ValueError in Docker's words.
    """
    if not text:
        raise ValueError("invalid empty volume spec")
    parts = text.split(":")
    if len(parts) > 3:
        raise ValueError(f"invalid spec: {text}: too many colons")
    if not all(parts):
        raise ValueError(f"invalid spec: {text}: empty section between colons")
    if len(parts) == 1:
        return VolumeMount("", check_target(text, text))
    options = tuple(parts[2].split(",")) if len(parts) == 3 else ()
    check_modes(options, parts[-1])
    return VolumeMount(_source(parts[0]), check_target(parts[1], text), options)


def _source(text: str) -> str:
    return os.path.abspath(text) if text.startswith(("/", ".")) else text


def check_target(path: str, text: str) -> str:
    """*path* back; ValueError when it is not an absolute path below /."""
    if not path.startswith("/"):
        reason = f"invalid mount path: '{path}' mount path must be absolute"
        raise ValueError(f"invalid volume specification: '{text}': {reason}")
    if os.path.normpath(path).strip("/") == "":
        raise ValueError(f"invalid volume specification: '{text}': destination can't be '/'")
    return path


def check_modes(options: "tuple[str, ...]", text: str) -> None:
    """ValueError unless *options* are words of `-v` that go together."""
    known = MODES.issuperset(word for word in options if not word.startswith(_WITH_VALUE))
    names = {word.partition("=")[0] for word in options}
    if not known or any(len(group & names) > 1 for group in _EXCLUDE):
        raise ValueError(f"invalid mode: {text}")
    if names & {"upperdir", "workdir"}:
        _check_overlay(options, names, text)
    for word in options:
        if word.startswith("idmap="):
            from pyker.model.idmap import parse_idmap

            parse_idmap(word)


def _check_overlay(options: "tuple[str, ...]", names: "set[str]", text: str) -> None:
    if "O" not in names or not {"upperdir", "workdir"} <= names:
        raise ValueError(f"invalid mode: {text}: upperdir and workdir go together, and with O")
    for word in options:
        if word.startswith(("upperdir=", "workdir=")) and not word.partition("=")[2].startswith("/"):
            raise ValueError(f"invalid mode: {text}: {word.partition('=')[0]} must be an absolute path")


def parse_tmpfs(text: str) -> TmpfsMount:
    """The mount that `--tmpfs target[:options]` asks for; ValueError in Docker's words."""
    target, _, options = text.partition(":")
    if not target.startswith("/"):
        raise ValueError(f"invalid mount path: '{target}' mount path must be absolute")
    return TmpfsMount(target, tuple(word for word in options.split(",") if word not in ("", "notmpcopyup")))
