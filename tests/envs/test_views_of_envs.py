"""The named parts of observations, the global state and the text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from drawn_envs import TINY, island, possible

import nmmo
from nmmo.envs import DictObservation, draw, state_dtype

CODES = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(scope="module")
def played():
    """Return a world in which much has happened."""
    config = nmmo.Config(height=48, width=48, n_players=24, n_monsters=40, vocabulary=3, view_row_radius=3)
    world = nmmo.World(config, seed=4)
    world.reset()
    rng = np.random.default_rng(0)
    for _ in range(200):
        actions = nmmo.sample_actions(world.mask, rng)
        world.step(np.stack([actions, rng.integers(0, 4, 24)], axis=1))
    return world


# ---- parts ----------------------------------------------------------------------------------------------


def test_every_field_of_the_dtype_is_in_a_part(played):
    parts = DictObservation(played.config)
    split = parts.split(played.outputs["observations"])
    dtype = nmmo.observation_dtype(played.config)
    assert set(split) == set(parts.space) == set(dtype.names) - {"mask"}
    for part, array in split.items():
        record = played.observations[part]
        for column, name in enumerate(parts.names.get(part, ())):
            field, _, index = name.rstrip("]").partition("[")
            expected = record[field][..., int(index)] if index else record[field]
            assert array[..., column].tolist() == expected.tolist(), name
        if part not in parts.names:
            assert array.tolist() == record.tolist()
    named = {name.partition("[")[0] for part in parts.names for name in parts.names[part]}
    fields = {name for part in dtype.names for name in dtype[part].base.names or ()}
    assert fields - named == {"reserved"}


def test_parts_follow_the_view_radius(played):
    assert DictObservation(played.config).space["tiles"].shape == (7, 15, 8)


def test_each_row_alone_is_the_row_of_all(played):
    parts = DictObservation(played.config)
    rows = played.outputs["observations"]
    split = parts.split(rows)
    for slot, one in enumerate(parts.each(rows)):
        assert one in parts.space
        assert all(np.array_equal(one[name], split[name][slot]) for name in split)


# ---- the state --------------------------------------------------------------------------------------------


def test_the_state_tells_all_tables(played):
    from nmmo.envs.state import state_bytes, state_space

    packed = state_bytes(played)
    assert packed in state_space(played.config)
    state = packed.view(state_dtype(played.config))[0]
    assert state["tick"] == played.tick == 200
    for name in ("players", "monsters", "tiles"):
        assert state[name].tobytes() == getattr(played, name).tobytes()
    assert state["n_listings"] == len(played.listings)
    assert state["listings"][: state["n_listings"]].tolist() == played.listings.tolist()
    lying = {(item["row"], item["column"]): item["quantity"] for item in played.ground_items}
    assert lying
    found = {(row, column): state["pieces"][row, column] for row, column in np.argwhere(state["pieces"])}
    assert found == lying


def test_the_state_is_fresh_and_follows_the_game():
    env = nmmo.parallel_env(TINY)
    with pytest.raises(RuntimeError, match="reset"):
        env.state()
    env.reset(seed=1)
    first = env.state()
    kept = first.copy()
    env.step(possible(env, np.random.default_rng(1)))
    assert np.array_equal(first, kept)
    assert not np.array_equal(env.state(), first)
    twin = nmmo.parallel_env(TINY)
    twin.reset(seed=1)
    assert np.array_equal(twin.state(), first)


def test_listings_are_part_of_the_state():
    from nmmo.envs.state import state_bytes

    world = island()
    world.edit.give(0, "sword", tier=2)
    world.step([nmmo.Action.SELL_1, 0, 0])
    state = state_bytes(world).view(state_dtype(world.config))[0]
    assert state["n_listings"] == 1
    assert (state["listings"][0]["seller"], state["listings"][0]["tier"]) == (0, 2)


# ---- the text ---------------------------------------------------------------------------------------------


def test_a_drawn_world_is_drawn_again():
    drawing = """
        0 . , : #
        ~ T p o *
        _ & C H F
    """
    legend = {
        "T": nmmo.Node("tree"), "C": nmmo.Node("crystal"), "H": nmmo.Node("herb"), "F": nmmo.Node("fish"),
        "o": nmmo.Node("ore", ripe=False), "*": nmmo.Item("sword"), "&": nmmo.Player(1),
        "p": nmmo.Monster("passive"),
    }  # fmt: skip
    text = draw(nmmo.World.from_text(drawing, legend), 0, colours=False)
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines[0] == "tick 0  players alive 2 of 2"
    assert lines[1:4] == ["@ . , : #", "~ T p o *", "  & C H F"]


def test_the_player_is_told_of():
    world = island()
    world.edit.set(0, health=61, gold=17)
    world.edit.give(0, "helm", tier=1, worn=True)
    world.edit.give(0, "ration", tier=2, quantity=5)
    world.edit.level(0, "mining", 4)
    text = draw(world, 0, colours=False)
    for words in (
        "player_0  row 0, column 0",
        "health 61",
        "gold 17",
        "head helm 1",
        "ration 2 x5",
        "mining 4",
    ):
        assert words in text
    assert "bag     empty" in draw(world, 1, colours=False)


def test_the_player_stands_in_the_middle_where_the_map_allows():
    world = nmmo.World(nmmo.Config.preset("small"), seed=2)
    world.reset()
    for slot in range(world.n_agents):
        place = world.players["self"][slot]
        lines = draw(world, slot, rows=9, columns=11, colours=False).splitlines()[1:10]
        (row,) = [index for index, line in enumerate(lines) if "@" in line]
        assert lines[row][::2].index("@") == place["column"] - min(max(place["column"] - 5, 0), 117)
        assert row == place["row"] - min(max(int(place["row"]) - 4, 0), 119)
        assert {len(line) for line in lines} == {22}


def test_colours_change_nothing_but_colours(monkeypatch):
    world = island()
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = draw(world, 0)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = draw(world, 0)
    assert CODES.search(coloured) and not CODES.search(plain)
    assert CODES.sub("", coloured) == plain
    assert all(line.endswith("\x1b[0m") for line in coloured.splitlines() if CODES.search(line))


def test_every_tile_of_every_preset_can_be_drawn():
    for preset in ("small", "survival"):
        world = nmmo.World(nmmo.Config.preset(preset), seed=1)
        world.reset()
        rng = np.random.default_rng(1)
        for _ in range(40):
            world.step(nmmo.sample_actions(world.mask, rng))
        height, width = world.config.height, world.config.width
        assert len(draw(world, 0, rows=height, columns=width).splitlines()) == height + 9


def test_rendering_of_the_environments():
    env = nmmo.parallel_env(TINY, render_mode="ansi")
    env.reset(seed=1)
    assert "player_0  row" in env.render()
    env.render_agent = "player_5"
    assert "player_5  row" in env.render()
    env.render_agent = "player_99"
    with pytest.raises(KeyError, match="player_99"):
        env.render()


def test_rendering_without_a_mode_warns():
    env = nmmo.parallel_env(TINY)
    env.reset(seed=1)
    with pytest.warns(UserWarning, match="render_mode='ansi'"):
        assert env.render() is None


def test_who_has_no_body_is_said_to_have_none():
    world = island(lives=1)
    world.edit.remove_player(1)
    assert "player_1  has no body" in draw(world, 1, colours=False)


def test_the_measurement_plays_one_game():
    """It measures; here only that it runs and would notice a difference."""
    speeds = nmmo.envs.measure_throughput(TINY.replace(lives=0, horizon=0), ticks=5, repeats=2)
    assert [speed.name for speed in speeds] == [
        "World",
        "VectorEnv",
        "ParallelEnv",
    ]
    assert all(len(speed.agent_steps_per_second) == 2 and speed.median > 0 for speed in speeds)
    with pytest.raises(ValueError, match="lives must be 0"):
        nmmo.envs.measure_throughput(TINY)
