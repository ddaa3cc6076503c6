"""Where two replays part, and in what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from nmmo.replay.compare import FieldDifference, compare_worlds
from nmmo.replay.digests import differing
from nmmo.replay.errors import ReplayError
from nmmo.replay.replay import Replay

PROGRESS_TICKS: Final = 64


@dataclass
class Parting:
    """How two replays differ; false where they do not.

    Attributes
    ----------
    beginnings
        Fields of the headers that differ, with both values: rules, configuration, seed, map.
    ticks
        The ticks that both have: first and last.
    actions_tick, players
        The first tick at which other actions were chosen or other tokens said, and by whom; None and empty
        where none were.
    tick, sections
        The first tick after which the states differ, and which sections of them; None where none does.
    fields
        What differed in the states after that tick.
    unplayed
        Why the fields could not be compared; None where they could.
    lengths
        The last ticks of both.
    """

    beginnings: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    ticks: tuple[int, int] = (0, 0)
    actions_tick: int | None = None
    players: list[int] = field(default_factory=list)
    tick: int | None = None
    sections: tuple[str, ...] = ()
    fields: list[FieldDifference] = field(default_factory=list)
    unplayed: str | None = None
    lengths: tuple[int, int] = (0, 0)

    def __bool__(self) -> bool:
        return bool(
            self.beginnings
            or self.tick is not None
            or self.actions_tick is not None
            or self.lengths[0] != self.lengths[1]
        )


def compare_replays(first: Replay, second: Replay, progress: Callable[[int, int], None] | None = None) -> Parting:
    """Find where two replays part.

    Recorded digests show the tick and the sections; for the fields both are played to that tick.

    Parameters
    ----------
    first, second
        The replays.
    progress
        Called now and then with the ticks done and all ticks.

    Raises
    ------
    nmmo.replay.ReplayError
        If a file is damaged, or lacks ticks in the part that both should have.
    """
    found = Parting(lengths=(first.stop, second.stop))
    found.beginnings = _beginnings(first, second)
    begin, end = max(first.start, second.start), min(first.stop, second.stop)
    found.ticks = begin, end
    if first.header.n_players == second.header.n_players:
        _compare_ticks(first, second, begin, end, found, progress)
    if found.tick is not None or (found.beginnings and begin <= end):
        tick = begin if found.tick is None else found.tick
        try:
            if first.config != second.config:
                raise ReplayError("the worlds are of different configurations")
            one = first.world_at(tick)
            found.fields = compare_worlds(one, second.world_at(tick))
        except ReplayError as error:
            found.unplayed = str(error)
    return found


def _beginnings(first: Replay, second: Replay) -> dict[str, tuple[Any, Any]]:
    one, other = first.header, second.header
    found: dict[str, tuple[Any, Any]] = {}
    for name in ("rules_version", "seed", "map_digest", "start"):
        values = getattr(one, name), getattr(other, name)
        if values[0] != values[1]:
            found[name] = values
    for name in sorted(one.config.keys() | other.config.keys()):
        values = one.config.get(name), other.config.get(name)
        if values[0] != values[1]:
            found[f"config.{name}"] = values
    return found


def _compare_ticks(
    first: Replay,
    second: Replay,
    begin: int,
    end: int,
    found: Parting,
    progress: Callable[[int, int], None] | None,
) -> None:
    for tick in range(begin + 1, end + 1):
        if found.actions_tick is None:
            chosen = first.actions(tick) != second.actions(tick)
            chosen |= first.tokens(tick) != second.tokens(tick)
            if chosen.any():
                found.actions_tick, found.players = tick, np.flatnonzero(chosen).tolist()
        one, other = first.digests(tick), second.digests(tick)
        if one is not None and other is not None and not np.array_equal(one, other):
            found.tick = tick
            found.sections = differing(one, other)
            return
        if progress is not None and tick % PROGRESS_TICKS == 0:
            progress(tick - begin, end - begin)
