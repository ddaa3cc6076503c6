"""A reward for facing what one is ready for, which fades away: shaping, not part of the game.

Levels come to a halt where danger is 1: what a tier below one's own gives counts little (docs/rules.md). What
lies beyond pays only after a policy has learned to live there, and one that has not learned it yet does
best to stay. So a run may pay for being there at first. The weight falls to nothing in the course of
the run, and the last part of it is learned from the game's rewards alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.rules_numbers import LEVELS_PER_TIER

__all__ = ["challenge"]

HEAD_START = 2  # levels: a place may be faced a little before its tier is reached


def challenge(own: NDArray[Any]) -> NDArray[np.float32]:
    """How much of a challenge the place is where somebody stands.

    Parameters
    ----------
    own
        The field ``self`` of rows of observation, structured [rows].

    Returns
    -------
    float32 ndarray [rows]
        Danger less 1, where the score is at most two levels below the first of that danger's tier; else 0.
    """
    beyond = own["danger"].astype(np.int32) - 1
    score = np.minimum(own["combat_level"], own["harvest_level"]).astype(np.int32)
    ready = score > LEVELS_PER_TIER * beyond - HEAD_START
    faced: NDArray[np.float32] = np.where(ready & (beyond > 0), beyond, 0).astype(np.float32)
    return faced
