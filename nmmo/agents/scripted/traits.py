"""What a scripted player is after."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Traits"]


@dataclass(frozen=True)
class Traits:
    """How one baseline differs from another.

    Attributes
    ----------
    fighting_bias
        Levels by which it would have its combat level above its harvest level; negative: below.
    fighting_weight, harvesting_weight
        Factors of what a level is worth, won by fighting and by harvesting.
    boldness
        The share of its health that it stakes on a fight.
    yield_value
        What the yield of a node is worth beside experience, in levels for each tier.
    sale_value
        What an item that is only good for selling is worth, in levels for each tier.
    sells_below
        By how many tiers goods may lie below the ground it dares to walk on, and still be worth offering.
    potions_kept, rations_kept
        A larger store is offered for sale, a dozen at a time.
    weapon_eagerness, tool_eagerness
        How much it wants to buy them; armour counts 2.
    purchase_probability
        How often it goes for what it wants to buy: all want the same, and who comes late gets a worse piece.
    changes_profession
        Whether it changes its profession for a better tool.
    hunts_players
        Whether it goes after players that should fall first. All strike back.
    """

    fighting_bias: float = 0.0
    fighting_weight: float = 1.0
    harvesting_weight: float = 1.0
    boldness: float = 0.7
    yield_value: float = 0.0
    sale_value: float = 0.03
    sells_below: int = 0
    potions_kept: int = 20
    rations_kept: int = 12
    weapon_eagerness: int = 4
    tool_eagerness: int = 5
    purchase_probability: float = 0.3
    changes_profession: bool = False
    hunts_players: bool = False
