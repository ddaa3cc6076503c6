"""What became of the learner's own players, in worlds that others play in too.

The worlds' statistics are of all players. Here are the same sums over the slots of one of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import nmmo
from nmmo.core.content import NUMBER

__all__ = ["LifeTally", "living"]


def living(worlds: nmmo.Worlds, rows: NDArray[np.int64]) -> dict[str, Any]:
    """Return sums over those of some rows of a batch who live at this moment.

    Parameters
    ----------
    worlds
        The batch.
    rows
        Ascending.

    Returns
    -------
    dict
        As ``statistics()["living"]`` has them.
    """
    own = worlds.observations["self"][rows]
    own = own[own["health"] > 0]
    score = np.minimum(own["combat_level"], own["harvest_level"])
    slots = np.zeros(len(worlds) * worlds.n_agents, np.bool_)
    slots[rows] = True
    listings = 0
    for index, mine in enumerate(slots.reshape(len(worlds), worlds.n_agents)):
        listings += int(mine[worlds.world(index).listings["seller"]].sum())
    tiers = np.arange(NUMBER.TIERS + 1)
    return {
        "lives": len(own),
        "age": int(own["age"].sum()),
        "score": int(score.sum()),
        "best_score": int(score.max(initial=0)),
        "combat_level": int(own["combat_level"].sum()),
        "harvest_level": int(own["harvest_level"].sum()),
        "gold": int(own["gold"].sum()),
        "worn": (own["worn_tier"][:, :, None] == tiers).sum(axis=0),
        "listings": listings,
    }


class LifeTally:
    """Counts the lives of some rows of a batch that end during rollouts.

    Parameters
    ----------
    worlds
        The batch, with ``final_observations``.
    rows
        Ascending.
    """

    def __init__(self, worlds: nmmo.Worlds, rows: NDArray[np.int64]) -> None:
        self._worlds = worlds
        self._rows = rows
        self._returns = np.zeros(len(rows))
        self.finished: dict[str, float] = {"lives": 0, "age": 0, "score": 0, "returns": 0.0}
        """Sums over lives that ended in rollouts, as ``statistics()["finished"]`` has them."""

    def begin(self) -> None:
        """Prepare for a rollout."""
        worlds = self._worlds
        so_far = [worlds.world(index).players["life_return"] for index in range(len(worlds))]
        self._returns[:] = np.concatenate(so_far)[self._rows]

    def after_step(self, rewards: NDArray[np.float32], ended: NDArray[np.bool_], last: NDArray[np.uint8]) -> None:
        """Count the lives that ended with a tick.

        Parameters
        ----------
        rewards
            Of the rows, as the worlds paid them: float32 [rows].
        ended
            Whose life ended: bool [rows].
        last
            The last observations of all lives that ended: uint8 [worlds * agents, row_bytes].
        """
        self._returns += rewards
        which = np.flatnonzero(ended)
        if not len(which):
            return
        own = last[self._rows[which]].view(self._worlds.observations.dtype)[:, 0]["self"]
        found = self.finished
        found["lives"] += len(which)
        found["age"] += int(own["age"].sum())
        found["score"] += int(np.minimum(own["combat_level"], own["harvest_level"]).sum())
        found["returns"] += float(self._returns[which].sum())
        self._returns[which] = 0
