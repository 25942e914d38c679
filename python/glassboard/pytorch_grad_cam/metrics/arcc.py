"""Complexity, coherency, and both together with ROAD."""

from glassboard.cam._metrics import ARCC, Coherency, Complexity

__all__ = ["ARCC", "Coherency", "Complexity"]
