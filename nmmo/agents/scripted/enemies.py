"""Monsters in view: which can be beaten, which are worth it, which one an attack would strike."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import Entities, ObservationReader
from nmmo.agents.scripted.own_state import ATTACK, COMBO, DEFENCE, REACH, SKILL, STYLE, OwnState

__all__ = ["NO_ONE", "Enemies", "nearest"]

NO_ONE: Final = -1
_FAR: Final = np.iinfo(np.int64).max
_CLOSE: Final = 5  # tiles within which monsters take part in a fight
_KITING: Final = 0.3  # blows taken for a blow struck by who shoots and steps back


def nearest(entities: Entities, chosen: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return each agent's nearest of some entities; of equally near ones that of least health, then in reading order.

    Returns
    -------
    int64 [n]
        Indices of ``entities``; NO_ONE where an agent has none.
    """
    first = np.full(n, _FAR)
    key = (entities.distance[chosen] << 7 | entities.health[chosen]) << 32 | chosen
    np.minimum.at(first, entities.owner[chosen], key)
    found: NDArray[np.int64] = (first & 0xFFFFFFFF) * (first != _FAR) - (first == _FAR)
    return found


class Enemies:
    """What ``look`` made of the monsters in view.

    Attributes
    ----------
    monsters : Entities
        All monsters; what follows with [k] is about them.
    blow : int64 [k]
        What one of its blows takes.
    hits : int64 [k]
        The blows it takes to fall.
    can_beat, wants, threatens, feared : bool [k]
        Whether the agent would win, gains by it, is in danger of it, had better run.
    want_steps, want_value : float64 [k]
        What hunting it costs beside the way, in steps, and what it brings, in levels.
    target : int64 [n]
        Whom an attack would strike; NO_ONE for none.
    incoming_damage : int64 [n]
        What all blows take that may fall in this tick.
    afraid, pressed, wants_weapon : bool [n]
        Something feared is near; a threat is adjacent; a fight is at hand.
    """

    def __init__(self, own_state: OwnState) -> None:
        self.own_state = own_state
        self.rules = rules = own_state.rules
        self._monster = np.stack(
            [
                rules.monster_attack,
                rules.monster_defence,
                rules.tier_of_level,
                rules.number.MONSTER_KILL_EXPERIENCE * np.arange(len(rules.tier_of_level)),
            ],
            axis=1,
        )
        n = own_state.n
        self._nothing = np.zeros(n, bool)
        self._no_target = np.full(n, NO_ONE)
        self._no_blows = np.zeros(n, np.int64)

    def assess(self, observed: ObservationReader, entities: Entities) -> None:
        """Weigh all monsters in view."""
        me = self.own_state
        self.monsters = monsters = entities.where(entities.occupant > self.rules.occupant.player)
        self.target, self.incoming_damage = self._no_target, self._no_blows
        self.afraid = self.pressed = self.wants_weapon = self._nothing
        if len(monsters):
            self._weigh(observed, me.now[monsters.owner].T)

    def _weigh(self, observed: ObservationReader, now: NDArray[Any]) -> None:
        rules, who = self.rules, self.rules.occupant
        me, monsters, n = self.own_state, self.monsters, self.own_state.n
        mine, distance, occupant = monsters.owner, monsters.distance, monsters.occupant
        strength, armour, tier, experience = self._monster[monsters.level].T
        combo = monsters.style * rules.number.ELEMENTS + monsters.element
        dealt = rules.damage(now[ATTACK], armour, rules.matchup[now[COMBO], combo])
        self.blow = blow = rules.damage(strength, now[DEFENCE], rules.matchup[combo, now[COMBO]])
        self.hits = hits = (monsters.health + dealt - 1) // dealt

        hostile = occupant == who.hostile
        # Neutral ones that were hit beside me strike back.
        angry = (
            (occupant == who.neutral)
            & (distance <= 3)
            & (monsters.health < rules.number.FULL_HEALTH)
            & me.in_combat[mine]
        )
        fights = hostile | angry
        shot = (now[STYLE] > 0) & (monsters.style == 0)
        rounds = np.where(shot, np.maximum(hits - 3, 0) * _KITING, hits - 1)
        cost = rounds * blow * (occupant != who.passive)
        # An enemy beside it strikes while it falls, and must be beaten after it.
        close = fights & (distance <= _CLOSE)
        company = np.bincount(mine, cost * close, minlength=n)[mine]
        blows = np.bincount(mine, blow * close, minlength=n)[mine]
        stake = cost * ~close + company + (blows - blow * close) * hits
        # A potion helps by what it heals beyond the blow taken while one drinks.
        relief = 0.7 * me.relief[mine] * np.maximum(me.healing[mine] - blow, 0)
        self.can_beat = can = stake <= me.stake[mine] + relief

        skill = now[SKILL]
        gap = np.maximum(rules.tier_of_level[skill] - tier, 0)
        gained = experience >> (rules.number.TIER_GAP_SHIFT * gap)
        self.want_value = value = gained * me.fight_weight[mine] / (rules.number.EXPERIENCE_PER_LEVEL * skill)
        self.want_steps = hits + cost / 12
        self.wants = can & (value > 0.02) & ((gap == 0) | (monsters.danger >= me.limit[mine]))
        self.threatens = (hostile & (distance <= 6)) | angry
        self.feared = fights & ~can

        self.afraid = np.bincount(mine, self.feared & (distance <= _CLOSE), minlength=n) > 0
        adjacent = distance <= 1
        striking = fights & (adjacent | (monsters.style > 0) & (distance <= rules.number.SHOT_RANGE))
        self.incoming_damage = np.bincount(mine, blow * striking, minlength=n)
        self.pressed = np.bincount(mine, fights & adjacent, minlength=n) > 0
        ready = can & (self.wants & (distance <= now[REACH] + 1) | self.threatens)
        self.wants_weapon = np.bincount(mine, ready, minlength=n) > 0
        reach = rules.reach_of_item[observed.worn_type[rules.slot.hand]][mine]
        self.target = nearest(monsters, (distance <= reach).nonzero()[0], n)
