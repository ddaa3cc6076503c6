"""The market: asking prices, listings, and how listings end."""

import pytest
from helpers import Action, act, events, inventory, me, monster_entity, player, possible, row
from rulebook import ITEMS, NUMBER, PRICES, STACKING
from stall import BUYER, SELLER, board, book, gold, offer, trio

import nmmo

# ---- the asking price ------------------------------------------------------------------------------------


def test_market_ladder_of_prices() -> None:
    assert tuple(nmmo.PRICES) == PRICES and len(PRICES) == 16


def test_market_asking_price_starts_at_step_four() -> None:
    world = trio()
    assert me(world)["price_step"] == 4 and PRICES[3] == 5


def test_market_asking_price_moves_one_step_within_its_bounds() -> None:
    world = trio()
    for action, steps in ((Action.PRICE_UP, range(5, 17)), (Action.PRICE_DOWN, range(15, 0, -1))):
        for step in steps:
            assert possible(world, 0, action)
            act(world, {0: action})
            assert me(world)["price_step"] == step
        assert not possible(world, 0, action)
        act(world, {0: action})
        assert me(world)["price_step"] == step


@pytest.mark.parametrize("action", [Action.PRICE_UP, Action.PRICE_DOWN])
def test_market_asking_price_needs_something_unworn_or_gold(action: Action) -> None:
    world = nmmo.World.from_text("@")
    assert not possible(world, 0, action)
    world.edit.give(0, "helm", worn=True)
    assert not possible(world, 0, action)
    act(world, {0: action})
    assert me(world)["price_step"] == 4
    world.edit.set(0, gold=1)
    assert possible(world, 0, action)
    world.edit.set(0, gold=0)
    world.edit.give(0, "arrow")
    assert possible(world, 0, action)
    act(world, {0: action})
    assert me(world)["price_step"] == (5 if action == Action.PRICE_UP else 3)


def test_market_asking_price_can_be_changed_in_combat() -> None:
    world = trio()
    world.edit.set(0, combat_ticks=5)
    assert possible(world, 0, Action.PRICE_UP)
    act(world, {0: Action.PRICE_UP})
    assert me(world)["price_step"] == 5


def test_market_asking_price_outlives_death() -> None:
    world = nmmo.World.from_text("@ . m", {"m": nmmo.Monster("hostile", 40, "ranged")}, stagnation_ticks=0)
    world.edit.set(0, gold=10)
    for _ in range(3):
        act(world, {0: Action.PRICE_UP})
    world.edit.set(0, health=1, monster_protection=0)
    act(world)
    assert events(world, "death", actor=0, target=monster_entity(world))
    assert (gold(world, 0), int(me(world)["price_step"]), int(player(world)["life"])) == (0, 7, 2)


# ---- selling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ITEMS)
def test_market_sell_lists_up_to_a_dozen_pieces(item: str) -> None:
    world = trio()
    world.edit.give(0, item, 3, 30 if item in STACKING else 1)
    act(world, {0: Action.SELL_1})
    pieces = 12 if item in STACKING else 1
    assert book(world) == [(0, item, 3, pieces, 4)]
    assert inventory(world) == ([(item, 3, 18, False)] if item in STACKING else [])
    [event] = events(world, "list")
    assert (event["actor"], event["item"], event["tier"], event["amount"], event["gold"]) == (
        0,
        NUMBER[item],
        3,
        pieces,
        5,
    )
    assert gold(world, 0) == 1000


@pytest.mark.parametrize("pieces", [1, 11, 12])
def test_market_sell_empties_a_stack_of_a_dozen_or_less(pieces: int) -> None:
    world = trio()
    world.edit.give(0, "rune", 1, pieces)
    act(world, {0: Action.SELL_1})
    assert book(world) == [(0, "rune", 1, pieces, 4)] and inventory(world) == []


@pytest.mark.parametrize("slot", range(12))
def test_market_sell_from_each_inventory_slot(slot: int) -> None:
    world = trio()
    for item in ITEMS[:12]:
        world.edit.give(0, item)
    act(world, {0: Action.SELL_1 + slot})
    assert book(world) == [(0, ITEMS[slot], 1, 1, 4)]


def test_market_sell_needs_no_skill() -> None:
    world = trio()
    world.edit.give(0, "sword", 5)
    assert possible(world, 0, Action.SELL_1) and not possible(world, 0, Action.USE_1)


def test_market_sell_again_adds_and_reprices_and_renews() -> None:
    world = trio(listing_ticks=20)
    offer(world, 0, "potion", 1, 5)
    act(world, ticks=7)
    offer(world, 0, "potion", 1, 4, step=9)
    assert book(world) == [(0, "potion", 1, 9, 9)]
    assert world.listings[0]["expires_at"] == world.tick + 20
    offer(world, 0, "potion", 2, 3, step=2)
    assert book(world) == [(0, "potion", 1, 9, 9), (0, "potion", 2, 3, 2)]


def test_market_sell_of_what_does_not_stack_adds_to_its_listing_too() -> None:
    world = trio()
    for _ in range(3):
        offer(world, 0, "helm", 2)
    assert book(world) == [(0, "helm", 2, 3, 4)]


def test_market_listing_holds_at_most_ninety_nine() -> None:
    world = trio()
    for _ in range(8):
        offer(world, 0, "potion", 1, 12)
    world.edit.give(0, "potion", 1, 12)
    act(world, {0: Action.SELL_1})
    assert book(world) == [(0, "potion", 1, 99, 4)]
    assert inventory(world) == [("potion", 1, 9, False)]
    assert not possible(world, 0, Action.SELL_1)
    act(world, {0: Action.SELL_1})
    assert inventory(world) == [("potion", 1, 9, False)]


def test_market_four_listings_a_player() -> None:
    world = trio()
    for item in ("helm", "chest", "legs", "arrow"):
        offer(world, 0, item)
    for item in ("rod", "arrow"):
        world.edit.give(0, item)
    assert not possible(world, 0, Action.SELL_1)
    assert possible(world, 0, Action.SELL_2)
    act(world, {0: Action.SELL_1})
    assert len(book(world)) == 4 and inventory(world)[0][0] == "rod"
    act(world, {0: Action.SELL_2})
    assert (0, "arrow", 1, 2, 4) in book(world)
    world.edit.give(1, "rod")
    assert possible(world, 1, Action.SELL_1)


def test_market_own_listings_are_observed() -> None:
    world = trio()
    offer(world, 0, "potion", 2, 7, step=6)
    shown = row(world, 0)["listings"]
    assert [int(value) for value in shown[0].item()] == [NUMBER["potion"], 2, 7, 6, 200 // 8]
    assert not any(any(one.item()) for one in shown[1:])
    assert not any(any(one.item()) for one in row(world, 1)["listings"])
    act(world, ticks=7)
    assert int(row(world, 0)["listings"][0]["ticks_left_8"]) == 193 // 8


# ---- expiry ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ["helm", "potion"])
def test_market_listing_comes_back_when_it_expires(item: str) -> None:
    world = trio(listing_ticks=8)
    offer(world, 0, item, 2)
    assert world.listings[0]["expires_at"] == world.tick + 8
    act(world, ticks=7)
    assert len(book(world)) == 1 and inventory(world) == []
    act(world)
    assert book(world) == [] and inventory(world) == [(item, 2, 1, False)]
    assert board(world, item, 2) == (0, 0)


def test_market_listing_expires_after_two_hundred_ticks_by_default() -> None:
    assert nmmo.Config().listing_ticks == 200


def test_market_what_comes_back_fills_stacks_and_the_rest_is_lost() -> None:
    world = trio(listing_ticks=8)
    offer(world, 0, "potion", 1, 12)
    world.edit.give(0, "potion", 1, 95)
    for item in ITEMS[:11]:
        world.edit.give(0, item)
    act(world, ticks=8)
    assert book(world) == []
    assert inventory(world)[0] == ("potion", 1, 99, False)
    assert len(world.ground_items) == 0


def test_market_what_comes_back_without_room_is_lost() -> None:
    world = trio(listing_ticks=8)
    offer(world, 0, "rod", 3)
    for item in ITEMS[:12]:
        world.edit.give(0, item)
    carried = inventory(world)
    act(world, ticks=8)
    assert book(world) == [] and inventory(world) == carried and len(world.ground_items) == 0


def test_market_listings_of_a_life_that_ends_are_lost() -> None:
    world = nmmo.World.from_text("@ . m . . . @", {"m": nmmo.Monster("hostile", 40, "ranged")})
    offer(world, 0, "helm")
    offer(world, 1, "helm")
    world.edit.set(0, health=1, monster_protection=0)
    act(world)
    assert events(world, "death", actor=0)
    assert book(world) == [(1, "helm", 1, 1, 4)]
    assert len(world.ground_items) == 0


def test_market_listings_of_a_truncated_life_are_lost() -> None:
    world = trio(stagnation_ticks=3)
    offer(world, 0, "helm")
    act(world, ticks=2)
    assert len(events(world, "death")) == 3
    assert book(world) == [] and inventory(world) == []


def test_market_a_listing_that_is_sold_out_makes_room_for_another() -> None:
    world = trio()
    for item in ("helm", "chest", "legs", "potion"):
        offer(world, SELLER, item)
    world.edit.give(SELLER, "rod")
    assert not possible(world, SELLER, Action.SELL_1)
    act(world, {BUYER: Action.BUY_CHEST})
    assert possible(world, SELLER, Action.SELL_1)
    act(world, {SELLER: Action.SELL_1})
    assert {item for _, item, *_ in book(world)} == {"helm", "legs", "potion", "rod"}
