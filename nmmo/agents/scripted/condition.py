"""What a player has and can do: levels, gear, attack and defence, and how much it dares."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents import rules_numbers as rules
from nmmo.agents.perception import Senses
from nmmo.agents.scripted.character import Character

__all__ = ["ATTACK", "COMBO", "DEFENCE", "REACH", "SKILL", "STYLE", "Condition", "Lanes"]

Lanes = slice
"""Which agents a slow thought is about: all, or every fourth."""

_NO_SKILL: Final = 10
SKILL_OF_ITEM: Final = np.array(
    # the skill whose level decides whether an item can be worn: 8 is the combat level, 9 none is needed
    [_NO_SKILL, 8, 8, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 0, 1, 2, 9, 9],
    np.int64,
)
ATTACK, DEFENCE, STYLE, COMBO, REACH, SKILL = range(6)
"""Columns of ``Condition.now``. COMBO is style * 5 + element, SKILL the level of the style."""

_TYPICAL_LEVEL: Final = 8 * np.arange(1, 6)[:, None] - 4
"""Of a monster of each tier."""


class Condition:
    """One's own state, row by row; what changes slowly is renewed by ``think``, the rest by ``feel``.

    Attributes
    ----------
    style, profession : int64 [n]
        What it likes to fight with, and the craft it pursues.
    tiers : int64 [11, n]
        The tier of each skill, of the combat level (8), 5 (9) and 0 (10).
    weapon_slot, weapon_tier, tool_slot, tool_tier : int64 [n]
        The best weapon of the style and the best tool of the craft that it can use; tier 0: none.
    now : int64 [n, 6]
        ATTACK, DEFENCE, STYLE, COMBO, REACH and SKILL, with the best weapon in the hand, or with what the
        hand holds while it cannot change.
    limit : int64 [n]
        The most dangerous ground that it dares to walk on.
    fight_weight, harvest_weight : float64 [n]
        How much a level gained by fighting, by harvesting, matters.
    """

    def __init__(self, character: Character, style: NDArray[np.int64], profession: NDArray[np.int64]) -> None:
        n = len(style)
        self.character = character
        self.n = n
        self.lane = np.arange(n)
        self.style, self.profession = style, profession
        self.liked_profession = profession.copy()
        self.tiers = np.ones((11, n), np.int64)
        self.usable = np.zeros((n, see.INVENTORY), bool)
        self.weapon_type = see.SWORD + style
        self.weapon_slot = np.zeros(n, np.int64)
        self.weapon_tier = np.zeros(n, np.int64)
        self.tool_slot = np.zeros(n, np.int64)
        self.tool_tier = np.zeros(n, np.int64)
        self.tools = np.zeros((n, see.PROFESSIONS), np.int64)
        self.power = np.zeros((2, n, 6), np.int64)  # with the weapon, and without
        self.limit = np.ones(n, np.int64)
        self.fight_weight = np.ones(n)
        self.harvest_weight = np.ones(n)
        self.potions = np.zeros(n, np.int64)
        self.potion_slot = np.zeros(n, np.int64)
        self.healing = np.zeros(n, np.int64)
        self.rations = np.zeros(n, np.int64)
        self.ration_slot = np.zeros(n, np.int64)
        self.ammunition = np.zeros(n, np.int64)
        self.free_slots = np.zeros(n, np.int64)
        self.stake = np.zeros(n)
        self.relief = np.zeros(n, np.int64)

    # ---- every tick --------------------------------------------------------------------------------

    def feel(self, senses: Senses) -> None:
        """What may differ from one tick to the next."""
        hand = senses.worn_type[see.HAND]
        self.in_combat = senses.combat_ticks > 0
        self.calm = ~self.in_combat
        self.holds_weapon = (hand == self.weapon_type) & (senses.worn_tier[see.HAND] >= self.weapon_tier)
        self.holds_tool = hand == see.PICKAXE + self.profession
        # In combat the hand cannot change: what it holds is what one fights with.
        stuck = (self.in_combat & (hand != self.weapon_type)).astype(np.int64)
        self.now = self.power[stuck, self.lane]
        self.stake = senses.health * self.character.boldness

    # ---- now and then ------------------------------------------------------------------------------

    def think(self, senses: Senses, lanes: Lanes) -> None:
        """Pockets, gear and ambition of some agents. The senses must have read the pockets."""
        kind, tier = senses.item_type[lanes], senses.item_tier[lanes]
        quantity = senses.item_quantity[lanes]
        m = len(kind)
        lane = np.arange(m)
        levels = np.empty((11, m), np.int64)
        levels[:8] = senses.levels[:, lanes]
        levels[8] = senses.combat_level[lanes]
        levels[9] = rules.LEVELS
        levels[10] = -7  # tier 0: an empty slot is of no use
        tiers = (levels + 7) >> 3
        self.tiers[:, lanes] = tiers
        usable = tier <= tiers[SKILL_OF_ITEM[kind], lane[:, None]]
        self.usable[lanes] = usable
        fit = tier * usable

        self._choose_profession(senses, lanes, kind, fit)
        style, profession = self.style[lanes], self.profession[lanes]
        self.weapon_slot[lanes], self.weapon_tier[lanes] = _best(fit, kind == self.weapon_type[lanes, None])
        self.tool_slot[lanes], self.tool_tier[lanes] = _best(fit, kind == (see.PICKAXE + profession)[:, None])
        potions, rations = kind == see.POTION, kind == see.RATION
        self.potion_slot[lanes], best = _best(tier, potions)
        self.healing[lanes] = rules.FOOD_HEALTH_BASE + rules.FOOD_HEALTH_PER_TIER * best
        self.potions[lanes] = (quantity * potions).sum(axis=1)
        self.ration_slot[lanes], _ = _best(tier, rations)
        self.rations[lanes] = (quantity * rations).sum(axis=1)
        self.ammunition[lanes] = (quantity * (kind == (see.WHETSTONE + style)[:, None])).sum(axis=1)
        self.free_slots[lanes] = (kind == 0).sum(axis=1)
        self.relief[lanes] = np.minimum(self.potions[lanes], 4)
        self._reckon_power(senses, lanes)
        self._set_ambition(senses, lanes)

    def _choose_profession(self, senses: Senses, lanes: Lanes, kind: NDArray[Any], fit: NDArray[Any]) -> None:
        """The craft in which the best tool at hand leads furthest."""
        tools = np.stack([(fit * (kind == see.PICKAXE + craft)).max(axis=1) for craft in range(5)], axis=1)
        promise = 10.0 * np.maximum(tools, 1) + 0.5 * senses.levels[3:8, lanes].T
        lane = np.arange(len(kind))
        promise[lane, self.liked_profession[lanes]] += 3
        promise[lane, self.profession[lanes]] += 2  # a reason is needed to change
        self.profession[lanes] = promise.argmax(axis=1)
        self.tools[lanes] = tools

    def _reckon_power(self, senses: Senses, lanes: Lanes) -> None:
        """Attack, defence and reach with the best weapon, and without one."""
        worn_type, worn = senses.worn_type[:, lanes], senses.worn_tier[:, lanes]
        levels, element = senses.levels[:, lanes], senses.element[lanes]
        style, weapon = self.style[lanes], self.weapon_tier[lanes]
        lane = np.arange(len(style))
        body = (
            rules.PLAYER_DEFENCE_PER_LEVEL * senses.combat_level[lanes]
            + rules.HELM_DEFENCE_PER_TIER * worn[0]
            + rules.CHEST_DEFENCE_PER_TIER * worn[1]
            + rules.LEGS_DEFENCE_PER_TIER * worn[2]
        )
        gem = rules.PLAYER_ATTACK_BASE + rules.GEM_ATTACK_PER_TIER * worn[4]
        for bare in (0, 1):
            armed = (weapon > 0) & (not bare)
            tier = np.where(armed, weapon, worn[see.HAND] * (worn_type[see.HAND] == see.SWORD))
            used = style * armed
            sword, skill = used == 0, levels[used, lane]
            loaded = (tier > 0) & (worn_type[5] == see.WHETSTONE + used)
            power = self.power[bare, lanes]
            power[:, ATTACK] = (
                gem
                + rules.PLAYER_ATTACK_PER_LEVEL * skill
                + np.where(sword, rules.SWORD_ATTACK_PER_TIER, rules.BOW_ATTACK_PER_TIER) * tier
                + rules.AMMUNITION_ATTACK_PER_TIER * worn[5] * loaded
            )
            power[:, DEFENCE] = body + rules.SWORD_DEFENCE_PER_TIER * tier * sword
            power[:, STYLE] = used
            power[:, COMBO] = used * rules.ELEMENTS + element
            power[:, REACH] = np.where(sword, rules.MELEE_RANGE, rules.SHOT_RANGE)
            power[:, SKILL] = skill

    def _set_ambition(self, senses: Senses, lanes: Lanes) -> None:
        """The most dangerous ground on which a typical monster can be beaten at full health."""
        attack, defence = self.power[0, lanes, ATTACK], self.power[0, lanes, DEFENCE]
        shoots = self.power[0, lanes, REACH] > 1
        theirs = rules.MONSTER_ATTACK[_TYPICAL_LEVEL]
        even = rules.MATCHUP[0, 0]
        dealt = rules.damage(attack, rules.MONSTER_DEFENCE[_TYPICAL_LEVEL], even)
        taken = rules.damage(theirs, defence, even)
        rounds = -(-rules.FULL_HEALTH // dealt) - 1
        cost = rounds * taken * np.where(shoots, 0.65, 1.0)
        beaten = cost <= rules.FULL_HEALTH * self.character.boldness + 10 * self.relief[lanes]
        beaten[0] = True
        ambition = np.where(beaten.all(axis=0), rules.TIERS, beaten.argmin(axis=0))
        combat, harvest = senses.combat_level[lanes], senses.harvest_level[lanes]
        green = (combat < 7) | (harvest + max(self.character.fighting_bias, 0) < 6)  # tier 1 still teaches
        self.limit[lanes] = np.where(green, 1, ambition)
        # How much fighting and harvesting matter now: the lower of the two is the score.
        lead = np.clip(combat - harvest - self.character.fighting_bias, -24, 24) / 3
        self.fight_weight[lanes] = self.character.fighting_taste * np.exp2(-np.maximum(lead, 0))
        self.harvest_weight[lanes] = self.character.harvesting_taste * np.exp2(np.minimum(lead, 0))
        # Bare hands train the wrong skill: who likes another style looks for the weapon first.
        waiting = (self.weapon_tier[lanes] == 0) & (self.style[lanes] > 0) & (senses.age[lanes] < 400)
        self.fight_weight[lanes] *= np.where(waiting, 0.2, 1.0)


def _best(tier: NDArray[Any], which: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The slot of the highest tier among some, and that tier; 0 where there is none."""
    found = tier * which
    slot = found.argmax(axis=1)
    return slot, found[np.arange(len(slot)), slot]
