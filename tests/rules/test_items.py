"""Items: wearing, swapping, taking off, eating, dropping, picking up, vanishing."""

import itertools

import pytest
from helpers import Action, act, events, inventory, me, on_ground, player, possible, where
from rulebook import (
    AMMUNITION,
    ARMOUR,
    DROP_ORDER,
    EQUIPMENT,
    FOOD,
    GEMS,
    ITEMS,
    NEEDS,
    NUMBER,
    STACKING,
    TIERS,
    TOOLS,
    WEAPONS,
    WEARABLE,
    WORN_AS,
    attack,
    defence,
    food_health,
    gear_class,
    lowest_level,
    qualify,
)

import nmmo

USE = [Action[f"USE_{slot}"] for slot in range(1, 13)]
SELL = [Action[f"SELL_{slot}"] for slot in range(1, 13)]
DROP = [Action[f"DROP_{slot}"] for slot in range(1, 13)]


def alone(**options: int) -> nmmo.World:
    """Return one player with grass around."""
    return nmmo.World.from_text(". . .\n. @ .\n. . .", **options)


def wear(world: nmmo.World, item: str, tier: int = 1, quantity: int = 1) -> None:
    """Let the player wear an item for which it has the level."""
    world.edit.give(0, item, tier, quantity, worn=True)


def worn(world: nmmo.World) -> dict[str, tuple[str, int]]:
    """Return what the player wears by equipment slot, as `self` shows it."""
    record = me(world)
    return {
        name: (ITEMS[int(record["worn_type"][index]) - 1], int(record["worn_tier"][index]))
        for index, name in enumerate(EQUIPMENT)
        if record["worn_type"][index]
    }


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("item", WEARABLE)
def test_items_equip_in_their_slot_with_the_level_of_their_tier(item: str, tier: int) -> None:
    world = alone()
    qualify(world, 0, item, tier)
    world.edit.give(0, item, tier)
    assert worn(world) == {}
    assert possible(world, 0, Action.USE_1)
    act(world, {0: Action.USE_1})
    assert worn(world) == {WORN_AS[item]: (item, tier)}
    assert inventory(world) == [(item, tier, 1, True)]
    [event] = events(world, "equip")
    assert (event["actor"], event["item"], event["tier"], event["amount"]) == (0, NUMBER[item], tier, 1)


@pytest.mark.parametrize("tier", TIERS[1:])
@pytest.mark.parametrize("item", WEARABLE)
def test_items_refuse_who_is_a_level_short(item: str, tier: int) -> None:
    world = alone()
    for skill in ("melee", "ranged", "magic", "mining", "woodcutting", "alchemy", "herbalism", "fishing"):
        if NEEDS[item] not in ("combat", skill):
            world.edit.level(0, skill, 40)  # no other skill stands in
    need = "magic" if NEEDS[item] == "combat" else NEEDS[item]
    world.edit.level(0, need, lowest_level(tier) - 1)
    world.edit.give(0, item, tier)
    assert not possible(world, 0, Action.USE_1)
    act(world, {0: Action.USE_1})
    assert worn(world) == {} and events(world, "equip") == []
    world.edit.level(0, need, lowest_level(tier))
    assert possible(world, 0, Action.USE_1)


@pytest.mark.parametrize("skill", ["melee", "ranged", "magic"])
@pytest.mark.parametrize("item", [*ARMOUR, *GEMS])
def test_items_armour_and_gems_need_any_combat_skill(item: str, skill: str) -> None:
    world = alone()
    world.edit.level(0, "fishing", 40)
    world.edit.give(0, item, 3)
    assert not possible(world, 0, Action.USE_1)
    world.edit.level(0, skill, 17)
    assert possible(world, 0, Action.USE_1)


@pytest.mark.parametrize(("first", "second"), [("sword", "sword"), ("sword", "bow"), ("axe", "staff"), ("rod", "axe")])
def test_items_equipping_swaps_what_the_slot_held(first: str, second: str) -> None:
    world = alone()
    for skill in ("melee", "ranged", "magic", "woodcutting", "fishing"):
        world.edit.level(0, skill, 9)
    world.edit.give(0, first, 1)
    world.edit.give(0, second, 2)
    act(world, {0: Action.USE_1})
    act(world, {0: Action.USE_2})
    assert worn(world) == {"hand": (second, 2)}
    assert inventory(world) == [(first, 1, 1, False), (second, 2, 1, True)]
    assert (NUMBER[second], 2) in {(e["item"], e["tier"]) for e in events(world, "equip", amount=1)}
    act(world, {0: Action.USE_1})
    assert worn(world) == {"hand": (first, 1)}


@pytest.mark.parametrize("item", WEARABLE)
def test_items_using_what_is_worn_takes_it_off(item: str) -> None:
    world = alone()
    world.edit.give(0, item)
    act(world, {0: Action.USE_1})
    act(world, {0: Action.USE_1})
    assert worn(world) == {}
    assert inventory(world) == [(item, 1, 1, False)]
    [event] = events(world, "equip")
    assert (event["item"], event["tier"], event["amount"]) == (NUMBER[item], 1, 0)


def test_items_all_six_slots_are_worn_together() -> None:
    world = alone()
    outfit = ("helm", "chest", "legs", "bow", "fire_gem", "arrow")
    for slot, item in enumerate(outfit):
        world.edit.give(0, item, 1, 7 if item == "arrow" else 1)
        act(world, {0: USE[slot]})
    assert worn(world) == {WORN_AS[item]: (item, 1) for item in outfit}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("weapon", [None, *WEAPONS, *TOOLS])
def test_items_attack_and_defence_of_what_is_in_hand(weapon: str | None, tier: int) -> None:
    world = alone()
    levels = {"melee": 34, "ranged": 35, "magic": 37}
    for skill, level in levels.items():
        world.edit.level(0, skill, level)
    for tool in TOOLS:
        world.edit.level(0, NEEDS[tool], 40)
    if weapon:
        wear(world, weapon, tier)
    style = NEEDS[weapon] if weapon in WEAPONS else "melee"
    assert player(world)["attack"] == attack(levels[style], weapon, tier)
    assert player(world)["defence"] == defence(37, sword=tier if weapon == "sword" else 0)
    assert int(me(world)["style"]) == ("melee", "ranged", "magic").index(style)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(("weapon", "ammunition"), list(itertools.product((None, *WEAPONS), AMMUNITION)))
def test_items_ammunition_adds_attack_only_where_it_matches(weapon: str | None, ammunition: str, tier: int) -> None:
    world = alone()
    for skill in ("melee", "ranged", "magic"):
        world.edit.level(0, skill, 40)
    if weapon:
        wear(world, weapon, 2)
    wear(world, ammunition, tier, 5)
    matches = (weapon, ammunition) in (("sword", "whetstone"), ("bow", "arrow"), ("staff", "rune"))
    assert player(world)["attack"] == attack(40, weapon, 2, ammunition=tier if matches else 0)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("gem", GEMS)
def test_items_gems_give_attack_and_their_element(gem: str, tier: int) -> None:
    world = alone()
    world.edit.level(0, "melee", 33)
    wear(world, gem, tier)
    assert player(world)["attack"] == attack(33, gem=tier)
    assert player(world)["defence"] == defence(33)
    assert int(me(world)["element"]) == GEMS.index(gem) + 1
    assert int(world.tiles[1, 1]["style"]) == (GEMS.index(gem) + 1) << 2


@pytest.mark.parametrize("tiers", [(1, 0, 0), (0, 2, 0), (0, 0, 3), (4, 5, 1), (5, 5, 5)])
def test_items_armour_gives_defence(tiers: tuple[int, int, int]) -> None:
    world = alone()
    world.edit.level(0, "magic", 33)
    for item, tier in zip(ARMOUR, tiers, strict=True):
        if tier:
            wear(world, item, tier)
    assert player(world)["defence"] == defence(33, *tiers)
    assert player(world)["attack"] == attack(1)


def test_items_carried_but_not_worn_change_nothing() -> None:
    world = alone()
    world.edit.level(0, "melee", 40)
    for item in ("helm", "chest", "legs", "sword", "fire_gem", "whetstone"):
        world.edit.give(0, item, 5)
    assert (player(world)["attack"], player(world)["defence"]) == (attack(40), defence(40))
    assert int(world.tiles[1, 1]["level"]) >> 6 == 0


@pytest.mark.parametrize("tiers", [(0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 1, 3), (1, 1, 1, 4), (3, 3, 3, 4), (3, 3, 4, 4)])
def test_items_gear_class_shows_on_the_tile(tiers: tuple[int, int, int, int]) -> None:
    world = alone()
    world.edit.level(0, "melee", 40)
    for item, tier in zip((*ARMOUR, "sword"), tiers, strict=True):
        if tier:
            wear(world, item, tier)
    level = int(world.tiles[1, 1]["level"])
    assert (level >> 6, level & 63) == (gear_class(sum(tiers)), 40)


@pytest.mark.parametrize("item", ["pickaxe", "earth_gem", "arrow"])
def test_items_gear_class_counts_weapon_and_armour_only(item: str) -> None:
    world = alone()
    qualify(world, 0, item, 5)
    wear(world, item, 5)
    assert int(world.tiles[1, 1]["level"]) >> 6 == 0


def test_items_worn_things_occupy_their_inventory_slot() -> None:
    world = nmmo.World.from_text("@ h", {"h": nmmo.Item("helm", 2)})
    for item in ("helm", "chest", "legs", "sword", "fire_gem", "arrow"):
        world.edit.give(0, item, worn=True)
    for item in TOOLS:
        world.edit.give(0, item)
    world.edit.give(0, "potion")
    assert len(inventory(world)) == 12
    act(world, {0: Action.MOVE_EAST})
    assert on_ground(world) == {(0, 1): ("helm", 2, 1)}
    assert len(inventory(world)) == 12


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("food", FOOD)
def test_items_food_heals_by_its_tier_whatever_the_level(food: str, tier: int) -> None:
    world = alone()
    world.edit.give(0, food, tier, 3)
    world.edit.set(0, health=10, stamina=20)
    assert possible(world, 0, Action.USE_1)
    act(world, {0: Action.USE_1})
    # The bodies phase of the same tick adds 2 health and 2 stamina.
    assert me(world)["health"] == min(100, 10 + food_health(tier)) + 2
    assert me(world)["stamina"] == 20 + (50 if food == "ration" else 0) + 2
    assert inventory(world) == [(food, tier, 2, False)]
    [event] = events(world, "consume")
    assert (event["item"], event["tier"], event["amount"]) == (NUMBER[food], tier, 1)


@pytest.mark.parametrize("food", FOOD)
def test_items_food_stops_at_full_health_and_stamina_but_can_be_eaten_there(food: str) -> None:
    world = alone()
    world.edit.give(0, food)
    world.edit.set(0, health=95, stamina=95)
    act(world, {0: Action.USE_1})
    assert me(world)["health"] == 100
    assert me(world)["stamina"] == (100 if food == "ration" else 97)
    assert inventory(world) == []
    world.edit.give(0, food)
    act(world, ticks=2)
    assert (me(world)["health"], me(world)["stamina"]) == (100, 100)
    assert possible(world, 0, Action.USE_1)
    act(world, {0: Action.USE_1})
    assert inventory(world) == [] and len(events(world, "consume")) == 1


def test_items_in_combat_only_potions_work() -> None:
    world = alone()
    for item in ("helm", "sword", "ration", "potion"):
        world.edit.give(0, item)
    world.edit.give(0, "chest", worn=True)
    world.edit.set(0, health=50, combat_ticks=5)
    assert [possible(world, 0, action) for action in USE[:5]] == [False, False, False, True, False]
    assert not any(possible(world, 0, action) for action in [*DROP, *SELL])
    carried = inventory(world)
    for action in (USE[0], USE[1], USE[2], USE[4], DROP[0], SELL[0]):
        world.edit.set(0, combat_ticks=5)
        act(world, {0: action})
        assert inventory(world) == carried, action
    world.edit.set(0, combat_ticks=5, health=50)
    act(world, {0: USE[3]})
    assert me(world)["health"] == 50 + food_health(1)  # no regeneration in combat


def test_items_combat_ends_when_the_timer_does() -> None:
    world = alone()
    world.edit.give(0, "helm")
    world.edit.set(0, combat_ticks=1)
    act(world, {0: Action.USE_1})
    assert worn(world) == {}
    assert possible(world, 0, Action.USE_1)
    act(world, {0: Action.USE_1})
    assert worn(world) == {"head": ("helm", 1)}


@pytest.mark.parametrize("item", WEARABLE)
def test_items_worn_can_neither_be_dropped_nor_sold(item: str) -> None:
    world = alone()
    world.edit.give(0, item, worn=True)
    assert not possible(world, 0, Action.DROP_1) and not possible(world, 0, Action.SELL_1)
    act(world, {0: Action.DROP_1})
    act(world, {0: Action.SELL_1})
    assert inventory(world) == [(item, 1, 1, True)]
    assert on_ground(world) == {} and len(world.listings) == 0


@pytest.mark.parametrize("slot", range(12))
def test_items_each_inventory_slot_can_be_used_and_dropped(slot: int) -> None:
    world = alone()
    for item in ITEMS[:12]:
        world.edit.give(0, item)
    act(world, {0: USE[slot]})
    assert [worn for *_, worn in inventory(world)] == [index == slot for index in range(12)]
    act(world, {0: USE[slot]})
    act(world, {0: DROP[slot]})
    assert on_ground(world) == {(1, 1): (ITEMS[slot], 1, 1)}
    assert len(inventory(world)) == 11
    assert not possible(world, 0, USE[slot]) and not possible(world, 0, DROP[slot])


@pytest.mark.parametrize("blocked", range(9))
def test_items_drop_takes_the_first_free_tile_in_reading_order(blocked: int) -> None:
    world = alone()
    for rows, columns in DROP_ORDER[:blocked]:
        world.edit.item(1 + rows, 1 + columns, "bow")
    world.edit.give(0, "potion", 2, 40)
    act(world, {0: Action.DROP_1})
    rows, columns = DROP_ORDER[blocked]
    assert on_ground(world)[1 + rows, 1 + columns] == ("potion", 2, 40)
    assert len(on_ground(world)) == blocked + 1
    assert inventory(world) == []
    [event] = events(world, "drop")
    assert (event["actor"], event["item"], event["tier"], event["amount"]) == (0, NUMBER["potion"], 2, 40)
    assert (event["row"], event["column"]) == (1 + rows, 1 + columns)


def test_items_drop_is_refused_when_none_of_nine_is_free() -> None:
    world = alone()
    for rows, columns in DROP_ORDER:
        world.edit.item(1 + rows, 1 + columns, "bow")
    world.edit.give(0, "helm")
    assert not possible(world, 0, Action.DROP_1)
    act(world, {0: Action.DROP_1})
    assert inventory(world) == [("helm", 1, 1, False)]


def test_items_drop_never_lies_on_a_node_or_where_nobody_can_walk() -> None:
    legend = {"r": nmmo.Node("ore"), "d": nmmo.Node("herb", ripe=False)}
    world = nmmo.World.from_text("# r ~\nd @ _\n. d r", legend)
    world.edit.item(1, 1, "bow")
    world.edit.give(0, "helm")
    act(world, {0: Action.DROP_1})
    assert on_ground(world)[2, 0] == ("helm", 1, 1)
    world.edit.give(0, "helm")
    assert not possible(world, 0, Action.DROP_1)


def test_items_of_a_kind_do_not_merge_on_the_ground() -> None:
    world = alone()
    world.edit.item(1, 1, "potion", 1, 10)
    world.edit.give(0, "potion", 1, 5)
    act(world, {0: Action.DROP_1})
    assert on_ground(world) == {(1, 1): ("potion", 1, 10), (0, 0): ("potion", 1, 5)}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("item", ITEMS)
def test_items_are_picked_up_on_entering(item: str, tier: int) -> None:
    quantity = 13 if item in STACKING else 1
    world = nmmo.World.from_text("@ i", {"i": nmmo.Item(item, tier, quantity)})
    assert int(world.tiles[0, 1]["object"]) == NUMBER[item]
    assert int(world.tiles[0, 1]["tier"]) & 15 == tier
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [(item, tier, quantity, False)]
    assert on_ground(world) == {} and world.tiles[0, 1]["object"] == 0
    [event] = events(world, "pick_up")
    assert (event["actor"], event["item"], event["tier"], event["amount"]) == (
        0,
        NUMBER[item],
        tier,
        quantity,
    )


def test_items_are_not_picked_up_while_standing() -> None:
    world = alone()
    world.edit.give(0, "helm")
    act(world, {0: Action.DROP_1})
    act(world, ticks=3)
    assert on_ground(world) == {(1, 1): ("helm", 1, 1)} and inventory(world) == []
    act(world, {0: Action.MOVE_EAST})
    act(world, {0: Action.MOVE_WEST})
    assert on_ground(world) == {} and inventory(world) == [("helm", 1, 1, False)]


def test_items_on_both_tiles_of_a_run_are_picked_up() -> None:
    world = nmmo.World.from_text("@ a b", {"a": nmmo.Item("bow"), "b": nmmo.Item("rune", 2, 9)})
    act(world, {0: Action.RUN_EAST})
    assert where(world) == (0, 2)
    assert inventory(world) == [("bow", 1, 1, False), ("rune", 2, 9, False)]


@pytest.mark.parametrize("item", STACKING)
@pytest.mark.parametrize(("carried", "found"), [(1, 1), (90, 9), (95, 12), (99, 5), (50, 99)])
def test_items_stack_up_to_ninety_nine(item: str, carried: int, found: int) -> None:
    world = nmmo.World.from_text("@ i", {"i": nmmo.Item(item, 1, found)})
    world.edit.give(0, item, 1, carried)
    act(world, {0: Action.MOVE_EAST})
    first = min(99, carried + found)
    rest = carried + found - first
    assert inventory(world) == [(item, 1, first, False)] + ([(item, 1, rest, False)] if rest else [])


def test_items_of_different_tiers_do_not_stack() -> None:
    world = nmmo.World.from_text("@ i", {"i": nmmo.Item("arrow", 2, 5)})
    world.edit.give(0, "arrow", 1, 5)
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [("arrow", 1, 5, False), ("arrow", 2, 5, False)]


def test_items_found_fill_a_worn_stack_first() -> None:
    world = nmmo.World.from_text("@ i", {"i": nmmo.Item("arrow", 1, 12)})
    world.edit.give(0, "arrow", 1, 95, worn=True)
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [("arrow", 1, 99, True), ("arrow", 1, 8, False)]


def test_items_found_go_to_the_lowest_empty_slot() -> None:
    world = nmmo.World.from_text("@ . i", {"i": nmmo.Item("rod")})
    for item in ("helm", "chest", "legs"):
        world.edit.give(0, item)
    act(world, {0: Action.DROP_2})
    act(world, {0: Action.RUN_EAST})
    assert [item for item, *_ in inventory(world)] == ["helm", "rod", "legs"]


def test_items_that_do_not_fit_stay_on_the_ground() -> None:
    world = nmmo.World.from_text("@ i", {"i": nmmo.Item("arrow", 1, 12)})
    world.edit.give(0, "arrow", 1, 95)
    for item in ITEMS[:11]:
        world.edit.give(0, item)
    act(world, {0: Action.MOVE_EAST})
    assert ("arrow", 1, 99, False) in inventory(world)
    assert on_ground(world) == {(0, 1): ("arrow", 1, 8)}
    assert [int(event["amount"]) for event in events(world, "pick_up")] == [4]
    act(world, {0: Action.MOVE_WEST})
    act(world, {0: Action.MOVE_EAST})
    assert events(world, "pick_up") == []


def test_items_on_the_ground_vanish_after_fifty_ticks() -> None:
    world = alone()
    world.edit.give(0, "helm")
    act(world, {0: Action.DROP_1})
    assert world.tick == 1 and world.ground_items[0]["ticks_left"] == 50
    act(world, ticks=49)
    assert on_ground(world) == {(1, 1): ("helm", 1, 1)}
    assert world.ground_items[0]["ticks_left"] == 1
    act(world)
    assert on_ground(world) == {} and world.tiles[1, 1]["object"] == 0


def test_items_left_at_different_times_vanish_in_turn() -> None:
    world = alone()
    for item in ("helm", "chest"):
        world.edit.give(0, item)
    act(world, {0: Action.DROP_1})
    act(world, ticks=9)
    act(world, {0: Action.DROP_2})
    act(world, ticks=40)
    assert on_ground(world) == {(0, 0): ("chest", 1, 1)}
    act(world, ticks=10)
    assert on_ground(world) == {}
