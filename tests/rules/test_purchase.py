"""Buying: from whom, at what price, which tier, how many pieces, and what the board shows."""

import numpy as np
import pytest
from helpers import Action, act, events, inventory, player, possible, row
from rulebook import AMMUNITION, FOOD, ITEMS, NUMBER, STACKING, TIERS, lot_price, price, qualify
from stall import BUY, BUYER, OTHER, SELLER, board, book, gold, offer, trio

import nmmo


@pytest.mark.parametrize("item", ITEMS)
def test_purchase_passes_the_item_and_the_gold(item: str) -> None:
    world = trio()
    offer(world, SELLER, item, 1, 30 if item in STACKING else 1, step=6)
    world.edit.set(BUYER, price_step=6)
    assert possible(world, BUYER, BUY[item])
    act(world, {BUYER: BUY[item]})
    pieces = 12 if item in AMMUNITION else 1
    listed = 12 if item in STACKING else 1
    assert inventory(world, BUYER) == [(item, 1, pieces, False)]
    assert book(world) == ([(SELLER, item, 1, listed - pieces, 6)] if listed > pieces else [])
    assert (gold(world, SELLER), gold(world, BUYER)) == (1012, 988)
    [event] = events(world, "sale")
    assert (event["actor"], event["target"], event["item"], event["tier"]) == (BUYER, SELLER, NUMBER[item], 1)
    assert (event["amount"], event["gold"]) == (pieces, 12)
    assert (int(player(world, SELLER)["net_sales"]), int(player(world, BUYER)["net_sales"])) == (12, -12)


@pytest.mark.parametrize("step", [1, 4, 16])
@pytest.mark.parametrize("pieces", [1, 5, 11, 12, 24, 30])
def test_purchase_ammunition_is_bought_by_the_dozen_or_what_is_left(pieces: int, step: int) -> None:
    world = trio()
    for part in [12] * (pieces // 12) + ([pieces % 12] if pieces % 12 else []):
        offer(world, SELLER, "arrow", 1, part, step=step)
    for slot in range(3):
        world.edit.set(slot, gold=10_000, price_step=16)
    left, paid, had = pieces, 0, 0
    while left:
        lot = min(12, left)
        act(world, {BUYER: Action.BUY_ARROW})
        left, paid, had = left - lot, paid + lot_price(step, lot, True), had + lot
        assert inventory(world, BUYER) == [("arrow", 1, had, False)]
        assert (gold(world, SELLER), gold(world, BUYER)) == (10_000 + paid, 10_000 - paid)
        assert book(world) == ([(SELLER, "arrow", 1, left, step)] if left else [])


def test_purchase_takes_the_cheapest_and_then_the_oldest() -> None:
    world = nmmo.World.from_text("@ . @ . @ . @")
    offer(world, 0, "potion", 1, 2, step=5)
    offer(world, 1, "potion", 1, 2, step=3)
    offer(world, 2, "potion", 1, 2, step=3)
    world.edit.set(3, gold=1000, price_step=9)
    sellers = []
    for _ in range(6):
        act(world, {3: Action.BUY_POTION})
        [event] = events(world, "sale")
        sellers.append((int(event["target"]), int(event["gold"])))
    assert sellers == [(1, 3), (1, 3), (2, 3), (2, 3), (0, 8), (0, 8)]


def test_purchase_adding_to_a_listing_makes_it_the_youngest_of_its_price() -> None:
    world = trio()
    offer(world, 0, "potion", 1, 1)
    offer(world, 1, "potion", 1, 1)
    offer(world, 0, "potion", 1, 1)
    act(world, {OTHER: Action.BUY_POTION})
    assert int(events(world, "sale")[0]["target"]) == 1


def test_purchase_never_takes_ones_own() -> None:
    world = trio()
    offer(world, 0, "potion", 1, 2, step=2)
    assert not possible(world, 0, Action.BUY_POTION)
    act(world, {0: Action.BUY_POTION})
    assert book(world) == [(0, "potion", 1, 2, 2)]
    offer(world, 1, "potion", 1, 1, step=3)
    world.edit.set(0, price_step=4)
    act(world, {0: Action.BUY_POTION})
    assert int(events(world, "sale")[0]["target"]) == 1
    assert book(world) == [(0, "potion", 1, 2, 2)]


@pytest.mark.parametrize("item", [item for item in ITEMS if item not in FOOD])
def test_purchase_takes_the_highest_tier_that_one_may_use(item: str) -> None:
    world = nmmo.World.from_text("@ . @ . @ . @")
    for tier in TIERS:
        offer(world, tier % 2, item, tier)
    world.edit.set(2, gold=1000)
    qualify(world, 2, item, 3)
    for tier in (3, 2, 1):
        act(world, {2: BUY[item]})
        assert [int(event["tier"]) for event in events(world, "sale")] == [tier]
    assert not possible(world, 2, BUY[item])
    act(world, {2: BUY[item]})
    assert sorted(tier for _, _, tier, _, _ in book(world)) == [4, 5]


@pytest.mark.parametrize("item", FOOD)
def test_purchase_food_of_any_tier_can_be_bought(item: str) -> None:
    world = trio()
    for tier in (1, 5):
        offer(world, SELLER, item, tier)
    act(world, {BUYER: BUY[item]})
    assert inventory(world, BUYER) == [(item, 5, 1, False)]


def test_purchase_takes_a_lower_tier_where_the_higher_is_too_dear() -> None:
    world = trio()
    offer(world, SELLER, "potion", 5, 1, step=8)
    offer(world, SELLER, "potion", 2, 1, step=4)
    act(world, {BUYER: Action.BUY_POTION})
    assert inventory(world, BUYER) == [("potion", 2, 1, False)]


def test_purchase_stays_within_the_asking_price_and_the_gold() -> None:
    world = trio()
    offer(world, SELLER, "potion", 1, 3, step=6)
    world.edit.set(BUYER, price_step=5)
    assert not possible(world, BUYER, Action.BUY_POTION)
    act(world, {BUYER: Action.BUY_POTION})
    assert inventory(world, BUYER) == []
    world.edit.set(BUYER, price_step=6, gold=price(6) - 1)
    assert not possible(world, BUYER, Action.BUY_POTION)
    world.edit.set(BUYER, gold=price(6))
    assert possible(world, BUYER, Action.BUY_POTION)
    act(world, {BUYER: Action.BUY_POTION})
    assert (gold(world, BUYER), inventory(world, BUYER)) == (0, [("potion", 1, 1, False)])


def test_purchase_a_part_of_a_dozen_is_paid_by_the_piece_but_the_price_must_be_in_hand() -> None:
    world = trio()
    offer(world, SELLER, "arrow", 1, 5, step=6)  # 12 a dozen: 5 for five pieces
    world.edit.set(BUYER, price_step=6, gold=11)
    assert not possible(world, BUYER, Action.BUY_ARROW)
    act(world, {BUYER: Action.BUY_ARROW})
    assert inventory(world, BUYER) == []
    world.edit.set(BUYER, gold=12)
    assert possible(world, BUYER, Action.BUY_ARROW)
    act(world, {BUYER: Action.BUY_ARROW})
    assert (gold(world, BUYER), inventory(world, BUYER)) == (7, [("arrow", 1, 5, False)])
    offer(world, SELLER, "arrow", 1, 5, step=6)
    world.edit.set(BUYER, price_step=5, gold=100)  # the ladder price counts, not what would be paid
    assert not possible(world, BUYER, Action.BUY_ARROW)


def test_purchase_needs_room() -> None:
    world = trio()
    offer(world, SELLER, "rod")
    offer(world, SELLER, "potion", 1, 5)
    offer(world, SELLER, "arrow", 1, 12)
    for item in ITEMS[:10]:
        world.edit.give(BUYER, item)
    world.edit.give(BUYER, "potion", 1, 98)
    world.edit.give(BUYER, "arrow", 1, 88)
    assert [possible(world, BUYER, BUY[item]) for item in ("rod", "potion", "arrow")] == [False, True, False]
    for item in ("rod", "arrow"):
        act(world, {BUYER: BUY[item]})
        assert events(world, "sale") == []
    act(world, {BUYER: Action.BUY_POTION})
    assert ("potion", 1, 99, False) in inventory(world, BUYER)
    assert not possible(world, BUYER, Action.BUY_POTION)
    world.edit.clear_inventory(BUYER)
    assert all(possible(world, BUYER, BUY[item]) for item in ("rod", "potion", "arrow"))


def test_purchase_takes_a_lower_tier_where_the_higher_has_no_room() -> None:
    world = trio()
    offer(world, SELLER, "potion", 2, 1)
    offer(world, SELLER, "potion", 1, 1)
    for item in ITEMS[:11]:
        world.edit.give(BUYER, item)
    world.edit.give(BUYER, "potion", 1, 50)
    act(world, {BUYER: Action.BUY_POTION})
    assert ("potion", 1, 51, False) in inventory(world, BUYER)


def test_purchase_is_closed_to_who_is_in_combat() -> None:
    world = trio()
    offer(world, SELLER, "potion")
    world.edit.give(BUYER, "helm")
    world.edit.set(BUYER, combat_ticks=5)
    for action in (Action.BUY_POTION, Action.SELL_1):
        assert not possible(world, BUYER, action)
        act(world, {BUYER: action})
    assert book(world) == [(SELLER, "potion", 1, 1, 4)]
    world.edit.set(BUYER, combat_ticks=0)
    world.edit.set(SELLER, combat_ticks=5)  # a seller in combat still sells
    act(world, {BUYER: Action.BUY_POTION})
    assert inventory(world, BUYER)[1] == ("potion", 1, 1, False)


def test_purchase_gold_from_a_sale_can_be_spent_in_the_same_tick() -> None:
    spent = set()
    for seed in range(16):
        world = trio(seed=seed)
        offer(world, 0, "potion")
        offer(world, 1, "ration")
        world.edit.set(0, gold=0)
        act(world, {2: Action.BUY_POTION, 0: Action.BUY_RATION})
        assert gold(world, 0) + gold(world, 1) + gold(world, 2) == 2000
        bought = len(events(world, "sale", actor=0))
        assert gold(world, 0) == (0 if bought else 5)
        spent.add(bought)
    assert spent == {0, 1}  # the earlier of the two goes first


def test_purchase_two_buyers_of_the_last_piece() -> None:
    for seed in range(8):
        world = trio(seed=seed)
        offer(world, 0, "potion")
        act(world, {1: Action.BUY_POTION, 2: Action.BUY_POTION})
        assert len(events(world, "sale")) == 1
        assert gold(world, 0) == 1005 and gold(world, 1) + gold(world, 2) == 1995


# ---- the board -------------------------------------------------------------------------------------------


def test_purchase_board_shows_the_cheapest_and_the_last_sale() -> None:
    world = trio()
    assert not row(world, 0)["market"].any()
    offer(world, 0, "potion", 3, 1, step=7)
    assert board(world, "potion", 3) == (7, 0)
    offer(world, 1, "potion", 3, 1, step=5)
    assert board(world, "potion", 3) == (5, 0)
    world.edit.set(2, price_step=16)
    act(world, {2: Action.BUY_POTION})
    assert board(world, "potion", 3) == (7, 5)
    act(world, {2: Action.BUY_POTION})
    assert board(world, "potion", 3) == (0, 7)
    assert np.count_nonzero(row(world, 0)["market"]) == 1


def test_purchase_board_is_the_same_for_everyone() -> None:
    world = trio()
    offer(world, 0, "helm", 2)
    offer(world, 1, "arrow", 5, 12, step=11)
    shown = [row(world, slot)["market"] for slot in range(3)]
    assert np.count_nonzero(shown[0]) == 2
    assert np.array_equal(shown[0], shown[1]) and np.array_equal(shown[0], shown[2])


def test_purchase_trade_conserves_gold_and_items() -> None:
    world = nmmo.World.from_text("\n".join([". @ . @ . @ . @"] * 4), listing_ticks=2040, protection_ticks=0)
    rng = np.random.default_rng(11)
    for slot in range(world.n_agents):
        for skill in ("melee", "ranged", "magic"):
            world.edit.level(slot, skill, 9)
        world.edit.set(slot, gold=300)
        for item in rng.choice(ITEMS, 6, replace=False):
            world.edit.give(slot, str(item), int(rng.integers(1, 3)), 40 if item in STACKING else 1)

    def everything() -> tuple[int, dict[tuple[int, int], int]]:
        counted: dict[tuple[int, int], int] = {}
        held = world.players["inventory"].ravel()
        for one in [*held[held["type"] > 0], *world.listings]:
            key = (int(one["type"]), int(one["tier"]))
            counted[key] = counted.get(key, 0) + int(one["quantity"])
        return int(world.players["self"]["gold"].sum()), counted

    start, sales = everything(), 0
    for _ in range(120):
        mask = world.mask.copy()
        mask[:, 1:23] = 0
        mask[:, 35:47] = 0  # neither dropping nor eating: trade alone
        act(world, dict(enumerate(nmmo.sample_actions(mask, rng))))
        sales += len(events(world, "sale"))
        assert everything() == start
    assert sales > 50
