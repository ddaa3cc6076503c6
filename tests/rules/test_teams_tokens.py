"""Teams and tokens: who is allied with whom, and what players say to one another."""

import numpy as np
import pytest
from helpers import Action, act, drawn, events, me, player, possible, row, where

import nmmo
from nmmo.core.content import N_ACTIONS

NEAR = 6  # tiles from the anchor of a team at its birth


def speak(world: nmmo.World, said: dict[int, int], actions: dict[int, int] | None = None) -> None:
    """Step with tokens."""
    pairs = np.zeros((world.n_agents, 2), dtype=np.int64)
    for slot, token in said.items():
        pairs[slot, 1] = token
    for slot, action in (actions or {}).items():
        pairs[slot, 0] = int(action)
    world.step(pairs)


# ---- teams -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_players", "team_size"), [(8, 1), (8, 2), (12, 4), (6, 6)])
def test_teams_are_numbered_from_one_and_none_is_zero(n_players: int, team_size: int) -> None:
    world = nmmo.World.from_text("@ " * n_players, team_size=team_size)
    expected = [0 if team_size == 1 else slot // team_size + 1 for slot in range(n_players)]
    assert [int(me(world, slot)["team"]) for slot in range(n_players)] == expected
    assert [int(world.tiles[0, slot]["team"]) for slot in range(n_players)] == expected
    if team_size > 1:
        assert world.config.n_teams == n_players // team_size


def test_teams_at_most_two_hundred_and_fifty_five() -> None:
    assert nmmo.Config(height=128, width=128, n_players=510, n_monsters=0, team_size=2).n_teams == 255
    with pytest.raises(nmmo.ConfigError):
        nmmo.Config(height=128, width=128, n_players=512, n_monsters=0, team_size=2)
    with pytest.raises(nmmo.ConfigError):
        nmmo.Config(height=128, width=128, n_players=100, n_monsters=0, team_size=3)
    assert nmmo.Config(height=128, width=128, n_players=512, n_monsters=0).team_size == 1


@pytest.mark.parametrize("team_size", [2, 4, 8])
def test_teams_are_born_near_one_another(team_size: int) -> None:
    config = nmmo.Config(height=128, width=128, n_players=32, n_monsters=0, team_size=team_size)
    spread, anchors = [], set()
    with nmmo.World(config) as world:
        for seed in range(6):
            world.reset(seed=seed)
            places = np.array([where(world, slot) for slot in range(32)]).reshape(-1, team_size, 2)
            spread.extend(int(one) for one in np.ptp(places, axis=1).max(axis=1))
            anchors.update(map(tuple, places[:, 0].tolist()))
    assert max(spread) <= 2 * NEAR
    assert len(anchors) > 6  # not all in one place


def test_teams_players_of_none_are_born_apart() -> None:
    config = nmmo.Config(height=128, width=128, n_players=32, n_monsters=0)
    with nmmo.World(config) as world:
        world.reset(seed=1)
        places = np.array([where(world, slot) for slot in range(32)]).reshape(-1, 2, 2)
    assert np.ptp(places, axis=1).max() > 2 * NEAR


def test_teams_mates_cannot_attack_one_another() -> None:
    world = drawn("0 1 . . . 2 3", danger=5, team_size=2)
    assert not possible(world, 0, Action.ATTACK_PLAYER)
    act(world, {0: Action.ATTACK_PLAYER, 1: Action.ATTACK_PLAYER})
    assert events(world, "hit") == []
    assert (me(world, 0)["health"], me(world, 1)["health"]) == (100, 100)


def test_teams_attack_passes_over_a_nearer_mate() -> None:
    world = drawn("0 1 2 3", danger=5, team_size=2)
    world.edit.give(0, "bow", worn=True)
    world.edit.set(1, health=5)
    act(world, {0: Action.ATTACK_PLAYER})
    [hit] = events(world, "hit")
    assert (hit["actor"], hit["target"]) == (0, 2)


def test_teams_without_teams_everyone_is_a_target() -> None:
    world = drawn("0 1", danger=5)
    assert possible(world, 0, Action.ATTACK_PLAYER)
    act(world, {0: Action.ATTACK_PLAYER})
    assert [int(hit["target"]) for hit in events(world, "hit")] == [1]


# ---- tokens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("vocabulary", "token"), [(1, 1), (5, 3), (31, 31)])
def test_tokens_are_seen_by_all_who_see_the_speaker(vocabulary: int, token: int) -> None:
    world = nmmo.World.from_text("@ . . @" + " ." * 20 + " @", vocabulary=vocabulary)
    speak(world, {0: token})
    assert [int(player(world, slot)["token"]) for slot in range(3)] == [token, 0, 0]
    assert int(world.tiles[0, 0]["occupant"]) == 1 | token << 3
    assert int(world.tiles[0, 3]["occupant"]) == 1
    rows, columns = row(world, 0)["tiles"].shape
    assert int(row(world, 0)["tiles"][rows // 2, columns // 2]["occupant"]) == 1 | token << 3
    assert int(row(world, 1)["tiles"][rows // 2, columns // 2 - 3]["occupant"]) == 1 | token << 3
    assert not (row(world, 2)["tiles"]["occupant"] >> 3).any()


def test_tokens_last_one_tick() -> None:
    world = nmmo.World.from_text("@ @", vocabulary=4)
    speak(world, {0: 2, 1: 4})
    assert [int(player(world, slot)["token"]) for slot in (0, 1)] == [2, 4]
    speak(world, {1: 1})
    assert [int(player(world, slot)["token"]) for slot in (0, 1)] == [0, 1]
    assert [int(one) >> 3 for one in world.tiles[0, :2]["occupant"]] == [0, 1]


def test_tokens_go_with_any_action() -> None:
    world = nmmo.World.from_text("@ . .", vocabulary=4)
    speak(world, {0: 3}, {0: Action.MOVE_EAST})
    assert where(world) == (0, 1)
    assert int(world.tiles[0, 1]["occupant"]) == 1 | 3 << 3
    assert int(world.tiles[0, 0]["occupant"]) == 0


@pytest.mark.parametrize("pair", [(0, 6), (0, -1), (N_ACTIONS, 0), (-1, 0), (1000, 0), (0, 300)])
def test_tokens_and_actions_out_of_range_change_nothing(pair: tuple[int, int]) -> None:
    world = nmmo.World.from_text("@ . @ .", vocabulary=5)
    before = world.hash()
    pairs = np.array([[Action.MOVE_EAST, 1], pair], dtype=np.int64)
    with pytest.raises(nmmo.ActionError):
        world.step(pairs)
    assert world.hash() == before and world.tick == 0
    pairs[1] = 0
    world.step(pairs)
    assert where(world) == (0, 1)


def test_tokens_need_pairs_of_actions() -> None:
    with_tokens = nmmo.World.from_text("@ .", vocabulary=5)
    with pytest.raises(ValueError):
        with_tokens.step(np.zeros(1, dtype=np.int64))
    without = nmmo.World.from_text("@ .")
    with pytest.raises(ValueError):
        without.step(np.zeros((1, 2), dtype=np.int64))
    with pytest.raises(nmmo.ActionError):
        without.step(np.array([N_ACTIONS]))


@pytest.mark.parametrize("vocabulary", [-1, 32])
def test_tokens_are_at_most_thirty_one(vocabulary: int) -> None:
    with pytest.raises(nmmo.ConfigError):
        nmmo.Config(vocabulary=vocabulary)
