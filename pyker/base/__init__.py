"""Standard library only; knows nothing of containers."""
