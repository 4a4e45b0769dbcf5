"""Frozen values without the import cost of dataclasses (10 ms, a fifth of a whole `run`)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, dataclass_transform
else:

    def dataclass_transform(**_: object):  # noqa: ANN201 - never seen by a type checker
        """Type checkers read the real one; at run time there is nothing to mark."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True, eq_default=True)
class Value:
    """A noun: fields named by annotations, set once, compared and hashed by content."""

    _fields: "tuple[str, ...]" = ()

    def __init_subclass__(cls) -> None:
        own = cls.__dict__.get("__annotations__", {})
        cls._fields = tuple(dict.fromkeys((*cls._fields, *own)))

    def __init__(self, *args: "Any", **kwargs: "Any") -> None:
        if len(args) > len(self._fields):
            raise TypeError(f"{type(self).__name__} takes {len(self._fields)} values, got {len(args)}")
        given = dict(zip(self._fields, args))
        if unknown := [name for name in kwargs if name not in self._fields or name in given]:
            raise TypeError(f"{type(self).__name__} has no use for {unknown}")
        given.update(kwargs)
        missing = [name for name in self._fields if name not in given and not hasattr(type(self), name)]
        if missing:
            raise TypeError(f"{type(self).__name__} lacks {missing}")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is set once, use replace()")

    def replace(self, **changes: "Any") -> "Self":
        """The same value with *changes*."""
        return type(self)(**{**self.__dict__, **changes})

    def _content(self) -> "tuple[Any, ...]":
        return tuple(getattr(self, name) for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self), self._content()))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({inside})"
