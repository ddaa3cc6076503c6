"""Harvesting: what a node gives, to whom, and when it is ripe again."""

from collections import Counter

import numpy as np
import pytest
from helpers import Action, act, events, inventory, me, on_ground, player, where
from rulebook import DEPLETED, NODE_NUMBER, NODES, NUMBER, STACKING, TIERS, gain, lowest_level

import nmmo

EAST_OF_START = (0, 1)
FILLING = (
    "helm",
    "chest",
    "legs",
    "bow",
    "staff",
    "axe",
    "chisel",
    "sickle",
    "rod",
    "fire_gem",
    "air_gem",
    "pickaxe",
)


def beside(kind: str, tier: int = 1, **options: int) -> nmmo.World:
    """Return a player with a node to its east."""
    return nmmo.World.from_text("@ n .", {"n": nmmo.Node(kind, tier)}, **options)


def tool_in_hand(world: nmmo.World, kind: str, tier: int) -> None:
    """Give the player the matching tool of a tier, worn, and the level it needs."""
    skill, tool = NODES[kind]
    world.edit.level(0, skill, lowest_level(tier))
    world.edit.give(0, tool, tier, worn=True)


def fill_inventory(world: nmmo.World, leave: int = 0) -> None:
    """Put something that does not stack in the empty inventory slots, but for `leave` of them."""
    taken = len(inventory(world))
    for item in FILLING[: 12 - taken - leave]:
        world.edit.give(0, item)


def skill_state(world: nmmo.World, kind: str) -> tuple[int, int]:
    """Return level and experience of the skill that a node trains."""
    skill = int(nmmo.Skill[NODES[kind][0].upper()])
    return int(me(world)["level"][skill]), int(player(world)["experience"][skill])


def object_east(world: nmmo.World) -> int:
    return int(world.tiles[EAST_OF_START]["object"])


@pytest.mark.parametrize("node_tier", TIERS)
@pytest.mark.parametrize("tool_tier", (0, *TIERS))
@pytest.mark.parametrize("kind", NODES)
def test_harvest_reaches_a_tier_above_the_tool(kind: str, tool_tier: int, node_tier: int) -> None:
    world = beside(kind, node_tier)
    if tool_tier:
        tool_in_hand(world, kind, tool_tier)
    before = inventory(world)
    level, experience = skill_state(world, kind)
    act(world, {0: Action.MOVE_EAST})
    assert where(world) == EAST_OF_START
    if node_tier > tool_tier + 1:
        assert object_east(world) == NODE_NUMBER[kind]
        assert inventory(world) == before
        assert skill_state(world, kind) == (level, experience)
        assert events(world, "harvest") == []
        return
    assert object_east(world) == NODE_NUMBER[kind] + DEPLETED
    [event] = events(world, "harvest")
    assert (event["actor"], event["item"], event["tier"]) == (0, NODE_NUMBER[kind], node_tier)
    assert int(event["amount"]) == sum(quantity for *_, quantity, worn in inventory(world) if not worn)
    assert {tier for _, tier, _, worn in inventory(world) if not worn} == {node_tier}
    amount = 16 * node_tier * (2 if tool_tier >= node_tier else 1)
    assert skill_state(world, kind) == gain(level, experience, amount, node_tier)


@pytest.mark.parametrize("hand", ["sword", "bow", "wrong tool"])
@pytest.mark.parametrize("kind", NODES)
def test_harvest_with_something_else_in_hand_is_as_with_bare_hands(kind: str, hand: str) -> None:
    if hand == "wrong tool":
        hand = "axe" if kind != "tree" else "rod"
    for node_tier in (1, 2):
        world = beside(kind, node_tier)
        for skill in ("melee", "ranged", "woodcutting" if hand == "axe" else "fishing"):
            world.edit.level(0, skill, 40)
        skill = NODES[kind][0]
        world.edit.level(0, skill, 1)
        world.edit.give(0, hand, 5, worn=True)
        act(world, {0: Action.MOVE_EAST})
        harvested = events(world, "harvest")
        assert len(harvested) == (node_tier == 1)
        if node_tier == 1:
            assert skill_state(world, kind) == gain(1, 0, 16, 1)
            assert harvested[0]["amount"] in (1, 6, 12)


def test_harvest_with_matching_tool_unworn_is_with_bare_hands() -> None:
    world = beside("herb", 2)
    world.edit.level(0, "herbalism", 9)
    world.edit.give(0, "sickle", 2)
    act(world, {0: Action.MOVE_EAST})
    assert object_east(world) == NODE_NUMBER["herb"]
    world = beside("herb", 1)
    world.edit.give(0, "sickle", 1)
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [("sickle", 1, 1, False), ("potion", 1, 1, False)]


def yields_of(kind: str, seed: int, biome: str = "spring") -> Counter[tuple[str, int]]:
    """Return what 256 players get from as many nodes in one tick: (type name, pieces) -> how often."""
    drawing = "\n".join(["@n.." * 8] * 32)
    world = nmmo.World.from_text(drawing, {"n": nmmo.Node(kind, 1)}, seed=seed, biome=biome)
    act(world, dict.fromkeys(range(256), Action.MOVE_EAST))
    counted: Counter[tuple[str, int]] = Counter()
    for event in events(world, "harvest"):
        [(item, tier, pieces, worn)] = inventory(world, int(event["actor"]))
        assert (NUMBER[item], tier, pieces, worn) == (event["detail"], 1, event["amount"], False)
        counted[item, pieces] += 1
    assert counted.total() == 256
    return counted


SHARES = {
    "ore": {
        ("helm", 1): 1 / 6,
        ("chest", 1): 1 / 6,
        ("legs", 1): 1 / 6,
        ("sword", 1): 1 / 4,
        ("whetstone", 12): 1 / 4,
    },
    "tree": {("bow", 1): 1 / 4, ("arrow", 6): 3 / 4},
    "crystal": {("earth_gem", 1): 1 / 2, ("staff", 1): 1 / 4, ("rune", 12): 1 / 4},
    "herb": {("potion", 1): 1.0},
    "fish": {("ration", 1): 1.0},
}


@pytest.mark.parametrize("kind", NODES)
def test_harvest_yields_have_their_shares(kind: str) -> None:
    draws = [yields_of(kind, seed) for seed in range(6)]
    counted = sum(draws, Counter())
    total = counted.total()
    assert set(counted) == set(SHARES[kind])
    for found, share in SHARES[kind].items():
        spread = 5 * (share * (1 - share) / total) ** 0.5
        assert abs(counted[found] / total - share) <= spread, found
    if len(SHARES[kind]) > 1:
        assert len({tuple(sorted(draw.items())) for draw in draws}) > 1


@pytest.mark.parametrize(
    ("biome", "gem"),
    [("spring", "earth_gem"), ("summer", "fire_gem"), ("autumn", "air_gem"), ("winter", "water_gem")],
)
def test_harvest_crystal_gives_the_gem_of_its_biome(biome: str, gem: str) -> None:
    found = {item for item, _ in yields_of("crystal", 3, biome)}
    assert found == {gem, "staff", "rune"}


@pytest.mark.parametrize("kind", NODES)
def test_harvest_with_tool_doubles_every_yield(kind: str) -> None:
    seen: set[tuple[str, int]] = set()
    singles = set(SHARES[kind])
    for seed in range(40):
        world = nmmo.World.from_text("@ n", {"n": nmmo.Node(kind, 1)}, seed=seed)
        tool_in_hand(world, kind, 1)
        act(world, {0: Action.MOVE_EAST})
        [event] = events(world, "harvest")
        got = [(item, pieces) for item, _, pieces, worn in inventory(world) if not worn]
        assert sum(pieces for _, pieces in got) == event["amount"]
        item = got[0][0]
        if item in STACKING:
            assert len(got) == 1
        else:
            assert got == [(item, 1), (item, 1)]
        seen.add((item, int(event["amount"]) // 2))
        assert int(event["amount"]) % 2 == 0
    assert seen <= singles
    assert len(seen) >= min(2, len(singles))


@pytest.mark.parametrize("level", [1, 8, 9, 17, 25, 33, 40])
def test_harvest_experience_shrinks_by_four_for_each_tier_below(level: int) -> None:
    world = beside("herb", 1)
    world.edit.level(0, "herbalism", level)
    act(world, {0: Action.MOVE_EAST})
    assert skill_state(world, "herb") == gain(level, 0, 16, 1)


def test_harvest_moves_on_several_levels_at_once() -> None:
    world = beside("fish")
    world.edit.give(0, "rod", worn=True)
    act(world, {0: Action.MOVE_EAST})
    # 32 experience: 8 for level 2, 16 for level 3, and 8 left over.
    assert skill_state(world, "fish") == (3, 8)
    assert int(events(world, "level_up")[-1]["amount"]) == 3
    assert world.statistics()["level_ups"][nmmo.Skill.FISHING] == 2


def test_harvest_stops_at_level_forty() -> None:
    world = beside("herb", 5)
    world.edit.level(0, "herbalism", 39, 8 * 39 - 1)
    world.edit.give(0, "sickle", 5, worn=True)
    act(world, {0: Action.MOVE_EAST})
    assert skill_state(world, "herb") == (40, 0)


def test_harvest_without_room_falls_beside_the_node() -> None:
    world = nmmo.World.from_text(". . .\n@ n .\n. . .", {"n": nmmo.Node("herb")})
    fill_inventory(world)
    act(world, {0: Action.MOVE_EAST})
    assert skill_state(world, "herb") == (2, 8)
    assert on_ground(world) == {(0, 0): ("potion", 1, 1)}
    assert ("potion", 1, 1, False) not in inventory(world)


def test_harvest_with_room_for_a_part_lays_the_rest_down() -> None:
    world = nmmo.World.from_text("_ . _\n@ n _\n_ _ _", {"n": nmmo.Node("herb")})
    tool_in_hand(world, "herb", 1)
    world.edit.give(0, "potion", 1, 98)
    fill_inventory(world)
    act(world, {0: Action.MOVE_EAST})
    assert ("potion", 1, 99, False) in inventory(world)
    assert on_ground(world) == {(0, 1): ("potion", 1, 1)}
    [event] = events(world, "harvest")
    assert event["amount"] == 2


def test_harvest_without_any_room_loses_the_yield_but_counts() -> None:
    world = nmmo.World.from_text("_ _ _\n@ n _\n_ _ _", {"n": nmmo.Node("herb")})
    world.edit.item(1, 0, "helm")  # where the player comes from: the only walkable tile but the node
    fill_inventory(world)
    carried = inventory(world)
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == carried
    assert on_ground(world) == {(1, 0): ("helm", 1, 1)}
    assert int(world.tiles[1, 1]["object"]) == NODE_NUMBER["herb"] + DEPLETED
    assert skill_state(world, "herb") == (2, 8)
    assert len(events(world, "harvest")) == 1


@pytest.mark.parametrize("ticks", [1, 5, 50])
@pytest.mark.parametrize("kind", NODES)
def test_harvest_depletes_a_node_for_the_configured_ticks(kind: str, ticks: int) -> None:
    world = beside(kind, node_regrow_ticks=ticks)
    act(world, {0: Action.MOVE_EAST})
    assert world.nodes[0]["ripe"] == 0
    assert int(world.nodes[0]["regrows_at"]) == 1 + ticks
    for _ in range(ticks - 1):
        act(world)
        assert object_east(world) == NODE_NUMBER[kind] + DEPLETED
        assert int(world.tiles[EAST_OF_START]["tier"]) & 15 == 1
    act(world)
    assert world.tick == 1 + ticks
    assert object_east(world) == NODE_NUMBER[kind]
    assert (world.nodes[0]["ripe"], world.nodes[0]["regrows_at"]) == (1, 0)


def test_harvest_regrows_after_fifty_ticks_by_default() -> None:
    assert nmmo.Config().node_regrow_ticks == 50


def test_harvest_happens_on_entering_not_on_standing() -> None:
    world = beside("herb", node_regrow_ticks=3)
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [("potion", 1, 1, False)]
    act(world, ticks=6)
    assert object_east(world) == NODE_NUMBER["herb"]
    assert inventory(world) == [("potion", 1, 1, False)]
    act(world, {0: Action.MOVE_EAST})
    act(world, {0: Action.MOVE_WEST})
    assert inventory(world) == [("potion", 1, 2, False)]


def test_harvest_of_a_depleted_node_gives_nothing() -> None:
    world = nmmo.World.from_text("@ n", {"n": nmmo.Node("herb", ripe=False)})
    act(world, {0: Action.MOVE_EAST})
    assert where(world) == EAST_OF_START
    assert inventory(world) == [] and skill_state(world, "herb") == (1, 0)
    assert events(world, "harvest") == []


def test_harvest_of_both_tiles_of_a_run() -> None:
    world = nmmo.World.from_text("@ n m", {"n": nmmo.Node("herb"), "m": nmmo.Node("fish")})
    act(world, {0: Action.RUN_EAST})
    assert where(world) == (0, 2)
    assert inventory(world) == [("potion", 1, 1, False), ("ration", 1, 1, False)]
    assert [int(event["item"]) for event in events(world, "harvest")] == [
        NODE_NUMBER["herb"],
        NODE_NUMBER["fish"],
    ]


def test_harvest_goes_to_the_earlier_of_two_who_enter_in_turn() -> None:
    world = nmmo.World.from_text("0 n . 1", {"n": nmmo.Node("herb")})
    act(world, {0: Action.MOVE_EAST})
    act(world, {0: Action.MOVE_WEST})
    act(world, {1: Action.RUN_WEST})
    assert where(world, 1) == (0, 1)
    assert inventory(world, 1) == []
    assert inventory(world, 0) == [("potion", 1, 1, False)]


def test_harvest_is_possible_in_combat() -> None:
    world = beside("herb")
    world.edit.set(0, combat_ticks=5)
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [("potion", 1, 1, False)]


def test_harvest_level_is_the_best_harvest_skill() -> None:
    world = beside("herb")
    for skill, level in (("mining", 3), ("fishing", 7), ("melee", 20)):
        world.edit.level(0, skill, level)
    assert (me(world)["harvest_level"], me(world)["combat_level"]) == (7, 20)
    assert player(world)["score"] == 7


def test_harvest_draws_do_not_depend_on_who_else_acts() -> None:
    drawing = "@ n . @"
    alone = nmmo.World.from_text(drawing, {"n": nmmo.Node("ore")}, seed=5)
    act(alone, {0: Action.MOVE_EAST})
    along = nmmo.World.from_text(drawing, {"n": nmmo.Node("ore")}, seed=5)
    act(along, {0: Action.MOVE_EAST, 1: Action.MOVE_WEST})
    assert np.array_equal(player(alone)["inventory"], player(along)["inventory"])
