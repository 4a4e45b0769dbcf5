"""What a supervisor does beside carrying output: at moments, or when something of its own is ready."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container as Holder

NEVER = float("inf")


class Duty:
    """One such task. Moments are on the monotonic clock; nothing may block."""

    def due(self) -> float:
        """When *act* is to be called next, whatever happens."""
        return NEVER

    def watched(self) -> "tuple[int, ...]":
        """The descriptors to call *act* for when they are readable."""
        return ()

    def act(self, ready: "Holder[int]", now: float) -> None:
        """Do what is due; *ready* are the descriptors that are."""

    def ended(self, pid: int, code: int) -> None:
        """A child of the supervisor, not the container's process, has ended: 128+n for signal n."""

    def may_sleep(self) -> bool:
        """Whether the supervisor may leave its program until *due*: nothing is under way."""
        return True

    def abandoned(self) -> None:
        """The client that came with the process has gone without a word: it was killed, or lost."""

    def close(self) -> None:
        """The container has ended."""


class Duties:
    """All that a supervisor has, as one."""

    def __init__(self, duties: "tuple[Duty, ...]") -> None:
        self._all = duties

    def act(self, events: "Holder[int]", now: float) -> int:
        """Let each act that is due or has something ready; how many of *events* were theirs."""
        count = 0
        for duty in self._all:
            ready = [descriptor for descriptor in duty.watched() if descriptor in events]
            count += len(ready)
            if ready or now >= duty.due():
                duty.act(ready, now)
        return count

    def due(self) -> float:
        """The first moment at which one of them has to act."""
        return min([duty.due() for duty in self._all], default=NEVER)

    def watched(self) -> "list[int]":
        """The descriptors of all."""
        return [descriptor for duty in self._all for descriptor in duty.watched()]

    def may_sleep(self) -> bool:
        """Whether none has anything under way."""
        return all(duty.may_sleep() for duty in self._all)

    def ended(self, pid: int, code: int) -> None:
        """A child other than the container's process has ended."""
        for duty in self._all:
            duty.ended(pid, code)

    def abandoned(self) -> None:
        """The first client has gone without a word."""
        for duty in self._all:
            duty.abandoned()

    def close(self) -> None:
        """The container has ended."""
        for duty in self._all:
            duty.close()
