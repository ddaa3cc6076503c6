"""What an agent may use, counted so that a busy machine changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """The limits of one agent in one match.

    Attributes
    ----------
    start_seconds
        The agent's own processor time from its first line of code to the end of ``reset``.
    tick_seconds
        Its own processor time a tick, on average.
    reserve_seconds
        How far it may exceed that average at any moment.
    wall_factor
        Wall time is limited to this many times the processor time: only an agent that sleeps meets it.
    tmp_bytes
        Of each of the two folders, kept in memory, that it can write to.
    output_bytes
        That it may print; more ends its part in the match.
    kept_output_bytes
        Of what it prints, how much is kept for its authors.
    files
        That it may have open.
    """

    start_seconds: float = 60.0
    tick_seconds: float = 0.050
    reserve_seconds: float = 30.0
    wall_factor: float = 20.0
    tmp_bytes: int = 16 << 20
    output_bytes: int = 16 << 20
    kept_output_bytes: int = 16 << 10
    files: int = 256
