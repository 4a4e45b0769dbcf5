"""Classic BPF, written from its end to its start: jumps only go forward, so their targets are then known."""

import _struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# linux/filter.h: what to load, compare, return
_LOAD, _AND, _RETURN, _ALWAYS = 0x20, 0x54, 0x06, 0x05
_JUMPS: "Final" = {"eq": 0x15, "gt": 0x25, "ge": 0x35}
_FARTHEST = 255  # a conditional jump counts its way in one byte

# struct seccomp_data, linux/seccomp.h; the low half of an argument comes first on little-endian machines
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16


class Assembler:
    """A program that grows at its front. A place is how many instructions there are from it to the end."""

    def __init__(self) -> None:
        self._reversed: list[tuple[int, int, int, int]] = []
        self._answers: dict[int, int] = {}

    def code(self) -> bytes:
        """The program so far, an array of struct sock_filter."""
        return b"".join(_struct.pack("=HBBI", *row) for row in reversed(self._reversed))

    def _put(self, opcode: int, value: int, when_true: int = 0, when_false: int = 0) -> int:
        self._reversed.append((opcode, when_true, when_false, value))
        return len(self._reversed)

    def _far(self, place: int) -> bool:
        return len(self._reversed) - place > _FARTHEST

    def give(self, answer: int) -> int:
        """A place that returns *answer*, near enough to jump to."""
        place = self._answers.get(answer)
        if place is None or len(self._reversed) - place > _FARTHEST - 16:
            place = self._answers[answer] = self._put(_RETURN, answer)
        return place

    def jump(self, test: str, value: int, when_true: int, when_false: int) -> int:
        """Compare what is loaded with *value* ("eq", "ge", "gt"); go on at *when_true* or *when_false*."""
        while self._far(when_true) or self._far(when_false):
            if self._far(when_true):
                when_true = self._bridge(when_true)
            if self._far(when_false):
                when_false = self._bridge(when_false)
        here = len(self._reversed)
        return self._put(_JUMPS[test], value, here - when_true, here - when_false)

    def fall_to(self, place: int) -> int:
        """Make sure that what is written next is followed by *place*."""
        return place if place == len(self._reversed) else self._bridge(place)

    def _bridge(self, place: int) -> int:
        """A near place that leads to the far *place*: what is there, or a jump without a condition."""
        opcode, _, _, value = self._reversed[place - 1]
        if opcode == _RETURN:
            return self._put(_RETURN, value)
        return self._put(_ALWAYS, len(self._reversed) - place)

    def load_number(self) -> int:
        """Load the number of the system call."""
        return self._put(_LOAD, _NUMBER)

    def load_architecture(self) -> int:
        """Load its AUDIT_ARCH."""
        return self._put(_LOAD, _ARCHITECTURE)

    def load_argument(self, index: int, *, high: bool = False) -> int:
        """Load one half of argument *index*."""
        return self._put(_LOAD, _ARGUMENTS + 8 * index + 4 * high)

    def keep_bits(self, mask: int) -> int:
        """Clear all but *mask* in what is loaded."""
        return self._put(_AND, mask)
