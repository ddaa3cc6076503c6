"""Attacks: who can be a target, which one is chosen, who is safe, and what being in combat forbids."""

import numpy as np
import pytest
from helpers import (
    Action,
    act,
    drawn,
    events,
    inventory,
    me,
    meadow,
    monster,
    monster_entity,
    on_ground,
    possible,
    row,
)

import nmmo

RANGE_1 = [None, "sword", "pickaxe", "axe", "chisel", "sickle", "rod"]
WEAPONS = {**dict.fromkeys(RANGE_1, 1), "bow": 3, "staff": 3}


def duel(drawing, weapon="bow", danger=3, **settings):
    """Make players with a weapon each, on ground where they can attack one another."""
    world = drawn(drawing, danger=danger, **settings)
    for slot in range(world.n_agents):
        if weapon and world.players[slot]["alive"]:
            world.edit.give(slot, weapon, worn=True)
    return world


# ---- range and line of sight ------------------------------------------------------------------------


@pytest.mark.parametrize("weapon", WEAPONS)
@pytest.mark.parametrize("step", [(0, 1), (1, 1), (1, 0)])
def test_range_by_weapon(weapon, step):
    for distance in range(1, 5):
        world = drawn(meadow(6, 6), n_players=1, n_monsters=1)
        world.edit.place_player(0, 0, 0)
        world.edit.place_monster(0, distance * step[0], distance * step[1])
        if weapon:
            world.edit.give(0, weapon, worn=True)
        within = distance <= WEAPONS[weapon]
        assert possible(world, 0, Action.ATTACK_MONSTER) is within
        act(world, {0: Action.ATTACK_MONSTER})
        assert len(events(world, "hit", actor=0, target=1)) == within


@pytest.mark.parametrize(("rows", "columns", "within"), [(3, 2, True), (2, 3, True), (3, 4, False), (4, 0, False)])
def test_range_is_measured_by_the_longer_side(rows, columns, within):
    world = drawn(meadow(6, 6), n_players=1, n_monsters=1)
    world.edit.place_player(0, 0, 0)
    world.edit.give(0, "bow", worn=True)
    world.edit.place_monster(0, rows, columns)
    assert possible(world, 0, Action.ATTACK_MONSTER) is within


@pytest.mark.parametrize(
    ("between", "seen"), [("#", False), ("~", True), ("_", True), (".", True), ("M", True), ("1", True)]
)
def test_only_stone_blocks_a_shot(between, seen):
    world = duel(f"0 {between} . 2", legend={"M": nmmo.Monster()}, n_players=3)
    if between == "1":
        world.edit.ground(0, 1, "grass", danger=1)  # safe there: the shot passes over its head
    assert possible(world, 0, Action.ATTACK_PLAYER) is seen
    act(world, {0: Action.ATTACK_PLAYER})
    assert len(events(world, "hit", actor=0, target=2)) == seen


def test_stone_beside_the_way_blocks_nothing():
    assert possible(duel("# # # #\n0 . . 1\n# # # #"), 0, Action.ATTACK_PLAYER)


def test_melee_reaches_round_a_corner():
    world = drawn("@ #\n# M", {"M": nmmo.Monster()})
    assert possible(world, 0, Action.ATTACK_MONSTER)


@pytest.mark.parametrize(
    ("rows", "columns", "blocked", "clear"),
    [
        (3, 3, [(1, 1)], [(0, 1), (1, 0), (1, 2), (2, 1)]),
        (3, 3, [(2, 2)], [(1, 2), (2, 1), (2, 3), (3, 2)]),
        (1, 3, [(0, 1)], [(1, 1), (0, 2)]),
        (1, 3, [(1, 2)], [(1, 1), (0, 2)]),
        (2, 3, [(1, 1)], [(0, 1), (1, 0), (0, 2), (2, 1)]),
        (2, 3, [(1, 2)], [(2, 1), (0, 1), (2, 2), (1, 3)]),
        (0, 3, [(0, 2)], [(1, 1), (1, 2)]),
        (1, 2, [(0, 1), (1, 1)], []),  # a line through a corner: both together block either way
    ],
)
def test_line_of_sight_by_rounded_steps(rows, columns, blocked, clear):
    """The tiles of a line are the nearest ones to it, a tile for each step of the longer side."""
    for mirrored in (False, True):

        def at(place, mirrored=mirrored):
            return (place[1], place[0]) if mirrored else place

        def world_with(stones, at=at):
            world = duel(meadow(6, 6), weapon=None, n_players=2)
            world.edit.place_player(0, 0, 0)
            world.edit.place_player(1, *at((rows, columns)))
            for slot in (0, 1):
                world.edit.set(slot, protection=0)
                world.edit.give(slot, "bow", worn=True)
            for stone in stones:
                world.edit.ground(*at(stone), "stone")
            return world

        for slot in (0, 1):
            assert not possible(world_with(blocked), slot, Action.ATTACK_PLAYER)
            assert possible(world_with(clear), slot, Action.ATTACK_PLAYER)


def test_line_of_sight_is_symmetric():
    rng = np.random.default_rng(1)
    blocked = seen = 0
    for _ in range(60):
        world = duel(meadow(4, 4), weapon=None, n_players=2)
        places = rng.permutation(16)
        for slot in (0, 1):
            world.edit.place_player(slot, int(places[slot]) // 4, int(places[slot]) % 4)
            world.edit.set(slot, protection=0)
            world.edit.give(slot, "bow", worn=True)
        for place in places[2:8]:
            world.edit.ground(int(place) // 4, int(place) % 4, "stone")
        assert possible(world, 0, Action.ATTACK_PLAYER) == possible(world, 1, Action.ATTACK_PLAYER)
        seen += possible(world, 0, Action.ATTACK_PLAYER)
        blocked += not possible(world, 0, Action.ATTACK_PLAYER)
    assert seen >= 10
    assert blocked >= 5


# ---- which target -----------------------------------------------------------------------------------


def chosen(places, healths=(), origin=(3, 3)):
    """Return which of the monsters at the places an archer hits."""
    world = drawn(meadow(7, 7), n_players=1, n_monsters=len(places))
    world.edit.place_player(0, *origin)
    world.edit.give(0, "bow", worn=True)
    for index, place in enumerate(places):
        world.edit.place_monster(index, *place)
    for index, health in enumerate(healths):
        world.edit.monster_health(index, health)
    act(world, {0: Action.ATTACK_MONSTER})
    (hit,) = events(world, "hit", actor=0)
    return int(hit["target"]) - world.n_agents


def test_target_nearest_first():
    assert chosen([(0, 0), (5, 5), (3, 6)], healths=[10, 90, 20]) == 1


def test_target_distance_is_by_the_longer_side():
    assert chosen([(1, 3), (5, 5), (0, 3)], healths=[60, 50, 1]) == 1  # both at 2; then the weaker


def test_target_then_least_health():
    assert chosen([(1, 1), (1, 5), (5, 3)], healths=[90, 30, 31]) == 1


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_target_then_reading_order(order):
    places = [(2, 4), (3, 2), (3, 4), (4, 2)]
    assert chosen([places[index] for index in order]) == order.index(0)


def test_target_must_be_alive():
    """Of two that strike the same weak monster in one tick, the later has no target any more."""
    world = drawn("0 M 1", {"M": nmmo.Monster()}, seed=4)
    world.edit.monster_health(0, 1)
    assert possible(world, 0, Action.ATTACK_MONSTER)
    assert possible(world, 1, Action.ATTACK_MONSTER)
    act(world, dict.fromkeys((0, 1), Action.ATTACK_MONSTER))
    assert len(events(world, "hit", target=monster_entity(world))) == 1
    assert len(events(world, "kill")) == 1
    assert not possible(world, 0, Action.ATTACK_MONSTER)


def test_the_fallen_are_no_targets():
    """Neither for another player nor for a monster, though their bodies lie there until the deaths."""
    world = drawn("0 1 2", danger=3)
    world.edit.set(1, health=1)
    _, _, terminated, _, _ = act(world, dict.fromkeys((0, 2), Action.ATTACK_PLAYER))
    assert terminated.tolist() == [False, True, False]
    assert len(events(world, "hit")) == len(events(world, "kill")) == 1
    world = drawn("M @ N . .", {mark: nmmo.Monster("hostile") for mark in "MN"})
    act(world)
    assert len(events(world, "hit", target=0)) == 2
    world.edit.set(0, health=1)
    act(world)
    assert len(events(world, "hit", target=0)) == len(events(world, "kill", target=0)) == 1


def test_attack_without_a_target_is_a_wait():
    world = drawn("0 . 1\n. . M", {"M": nmmo.Monster()}, danger=3)
    act(world, {0: Action.ATTACK_MONSTER, 1: Action.WAIT})
    assert not events(world, "hit", actor=0)
    act(world, {0: Action.ATTACK_PLAYER})
    assert not events(world, "hit", actor=0)


def test_attack_on_players_hits_no_monster():
    world = drawn("0 M", {"M": nmmo.Monster()}, danger=3)
    assert not possible(world, 0, Action.ATTACK_PLAYER)
    act(world, {0: Action.ATTACK_PLAYER})
    assert monster(world)["health"] == 100


# ---- who is safe ------------------------------------------------------------------------------------


@pytest.mark.parametrize("least", range(1, 7))
@pytest.mark.parametrize(("own", "other"), [(1, 1), (2, 3), (3, 2), (3, 3), (5, 4), (5, 5), (1, 5)])
def test_both_tiles_must_be_dangerous_enough(least, own, other):
    world = drawn("0 1", pvp_min_danger=least)
    world.edit.ground(0, 0, "grass", danger=own)
    world.edit.ground(0, 1, "grass", danger=other)
    open_season = own >= least and other >= least
    assert possible(world, 0, Action.ATTACK_PLAYER) is open_season
    act(world, {0: Action.ATTACK_PLAYER})
    assert len(events(world, "hit")) == open_season


def test_monsters_can_be_attacked_anywhere():
    assert possible(drawn("0 M", {"M": nmmo.Monster()}, danger=1), 0, Action.ATTACK_MONSTER)


def test_team_mates_are_no_targets():
    world = drawn("0 1 2 3", danger=3, team_size=2)
    world.edit.give(0, "bow", worn=True)
    act(world, {0: Action.ATTACK_PLAYER})
    (hit,) = events(world, "hit")
    assert hit["target"] == 2  # past its mate
    assert not possible(drawn("0 1", danger=3, team_size=2), 0, Action.ATTACK_PLAYER)


def test_without_teams_nobody_is_allied():
    assert possible(drawn("0 1", danger=3, team_size=1), 0, Action.ATTACK_PLAYER)


@pytest.mark.parametrize("ticks", [0, 1, 7, 32])
def test_protection_lasts_its_ticks(ticks):
    world = drawn("0 1", danger=3, protection_ticks=ticks, protected=True)
    world.edit.set(0, protection=0)
    for tick in range(ticks):
        assert me(world, 1)["protection_ticks"] == ticks - tick
        assert not possible(world, 0, Action.ATTACK_PLAYER)
        act(world, {0: Action.ATTACK_PLAYER})
        assert not events(world, "hit")
    assert me(world, 1)["protection_ticks"] == 0
    act(world, {0: Action.ATTACK_PLAYER})
    assert len(events(world, "hit", actor=0, target=1)) == 1


def test_a_protected_player_is_passed_over():
    world = drawn("0 1 2", danger=3)
    world.edit.give(0, "bow", worn=True)
    world.edit.set(1, protection=10)
    act(world, {0: Action.ATTACK_PLAYER})
    (hit,) = events(world, "hit")
    assert hit["target"] == 2


@pytest.mark.parametrize("attack", [Action.ATTACK_MONSTER, Action.ATTACK_PLAYER])
def test_an_attack_ends_ones_own_protection(attack):
    world = drawn("M 0 1", {"M": nmmo.Monster()}, danger=3, protected=True)
    world.edit.set(1, protection=0)
    assert not possible(world, 1, Action.ATTACK_PLAYER)
    act(world, {0: attack})
    assert me(world, 0)["protection_ticks"] == 0
    assert me(world, 0)["monster_protection_ticks"] == 0
    assert possible(world, 1, Action.ATTACK_PLAYER)


def test_other_acts_leave_the_protection():
    world = drawn("0 .", danger=3, protected=True)
    act(world, {0: Action.MOVE_EAST})
    act(world, {0: Action.ATTACK_PLAYER})  # nobody there: a wait
    assert me(world)["protection_ticks"] == 32 - 2
    assert me(world)["monster_protection_ticks"] == 8 - 2


# ---- in combat --------------------------------------------------------------------------------------


def test_in_combat_lasts_the_tick_of_the_hit_and_four_more():
    world = drawn("0 M", {"M": nmmo.Monster("passive")})
    world.edit.set(0, health=50)
    health, left = [], []
    act(world, {0: Action.ATTACK_MONSTER})
    for _ in range(7):
        health.append(int(me(world)["health"]))
        left.append(int(me(world)["combat_ticks"]))
        act(world)
    assert health == [50, 50, 50, 50, 50, 52, 54]  # regeneration stops for five ticks
    assert left == [4, 3, 2, 1, 0, 0, 0]


def test_taking_a_hit_is_combat_too():
    world = drawn("0 1", danger=3)
    act(world, {0: Action.ATTACK_PLAYER})
    assert me(world, 0)["combat_ticks"] == me(world, 1)["combat_ticks"] == 4
    tiles = row(world, 0)["tiles"]
    middle = tiles.shape[0] // 2, tiles.shape[1] // 2
    assert tiles["style"][middle] >> 5 & 1
    assert tiles["style"][middle[0], middle[1] + 1] >> 5 & 1


def test_a_monsters_hit_is_combat_for_both():
    world = drawn("@ M", {"M": nmmo.Monster("hostile")})
    act(world)
    assert me(world)["combat_ticks"] == 4
    assert monster(world)["combat_ticks"] == 4
    world.edit.remove_monster(0)
    world.edit.set(0, health=50)
    act(world, ticks=4)
    assert (me(world)["health"], me(world)["combat_ticks"]) == (50, 0)


def test_another_hit_renews_the_timer():
    world = drawn("0 M", {"M": nmmo.Monster("passive")})
    act(world, {0: Action.ATTACK_MONSTER})
    act(world, ticks=3)
    assert me(world)["combat_ticks"] == 1
    act(world, {0: Action.ATTACK_MONSTER})
    assert me(world)["combat_ticks"] == 4


def test_regeneration_out_of_combat():
    world = drawn("@")
    world.edit.set(0, health=95)
    seen = []
    for _ in range(4):
        act(world)
        seen.append(int(me(world)["health"]))
    assert seen == [97, 99, 100, 100]


def test_stamina_returns_in_combat_as_well():
    world = drawn("@")
    world.edit.set(0, stamina=10, combat_ticks=5, health=50)
    act(world)
    assert me(world)["stamina"] == 12
    assert me(world)["health"] == 50


LADEN = [("helm", True), ("sword", False), ("ration", False), ("potion", False)]
IN_COMBAT = {
    "take off": (Action.USE_1, False),
    "put on": (Action.USE_2, False),
    "ration": (Action.USE_3, False),
    "potion": (Action.USE_4, True),
    "sell": (Action.SELL_2, False),
    "drop": (Action.DROP_2, False),
    "drop food": (Action.DROP_4, False),
    "buy": (Action.BUY_BOW, False),
    "price up": (Action.PRICE_UP, True),
    "price down": (Action.PRICE_DOWN, True),
    "move": (Action.MOVE_EAST, True),
    "run": (Action.RUN_EAST, True),
}


@pytest.mark.parametrize("what", IN_COMBAT)
def test_combat_forbids(what):
    action, allowed = IN_COMBAT[what]
    for fighting in (False, True):
        world = drawn("0 . . . 1", seed=1)
        for item, worn in LADEN:
            world.edit.give(0, item, worn=worn)
        world.edit.give(1, "bow")
        act(world, {1: Action.SELL_1})
        world.edit.set(0, gold=100, health=20, combat_ticks=3 if fighting else 0)
        before = inventory(world), int(me(world)["price_step"]), int(me(world)["column"])
        assert possible(world, 0, action) is (allowed or not fighting)
        act(world, {0: action})
        after = inventory(world), int(me(world)["price_step"]), int(me(world)["column"])
        assert (before != after) is (allowed or not fighting)
        assert bool(on_ground(world)) is (what.startswith("drop") and not fighting)
        assert me(world)["combat_ticks"] == (2 if fighting else 0)


def test_trade_opens_again_when_combat_ends():
    world = drawn("0 M . .", {"M": nmmo.Monster("passive")})
    world.edit.give(0, "helm")
    act(world, {0: Action.ATTACK_MONSTER})
    masks = []
    for _ in range(6):
        masks.append([possible(world, 0, action) for action in (Action.USE_1, Action.SELL_1, Action.DROP_1)])
        act(world)
    assert masks == [[False] * 3] * 4 + [[True] * 3] * 2
