"""What a scripted player is after."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Character"]


@dataclass(frozen=True)
class Character:
    """How one baseline differs from another.

    Attributes
    ----------
    fighting_bias
        Levels by which it would have its combat level above its harvest level; negative: below.
    fighting_taste, harvesting_taste
        Factors of what a level is worth, won by fighting and by harvesting.
    boldness
        The share of its health that it stakes on a fight.
    crafts
        What the yield of a node is worth beside experience, in levels for each tier.
    sale_worth
        What an item that is only good for selling is worth, in levels for each tier.
    sells_below
        By how many tiers goods may lie below the ground it dares to walk on, and still be worth offering.
    potions_kept, rations_kept
        A larger store is offered for sale, a dozen at a time.
    eager_for_weapons, eager_for_tools
        How much it wants to buy them; armour counts 2.
    haste
        How often it goes for what it wants to buy: all want the same, and who comes late gets a worse piece.
    handy
        Whether it changes its craft for a better tool.
    hunts_players
        Whether it goes after players that should fall first. All strike back.
    """

    fighting_bias: float = 0.0
    fighting_taste: float = 1.0
    harvesting_taste: float = 1.0
    boldness: float = 0.7
    crafts: float = 0.0
    sale_worth: float = 0.03
    sells_below: int = 0
    potions_kept: int = 20
    rations_kept: int = 12
    eager_for_weapons: int = 4
    eager_for_tools: int = 5
    haste: float = 0.3
    handy: bool = False
    hunts_players: bool = False
