"""Moments as they are written into documents: see `pyker.base.clock`."""

from pyker.base.clock import now as now
