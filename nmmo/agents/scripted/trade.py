"""Errands to the market: what to buy, what to sell and at which price, what to throw away."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents import rules_numbers as rules
from nmmo.agents.perception import Senses
from nmmo.agents.scripted.condition import SKILL_OF_ITEM, Condition, Lanes
from nmmo.agents.scripted.worth import Worth

__all__ = ["Trade"]

_TIER: Final = np.arange(1, 6)
_EAGERNESS: Final = np.array([2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 1, 1])
"""How much a better piece of each item type is wanted; weapons and tools are for the character to say."""


class Trade:
    """Chooses errands.

    Attributes
    ----------
    errand : int64 [n]
        The action to do when there is time: buy, sell, drop, or move the asking price; 0 for none.
    """

    def __init__(self, condition: Condition, worth: Worth) -> None:
        self.condition, self.worth = condition, worth
        self.errand = np.zeros(condition.n, np.int64)
        self._eagerness = _EAGERNESS.copy()
        self._eagerness[see.SWORD - 1 : see.STAFF] = condition.character.eager_for_weapons
        self._eagerness[see.PICKAXE - 1 : see.ROD] = condition.character.eager_for_tools

    def think(self, senses: Senses, mask: NDArray[np.uint8], dice: NDArray[Any], lanes: Lanes) -> None:
        """Errands of some agents. dice: float [m], 0 to 1."""
        me = self.condition
        mask = mask[lanes]
        kind, tier = senses.item_type[lanes], senses.item_tier[lanes]
        asking = senses.price_step[lanes]
        lane = np.arange(len(kind))
        item, step = self._wish(senses, lanes)
        want = (step > 0) & (dice < me.character.haste)
        buy = want & (mask[lane, see.BUY + item] > 0) & (asking >= step)
        # What stacks is worth its slot, and would be picked up again.
        stacks = kind >= see.WHETSTONE
        surplus = self.worth.surplus[lanes]
        sell = surplus & (mask[:, see.SELL : see.SELL + see.INVENTORY] > 0)
        sell &= (tier >= me.limit[lanes, None] - me.character.sells_below) | stacks
        slot = (tier * sell).argmax(axis=1)
        selling = sell[lane, slot]
        target = np.where(selling, _asking_step(senses, kind[lane, slot], tier[lane, slot]), 0)
        target = np.where(want, step, target)
        pricing = (target > 0) & (target != asking)
        drop = surplus & ~stacks & (mask[:, see.DROP : see.DROP + see.INVENTORY] > 0)
        poorest = np.where(drop, tier, 99).argmin(axis=1)
        junk = tier[lane, poorest] < me.limit[lanes]
        free = me.free_slots[lanes]
        full = (free <= 1) & drop[lane, poorest] & (junk | ~selling)

        errand = np.where(full, see.DROP + poorest, 0)
        errand = np.where(selling, see.SELL + slot, errand)
        errand = np.where(pricing, np.where(target > asking, see.PRICE_UP, see.PRICE_DOWN), errand)
        errand = np.where(buy, see.BUY + item, errand)
        self.errand[lanes] = np.where(full & (free == 0), see.DROP + poorest, errand)

    def _wish(self, senses: Senses, lanes: Lanes) -> tuple[NDArray[Any], NDArray[Any]]:
        """The item type - 1 that is wanted most of what is offered, and its price step; 0 for none."""
        me = self.condition
        board = senses.cheapest.astype(np.int64)
        usable = me.tiers[SKILL_OF_ITEM[1:], lanes].T[:, :, None] >= _TIER  # [m, 20, 5]
        wanted = usable & (board > 0) & (rules.PRICES[board] <= senses.gold[lanes][:, None, None])
        wanted &= self.worth.have[lanes, 1:, None] < _TIER
        # A purchase takes the highest tier, so that is what one is to count with.
        best = (wanted * _TIER).max(axis=2)
        item = (best * self._eagerness).argmax(axis=1)
        tier = best[np.arange(len(item)), item]
        return item, np.where(tier > 0, board[item, np.maximum(tier, 1) - 1], 0)


def _asking_step(senses: Senses, kind: NDArray[Any], tier: NDArray[Any]) -> NDArray[Any]:
    """The price step at which to sell: as cheap as the cheapest other, within reason for the tier."""
    cheapest = senses.cheapest[np.maximum(kind, 1) - 1, np.maximum(tier, 1) - 1].astype(np.int64)
    fair = 2 + tier
    step: NDArray[Any] = np.where(cheapest > 0, np.clip(cheapest, fair - 1, fair + 2), fair)
    return step
