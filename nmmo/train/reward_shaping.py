"""A shaping reward for going where danger is above 1, which is annealed to zero; it is not part of the game.

Levels come to a halt where danger is 1: what a tier below one's own gives counts little (docs/rules.md). What
is beyond pays only after a policy has learned to live there, and one that has not learned it yet does
best to stay. So a run may pay for being there at first. The coefficient falls to 0 in the course of
the run, and the last part of it is learned from the game's rewards alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import NUMBER

__all__ = ["danger_bonus"]

HEAD_START = 2  # levels: a place may be visited a little before its tier is reached


def danger_bonus(self_fields: NDArray[Any]) -> NDArray[np.float32]:
    """Return the shaping reward of each player for the place where it stands, before its coefficient.

    Parameters
    ----------
    self_fields
        The field ``self`` of the observations, structured [rows].

    Returns
    -------
    float32 ndarray [rows]
        Danger minus 1, where the score is at most two levels below the first of that danger's tier; else 0.
    """
    beyond = self_fields["danger"].astype(np.int32) - 1
    score = np.minimum(self_fields["combat_level"], self_fields["harvest_level"]).astype(np.int32)
    ready = score > NUMBER.LEVELS_PER_TIER * beyond - HEAD_START
    bonus: NDArray[np.float32] = np.where(ready & (beyond > 0), beyond, 0).astype(np.float32)
    return bonus
