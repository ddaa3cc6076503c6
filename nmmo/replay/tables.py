"""Replays as tables: events, statistics of every tick, the life of one agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import names
from nmmo.core.enums import EventKind, ObjectKind, Skill
from nmmo.core.world import statistics_of
from nmmo.replay.replay import Replay

Columns = dict[str, NDArray[Any]]
Progress = Callable[[int, int], None]
BLOCK: Final = 1024
"""Ticks of a block of rows."""
_NAMES: Final = {
    "actions": [name.lower() for name in names("action")],
    "refused": [name.lower() for name in names("action")],
    "experience": names("skill"),
    "level_ups": names("skill"),
    "levels": names("skill"),
    "causes": names("cause"),
}
"""What the elements of a statistic are called, where it has one for each."""


def event_blocks(replay: Replay, start: int, stop: int, progress: Progress | None = None) -> Iterator[Columns]:
    """Yield what happened in the ticks start..stop - 1, some at a time: one row per event.

    ``kind``, ``item`` and a death's or hit's ``detail`` come as names; ``actor`` and ``target`` are slots of
    players, monsters count on from there, -1 is nobody.
    """
    kinds = np.array([kind.name.lower() for kind in EventKind])
    objects = np.array([kind.name.lower() for kind in ObjectKind])
    for first in range(start, stop, BLOCK):
        events = replay.events(None, first, min(first + BLOCK, stop))
        columns: Columns = {name: events[name] for name in events.dtype.names or ()}
        columns["kind"] = kinds[np.searchsorted([int(kind) for kind in EventKind], events["kind"])]
        columns["item"] = objects[events["item"]]
        yield {"tick": columns.pop("tick"), "kind": columns.pop("kind"), **columns}
        if progress is not None:
            progress(min(first + BLOCK, stop) - start, stop - start)


def statistics_blocks(replay: Replay, start: int, stop: int, progress: Progress | None = None) -> Iterator[Columns]:
    """Yield the world's statistics after each of the ticks start..stop - 1, since the reset: one row per tick."""
    rows: list[dict[str, Any]] = []
    for frame in replay.frames(start, stop):
        rows.append({"tick": frame.tick, **_flattened(statistics_of(frame.world), "")})
        if len(rows) == BLOCK or frame.tick == stop - 1:
            yield {name: np.array([row[name] for row in rows]) for name in rows[0]}
            rows = []
        if progress is not None:
            progress(frame.tick + 1 - start, stop - start)


def _flattened(values: dict[str, Any], before: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= _flattened(value, f"{before}{name}_")
        elif isinstance(value, np.ndarray):
            if value.ndim == 1 and len(_NAMES.get(name, [])) == len(value):
                for label, number in zip(_NAMES[name], value.tolist(), strict=True):
                    found[f"{before}{name}_{label}"] = number
            else:
                found[f"{before}{name}"] = int(value.sum())
        else:
            found[before + name] = value
    return found


def agent_blocks(
    replay: Replay, agent: int, start: int, stop: int, progress: Progress | None = None
) -> Iterator[Columns]:
    """Yield one agent's state after each of the ticks start..stop - 1, and what it had chosen: one row per tick.

    Raises
    ------
    ValueError
        If there is no such agent.
    """
    if not 0 <= agent < replay.header.n_players:
        raise ValueError(f"there is no agent {agent}; the replay has 0 to {replay.header.n_players - 1}")
    actions = np.array([name.lower() for name in names("action")])
    rows: list[dict[str, Any]] = []
    for frame in replay.frames(start, stop):
        tick, world = frame.tick, frame.world
        player = world.players[agent]
        chosen = replay.start < tick
        row: dict[str, Any] = {
            "tick": tick,
            "action": str(actions[replay.actions(tick)[agent]]) if chosen else "",
            "token": int(replay.tokens(tick)[agent]) if chosen else 0,
            "reward": float(world.rewards[agent]) if chosen else 0.0,
        }
        for name in ("alive", "life", "score", "best_score", "ticks_lived", "life_return", "net_sales"):
            row[name] = player[name].item()
        own = player["self"]
        for name in own.dtype.names:
            value = own[name]
            if name == "level":
                for skill in Skill:
                    row[f"level_{skill.name.lower()}"] = int(value[int(skill)])
            elif value.ndim == 0:
                row[name] = value.item()
        items = player["inventory"]
        row["items"] = int(np.count_nonzero(items["type"]))
        rows.append(row)
        if len(rows) == BLOCK or tick == stop - 1:
            yield {name: np.array([entry[name] for entry in rows]) for name in rows[0]}
            rows = []
        if progress is not None:
            progress(tick + 1 - start, stop - start)


__all__ = ["Columns", "agent_blocks", "event_blocks", "statistics_blocks"]
