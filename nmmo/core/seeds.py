"""Deriving seeds from seeds."""

from nmmo.core._engine import derive_seed

__all__ = ["derive_seed"]
