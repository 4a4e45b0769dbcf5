"""The modules of a hot command from one file, instead of one search and four system calls each.

The file is made when pyker is installed (`pyker.cli.pack`): an index, then the compiled modules, each
marshalled by itself. It is for one version of Python and one state of the installed package, told by
the time of the package's directory; a file that does not fit is not used, and Python's own import
does what it always does.
"""

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec
from _imp import source_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

    Index = dict[str, tuple[bool, str, int, int]]  # is a package, file name, offset, size

MAGIC = 0x70796B65  # "pyke"


def stamp(package: str) -> int:
    """What changes when the installed package in directory *package* or Python does."""
    facts = f"{sys.hexversion} {os.stat(package).st_mtime_ns}"
    return int.from_bytes(source_hash(MAGIC, facts.encode()), "little")


def pack(modules: "dict[str, tuple[bool, str, CodeType]]", package: str) -> bytes:
    """The bundle of *modules*: is a package, file name, code."""
    index: Index = {}
    body = bytearray()
    for name, (is_package, file, code) in modules.items():
        data = marshal.dumps(code)
        index[name] = (is_package, file, len(body), len(data))
        body += data
    head = marshal.dumps((stamp(package), index))
    return len(head).to_bytes(4, "little") + head + body


class Bundle:
    """A finder and loader for `sys.meta_path`. See importlib.abc.

    The file is opened anew for each module: supervisors close every descriptor they did not ask for.
    """

    def __init__(self, path: str, inode: int, start: int, index: "Index") -> None:
        self._path = path
        self._inode = inode
        self._start = start
        self._index = index

    def find_spec(
        self, name: str, _path: "Sequence[str] | None" = None, _target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Where module *name* comes from, None when it is not ours."""
        if (entry := self._index.get(name)) is None:
            return None
        is_package, file, _, _ = entry
        spec = ModuleSpec(name, self, origin=file, is_package=is_package)  # type: ignore[arg-type]
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(file)]
        return spec

    def create_module(self, spec: "ModuleSpec") -> None:
        """Python's usual module object will do."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run the code of *module*; ImportError when pyker was installed anew under this process."""
        _, _, offset, size = self._index[module.__name__]
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_ino != self._inode:
                raise ImportError(f"{self._path} was replaced while this command ran", name=module.__name__)
            data = os.pread(descriptor, size, self._start + offset)
        finally:
            os.close(descriptor)
        exec(marshal.loads(data), module.__dict__)  # noqa: S102, S302 - our own file


def use(path: str, package: str) -> None:
    """Import from the bundle at *path* from now on, if it fits what is installed at *package*."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        size = int.from_bytes(os.pread(descriptor, 4, 0), "little")
        made_for, index = marshal.loads(os.pread(descriptor, size, 4))  # noqa: S302 - our own file
        if made_for == stamp(package):
            bundle = Bundle(path, os.fstat(descriptor).st_ino, 4 + size, index)
            sys.meta_path.insert(0, bundle)
    except (ValueError, EOFError, TypeError):
        return  # cut short: Python's own import serves
    finally:
        os.close(descriptor)
