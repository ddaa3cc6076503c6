"""What the play of some slots of a world came to: counted slot by slot, tick by tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import Cause, EventKind
from nmmo.core.observers import WorldObserver
from nmmo.core.world import World

__all__ = ["METRICS", "Metric", "Tally"]


@dataclass(frozen=True)
class Metric:
    """One metric of an evaluation.

    Attributes
    ----------
    name
        Its key in data.
    title
        Its heading in tables.
    group
        The table that it stands in.
    doc
        What it is.
    """

    name: str
    title: str
    group: str
    doc: str


CAUSES: Final = {cause: cause.name.lower() for cause in Cause if cause != Cause.NONE}
COUNTED: Final = (
    "monster_kills", "player_kills", "harvests", "purchases", "gold_spent", "sales", "gold_earned",
)  # fmt: skip

_RATE: Final = "for every 1,000 ticks that a slot lived"

METRICS: Final = (
    Metric(
        "score", "score", "Score",
        "min(combat level, harvest level), averaged over all ticks that its slots lived",
    ),
    Metric("best", "best", "Score", "the highest score that one of its lives reached"),
    Metric("return", "return", "Score", "rewards of all its slots, divided by the lives that they began"),
    Metric(
        "life", "life, ticks", "Score",
        "ticks that its slots lived, divided by the lives that they began, the unfinished ones included",
    ),
    Metric("ended_combat", "combat, ended", "Levels", "combat level at the end of lives"),
    Metric("ended_harvest", "harvest, ended", "Levels", "harvest level at the end of lives"),
    Metric("living_combat", "combat, living", "Levels", "combat level of those who live when the match ends"),
    Metric("living_harvest", "harvest, living", "Levels", "harvest level, likewise"),
    Metric("deaths", "deaths", "Ends of lives", f"lives that ended in death, {_RATE}"),
    *(
        Metric(f"ended_by_{cause}", cause, "Ends of lives", f"lives that ended by {cause}, {_RATE}")
        for cause in CAUSES.values()
    ),
    Metric("monster_kills", "monsters", "Activity", f"monsters killed, {_RATE}"),
    Metric("player_kills", "players", "Activity", f"players killed, {_RATE}"),
    Metric("harvests", "harvests", "Activity", f"nodes harvested, {_RATE}"),
    Metric("purchases", "purchases", "Activity", f"purchases on the market, {_RATE}"),
    Metric("gold_spent", "gold spent", "Activity", f"gold paid for them, {_RATE}"),
    Metric("sales", "sales", "Activity", f"purchases that others made from it, {_RATE}"),
    Metric("gold_earned", "gold earned", "Activity", f"gold got for them, {_RATE}"),
)  # fmt: skip
"""Every metric, in the order of the tables."""


class Tally(WorldObserver):
    """Counts what each slot of one world does, for any slots to be summed up afterwards.

    Parameters
    ----------
    world
        Just reset.
    final_observations : ndarray of uint8, shape [n_players, row_bytes]
        The buffer that the world was made with: a life that ended shows there alone.
    """

    def __init__(self, world: World, final_observations: NDArray[np.uint8]) -> None:
        n = world.n_agents
        self._n = n
        self._world = world
        self._last: NDArray[np.void] = final_observations.view(world.observations.dtype)[:, 0]
        self._rewards = np.zeros(n)
        self._ended: dict[str, NDArray[np.int64]] = {
            name: np.zeros(n, np.int64) for name in ("lives", "deaths", "combat", "harvest")
        }
        self._causes = np.zeros((len(Cause), n), np.int64)
        self._counts: dict[str, NDArray[np.int64]] = {name: np.zeros(n, np.int64) for name in COUNTED}

    def after_step(self, world: Any, actions: NDArray[np.uint8], observed: bool) -> None:  # documented by WorldObserver
        self._rewards += world.rewards
        ended = np.flatnonzero(world.terminated | world.truncated)
        if len(ended):
            last = self._last[ended]["self"]
            self._ended["lives"][ended] += 1
            self._ended["deaths"][ended] += world.terminated[ended]
            self._ended["combat"][ended] += last["combat_level"]
            self._ended["harvest"][ended] += last["harvest_level"]
        events = world.events
        actor, kind = events["actor"], events["kind"]
        by_player = actor < self._n  # monsters follow the players in numbering
        death = events[by_player & (kind == EventKind.DEATH)]
        np.add.at(self._causes, (death["detail"], death["actor"]), 1)
        kill = events[by_player & (kind == EventKind.KILL)]
        of_player = kill["target"] < self._n
        self._add("monster_kills", kill["actor"][~of_player])
        self._add("player_kills", kill["actor"][of_player])
        self._add("harvests", actor[by_player & (kind == EventKind.HARVEST)])
        sale = events[kind == EventKind.SALE]
        self._add("purchases", sale["actor"])
        self._add("gold_spent", sale["actor"], sale["gold"])
        self._add("sales", sale["target"])
        self._add("gold_earned", sale["target"], sale["gold"])

    def _add(self, name: str, slots: NDArray[Any], amounts: Any = 1) -> None:
        if len(slots):
            np.add.at(self._counts[name], slots, amounts)

    def metrics(self, slots: NDArray[np.int64]) -> dict[str, float | None]:
        """Return every metric of the play of some slots, by name; None where there is nothing to average.

        Parameters
        ----------
        slots : ndarray of int64, shape [n]
            Which.

        Notes
        -----
        Some of it the world itself knows: ask before it is closed, or plays on.
        """
        players = self._world.players[slots]
        living = players[players["alive"] == 1]
        ticks = int(players["ticks_lived"].sum())
        ended = {name: int(counts[slots].sum()) for name, counts in self._ended.items()}
        lives = ended["lives"] + len(living)

        def rate(count: int) -> float | None:
            return _ratio(1000 * count, ticks)

        found = {
            "score": _ratio(int(players["score_sum"].sum()), ticks),
            "best": float(players["best_score"].max()),
            "return": _ratio(float(self._rewards[slots].sum()), lives),
            "life": _ratio(ticks, lives),
            "ended_combat": _ratio(ended["combat"], ended["lives"]),
            "ended_harvest": _ratio(ended["harvest"], ended["lives"]),
            "living_combat": _ratio(int(living["self"]["combat_level"].sum()), len(living)),
            "living_harvest": _ratio(int(living["self"]["harvest_level"].sum()), len(living)),
            "deaths": rate(ended["deaths"]),
        }
        for cause, called in CAUSES.items():
            found[f"ended_by_{called}"] = rate(int(self._causes[cause, slots].sum()))
        for name, counts in self._counts.items():
            found[name] = rate(int(counts[slots].sum()))
        return {metric.name: found[metric.name] for metric in METRICS}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
