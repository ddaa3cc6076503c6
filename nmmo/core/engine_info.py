"""The compiled engine: the rules that it plays, what it was built from, and how fast it copies views."""

from __future__ import annotations

from nmmo.core import _engine

__all__ = ["build_info", "rules_version", "source_hash", "view_copy_limit"]


def rules_version() -> int:
    """Return the version of the rules that this engine plays; snapshots and replays record it."""
    return _engine.rules_version()


def source_hash() -> str:
    """Return the hash of the sources from which this engine was built, hexadecimal."""
    return _engine.source_hash()


def build_info() -> dict[str, str]:
    """Return how this engine was built: compiler, flags and the like, by name."""
    return _engine.build_info()


def view_copy_limit(rows: int, row_bytes: int, passes: int) -> float:
    """Return how many views of 11 x 15 tiles this machine copies into rows of observations, per second.

    No engine can be faster: benchmarks show it beside the speed of a step.

    Parameters
    ----------
    rows
        Rows a pass.
    row_bytes
        Bytes of a row, of which a view takes the first 1,320.
    passes
        How often all rows are copied; the fastest pass counts.
    """
    return _engine.view_copy_limit(rows, row_bytes, passes)
