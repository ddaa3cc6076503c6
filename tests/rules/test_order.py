"""Who acts when: the shuffled order of players and of monsters, and the order of a tick's phases."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from helpers import Action, act, drawn, events, me, meadow, monster, monster_entity, where

import nmmo


def winners(seed, ticks):
    """Return who of two players gets the tile between them, tick after tick."""
    world = drawn("0 . 1", seed=seed)
    won = []
    for _ in range(ticks):
        act(world, {0: Action.MOVE_EAST, 1: Action.MOVE_WEST})
        standing = [slot for slot in (0, 1) if where(world, slot) == (0, 1)]
        assert len(standing) == 1, "exactly one of two gets a tile"
        won.append(standing[0])
        world.edit.place_player(standing[0], 0, 2 * standing[0])
    return won


def test_order_differs_between_ticks():
    won = winners(seed=3, ticks=40)
    assert set(won) == {0, 1}
    changes = sum(before != after for before, after in pairwise(won))
    assert 8 <= changes <= 31  # neither one order for ever nor turn and turn about


def test_order_follows_the_seed():
    assert winners(seed=0, ticks=40) == winners(seed=0, ticks=40)
    assert winners(seed=0, ticks=40) != winners(seed=1, ticks=40)


def test_order_is_fair_over_seeds():
    first = [winners(seed, ticks=1)[0] for seed in range(300)]
    assert 150 - 45 <= sum(first) <= 150 + 45  # five standard deviations


def test_order_is_fair_over_ticks():
    assert 300 - 62 <= sum(winners(seed=11, ticks=600)) <= 300 + 62


def test_order_is_fair_between_three():
    world = drawn(". 0 .\n. . 1\n. 2 .")
    homes, moves = [(0, 1), (1, 2), (2, 1)], [Action.MOVE_SOUTH, Action.MOVE_WEST, Action.MOVE_NORTH]
    won = [0, 0, 0]
    for _ in range(600):
        act(world, dict(enumerate(moves)))
        (winner,) = [slot for slot in range(3) if where(world, slot) == (1, 1)]
        won[winner] += 1
        world.edit.place_player(winner, *homes[winner])
    assert sum(won) == 600
    assert all(200 - 58 <= count <= 200 + 58 for count in won)


def test_order_is_fair_in_every_pair():
    """A rotation of one fixed order is fair in first place, and most unfair between neighbours."""
    players = 8
    world = drawn("\n".join("....." for _ in range(players)), n_players=players)
    earlier = dict.fromkeys(combinations(range(players), 2), 0)
    meetings = dict.fromkeys(earlier, 0)
    for slot in range(players):
        world.edit.place_player(slot, slot, 4)
    for tick in range(7 * 120):
        turn = tick % (players - 1)
        circle = [0, *(1 + (index + turn) % (players - 1) for index in range(players - 1))]
        pairs = [tuple(sorted((circle[i], circle[players - 1 - i]))) for i in range(players // 2)]
        for slot in range(players):  # off the lanes first, so that no one is placed on another
            if where(world, slot) != (slot, 4):
                world.edit.place_player(slot, slot, 4)
        for lane, (low, high) in enumerate(pairs):
            world.edit.place_player(low, lane, 0)
            world.edit.place_player(high, lane, 2)
        east = {low: Action.MOVE_EAST for low, _ in pairs}
        act(world, east | {high: Action.MOVE_WEST for _, high in pairs})
        for lane, (low, high) in enumerate(pairs):
            meetings[low, high] += 1
            earlier[low, high] += where(world, low) == (lane, 1)
    assert set(meetings.values()) == {120}
    assert all(60 - 28 <= count <= 60 + 28 for count in earlier.values()), earlier


def test_effects_are_immediate():
    """A player that acts after the one ahead has left finds the tile free; before, it is taken."""
    world = drawn("0 1 . .")
    followed = 0
    for _ in range(200):
        act(world, {0: Action.MOVE_EAST, 1: Action.MOVE_EAST})
        assert where(world, 1) == (0, 2)
        followed += where(world, 0) == (0, 1)
        if where(world, 0) != (0, 0):
            world.edit.place_player(0, 0, 0)
        world.edit.place_player(1, 0, 1)
    assert 100 - 36 <= followed <= 100 + 36


def test_monsters_act_in_a_shuffled_order():
    world = drawn("M @ N", {mark: nmmo.Monster("hostile") for mark in "MN"})
    first = []
    for _ in range(300):
        world.edit.set(0, health=100)
        act(world)
        hits = events(world, "hit", target=0)
        if len(hits) == 2:
            first.append(int(hits[0]["actor"]) - world.n_agents)
    assert len(first) >= 290  # both strike from the first ticks on
    half = len(first) / 2
    assert half - 44 <= sum(first) <= half + 44
    assert 100 <= sum(before != after for before, after in pairwise(first)) <= 200


def test_players_act_before_monsters():
    """A monster that is killed in the players' turn strikes nobody in the same tick."""
    world = drawn("@ M", {"M": nmmo.Monster("hostile")})
    act(world, ticks=3)
    assert events(world, "hit", actor=monster_entity(world))
    world.edit.monster_health(0, 1)
    before = int(me(world)["health"])
    act(world, {0: Action.ATTACK_MONSTER})
    assert not monster(world)["alive"]
    assert not events(world, "hit", target=0)
    assert me(world)["health"] == before


def test_who_steps_away_in_time_is_not_hit():
    world = drawn("@ M # # #", {"M": nmmo.Monster("hostile")}, n_players=1)
    world.edit.ground(1, 0, "grass")
    world.edit.ground(2, 0, "grass")
    act(world, ticks=3)
    act(world, {0: Action.RUN_SOUTH})
    assert where(world) == (2, 0)
    assert not events(world, "hit")


@pytest.mark.parametrize("seed", range(6))
def test_who_falls_acts_no_more(seed):
    """Two players with a point of health strike each other: the earlier strikes, the later is dead."""
    world = drawn("0 1", danger=3, seed=seed)
    for slot in (0, 1):
        world.edit.set(slot, health=1)
    _, _, terminated, _, _ = act(world, dict.fromkeys((0, 1), Action.ATTACK_PLAYER))
    assert sorted(terminated.tolist()) == [False, True]
    assert len(events(world, "hit")) == 1
    assert len(events(world, "kill")) == 1


def test_who_falls_keeps_its_tile_until_the_deaths():
    """Nobody can enter the tile of one that fell earlier in the same tick."""
    tried = 0
    for seed in range(12):
        world = drawn("0 1 2", danger=3, seed=seed)
        world.edit.set(1, health=1)
        act(world, {0: Action.MOVE_EAST, 2: Action.ATTACK_PLAYER})
        assert where(world, 0) == (0, 0)
        tried += len(events(world, "kill", actor=2, target=1))
    assert tried == 12


def test_one_tile_never_holds_two():
    world = drawn(meadow(4, 4), n_players=6, seed=2)
    for slot in range(6):
        world.edit.place_player(slot, slot // 4, slot % 4)
    rng = np.random.default_rng(0)
    for _ in range(200):
        world.step(nmmo.sample_actions(world.mask, rng))
        assert len({where(world, slot) for slot in range(6)}) == 6
