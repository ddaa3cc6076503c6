"""What a player has and can do: levels, gear, attack and defence, and how much it dares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import ObservationReader
from nmmo.agents.rules import Rules
from nmmo.agents.scripted.traits import Traits

__all__ = ["ATTACK", "COMBO", "DEFENCE", "REACH", "SKILL", "STYLE", "AgentSlice", "OwnState"]

AgentSlice = slice
"""Which agents a part of ``think`` is for: all of them, or every fifth or tenth."""

ATTACK, DEFENCE, STYLE, COMBO, REACH, SKILL = range(6)
"""Columns of ``OwnState.now``. COMBO is style * 5 + element, SKILL the level of the style."""


class OwnState:
    """One's own state, row by row; what changes slowly is renewed by ``think``, the rest by ``update``.

    Attributes
    ----------
    style, profession : int64 [n]
        What it likes to fight with, and the profession it pursues.
    tiers : int64 [skills + 3, n]
        The tier of each skill, then that of the combat level, the highest of all, and 0.
    tier_of_item : int64 [item types + 1]
        Which of them decides whether an item can be used.
    weapon_slot, weapon_tier, tool_slot, tool_tier : int64 [n]
        The best weapon of the style and the best tool of the profession that it can use; tier 0: none.
    now : int64 [n, 6]
        ATTACK, DEFENCE, STYLE, COMBO, REACH and SKILL, with the best weapon in the hand, or with what the
        hand holds while it cannot change.
    limit : int64 [n]
        The most dangerous ground that it dares to walk on.
    fight_weight, harvest_weight : float64 [n]
        How much a level gained by fighting, by harvesting, matters.
    """

    def __init__(self, traits: Traits, rules: Rules, style: NDArray[np.int64], profession: NDArray[np.int64]) -> None:
        n = len(style)
        self.traits = traits
        self.rules = rules
        skills = rules.number.SKILLS
        self.tier_of_item = np.where(rules.skill_of_item < 0, skills + 1, rules.skill_of_item)
        self.tier_of_item[0] = skills + 2  # an empty slot is of no use
        self.n = n
        self.agent = np.arange(n)
        self.style, self.profession = style, profession
        self.liked_profession = profession.copy()
        self.tiers = np.ones((skills + 3, n), np.int64)
        self.usable = np.zeros((n, rules.number.INVENTORY_SLOTS), bool)
        self.weapon_type = rules.weapon_of_style[style]
        self.weapon_slot = np.zeros(n, np.int64)
        self.weapon_tier = np.zeros(n, np.int64)
        self.tool_slot = np.zeros(n, np.int64)
        self.tool_tier = np.zeros(n, np.int64)
        self.tools = np.zeros((n, rules.number.PROFESSIONS), np.int64)
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
        self.stake: NDArray[Any] = np.zeros(n)
        self.relief = np.zeros(n, np.int64)

    # ---- every tick --------------------------------------------------------------------------------

    def update(self, observed: ObservationReader) -> None:
        """Update what may differ from one tick to the next."""
        rules = self.rules
        hand, hand_tier = observed.worn_type[rules.slot.hand], observed.worn_tier[rules.slot.hand]
        self.in_combat = observed.combat_ticks > 0
        self.calm = ~self.in_combat
        self.holds_weapon = (hand == self.weapon_type) & (hand_tier >= self.weapon_tier)
        self.holds_tool = hand == rules.tool_of_profession[self.profession]
        # In combat the hand cannot change: what it holds is what one fights with.
        stuck = (self.in_combat & (hand != self.weapon_type)).astype(np.int64)
        self.now = self.power[stuck, self.agent]
        self.stake = observed.health * self.traits.boldness

    # ---- now and then ------------------------------------------------------------------------------

    def think(self, observed: ObservationReader, agents: AgentSlice) -> None:
        """Renew inventory, gear and ambition of some agents, after ``ObservationReader.read_inventory``."""
        kind, tier = observed.item_type[agents], observed.item_tier[agents]
        quantity = observed.item_quantity[agents]
        rules, number = self.rules, self.rules.number
        m = len(kind)
        agent = np.arange(m)
        levels = np.empty((number.SKILLS + 3, m), np.int64)
        levels[: number.SKILLS] = observed.levels[:, agents]
        levels[number.SKILLS] = observed.combat_level[agents]
        levels[number.SKILLS + 1] = number.LEVELS
        levels[number.SKILLS + 2] = 1 - number.LEVELS_PER_TIER  # tier 0
        tiers = (levels + number.LEVELS_PER_TIER - 1) // number.LEVELS_PER_TIER
        self.tiers[:, agents] = tiers
        usable = tier <= tiers[self.tier_of_item[kind], agent[:, None]]
        self.usable[agents] = usable
        fit = tier * usable

        self._choose_profession(observed, agents, kind, fit)
        style, profession = self.style[agents], self.profession[agents]
        self.weapon_slot[agents], self.weapon_tier[agents] = _best(fit, kind == self.weapon_type[agents, None])
        self.tool_slot[agents], self.tool_tier[agents] = _best(fit, kind == rules.tool_of_profession[profession, None])
        potions, rations = kind == rules.item.potion, kind == rules.item.ration
        self.potion_slot[agents], best = _best(tier, potions)
        potion = rules.content.items.potion
        self.healing[agents] = potion.health + potion.health_per_tier * best
        self.potions[agents] = (quantity * potions).sum(axis=1)
        self.ration_slot[agents], _ = _best(tier, rations)
        self.rations[agents] = (quantity * rations).sum(axis=1)
        self.ammunition[agents] = (quantity * (kind == rules.ammunition_of_style[style, None])).sum(axis=1)
        self.free_slots[agents] = (kind == 0).sum(axis=1)
        self.relief[agents] = np.minimum(self.potions[agents], 4)
        self._compute_power(observed, agents)
        self._set_ambition(observed, agents)

    def _choose_profession(
        self, observed: ObservationReader, agents: AgentSlice, kind: NDArray[Any], fit: NDArray[Any]
    ) -> None:
        """Choose the profession in which the best tool at hand leads furthest."""
        tools = np.stack([(fit * (kind == tool)).max(axis=1) for tool in self.rules.tool_of_profession], axis=1)
        promise = 10.0 * np.maximum(tools, 1) + 0.5 * observed.levels[self.rules.number.STYLES :, agents].T
        agent = np.arange(len(kind))
        promise[agent, self.liked_profession[agents]] += 3
        promise[agent, self.profession[agents]] += 2  # a reason is needed to change
        self.profession[agents] = promise.argmax(axis=1)
        self.tools[agents] = tools

    def _compute_power(self, observed: ObservationReader, agents: AgentSlice) -> None:
        """Compute attack, defence and reach with the best weapon, and without one."""
        rules, number, slot = self.rules, self.rules.number, self.rules.slot
        worn_type, worn = observed.worn_type[:, agents], observed.worn_tier[:, agents]
        levels, element = observed.levels[:, agents], observed.element[agents]
        style, weapon = self.style[agents], self.weapon_tier[agents]
        agent = np.arange(len(style))
        attack = number.PLAYER_ATTACK_BASE + np.zeros(len(style), np.int64)
        body = number.PLAYER_DEFENCE_PER_LEVEL * observed.combat_level[agents]
        for place in (slot.head, slot.body, slot.legs, slot.gem):
            attack += rules.attack_of_item[worn_type[place]] * worn[place]
            body = body + rules.defence_of_item[worn_type[place]] * worn[place]
        bare_hand = rules.weapon_of_style[0]
        for bare in (0, 1):
            armed = (weapon > 0) & (not bare)
            tier = np.where(armed, weapon, worn[slot.hand] * (worn_type[slot.hand] == bare_hand))
            used = style * armed
            held, missiles = rules.weapon_of_style[used], rules.ammunition_of_style[used]
            skill = levels[used, agent]
            loaded = (tier > 0) & (worn_type[slot.ammunition] == missiles)
            power = self.power[bare, agents]
            power[:, ATTACK] = (
                attack
                + number.PLAYER_ATTACK_PER_LEVEL * skill
                + rules.attack_of_item[held] * tier
                + rules.attack_of_item[missiles] * worn[slot.ammunition] * loaded
            )
            power[:, DEFENCE] = body + rules.defence_of_item[held] * tier
            power[:, STYLE] = used
            power[:, COMBO] = used * number.ELEMENTS + element
            power[:, REACH] = rules.reach_of_item[held]
            power[:, SKILL] = skill

    def _set_ambition(self, observed: ObservationReader, agents: AgentSlice) -> None:
        """Set the most dangerous ground on which a typical monster can be beaten at full health."""
        rules, number = self.rules, self.rules.number
        typical = number.LEVELS_PER_TIER * np.arange(1, number.TIERS + 1)[:, None] - number.LEVELS_PER_TIER // 2
        attack, defence = self.power[0, agents, ATTACK], self.power[0, agents, DEFENCE]
        shoots = self.power[0, agents, REACH] > 1
        theirs = rules.monster_attack[typical]
        even = rules.matchup[0, 0]
        dealt = rules.damage(attack, rules.monster_defence[typical], even)
        taken = rules.damage(theirs, defence, even)
        rounds = -(-number.FULL_HEALTH // dealt) - 1
        cost = rounds * taken * np.where(shoots, 0.65, 1.0)
        beaten = cost <= number.FULL_HEALTH * self.traits.boldness + 10 * self.relief[agents]
        beaten[0] = True
        ambition = np.where(beaten.all(axis=0), number.TIERS, beaten.argmin(axis=0))
        combat, harvest = observed.combat_level[agents], observed.harvest_level[agents]
        green = (combat < 7) | (harvest + max(self.traits.fighting_bias, 0) < 6)  # tier 1 still teaches
        self.limit[agents] = np.where(green, 1, ambition)
        # How much fighting and harvesting matter now: the lower of the two is the score.
        lead = np.clip(combat - harvest - self.traits.fighting_bias, -24, 24) / 3
        self.fight_weight[agents] = self.traits.fighting_weight * np.exp2(-np.maximum(lead, 0))
        self.harvest_weight[agents] = self.traits.harvesting_weight * np.exp2(np.minimum(lead, 0))
        # Bare hands train the wrong skill: who likes another style looks for the weapon first.
        waiting = (self.weapon_tier[agents] == 0) & (self.style[agents] > 0) & (observed.age[agents] < 400)
        self.fight_weight[agents] *= np.where(waiting, 0.2, 1.0)


def _best(tier: NDArray[Any], which: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the slot of the highest tier among some, and that tier; 0 where there is none."""
    found = tier * which
    slot = found.argmax(axis=1)
    return slot, found[np.arange(len(slot)), slot]
