"""What the play of some slots of a world came to: counted slot by slot, tick by tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import Cause, EventKind
from nmmo.core.world import World

__all__ = ["FIGURES", "Figure", "Tally"]


@dataclass(frozen=True)
class Figure:
    """One figure of an evaluation.

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

FIGURES: Final = (
    Figure(
        "score", "score", "Score",
        "min(combat level, harvest level), averaged over all ticks that its slots lived",
    ),
    Figure("best", "best", "Score", "the highest score that one of its lives reached"),
    Figure("return", "return", "Score", "rewards of all its slots, divided by the lives that they began"),
    Figure(
        "life", "life, ticks", "Score",
        "ticks that its slots lived, divided by the lives that they began, the unfinished ones included",
    ),
    Figure("ended_combat", "combat, ended", "Levels", "combat level at the end of lives"),
    Figure("ended_harvest", "harvest, ended", "Levels", "harvest level at the end of lives"),
    Figure("living_combat", "combat, living", "Levels", "combat level of those who live when the match ends"),
    Figure("living_harvest", "harvest, living", "Levels", "harvest level, likewise"),
    Figure("deaths", "deaths", "Ends of lives", f"lives that ended in death, {_RATE}"),
    *(
        Figure(f"ended_by_{cause}", cause, "Ends of lives", f"lives that ended by {cause}, {_RATE}")
        for cause in CAUSES.values()
    ),
    Figure("monster_kills", "monsters", "Doings", f"monsters killed, {_RATE}"),
    Figure("player_kills", "players", "Doings", f"players killed, {_RATE}"),
    Figure("harvests", "harvests", "Doings", f"nodes harvested, {_RATE}"),
    Figure("purchases", "purchases", "Doings", f"purchases on the market, {_RATE}"),
    Figure("gold_spent", "gold spent", "Doings", f"gold paid for them, {_RATE}"),
    Figure("sales", "sales", "Doings", f"purchases that others made from it, {_RATE}"),
    Figure("gold_earned", "gold earned", "Doings", f"gold got for them, {_RATE}"),
)  # fmt: skip
"""Every figure, in the order of the tables."""


class Tally:
    """Counts of what each slot of one world does, for any slots to be summed up afterwards.

    Parameters
    ----------
    world
        Just reset, and made with ``final_observations``: a life that ended shows there alone.
    """

    def __init__(self, world: World) -> None:
        n = world.n_agents
        self._n = n
        self._observation = world.observations.dtype
        self._rewards = np.zeros(n)
        self._ended: dict[str, NDArray[np.int64]] = {
            name: np.zeros(n, np.int64) for name in ("lives", "deaths", "combat", "harvest")
        }
        self._causes = np.zeros((len(Cause), n), np.int64)
        self._counts: dict[str, NDArray[np.int64]] = {name: np.zeros(n, np.int64) for name in COUNTED}
        self._players: Any = None

    def count(self, world: World, info: dict[str, Any]) -> None:
        """Count the tick that was just played; ``info`` is what ``step`` returned."""
        self._rewards += world.rewards
        ended = np.flatnonzero(world.terminated | world.truncated)
        if len(ended):
            last = info["final_obs"].view(self._observation)[ended, 0]["self"]
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

    def finish(self, world: World) -> None:
        """Take what the world itself knows of each slot, at the end of the match."""
        self._players = world.players

    def figures(self, slots: NDArray[np.int64]) -> dict[str, float | None]:
        """Every figure of the play of some slots, by name; None where there is nothing to average.

        Parameters
        ----------
        slots : ndarray of int64, shape [n]
            Which.
        """
        players = self._players[slots]
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
        return {figure.name: found[figure.name] for figure in FIGURES}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
