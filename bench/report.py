"""Figures made readable: medians, and the ratios beside their targets."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Row

PEERS = ("pyker", "podman", "docker", "runc")
SCALE = {"ms": 1000.0, "s": 1.0, "kB": 1.0}


def table(rows: Sequence[Row]) -> str:
    """One line a work: the medians, then pyker's share of each peer and what it may be."""
    head = f"{'work':26}" + "".join(f"{peer:>10}" for peer in PEERS) + "   pyker's share (target)"
    return "\n".join(["", head, *(line(row) for row in rows), "", verdict(rows)])


def line(row: Row) -> str:
    """The line of one work."""
    figures = "".join(f"{figure(row, peer):>10}" for peer in PEERS)
    measured = [peer for peer in row.work.limits if not math.isnan(share(row, peer))]
    shares = ", ".join(
        f"{share(row, peer):.2f} x {peer} ({'within' if kept(row, peer) else 'OVER'} {row.work.limits[peer]})"
        for peer in measured
    )
    return f"{row.work.name + ', ' + row.work.unit:26}{figures}   {shares}"


def figure(row: Row, peer: str) -> str:
    """The median of *peer*, or a dash."""
    value = row.median(peer) * SCALE[row.work.unit]
    return "-" if math.isnan(value) else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def share(row: Row, peer: str) -> float:
    """What pyker takes of what *peer* takes; `fastest` is the better of podman and docker."""
    others = ("podman", "docker") if peer == "fastest" else (peer,)
    figures = [value for other in others if not math.isnan(value := row.median(other))]
    return row.median("pyker") / min(figures) if figures else math.nan


def kept(row: Row, peer: str) -> bool:
    """Whether the target beside *peer* is met (or could not be measured)."""
    ratio = share(row, peer)
    return math.isnan(ratio) or ratio <= row.work.limits[peer]


def verdict(rows: Sequence[Row]) -> str:
    """One sentence."""
    missed = [row.work.name for row in rows if not all(kept(row, peer) for peer in row.work.limits)]
    return f"missed: {', '.join(missed)}" if missed else "every target that was measured is met"


def write(rows: Sequence[Row], path: str) -> None:
    """All samples, for those who want to compare runs."""
    figures = {row.work.name: {"unit": row.work.unit, "samples": row.samples} for row in rows}
    Path(path).write_text(json.dumps(figures, indent=1), encoding="utf-8")
