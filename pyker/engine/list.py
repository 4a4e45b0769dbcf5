"""Listing containers."""

from pyker.engine.containers import all_containers as containers

__all__ = ["containers"]
