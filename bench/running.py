"""What is measured while many containers run."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.engines import Engine, run
from bench.works import Work, clocked


class Running(Work):
    """A command while twenty containers run."""

    count = 20

    def __init__(self, name: str, words: Sequence[str], **limits: float) -> None:
        super().__init__(name, words, **limits)
        self.engines = ("pyker", "podman")  # docker samples for two seconds, whatever it has to tell

    def prepare(self, engine: Engine) -> Engine:
        """Start them."""
        tail = ("bench", "sleep", "1000000")
        with ThreadPoolExecutor(4) as pool:
            names = (f"busy{number}" for number in range(self.count))
            list(
                pool.map(lambda name: clocked(engine.argv("run", "-d", "--name", name, *tail), engine), names)
            )
        return engine

    def undo(self, engine: Engine) -> None:
        """Remove them."""
        run(engine.remove([f"busy{number}" for number in range(self.count)]), engine.environment)


RUNNING_WORKS: tuple[Work, ...] = (Running("stats, 20 running", ["stats", "--no-stream"], podman=0.3),)
