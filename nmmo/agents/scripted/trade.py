"""Actions on the market: what to buy, what to sell and at which price, what to throw away."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import ObservationReader
from nmmo.agents.scripted.own_state import AgentSlice, OwnState
from nmmo.agents.scripted.valuation import Valuation

__all__ = ["Trade"]

_EAGERNESS: Final = {"armour": 2, "gem": 1, "ammunition": 2, "food": 1}
"""How much a better piece of each role is wanted; weapons and tools are for the traits to say."""


class Trade:
    """Chooses actions on the market.

    Attributes
    ----------
    market_action : int64 [n]
        The action to do when there is time: buy, sell, drop, or move the asking price; 0 for none.
    """

    def __init__(self, own_state: OwnState, valuation: Valuation) -> None:
        self.own_state, self.valuation = own_state, valuation
        self.market_action = np.zeros(own_state.n, np.int64)
        self.rules = rules = own_state.rules
        traits = own_state.traits
        eagerness = {**_EAGERNESS, "weapon": traits.weapon_eagerness, "tool": traits.tool_eagerness}
        self._eagerness = np.array([eagerness[role] for role in rules.role_of_item[1:]], np.int64)
        self._tiers = np.arange(1, rules.number.TIERS + 1)

    def think(
        self, observed: ObservationReader, mask: NDArray[np.uint8], uniforms: NDArray[Any], agents: AgentSlice
    ) -> None:
        """Choose the market actions of some agents. uniforms: float [m], 0 to 1."""
        me, do, slots = self.own_state, self.rules.action, self.rules.number.INVENTORY_SLOTS
        mask = mask[agents]
        kind, tier = observed.item_type[agents], observed.item_tier[agents]
        asking = observed.price_step[agents]
        agent = np.arange(len(kind))
        item, step = self._wish(observed, agents)
        want = (step > 0) & (uniforms < me.traits.purchase_probability)
        buy = want & (mask[agent, do.buy + item] > 0) & (asking >= step)
        # What stacks is worth its slot, and would be picked up again.
        stacks = self.rules.stacks[kind]
        surplus = self.valuation.surplus[agents]
        sell = surplus & (mask[:, do.sell : do.sell + slots] > 0)
        sell &= (tier >= me.limit[agents, None] - me.traits.sells_below) | stacks
        slot = (tier * sell).argmax(axis=1)
        selling = sell[agent, slot]
        target = np.where(selling, _asking_step(observed, kind[agent, slot], tier[agent, slot]), 0)
        target = np.where(want, step, target)
        pricing = (target > 0) & (target != asking)
        drop = surplus & ~stacks & (mask[:, do.drop : do.drop + slots] > 0)
        poorest = np.where(drop, tier, 99).argmin(axis=1)
        junk = tier[agent, poorest] < me.limit[agents]
        free = me.free_slots[agents]
        full = (free <= 1) & drop[agent, poorest] & (junk | ~selling)

        market_action = np.where(full, do.drop + poorest, 0)
        market_action = np.where(selling, do.sell + slot, market_action)
        market_action = np.where(pricing, np.where(target > asking, do.price_up, do.price_down), market_action)
        market_action = np.where(buy, do.buy + item, market_action)
        self.market_action[agents] = np.where(full & (free == 0), do.drop + poorest, market_action)

    def _wish(self, observed: ObservationReader, agents: AgentSlice) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the item type - 1 that is wanted most of what is offered, and its price step; 0 for none."""
        me = self.own_state
        board = observed.cheapest.astype(np.int64)
        usable = me.tiers[me.tier_of_item[1:], agents].T[:, :, None] >= self._tiers  # [m, item types, tiers]
        wanted = usable & (board > 0) & (self.rules.prices[board] <= observed.gold[agents][:, None, None])
        wanted &= self.valuation.have[agents, 1:, None] < self._tiers
        # A purchase takes the highest tier, so that is what one is to count with.
        best = (wanted * self._tiers).max(axis=2)
        item = (best * self._eagerness).argmax(axis=1)
        tier = best[np.arange(len(item)), item]
        return item, np.where(tier > 0, board[item, np.maximum(tier, 1) - 1], 0)


def _asking_step(observed: ObservationReader, kind: NDArray[Any], tier: NDArray[Any]) -> NDArray[Any]:
    """Return the price step at which to sell: as cheap as the cheapest other, within reason for the tier."""
    cheapest = observed.cheapest[np.maximum(kind, 1) - 1, np.maximum(tier, 1) - 1].astype(np.int64)
    fair = 2 + tier
    step: NDArray[Any] = np.where(cheapest > 0, np.clip(cheapest, fair - 1, fair + 2), fair)
    return step
