"""What objects are worth to a player: nodes to harvest, items to pick up, pieces to keep or to put on.

Values are counted in levels: the experience an object gives, after the division by tiers, over what the next
level takes, times how much the skill matters for the score now.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import ObservationReader
from nmmo.agents.scripted.own_state import AgentSlice, OwnState

__all__ = ["CLASSES", "HELPED", "NOT_WANTED", "Valuation", "value_class"]

CLASSES: Final = 5
"""Wants come in classes 0..4, the best first; each counts as two steps further away than the one before."""
NOT_WANTED: Final = 7
HELPED: Final = 8
"""Added to the class of a node for which one takes the tool in hand."""
_LEAST: Final = 0.02  # what is worth less is left alone
_NEVER: Final = 9  # a tier above all: what one has enough of


def value_class(value: NDArray[Any], steps: NDArray[Any] | float = 0.0) -> NDArray[np.int64]:
    """Return the class of something worth so many levels, that takes some steps beside the way to it."""
    delay = 0.5 * steps - 1.5 * np.log2(2 * np.maximum(value, 1e-4))
    found: NDArray[np.int64] = np.clip(delay, 0, CLASSES - 1).astype(np.int64)
    return found


class Valuation:
    """What each agent wants, renewed by ``think``.

    Attributes
    ----------
    classes : int64 [n, (tiers + 1) * objects]
        The class of every object and tier (``key_of``); NOT_WANTED for most; HELPED is added for nodes.
    have : int64 [n, item types + 1]
        The tier that one has of each item type, and above which another is wanted; 9 where none is.
    surplus : bool [n, inventory slots]
        Slots whose contents one has no use for.
    equip_action : int64 [n]
        The action that puts on something better; 0: there is nothing.
    """

    def __init__(self, own_state: OwnState, survival: bool) -> None:
        self.own_state = own_state
        self.survival = survival
        self.rules = rules = own_state.rules
        n, number = own_state.n, rules.number
        self._tiers = np.arange(1, number.TIERS + 1)
        self._plain = (rules.role_of_item == "armour") | (rules.role_of_item == "gem")
        self._gems = rules.of_role("gem")
        self._tools = rules.of_role("tool")
        # the professions whose nodes yield weapons by style, armour, gems, potions and rations
        self._armoury = np.array([rules.profession_of(weapon) for weapon in rules.weapon_of_style])
        self._armourer = rules.profession_of(rules.item.helm)
        self._jeweller = rules.profession_of(rules.item.earth_gem)
        self._brewer = rules.profession_of(rules.item.potion)
        self._cook = rules.profession_of(rules.item.ration)
        self._is_tool = rules.role_of_item[1:] == "tool"
        self.classes = np.full((n, (number.TIERS + 1) * rules.objects), NOT_WANTED, np.int64)
        self.have = np.zeros((n, number.ITEM_TYPES + 1), np.int64)
        self.surplus = np.zeros((n, number.INVENTORY_SLOTS), bool)
        self.equip_action = np.zeros(n, np.int64)

    def key_of(self, thing: NDArray[Any], tier: NDArray[Any]) -> NDArray[Any]:
        """Return the column of ``classes`` of an object of a tier."""
        key: NDArray[Any] = tier * self.rules.objects + thing
        return key

    def _table(self, agents: AgentSlice, m: int) -> NDArray[np.int64]:
        """Return the classes of some agents by tier and object, [m, tiers + 1, objects]."""
        return self.classes[agents].reshape(m, len(self._tiers) + 1, self.rules.objects)

    def think(self, observed: ObservationReader, agents: AgentSlice) -> None:
        """Value all objects for some agents."""
        kind, tier = observed.item_type[agents], observed.item_tier[agents]
        worn = observed.worn_tier[:, agents].T
        self._count(agents, kind, tier)
        self._rate_nodes(observed, agents, worn)
        self._rate_items(agents)
        self._sort_inventory(observed, agents, kind, tier, worn)

    def _count(self, agents: AgentSlice, kind: NDArray[Any], tier: NDArray[Any]) -> None:
        """Count what one has of each item type."""
        me, rules = self.own_state, self.rules
        m = len(kind)
        agent = np.arange(m)
        have = np.zeros((m, rules.number.ITEM_TYPES + 1), np.int64)
        np.maximum.at(have, (agent[:, None], kind), tier)
        have[:, self._gems] = have[:, self._gems].max(axis=1, keepdims=True)
        style, profession, pieces = me.style[agents], me.profession[agents], me.ammunition[agents]
        weapon, missile, tool = (
            rules.weapon_of_style[style], rules.ammunition_of_style[style], rules.tool_of_profession[profession],
        )  # fmt: skip
        for role, part in (("weapon", weapon), ("ammunition", missile)):  # of other styles nothing
            mine = have[agent, part]
            have[:, rules.of_role(role)] = _NEVER
            have[agent, part] = mine
        mine = have[agent, tool]
        # A better tool is a reason to change the profession.
        others = me.tool_tier[agents, None] if me.traits.changes_profession else _NEVER
        have[:, self._tools] = others
        have[agent, tool] = mine
        missiles = have[agent, missile]
        have[agent, missile] = np.where(pieces >= 36, _NEVER, np.where(pieces >= 8, missiles, 0))
        rations = 10 if self.survival else min(4, me.traits.rations_kept)
        have[:, rules.item.ration] = np.where(me.rations[agents] >= rations, _NEVER, 0)
        have[:, rules.item.potion] = np.where(me.potions[agents] >= min(10, me.traits.potions_kept), _NEVER, 0)
        self.have[agents] = have

    def _rate_nodes(self, observed: ObservationReader, agents: AgentSlice, worn: NDArray[Any]) -> None:
        me, rules, number, tiers = self.own_state, self.rules, self.rules.number, self._tiers
        m = len(worn)
        agent = np.arange(m)
        tools = np.zeros((m, number.PROFESSIONS), np.int64)
        own = np.zeros((m, number.PROFESSIONS), bool)
        own[agent, me.profession[agents]] = True
        tools[agent, me.profession[agents]] = me.tool_tier[agents]
        helped = tools[:, :, None] >= tiers
        reached = (tools > 0)[:, :, None] & (tools[:, :, None] + number.TOOL_REACH >= tiers)
        bare = tiers <= number.TOOL_REACH
        needs_tool = helped | (reached & ~bare)
        gap = np.maximum(me.tiers[number.STYLES : number.SKILLS, agents].T[:, :, None] - tiers, 0)
        experience = (number.HARVEST_EXPERIENCE_PER_TIER * tiers * np.where(helped, number.TOOL_FACTOR, 1)) >> (
            number.TIER_GAP_SHIFT * gap
        )
        needed = number.EXPERIENCE_PER_LEVEL * np.maximum(
            observed.levels[number.STYLES :, agents].T, 1
        )  # 0 without a body
        use = self._use_of_yields(agents, worn)
        value = (own * me.harvest_weight[agents, None] / needed)[:, :, None] * experience
        value += use[:, :, None] + me.traits.yield_value * tiers
        # Who can go where there is more to learn does not dally over what teaches little.
        worthy = (value > _LEAST) & ((gap == 0) | (me.limit[agents, None, None] <= tiers) | (use[:, :, None] > 0.1))
        worthy |= me.traits.yield_value * 2 > _LEAST
        wanted = worthy & (needs_tool | bare)
        found = np.where(wanted, value_class(value) + HELPED * needs_tool, NOT_WANTED)
        table = self._table(agents, m)
        table[:, 1:, rules.node_of_profession] = found.transpose(0, 2, 1)
        self.classes[agents] = table.reshape(m, -1)

    def _use_of_yields(self, agents: AgentSlice, worn: NDArray[Any]) -> NDArray[Any]:
        """Return what a node's yield is worth for one's own use, in levels: [m, professions]."""
        me, rules, slot = self.own_state, self.rules, self.rules.slot
        style, pieces = me.style[agents], me.ammunition[agents]
        use = np.zeros((len(worn), rules.number.PROFESSIONS))
        unarmed = me.weapon_tier[agents] == 0
        missing = np.where(unarmed, 0.35, np.where(pieces < 12, 0.12, np.where(pieces < 40, 0.04, 0.0)))
        use[np.arange(len(use)), self._armoury[style]] = missing
        use[:, self._armourer] += (worn[:, [slot.head, slot.body, slot.legs]] == 0).sum(axis=1) * 0.06
        use[:, self._jeweller] += 0.04 * (worn[:, slot.gem] == 0)
        potions, rations = me.potions[agents], me.rations[agents]
        use[:, self._brewer] = np.where(potions < 5, 0.1, np.where(potions < 15, 0.04, 0.0))
        use[:, self._cook] = np.where(rations < 2, 0.04, 0.0)
        if self.survival:
            use[:, self._cook] += 0.3 * (rations < 6) + 1.0 * (rations < 2)
        return use

    def _rate_items(self, agents: AgentSlice) -> None:
        me = self.own_state
        have = self.have[agents, 1:, None]
        better = have < self._tiers
        saleable = (
            me.traits.sale_value
            * self._tiers
            * (1 + self._is_tool)[:, None]
            * (me.limit[agents, None, None] <= self._tiers)
        )
        value = np.where(better, 0.5, saleable)
        room = me.free_slots[agents, None, None] > np.where(better, 0, 2)
        found = np.where(room & (value > 0), value_class(value), NOT_WANTED)
        m = len(have)
        table = self._table(agents, m)
        table[:, 1:, 1 : self.rules.number.ITEM_TYPES + 1] = found.transpose(0, 2, 1)
        self.classes[agents] = table.reshape(m, -1)

    def _sort_inventory(
        self,
        observed: ObservationReader,
        agents: AgentSlice,
        kind: NDArray[Any],
        tier: NDArray[Any],
        worn: NDArray[Any],
    ) -> None:
        """Decide what to put on, and what is surplus."""
        me, rules = self.own_state, self.rules
        m = len(kind)
        agent = np.arange(m)
        there = worn[agent[:, None], rules.slot_of_item[kind]]  # of what is worn nowhere it does not matter
        better = tier > there
        plain = self._plain[kind]
        ammunition, missiles = rules.slot.ammunition, rules.ammunition_of_style[me.style[agents]]
        missile = kind == missiles[:, None]
        fits = observed.worn_type[ammunition, agents] == missiles
        loaded = np.where(fits, observed.worn_tier[ammunition, agents], 0)
        gain = np.where(plain, tier - there, np.where(missile, tier - loaded[:, None], 0)) * me.usable[agents]
        slot = gain.argmax(axis=1)
        self.equip_action[agents] = np.where(gain[agent, slot] > 0, rules.action.use + slot, 0)

        keep = plain & better
        keep |= (kind == me.weapon_type[agents, None]) & (tier > me.weapon_tier[agents, None])
        keep |= (kind == rules.tool_of_profession[me.profession[agents], None]) & (tier > me.tool_tier[agents, None])
        keep |= missile
        keep |= (kind == rules.item.potion) & (me.potions[agents] <= me.traits.potions_kept)[:, None]
        keep |= (kind == rules.item.ration) & (me.rations[agents] <= me.traits.rations_kept)[:, None]
        keep[agent, me.weapon_slot[agents]] |= me.weapon_tier[agents] > 0
        keep[agent, me.tool_slot[agents]] |= me.tool_tier[agents] > 0
        self.surplus[agents] = ~keep & (kind > 0) & (observed.item_worn[agents] == 0)
