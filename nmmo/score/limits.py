"""What an agent may use, counted so that a busy machine changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from nmmo.schema import setting

__all__ = ["Limits"]


def _seconds(default: float, doc: str) -> float:
    found: float = setting(default, doc, least=0.001, unit="seconds")
    return found


def _bytes(default: int, doc: str) -> int:
    found: int = setting(default, doc, least=1, unit="bytes")
    return found


@dataclass(frozen=True)
class Limits:
    """The limits of one agent in one match."""

    start_seconds: float = _seconds(
        60.0, "The agent's own processor time from its first line of code to the end of ``reset``."
    )
    tick_seconds: float = _seconds(0.050, "Its own processor time per tick, on average.")
    reserve_seconds: float = _seconds(30.0, "How far it may exceed that average at any moment.")
    wall_factor: float = setting(
        20.0, "Wall time may be this many times the processor time: only an agent that sleeps meets it.", least=0.001
    )
    tmp_bytes: int = _bytes(16 << 20, "Size of each of the two folders, kept in memory, that it can write to.")
    output_bytes: int = _bytes(16 << 20, "What it may print; more ends its part in the match.")
    kept_output_bytes: int = _bytes(16 << 10, "How much of what it prints is kept for its authors.")
    files: int = setting(256, "How many files it may have open.", least=1)
