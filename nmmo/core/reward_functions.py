"""The rewards that ship, each a function of a ``Tick``.

About danger: levels come to a halt where it is 1, for what a tier below one's own gives counts little
(docs/rules.md). What is beyond pays only after a policy has learned to live there, and one that has not learned it yet
does best to stay. So a run may pay for being there at first: with the term "danger", or as the recipes do with
``train.shaping_coef``, which falls to 0 in the course of the run, so that its last part learns from the reward alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import NUMBER
from nmmo.core.rewards import Tick

__all__ = ["alive", "danger", "danger_bonus", "game"]

HEAD_START = 2  # levels: a place may be visited a little before its tier is reached


def game(tick: Tick) -> NDArray[np.float32]:
    """Return the game's own reward, as ``w_combat`` and the other weights of the configuration say."""
    return tick.game


def alive(tick: Tick) -> NDArray[np.float32]:
    """Return 1 for each tick that a life goes on, else 0."""
    lives: NDArray[np.bool_] = (tick.after["alive"] != 0) & ~tick.ended
    return lives.astype(np.float32)


def danger(tick: Tick) -> NDArray[np.float32]:
    """Return ``danger_bonus`` of each row; 0 where a life ended."""
    lives: NDArray[np.bool_] = (tick.after["alive"] != 0) & ~tick.ended
    return danger_bonus(tick.after["self"]) * lives


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
