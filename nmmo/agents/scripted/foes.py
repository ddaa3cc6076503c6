"""Monsters in view: which can be beaten, which are worth it, which one an attack would strike."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents import rules_numbers as rules
from nmmo.agents.perception import Senses, Things
from nmmo.agents.scripted.condition import ATTACK, COMBO, DEFENCE, REACH, SKILL, STYLE, Condition

__all__ = ["NO_ONE", "Foes", "nearest"]

NO_ONE: Final = -1
_FAR: Final = np.iinfo(np.int64).max
_CLOSE: Final = 5  # tiles within which monsters take part in a fight
_KITING: Final = 0.3  # blows taken for a blow struck by who shoots and steps back
_MONSTER: Final = np.stack(
    [
        rules.MONSTER_ATTACK,
        rules.MONSTER_DEFENCE,
        rules.TIER_OF_LEVEL,
        rules.MONSTER_KILL_EXPERIENCE * np.arange(64),
    ],
    axis=1,
)
_REACH_OF_HAND: Final = np.where(
    (np.arange(21) == see.BOW) | (np.arange(21) == see.STAFF), rules.SHOT_RANGE, rules.MELEE_RANGE
)


def nearest(things: Things, chosen: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Of some things each agent's nearest, then that with the least health, then in reading order.

    Returns
    -------
    int64 [n]
        Indices of ``things``; NO_ONE where an agent has none.
    """
    first = np.full(n, _FAR)
    key = (things.distance[chosen] << 7 | things.health[chosen]) << 32 | chosen
    np.minimum.at(first, things.owner[chosen], key)
    found: NDArray[np.int64] = (first & 0xFFFFFFFF) * (first != _FAR) - (first == _FAR)
    return found


class Foes:
    """What ``look`` made of the monsters in view.

    Attributes
    ----------
    monsters : Things
        All monsters; what follows with [k] is about them.
    blow : int64 [k]
        What one of its blows takes.
    hits : int64 [k]
        The blows it takes to fall.
    can_beat, wants, threatens, feared : bool [k]
        Whether the agent would win, gains by it, is in danger of it, had better run.
    want_steps, want_worth : float64 [k]
        What hunting it costs beside the way, in steps, and what it brings, in levels.
    target : int64 [n]
        Whom an attack would strike; NO_ONE for none.
    strikes_now : int64 [n]
        What all blows take that may fall in this tick.
    afraid, pressed, wants_weapon : bool [n]
        Something feared is near; a threat is adjacent; a fight is at hand.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        n = condition.n
        self._nothing = np.zeros(n, bool)
        self._no_target = np.full(n, NO_ONE)
        self._no_blows = np.zeros(n, np.int64)

    def look(self, senses: Senses, things: Things) -> None:
        """Weighs all monsters in view."""
        me = self.condition
        self.monsters = monsters = things.where(things.occupant >= see.PASSIVE)
        self.target, self.strikes_now = self._no_target, self._no_blows
        self.afraid = self.pressed = self.wants_weapon = self._nothing
        if len(monsters):
            self._weigh(senses, me.now[monsters.owner].T)

    def _weigh(self, senses: Senses, now: NDArray[Any]) -> None:
        me, monsters, n = self.condition, self.monsters, self.condition.n
        mine, distance, occupant = monsters.owner, monsters.distance, monsters.occupant
        strength, armour, tier, experience = _MONSTER[monsters.level].T
        combo = monsters.style * rules.ELEMENTS + monsters.element
        dealt = rules.damage(now[ATTACK], armour, rules.MATCHUP[now[COMBO], combo])
        self.blow = blow = rules.damage(strength, now[DEFENCE], rules.MATCHUP[combo, now[COMBO]])
        self.hits = hits = (monsters.health + dealt - 1) // dealt

        hostile = occupant == see.HOSTILE
        # Neutral ones that were hit beside me strike back.
        angry = (occupant == see.NEUTRAL) & (distance <= 3) & (monsters.health < 100) & me.in_combat[mine]
        fights = hostile | angry
        shot = (now[STYLE] > 0) & (monsters.style == 0)
        rounds = np.where(shot, np.maximum(hits - 3, 0) * _KITING, hits - 1)
        cost = rounds * blow * (occupant != see.PASSIVE)
        # Whoever fights beside it strikes while it falls, and must be beaten after it.
        close = fights & (distance <= _CLOSE)
        company = np.bincount(mine, cost * close, minlength=n)[mine]
        blows = np.bincount(mine, blow * close, minlength=n)[mine]
        stake = cost * ~close + company + (blows - blow * close) * hits
        # A potion helps by what it heals beyond the blow taken while one drinks.
        relief = 0.7 * me.relief[mine] * np.maximum(me.healing[mine] - blow, 0)
        self.can_beat = can = stake <= me.stake[mine] + relief

        skill = now[SKILL]
        gap = np.maximum(rules.TIER_OF_LEVEL[skill] - tier, 0)
        gained = experience >> (rules.TIER_GAP_SHIFT * gap)
        self.want_worth = worth = gained * me.fight_weight[mine] / (rules.EXPERIENCE_PER_LEVEL * skill)
        self.want_steps = hits + cost / 12
        self.wants = can & (worth > 0.02) & ((gap == 0) | (monsters.danger >= me.limit[mine]))
        self.threatens = (hostile & (distance <= 6)) | angry
        self.feared = fights & ~can

        self.afraid = np.bincount(mine, self.feared & (distance <= _CLOSE), minlength=n) > 0
        adjacent = distance <= 1
        striking = fights & (adjacent | (monsters.style > 0) & (distance <= rules.SHOT_RANGE))
        self.strikes_now = np.bincount(mine, blow * striking, minlength=n)
        self.pressed = np.bincount(mine, fights & adjacent, minlength=n) > 0
        ready = can & (self.wants & (distance <= now[REACH] + 1) | self.threatens)
        self.wants_weapon = np.bincount(mine, ready, minlength=n) > 0
        reach = _REACH_OF_HAND[senses.worn_type[see.HAND]][mine]
        self.target = nearest(monsters, (distance <= reach).nonzero()[0], n)
