"""A small market for tests: three players with gold, offers, and what the books show."""

from typing import Any

from helpers import Action, act, events, me, player, row
from rulebook import ITEMS, NUMBER

import nmmo

SELLER, BUYER, OTHER = 0, 1, 2
BUY = {item: Action[f"BUY_{item.upper()}"] for item in ITEMS}


def trio(**options: Any) -> nmmo.World:
    """Return three players far from one another: a market has no place."""
    world = nmmo.World.from_text("@ . . . . @ . . . . @", **options)
    for slot in range(3):
        world.edit.set(slot, gold=1000)
    return world


def gold(world: nmmo.World, slot: int) -> int:
    return int(me(world, slot)["gold"])


def book(world: nmmo.World) -> list[tuple[int, str, int, int, int]]:
    """Return all listings: (seller, type name, tier, pieces, price step), sorted."""
    return sorted(
        (
            int(one["seller"]),
            ITEMS[int(one["type"]) - 1],
            int(one["tier"]),
            int(one["quantity"]),
            int(one["price_step"]),
        )
        for one in world.listings
    )


def offer(world: nmmo.World, slot: int, item: str, tier: int = 1, quantity: int = 1, step: int = 4) -> None:
    """Let a player list something it is given, in one tick."""
    world.edit.give(slot, item, tier, quantity)
    place = next(
        index
        for index, held in enumerate(player(world, slot)["inventory"])
        if held["type"] == NUMBER[item] and held["tier"] == tier and not held["worn"]
    )
    world.edit.set(slot, price_step=step)
    act(world, {slot: Action.SELL_1 + place})
    assert len(events(world, "list", actor=slot)) == 1


def board(world: nmmo.World, item: str, tier: int, slot: int = 0) -> tuple[int, int]:
    """Return the market board of an observation: step of the cheapest listing, step of the last sale."""
    shown = row(world, slot)["market"]
    return int(shown[0, NUMBER[item] - 1, tier - 1]), int(shown[1, NUMBER[item] - 1, tier - 1])
