"""What things are worth to a player: nodes to harvest, items to pick up, pieces to keep or to put on.

Worth is counted in levels: the experience a thing gives, after the division by tiers, over what the next
level takes, times how much the skill matters for the score now.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents import rules_numbers as rules
from nmmo.agents.perception import Senses
from nmmo.agents.scripted.condition import Condition, Lanes

__all__ = ["CLASSES", "HELPED", "NOT_WANTED", "Worth", "class_of_worth", "key_of"]

CLASSES: Final = 5
"""Wants come in classes 0..4, the best first; each counts as two steps further away than the one before."""
NOT_WANTED: Final = 7
HELPED: Final = 8
"""Added to the class of a node for which one takes the tool in hand."""
_KEYS: Final = 32 * 6
_LEAST: Final = 0.02  # what is worth less is left alone
_NEVER: Final = 9  # a tier above all: what one has enough of
_PLACE_OF_ITEM: Final = np.array([7, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 6], np.int64)
_TIER: Final = np.arange(1, 6)
_IS_TOOL: Final = (np.arange(1, 21) >= see.PICKAXE) & (np.arange(1, 21) <= see.ROD)


def class_of_worth(worth: NDArray[Any], steps: NDArray[Any] | float = 0.0) -> NDArray[np.int64]:
    """The class of something worth so many levels, that takes some steps beside the way to it."""
    delay = 0.5 * steps - 1.5 * np.log2(2 * np.maximum(worth, 1e-4))
    found: NDArray[np.int64] = np.clip(delay, 0, CLASSES - 1).astype(np.int64)
    return found


def key_of(thing: NDArray[Any], tier: NDArray[Any]) -> NDArray[Any]:
    """The column of ``Worth.classes`` of an object of a tier."""
    key: NDArray[Any] = tier * 32 + thing
    return key


class Worth:
    """What each agent wants, renewed by ``think``.

    Attributes
    ----------
    classes : int64 [n, 192]
        The class of every object and tier (``key_of``); NOT_WANTED for most; HELPED is added for nodes.
    have : int64 [n, 21]
        The tier that one has of each item type, and above which another is wanted; 9 where none is.
    surplus : bool [n, 12]
        Slots whose contents one has no use for.
    dress : int64 [n]
        The action that puts on something better; 0: there is nothing.
    """

    def __init__(self, condition: Condition, survival: bool) -> None:
        self.condition = condition
        self.survival = survival
        n = condition.n
        self.classes = np.full((n, _KEYS), NOT_WANTED, np.int64)
        self.have = np.zeros((n, 21), np.int64)
        self.surplus = np.zeros((n, see.INVENTORY), bool)
        self.dress = np.zeros(n, np.int64)

    def think(self, senses: Senses, lanes: Lanes) -> None:
        """Worth of all things for some agents."""
        kind, tier = senses.item_type[lanes], senses.item_tier[lanes]
        worn = senses.worn_tier[:, lanes].T
        self._count(lanes, kind, tier)
        self._rate_nodes(senses, lanes, worn)
        self._rate_items(lanes)
        self._sort_pockets(senses, lanes, kind, tier, worn)

    def _count(self, lanes: Lanes, kind: NDArray[Any], tier: NDArray[Any]) -> None:
        """What one has of each item type."""
        me = self.condition
        m = len(kind)
        lane = np.arange(m)
        have = np.zeros((m, 21), np.int64)
        np.maximum.at(have, (lane[:, None], kind), tier)
        have[:, see.EARTH_GEM : see.WATER_GEM + 1] = have[:, see.EARTH_GEM : see.WATER_GEM + 1].max(
            axis=1, keepdims=True
        )
        style, profession, pieces = me.style[lanes], me.profession[lanes], me.ammunition[lanes]
        for part in (see.SWORD, see.WHETSTONE):  # of other styles nothing
            mine = have[lane, part + style]
            have[:, part : part + 3] = _NEVER
            have[lane, part + style] = mine
        mine = have[lane, see.PICKAXE + profession]
        # A better tool is a reason to change the craft.
        others = me.tool_tier[lanes, None] if me.character.handy else _NEVER
        have[:, see.PICKAXE : see.ROD + 1] = others
        have[lane, see.PICKAXE + profession] = mine
        missiles = have[lane, see.WHETSTONE + style]
        have[lane, see.WHETSTONE + style] = np.where(pieces >= 36, _NEVER, np.where(pieces >= 8, missiles, 0))
        rations = 10 if self.survival else min(4, me.character.rations_kept)
        have[:, see.RATION] = np.where(me.rations[lanes] >= rations, _NEVER, 0)
        have[:, see.POTION] = np.where(me.potions[lanes] >= min(10, me.character.potions_kept), _NEVER, 0)
        self.have[lanes] = have

    def _rate_nodes(self, senses: Senses, lanes: Lanes, worn: NDArray[Any]) -> None:
        me = self.condition
        m = len(worn)
        lane = np.arange(m)
        tools = np.zeros((m, see.PROFESSIONS), np.int64)
        own = np.zeros((m, see.PROFESSIONS), bool)
        own[lane, me.profession[lanes]] = True
        tools[lane, me.profession[lanes]] = me.tool_tier[lanes]
        helped = tools[:, :, None] >= _TIER
        reached = (tools > 0)[:, :, None] & (tools[:, :, None] + rules.TOOL_REACH >= _TIER)
        bare = _TIER <= rules.TOOL_REACH
        needs_tool = helped | (reached & ~bare)
        gap = np.maximum(me.tiers[3:8, lanes].T[:, :, None] - _TIER, 0)
        experience = (rules.HARVEST_EXPERIENCE_PER_TIER * _TIER * np.where(helped, rules.TOOL_FACTOR, 1)) >> (
            rules.TIER_GAP_SHIFT * gap
        )
        needed = rules.EXPERIENCE_PER_LEVEL * np.maximum(senses.levels[3:8, lanes].T, 1)  # 0 without a body
        use = self._use_of_yields(lanes, worn)
        worth = (own * me.harvest_weight[lanes, None] / needed)[:, :, None] * experience
        worth += use[:, :, None] + me.character.crafts * _TIER
        # Who can go where there is more to learn does not dally over what teaches little.
        worthy = (worth > _LEAST) & (
            (gap == 0) | (me.limit[lanes, None, None] <= _TIER) | (use[:, :, None] > 0.1)
        )
        worthy |= me.character.crafts * 2 > _LEAST
        wanted = worthy & (needs_tool | bare)
        found = np.where(wanted, class_of_worth(worth) + HELPED * needs_tool, NOT_WANTED)
        table = self.classes[lanes].reshape(m, 6, 32)
        table[:, 1:, see.ORE : see.ORE + 5] = found.transpose(0, 2, 1)
        self.classes[lanes] = table.reshape(m, _KEYS)

    def _use_of_yields(self, lanes: Lanes, worn: NDArray[Any]) -> NDArray[Any]:
        """What a node's yield is worth for one's own use, in levels: [m, 5]."""
        me = self.condition
        style, pieces = me.style[lanes], me.ammunition[lanes]
        use = np.zeros((len(worn), see.PROFESSIONS))
        unarmed = me.weapon_tier[lanes] == 0
        missing = np.where(unarmed, 0.35, np.where(pieces < 12, 0.12, np.where(pieces < 40, 0.04, 0.0)))
        use[np.arange(len(use)), style] = missing  # ore, trees and crystals in the order of the styles
        use[:, 0] += (worn[:, :3] == 0).sum(axis=1) * 0.06
        use[:, 2] += 0.04 * (worn[:, 4] == 0)
        potions, rations = me.potions[lanes], me.rations[lanes]
        use[:, 3] = np.where(potions < 5, 0.1, np.where(potions < 15, 0.04, 0.0))
        use[:, 4] = np.where(rations < 2, 0.04, 0.0)
        if self.survival:
            use[:, 4] += 0.3 * (rations < 6) + 1.0 * (rations < 2)
        return use

    def _rate_items(self, lanes: Lanes) -> None:
        me = self.condition
        have = self.have[lanes, 1:, None]
        better = have < _TIER
        saleable = (
            me.character.sale_worth * _TIER * (1 + _IS_TOOL)[:, None] * (me.limit[lanes, None, None] <= _TIER)
        )
        value = np.where(better, 0.5, saleable)
        room = me.free_slots[lanes, None, None] > np.where(better, 0, 2)
        found = np.where(room & (value > 0), class_of_worth(value), NOT_WANTED)
        m = len(have)
        table = self.classes[lanes].reshape(m, 6, 32)
        table[:, 1:, 1:21] = found.transpose(0, 2, 1)
        self.classes[lanes] = table.reshape(m, _KEYS)

    def _sort_pockets(
        self, senses: Senses, lanes: Lanes, kind: NDArray[Any], tier: NDArray[Any], worn: NDArray[Any]
    ) -> None:
        """What to put on, and what is surplus."""
        me = self.condition
        m = len(kind)
        lane = np.arange(m)
        place = _PLACE_OF_ITEM[kind]
        there = worn[lane[:, None], np.minimum(place, 5)]
        better = tier > there
        plain = (place <= 2) | (place == 4)
        missile = kind == (see.WHETSTONE + me.style[lanes])[:, None]
        loaded = np.where(
            senses.worn_type[5, lanes] == see.WHETSTONE + me.style[lanes], senses.worn_tier[5, lanes], 0
        )
        gain = np.where(plain, tier - there, np.where(missile, tier - loaded[:, None], 0)) * me.usable[lanes]
        slot = gain.argmax(axis=1)
        self.dress[lanes] = np.where(gain[lane, slot] > 0, see.USE + slot, 0)

        keep = plain & better
        keep |= (kind == me.weapon_type[lanes, None]) & (tier > me.weapon_tier[lanes, None])
        keep |= (kind == (see.PICKAXE + me.profession[lanes])[:, None]) & (tier > me.tool_tier[lanes, None])
        keep |= missile
        keep |= (kind == see.POTION) & (me.potions[lanes] <= me.character.potions_kept)[:, None]
        keep |= (kind == see.RATION) & (me.rations[lanes] <= me.character.rations_kept)[:, None]
        keep[lane, me.weapon_slot[lanes]] |= me.weapon_tier[lanes] > 0
        keep[lane, me.tool_slot[lanes]] |= me.tool_tier[lanes] > 0
        self.surplus[lanes] = ~keep & (kind > 0) & (senses.item_worn[lanes] == 0)
