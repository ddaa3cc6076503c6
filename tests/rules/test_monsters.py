"""Monsters: tempers, whom they go for, when they give up, how they come back, what they leave."""

import itertools
from collections import Counter

import pytest
from helpers import (
    Action,
    act,
    drawn,
    events,
    me,
    meadow,
    monster,
    monster_entity,
    monster_where,
    on_ground,
    where,
)

import nmmo
from nmmo.core.content import names

CORRIDOR = 32


def apart(world, slot=0, index=0):
    """Return the Chebyshev distance between a player and a monster."""
    (row, column), (other_row, other_column) = where(world, slot), monster_where(world, index)
    return max(abs(row - other_row), abs(column - other_column))


def corridor(temper="hostile", home=2, at=3, **monster_fields):
    """Return a corridor of grass with a monster at home and a player beside it."""
    world = drawn(meadow(1, CORRIDOR), n_players=2, n_monsters=1)
    world.edit.place_monster(0, 0, home, temper, **monster_fields)
    world.edit.place_player(0, 0, at)
    world.edit.set(0, protection=0, monster_protection=0)
    return world


def lure(world, tiles):
    """Walk the player east so many tiles, one per tick, whole and hale; the monster is behind it."""
    for _ in range(tiles):
        world.edit.set(0, health=100)
        act(world, {0: Action.MOVE_EAST})


# ---- tempers ----------------------------------------------------------------------------------------


def test_passive_never_fights():
    world = drawn("# # #\n@ M #\n# # #", {"M": nmmo.Monster("passive", level=5)})
    for _ in range(30):
        world.edit.monster_health(0, 100)
        act(world, {0: Action.ATTACK_MONSTER})
        assert not events(world, "hit", actor=monster_entity(world))
    assert me(world)["health"] == 100


def test_neutral_fights_only_back():
    world = drawn("0 M 1", {"M": nmmo.Monster("neutral")})
    for _ in range(20):
        act(world)
        assert not events(world, "hit")
    act(world, {1: Action.ATTACK_MONSTER})
    for _ in range(3):  # from the very tick on: monsters act after players
        assert len(events(world, "hit", actor=monster_entity(world), target=1)) == 1
        assert not events(world, "hit", actor=monster_entity(world), target=0)
        act(world)


def test_hostile_attacks_unprovoked():
    world = drawn("@ M", {"M": nmmo.Monster("hostile")})
    act(world)
    assert len(events(world, "hit", actor=monster_entity(world), target=0)) == 1


@pytest.mark.parametrize(("distance", "noticed"), [(1, True), (3, True), (4, True), (5, False), (6, False)])
@pytest.mark.parametrize("step", [(0, 1), (1, 0), (1, 1)])
def test_hostile_looks_four_tiles_far(distance, noticed, step):
    world = drawn(meadow(8, 8), n_players=1, n_monsters=1)
    for place in ((0, 1), (1, 0), (1, 1)):
        world.edit.ground(*place, "water") if distance > 1 else None  # it sees over water and cannot go
    world.edit.place_monster(0, 0, 0, "hostile")
    world.edit.place_player(0, distance * step[0], distance * step[1])
    world.edit.set(0, monster_protection=0)
    for _ in range(5):
        act(world)
        assert monster(world)["target"] == (0 if noticed else -1)


def test_hostile_comes_near_and_strikes():
    world = drawn("@ . . . M", {"M": nmmo.Monster("hostile")})
    distances = []
    for _ in range(3):
        act(world)
        assert not events(world, "hit")
        distances.append(apart(world))
    assert distances == [3, 2, 1]
    act(world)
    assert len(events(world, "hit", target=0)) == 1


@pytest.mark.parametrize(("style", "reach"), [("melee", 1), ("ranged", 3), ("magic", 3)])
def test_monster_reach_by_style(style, reach):
    for distance in (1, 2, 3, 4):
        world = drawn("M ~ ~ ~ ~ ~", {"M": nmmo.Monster("hostile", style=style)}, n_players=1)
        world.edit.ground(0, distance, "grass")
        world.edit.place_player(0, 0, distance)
        world.edit.set(0, monster_protection=0)
        act(world)
        assert len(events(world, "hit", actor=monster_entity(world), target=0)) == (distance <= reach)


def test_monster_does_not_shoot_through_stone():
    world = drawn("M # . @", {"M": nmmo.Monster("hostile", style="ranged")})
    for _ in range(10):
        act(world)
        assert not events(world, "hit")
    world.edit.ground(0, 1, "water")
    act(world)
    assert len(events(world, "hit")) == 1


def test_monster_moves_or_attacks():
    world = drawn(meadow(9, 9), n_players=1, n_monsters=3)
    world.edit.place_player(0, 4, 4)
    for index, place in enumerate([(0, 0), (8, 8), (4, 8)]):
        world.edit.place_monster(index, *place, "hostile", style=["melee", "ranged", "magic"][index])
    world.edit.set(0, monster_protection=0)
    moved = hits = 0
    dance = [Action.WAIT, Action.MOVE_NORTH, Action.MOVE_WEST, Action.MOVE_SOUTH, Action.MOVE_EAST]
    for tick in range(60):
        before = [monster_where(world, index) for index in range(3)]
        world.edit.set(0, health=100)
        act(world, {0: dance[tick % 5]})
        for index in range(3):
            hit = len(events(world, "hit", actor=monster_entity(world, index)))
            step = abs(monster_where(world, index)[0] - before[index][0])
            step += abs(monster_where(world, index)[1] - before[index][1])
            assert hit + step <= 1
            moved, hits = moved + step, hits + hit
    assert moved >= 5
    assert hits >= 20


# ---- whom -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawing", "nearest"),
    [("0 . . M . 1", 1), ("1 . . M . 0", 0), ("0 . M . . 1", 0), ("1 . M . . 0", 1), ("2 0 . M . . . 1", 0)],
)
def test_hostile_takes_the_nearest(drawing, nearest):
    world = drawn(drawing, {"M": nmmo.Monster("hostile")})
    act(world)
    assert monster(world)["target"] == nearest


def test_hostile_keeps_its_target():
    world = drawn("0 . . M ~ ~ ~ .", {"M": nmmo.Monster("hostile")}, n_players=2)
    act(world)
    assert monster(world)["target"] == 0
    world.edit.ground(0, 4, "grass")
    world.edit.place_player(1, 0, 4)
    world.edit.set(1, monster_protection=0)
    for _ in range(4):
        act(world)
        assert monster(world)["target"] == 0


@pytest.mark.parametrize("temper", ["neutral", "hostile"])
def test_another_attacker_does_not_draw_it_away(temper):
    world = drawn("0 M 1", {"M": nmmo.Monster(temper)})
    world.edit.set(1, monster_protection=8)
    act(world, {0: Action.ATTACK_MONSTER})
    assert monster(world)["target"] == 0
    for _ in range(2):
        world.edit.monster_health(0, 100)
        act(world, {1: Action.ATTACK_MONSTER})
        assert monster(world)["target"] == 0
        assert not events(world, "hit", target=1)


def test_no_monster_turns_to_a_new_life_for_eight_ticks():
    world = drawn("@ M", {"M": nmmo.Monster("hostile")}, protected=True)
    for tick in range(8):
        assert me(world)["monster_protection_ticks"] == 8 - tick
        act(world)
        assert not events(world, "hit")
        assert monster(world)["target"] == -1
    act(world)
    assert len(events(world, "hit", target=0)) == 1


def test_a_protected_player_is_passed_over_for_another():
    world = drawn("0 M . 1", {"M": nmmo.Monster("hostile")}, protected=True)
    world.edit.set(1, monster_protection=0)
    act(world)
    assert monster(world)["target"] == 1


# ---- giving up --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("distance", "kept"), [(8, True), (9, False)])
def test_gives_up_a_target_over_eight_away(distance, kept):
    world = drawn(meadow(1, CORRIDOR), {}, n_players=1, n_monsters=1)
    world.edit.ground(0, 1, "water")
    world.edit.place_monster(0, 0, 0, "hostile")
    world.edit.place_player(0, 0, 4)
    world.edit.set(0, monster_protection=0)
    act(world)
    assert monster(world)["target"] == 0
    world.edit.place_player(0, 0, distance)
    act(world)
    assert monster(world)["target"] == (0 if kept else -1)


def test_gives_up_twelve_tiles_from_home():
    world = corridor()
    act(world)
    furthest = 0
    for _ in range(16):
        lure(world, 1)
        away = monster_where(world)[1] - 2
        furthest = max(furthest, away)
        if furthest < 12:
            assert monster(world)["target"] == 0
    assert furthest == 12
    assert monster(world)["target"] == -1


def test_walks_home_whole_on_arriving_and_not_before():
    world = corridor()
    act(world)
    lure(world, 5)
    assert monster_where(world) == (0, 7)
    world.edit.monster_health(0, 37)
    world.edit.place_player(0, 0, 30)  # over 8 away
    world.edit.ground(0, 29, "stone")
    way, healths = [], []
    for _ in range(7):
        act(world)
        way.append(monster_where(world)[1])
        healths.append(int(monster(world)["health"]))
    home = way.index(2)
    assert home in (4, 5)  # five steps, whether or not giving up takes a tick
    assert way[: home + 1] == sorted(way[: home + 1], reverse=True)
    assert healths[:home] == [37] * home
    assert healths[home:] == [100] * (7 - home)
    assert monster(world)["target"] == -1


def test_does_not_heal_while_fighting_or_idle():
    world = drawn("@ M", {"M": nmmo.Monster("hostile")})
    world.edit.monster_health(0, 60)
    for _ in range(20):
        world.edit.set(0, health=100)
        act(world)
    assert monster(world)["health"] == 60
    world = drawn("@ . . # M #", {"M": nmmo.Monster("passive")})
    world.edit.monster_health(0, 60)
    act(world, ticks=100)
    assert monster(world)["health"] == 60


def walking_home(**settings):
    """Return a hostile monster on its way home, nine tiles to go, and the player it was after far off."""
    world = corridor(**settings)
    act(world)
    lure(world, 9)
    assert monster_where(world) == (0, 11)
    world.edit.place_player(0, 0, 24)
    world.edit.ground(0, 23, "stone")
    act(world)
    assert monster(world)["target"] == -1
    return world


def test_walking_home_it_heeds_nobody():
    world = walking_home()
    world.edit.place_player(1, 0, monster_where(world)[1] + 1)
    world.edit.set(1, monster_protection=0, protection=0)
    for _ in range(5):
        act(world, {1: Action.MOVE_WEST})
        assert not events(world, "hit")
        assert monster(world)["target"] == -1
    assert apart(world, slot=1) == 2  # it follows close behind


def test_walking_home_it_strikes_back_when_hit_and_walks_on():
    world = walking_home()
    here = monster_where(world)[1]
    world.edit.place_player(1, 0, here + 1)
    world.edit.set(1, monster_protection=0, protection=0)
    act(world, {1: Action.ATTACK_MONSTER})
    struck = len(events(world, "hit", actor=monster_entity(world), target=1))
    for _ in range(2):
        act(world)
        struck += len(events(world, "hit", actor=monster_entity(world), target=1))
    assert struck == 1
    assert monster_where(world)[1] < here
    assert monster(world)["health"] < 100


def test_one_that_cannot_find_its_way_is_put_home():
    world = walking_home()
    world.edit.ground(0, 5, "stone")
    act(world, ticks=50)
    assert monster_where(world)[1] > 5
    ticks = 50
    while monster_where(world) != (0, 2) and ticks < 100:
        act(world)
        ticks += 1
    assert 60 < ticks <= 66  # 64 of walking
    assert monster(world)["health"] == 100


def test_a_respawned_target_is_somebody_else():
    world = drawn("@ M . . .", {"M": nmmo.Monster("hostile")}, seed=1)
    world.edit.set(0, health=1)
    _, _, terminated, _, _ = act(world)
    assert terminated[0]
    for _ in range(8):  # as long as a new life is safe
        act(world)
        assert not events(world, "hit")
        assert monster(world)["target"] == -1


# ---- idle -------------------------------------------------------------------------------------------


def wander(temper, home, at, ticks, size=48):
    """Return where an idle monster goes while a player waits; the places, tick by tick."""
    world = drawn(meadow(size, size), n_players=1, n_monsters=1, seed=9, stagnation_ticks=0)
    world.edit.place_monster(0, *home, temper)
    world.edit.place_player(0, *at)
    places = [monster_where(world)]
    for _ in range(ticks):
        act(world)
        places.append(monster_where(world))
    return places


def test_idle_ones_wander_near_home():
    places = wander("passive", home=(20, 20), at=(30, 30), ticks=4800)
    steps = [abs(a - c) + abs(b - d) for (a, b), (c, d) in itertools.pairwise(places)]
    assert set(steps) == {0, 1}
    assert max(max(abs(row - 20), abs(column - 20)) for row, column in places) == 3
    # an eighth of the ticks, less a seventh of these: steps that would leave the 7 x 7 tiles around home
    assert 514 - 107 <= sum(steps) <= 514 + 107
    turns = Counter((c - a, d - b) for (a, b), (c, d) in itertools.pairwise(places))
    assert all(turns[step] >= 80 for step in ((0, 1), (1, 0), (0, -1), (-1, 0)))


def test_monsters_rest_where_no_player_is_near():
    assert len(set(wander("passive", home=(40, 40), at=(2, 2), ticks=400))) == 1
    assert len(set(wander("passive", home=(20, 20), at=(2, 2), ticks=400))) > 1  # the next cell: awake


# ---- death and return -------------------------------------------------------------------------------


def kill_attacked(world):
    world.edit.monster_health(0, 1)
    act(world, {0: Action.ATTACK_MONSTER})
    assert len(events(world, "death", actor=monster_entity(world))) == 1
    assert not monster(world)["alive"]


@pytest.mark.parametrize("ticks", [1, 5, 20])
def test_a_dead_monster_returns_after_its_ticks(ticks):
    world = drawn("@ M", {"M": nmmo.Monster("neutral", 11, "magic", "fire")}, monster_return_ticks=ticks)
    traits = ["temper", "level", "tier", "style", "element"]
    born_with = monster(world)[traits].item()
    kill_attacked(world)
    for _ in range(ticks - 1):
        act(world)
        assert not monster(world)["alive"]
    act(world)
    assert monster(world)["alive"]
    assert len(events(world, "birth", actor=monster_entity(world))) == 1
    assert monster_where(world) == (0, 1)
    assert monster(world)["health"] == 100
    assert monster(world)["target"] == -1
    assert monster(world)[traits].item() == born_with


def test_a_dead_monster_returns_beside_an_occupied_home():
    world = drawn("# # # #\n@ M . #\n# # # #", {"M": nmmo.Monster("passive")}, monster_return_ticks=2)
    kill_attacked(world)
    act(world, {0: Action.MOVE_EAST})
    act(world)
    assert monster(world)["alive"]
    assert monster_where(world) in {(1, 0), (1, 2)}
    assert (monster(world)["home_row"], monster(world)["home_column"]) == (1, 1)


def test_the_dead_leave_their_tile():
    world = drawn("@ M .", {"M": nmmo.Monster("passive")})
    kill_attacked(world)
    act(world, {0: Action.MOVE_EAST})
    assert where(world) == (0, 1)


# ---- loot -------------------------------------------------------------------------------------------

TOOLS = ["pickaxe", "axe", "chisel", "sickle", "rod"]
ARMOUR = ["helm", "chest", "legs"]


@pytest.mark.parametrize("level", [3, 12, 40])
def test_loot_shares_and_tier(level):
    kills = 800
    world = drawn("@ M", {"M": nmmo.Monster("passive", level)}, seed=6, stagnation_ticks=0)
    found = Counter()
    for _ in range(kills):
        if not monster(world)["alive"]:
            world.edit.place_monster(0, 0, 1, "passive", level)
        kill_attacked(world)
        loot = list(on_ground(world).items())
        assert len(loot) <= 1
        for place, (name, tier, quantity) in loot:
            assert place == (0, 1)
            assert (tier, quantity) == ((level - 1) // 8 + 1, 1)
            found[name] += 1
            world.edit.clear(*place)
    assert set(found) == {*TOOLS, *ARMOUR}
    tools, armour = sum(found[name] for name in TOOLS), sum(found[name] for name in ARMOUR)
    assert kills / 2 - 71 <= tools <= kills / 2 + 71  # five standard deviations
    assert kills / 4 - 62 <= armour <= kills / 4 + 62
    assert all(80 - 43 <= found[name] <= 80 + 43 for name in TOOLS)
    assert all(67 - 40 <= found[name] <= 67 + 40 for name in ARMOUR)


def test_what_a_monster_does_has_a_name():
    def doing():
        return names("monster_state")[monster(world)["state"]]

    world = corridor(temper="hostile", home=2, at=5, level=1)
    assert doing() == "idle"
    act(world)
    assert doing() == "chasing"
    world.edit.monster_health(0, 1)
    while monster(world)["alive"]:
        assert world.tick < 20
        act(world, {0: Action.ATTACK_MONSTER})
    assert doing() == "dead"
