"""Other players: whom to attack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import Entities, ObservationReader
from nmmo.agents.scripted.enemies import NO_ONE, nearest
from nmmo.agents.scripted.own_state import ATTACK, COMBO, DEFENCE, REACH, OwnState

__all__ = ["attack_players"]

_GEAR_ATTACK, _GEAR_DEFENCE = 7, 4
"""What a step of a stranger's gear, times the tier of its level, is guessed to add."""
_SURELY = 1.5
"""By how much the other should fall sooner than oneself."""


def attack_players(
    own_state: OwnState,
    observed: ObservationReader,
    entities: Entities,
    mask: NDArray[np.uint8],
    hunters: NDArray[np.bool_],
    hurt: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which agents attack the nearest player: hunters who should win, and those that are struck and may win.

    Parameters
    ----------
    hunters : bool [n]
        Those who attack unprovoked.
    hurt : bool [n]
        Those whose health fell since the last tick.
    """
    rules, number = own_state.rules, own_state.rules.number
    may = mask[:, rules.action.attack_player] > 0
    if not np.count_nonzero(may):
        return may
    near = (
        (entities.occupant == rules.occupant.player)
        & (entities.distance <= own_state.now[entities.owner, REACH])
        & ((entities.team == 0) | (entities.team != observed.team[entities.owner]))
    )
    other = nearest(entities, near.nonzero()[0], own_state.n)
    may &= other != NO_ONE
    if not np.count_nonzero(may):
        return may
    level, style, health = entities.level[other], entities.style[other], entities.health[other]
    gear = entities.gear[other] * rules.tier_of_level[level]
    combo = style * number.ELEMENTS + entities.element[other]
    now = own_state.now.T
    dealt = rules.damage(
        now[ATTACK],
        number.PLAYER_DEFENCE_PER_LEVEL * level + _GEAR_DEFENCE * gear,
        rules.matchup[now[COMBO], combo],
    )
    strength = number.PLAYER_ATTACK_BASE + number.PLAYER_ATTACK_PER_LEVEL * level + _GEAR_ATTACK * gear
    taken = rules.damage(strength, now[DEFENCE], rules.matchup[combo, now[COMBO]])
    # Between players half of a blow is dealt: to both, so that it makes no difference who falls first.
    ahead = observed.health * dealt - _SURELY * health * taken
    teaches = level + number.WORTHLESS_KILL_GAP >= observed.combat_level
    # Whose blow it was cannot be seen: a player's, when no monster is near enough to have struck.
    monsters = ((entities.occupant > rules.occupant.player) & (entities.distance <= number.SHOT_RANGE + 1)).nonzero()[0]
    struck = hurt & (observed.fog_damage == 0) & (np.bincount(entities.owner[monsters], minlength=own_state.n) == 0)
    provoked = struck & (health * taken <= 2 * observed.health * dealt)
    found: NDArray[np.bool_] = may & ((hunters & teaches & (ahead > 0)) | provoked)
    return found
