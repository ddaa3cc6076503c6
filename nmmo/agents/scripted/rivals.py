"""Other players: whom to attack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents import rules_numbers as rules
from nmmo.agents.perception import Senses, Things
from nmmo.agents.scripted.condition import ATTACK, COMBO, DEFENCE, REACH, Condition
from nmmo.agents.scripted.foes import NO_ONE, nearest

__all__ = ["attack_players"]

_GEAR_ATTACK, _GEAR_DEFENCE = 7, 4
"""What a step of a stranger's gear, times the tier of its level, is guessed to add."""
_SURELY = 1.5
"""By how much the other should fall sooner than oneself."""


def attack_players(
    condition: Condition,
    senses: Senses,
    things: Things,
    mask: NDArray[np.uint8],
    hunters: NDArray[np.bool_],
    hurt: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Which agents attack the nearest player: hunters who should win, and whoever is struck and may win.

    Parameters
    ----------
    hunters : bool [n]
        Those who attack unprovoked.
    hurt : bool [n]
        Those whose health fell since the last tick.
    """
    may = mask[:, see.ATTACK_PLAYER] > 0
    if not np.count_nonzero(may):
        return may
    near = (
        (things.occupant == see.PLAYER)
        & (things.distance <= condition.now[things.owner, REACH])
        & ((things.team == 0) | (things.team != senses.team[things.owner]))
    )
    other = nearest(things, near.nonzero()[0], condition.n)
    may &= other != NO_ONE
    if not np.count_nonzero(may):
        return may
    level, style, health = things.level[other], things.style[other], things.health[other]
    gear = things.gear[other] * rules.TIER_OF_LEVEL[level]
    combo = style * rules.ELEMENTS + things.element[other]
    now = condition.now.T
    dealt = rules.damage(
        now[ATTACK],
        rules.PLAYER_DEFENCE_PER_LEVEL * level + _GEAR_DEFENCE * gear,
        rules.MATCHUP[now[COMBO], combo],
    )
    strength = rules.PLAYER_ATTACK_BASE + rules.PLAYER_ATTACK_PER_LEVEL * level + _GEAR_ATTACK * gear
    taken = rules.damage(strength, now[DEFENCE], rules.MATCHUP[combo, now[COMBO]])
    # Between players half of a blow is dealt: to both, so that it makes no difference who falls first.
    ahead = senses.health * dealt - _SURELY * health * taken
    teaches = level + rules.WORTHLESS_KILL_GAP >= senses.combat_level
    # Whose blow it was cannot be seen: a player's, when no monster is near enough to have struck.
    monsters = ((things.occupant > see.PLAYER) & (things.distance <= rules.SHOT_RANGE + 1)).nonzero()[0]
    struck = hurt & (senses.fog_damage == 0) & (np.bincount(things.owner[monsters], minlength=condition.n) == 0)
    provoked = struck & (health * taken <= 2 * senses.health * dealt)
    found: NDArray[np.bool_] = may & ((hunters & teaches & (ahead > 0)) | provoked)
    return found
