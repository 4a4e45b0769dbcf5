"""The stop watch: engines take turns, after a warm-up, and the median counts."""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.engines import Engine
from bench.works import Work

WARM_UP = 2


@dataclass
class Row:
    """What one work cost each engine: all samples, in seconds or bytes."""

    work: Work
    samples: dict[str, list[float]] = field(default_factory=dict)

    def median(self, engine: str) -> float:
        """The figure that counts; NaN when this engine was not measured."""
        return statistics.median(self.samples[engine]) if self.samples.get(engine) else float("nan")


def measure(work: Work, engines: Mapping[str, Engine], options: argparse.Namespace) -> Row:
    """Prepare *work* in every engine it concerns, do it in turns, and tidy."""
    present = [engines[name] for name in work.engines if name in engines]
    rounds = options.heavy_rounds if work.heavy else options.rounds
    row = Row(work, {engine.name: [] for engine in present})
    started = time.monotonic()
    worlds = [work.prepare(engine) for engine in present]
    try:
        for number in range(-1 if work.heavy else -WARM_UP, rounds):
            for world in worlds:
                figure = work.once(world)
                if number >= 0:
                    row.samples[world.name].append(figure)
    finally:
        for world in worlds:
            work.undo(world)
    os.sync()
    print(f"bench: {work.name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return row
