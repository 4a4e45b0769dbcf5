"""OCI linux.seccomp is checked for its types; what the words mean is judged where they are compiled."""

from pyker.base.errors import InvalidError
from pyker.runtime.fields import check_types, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HERE = "linux.seccomp."
_TYPES: "dict[str, Any]" = {
    "defaultAction": str,
    "defaultErrnoRet": int,
    "architectures": [str],
    "flags": [str],
    "listenerPath": str,
    "listenerMetadata": str,
    "syscalls": [dict],
}
_RULE: "dict[str, Any]" = {"names": [str], "action": str, "errnoRet": int, "args": [dict]}
_TEST: "dict[str, Any]" = {"index": int, "op": str}
_LARGE = ("value", "valueTwo")


def validate_seccomp(section: "dict[str, Any]") -> None:
    """Raise InvalidError where a field of *section* is not of its type, or missing."""
    if not section:
        return
    _require(section, _HERE, "defaultAction")
    check_types(section, _TYPES, _HERE)
    for place, rule in enumerate(section.get("syscalls") or ()):
        field = f"{_HERE}syscalls[{place}]."
        check_types(rule, _RULE, field)
        _require(rule, field, "names", "action")
        for number, test in enumerate(rule.get("args") or ()):
            check_types(test, _TEST, f"{field}args[{number}].")
            _require(test, f"{field}args[{number}].", "index", "op")
            whole(f"{field}args[{number}]", {**dict.fromkeys(_LARGE, 0), **test}, *_LARGE)


def _require(holder: "dict[str, Any]", field: str, *names: str) -> None:
    for name in names:
        if holder.get(name) is None:
            raise InvalidError(f"config.json: {field}{name} is missing")
