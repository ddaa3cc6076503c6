"""What happened in a recorded game: how crowded and how lively the measured world is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.recording import Recording
from nmmo.core.content import GROUPS

Count = Callable[[dict[str, Any]], float]  # out of what `nmmo.World.statistics` returns

RATES: tuple[tuple[str, str, Count], ...] = (
    ("hits-by-players", "hits by players", lambda s: s["hits_by_players"]),
    ("hits-by-monsters", "hits by monsters", lambda s: s["hits_by_monsters"]),
    ("monster-kills", "monsters killed", lambda s: s["monster_kills"]),
    ("player-kills", "players killed by players", lambda s: s["player_kills"]),
    ("births", "lives begun", lambda s: s["births"]),
    ("harvests", "harvests", lambda s: s["harvests"].sum()),
    ("picked-up", "pieces picked up", lambda s: s["picked_up"].sum()),
    ("listed", "pieces put up for sale", lambda s: s["listed"].sum()),
    ("sales", "sales", lambda s: s["sales"].sum()),
    ("sold", "pieces sold", lambda s: s["sold"].sum()),
)
STEADY = ("hits-by-players", "sales", "births")


def activity(recording: Recording) -> list[FigureTable]:
    """Return tables of what the players of a recorded single world did, and what came of it.

    Notes
    -----
    They are counts of one game, which is the same in every round, so each figure has one value.
    """
    start, middle, end = recording.statistics[0], recording.statistics[-2], recording.statistics[-1]
    groups = [group.name for group in GROUPS]
    group_of = np.repeat(np.arange(len(GROUPS)), [group.count for group in GROUPS])
    carried_out = np.bincount(group_of, end["actions"] - start["actions"], len(groups))
    shares = [
        Figure(f"action/{name}", name, "percent", [100 * float(count) / recording.steps])
        for name, count in zip(groups, carried_out, strict=True)
    ]
    refused = 100 * float((end["refused"] - start["refused"]).sum()) / recording.steps
    shares.append(Figure("action/refused", "no longer possible at its turn", "percent", [refused]))
    others = 100 - sum(figure.values[0] for figure in shares)
    shares.append(Figure("action/none", "killed before its turn, or without a body", "percent", [others]))
    rates = [
        Figure(
            f"rate/{id}",
            name,
            "per 1,000 agent-steps",
            [1000 * float(count(end) - count(start)) / recording.steps],
        )
        for id, name, count in RATES
    ]
    tables = [
        FigureTable("What the players did, of all agent-steps", shares),
        FigureTable("What came of it", rates),
        FigureTable(
            "At the end of the game",
            [
                Figure("end/listings", "listings in the market", "number", [end["living"]["listings"]]),
                Figure("end/gold", "gold that players hold", "number", [end["living"]["gold"]]),
                Figure("end/monsters", "monsters alive", "number", [end["living"]["monsters"]]),
            ],
        ),
    ]
    steady = []
    for id, name, count in RATES:
        first, second = _rate(count, start, middle), _rate(count, middle, end)
        if id in STEADY and first > 0:
            name = f"{name}: second half of the game, of the first"
            steady.append(Figure(f"steady/{id}", name, "percent", [100 * second / first]))
    if steady:
        tables.append(FigureTable("Whether it was steady", steady))
    return tables


def _rate(count: Count, before: dict[str, Any], after: dict[str, Any]) -> float:
    """Return how often something happened per tick, on average."""
    ticks = int(after["ticks"] - before["ticks"])
    return float(count(after) - count(before)) / max(ticks, 1)
