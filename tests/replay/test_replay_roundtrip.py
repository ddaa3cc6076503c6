"""What was recorded is read again: actions, tokens, events, states, at any tick, from any tick."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from conftest import choices, played, tiny
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import nmmo
from nmmo.replay import MissingTicksError, Recorder, Replay


@st.composite
def configs(draw):
    return tiny(
        n_players=draw(st.sampled_from([1, 4, 7])),
        n_monsters=draw(st.sampled_from([0, 9])),
        map_seed=draw(st.sampled_from([None, 0, 5])),
        vocabulary=draw(st.sampled_from([0, 3])),
        respawn=draw(st.sampled_from(["same_tick", "next_tick", "on_request"])),
        survival=draw(st.booleans()),
        lives=draw(st.sampled_from([0, 5])),
        w_death=draw(st.sampled_from([-1.0, 0.5])),
    )


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    config=configs(),
    seed=st.sampled_from([0, 1, 2**64 - 1]),
    ticks=st.integers(0, 300),
    play=st.integers(0, 9),
    events=st.booleans(),
    state=st.booleans(),
    data=st.data(),
)
def test_a_game_comes_back(config, seed, ticks, play, events, state, data):
    """With calls of respawn and edits strewn in, at ticks drawn with the game."""
    rng = np.random.default_rng(play)
    respawned = set(data.draw(st.lists(st.integers(0, 300), max_size=6)))
    edited = set(data.draw(st.lists(st.integers(0, 300), max_size=3)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.nmr"
        hashes, actions, happened, before_edit = [], [], [], {}
        with nmmo.World(config, seed) as world, Recorder(world, path, events=events, state=state):
            world.reset(seed)
            happened.append(world.events)
            for tick in range(ticks + 1):
                if tick:
                    if world.over:
                        break
                    actions.append(choices(world, rng))
                    world.step(actions[-1])
                    happened.append(world.events)
                if tick in respawned and config.respawn == "on_request":
                    seen = len(world.events)
                    world.respawn(np.ones(config.n_players, np.bool_))
                    happened.append(world.events[seen:])
                if tick in edited and tick < ticks and world.players["alive"][0]:
                    before_edit[tick] = world.hash()
                    world.edit.set(0, gold=1000 + tick)
                hashes.append(world.hash())
        with Replay(path) as replay:
            assert replay.complete and replay.damage is None and not replay.missing
            assert (replay.start, replay.stop) == (0, len(actions))
            assert replay.header.seed == seed and replay.config == config
            assert replay.cuts == sorted(before_edit)
            for tick, chosen in enumerate(actions, 1):
                assert np.array_equal(replay.actions(tick), chosen[:, 0] if config.vocabulary else chosen)
                if config.vocabulary:
                    assert np.array_equal(replay.tokens(tick), chosen[:, 1])
            if 0 in before_edit and not (events or state):  # the beginning is a state in the file: it tells no births
                happened[0] = happened[0][:0]
            assert np.array_equal(replay.events(), np.concatenate(happened))
            for tick in data.draw(st.lists(st.integers(0, len(actions)), max_size=8)):
                assert replay.world_at(tick).hash() == hashes[tick]
            every = data.draw(st.integers(1, 70))
            for frame in replay[::every]:
                assert frame.world.hash() == hashes[frame.tick]
            report = replay.verify()
            assert report, str(report)
            assert report.ticks == len(actions) and report.unchecked == 0
            if state:
                assert replay.state_ticks[0][0] == 0 and replay.state_ticks[-1][1] == len(actions)


def test_another_seed_is_another_game(tmp_path):
    one = played(tmp_path / "one.nmr", tiny(), 50, seed=0)
    other = played(tmp_path / "other.nmr", tiny(), 50, seed=1)
    with Replay(tmp_path / "one.nmr") as first, Replay(tmp_path / "other.nmr") as second:
        assert first.world_at(50).hash() == one.hashes[50] != other.hashes[50] == second.world_at(50).hash()
        assert first.world_at(0).hash() == one.hashes[0] != second.world_at(0).hash()
        assert first.header.map_digest != second.header.map_digest


def test_world_at_has_the_observations_of_the_tick(tmp_path):
    config = tiny()
    path = tmp_path / "game.nmr"
    rng = np.random.default_rng(1)
    rows = []
    with nmmo.World(config, 4) as world, Recorder(world, path):
        rows.append(world.reset(4)[0].copy())
        for _ in range(150):
            rows.append(world.step(choices(world, rng))[0].copy())
    with Replay(path) as replay:
        for tick in (0, 1, 127, 128, 129, 150, 3):
            world = replay.world_at(tick)
            assert np.array_equal(world.observations.view(np.uint8).reshape(rows[tick].shape), rows[tick])


def test_a_branch_is_independent(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 200, seed=5)
    with Replay(path) as replay:
        branch = replay.branch(100)
        assert branch.hash() == game.hashes[100]
        for tick in range(100, 150):
            branch.step(game.actions[tick])
        assert branch.hash() == game.hashes[150]
        branch.step(np.zeros(6, np.int64))
        assert replay.world_at(100).hash() == game.hashes[100]
        other = replay.branch(100)
        assert other is not branch
        for _ in range(50):
            other.step(np.full(6, nmmo.Action.MOVE_EAST))
        assert other.hash() != game.hashes[150]
    assert branch.tick == 151  # lives on when the replay is closed


def test_playing_on_in_the_replays_own_world_does_no_harm(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 100, seed=5)
    with Replay(path) as replay:
        replay.world_at(50).step(np.full(6, nmmo.Action.RUN_NORTH))
        assert replay.world_at(51).hash() == game.hashes[51]
        replay.world_at(60).edit.set(0, gold=77)
        assert replay.world_at(61).hash() == game.hashes[61]
        replay.world_at(70).close()
        assert replay.world_at(71).hash() == game.hashes[71]


def test_slices_and_places(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 40)
    with Replay(path) as replay:
        assert len(replay) == 40
        assert [frame.tick for frame in replay[10:20:4]] == [10, 14, 18]
        assert [frame.tick for frame in replay[-3:]] == [38, 39, 40]
        assert len(replay[5:5]) == 0 and list(replay[50:60]) == []
        assert replay[7].world.hash() == game.hashes[7]
        assert replay.world_at(-1).hash() == game.hashes[40]
        kills = replay[5:30].events("hit")
        expected = np.concatenate(game.events[5:30])
        assert np.array_equal(kills, expected[expected["kind"] == nmmo.EventKind.HIT])
        for place in (41, -42):
            with pytest.raises(IndexError, match="0 to 40"):
                replay.world_at(place)
        with pytest.raises(MissingTicksError, match="1 to 40"):
            replay.actions(0)
        with pytest.raises(ValueError, match="out of range"):
            list(replay.frames(step=0))


def test_events_by_kind(tmp_path):
    for recorded in (True, False):
        path = tmp_path / f"{recorded}.nmr"
        game = played(path, tiny(n_monsters=60), 200, events=recorded)
        everything = np.concatenate(game.events)
        with Replay(path) as replay:
            for kind in ("birth", nmmo.EventKind.HARVEST, int(nmmo.EventKind.HIT), ["birth", "death"]):
                kinds = kind if isinstance(kind, list) else [kind]
                numbers = [int(nmmo.EventKind[k.upper()]) if isinstance(k, str) else int(k) for k in kinds]
                expected = everything[np.isin(everything["kind"], numbers)]
                assert len(expected) and np.array_equal(replay.events(kind), expected)
            middle = everything[(everything["tick"] >= 50) & (everything["tick"] < 130)]
            assert np.array_equal(replay.events(start=50, stop=130), middle)
            assert np.array_equal(replay.events(start=130), everything[everything["tick"] >= 130])
            with pytest.raises(ValueError, match="no event 'murder'"):
                replay.events("murder")


@pytest.mark.parametrize("how", ["drawn", "map", "restored", "middle"])
def test_other_beginnings(tmp_path, how):
    path = tmp_path / "game.nmr"
    rng = np.random.default_rng(0)
    if how == "drawn":
        world = nmmo.World.from_text(". @ T .\n. # . @\n~ . M .", {"T": nmmo.Node("tree"), "M": nmmo.Monster()})
    else:
        config = tiny(map_seed=3)
        map_ = nmmo.Map.generate(9, 32, 32) if how == "map" else None
        world = nmmo.World(config, 8, map=map_)
        world.reset()
        if how != "map":
            for _ in range(30):
                world.step(choices(world, rng))
        if how == "restored":
            world = nmmo.World.from_snapshot(world.snapshot())
    first = world.tick
    hashes = {first: world.hash()}
    with Recorder(world, path, events=True, state=True):
        for _ in range(140):
            world.step(choices(world, rng))
            hashes[world.tick] = world.hash()
    with Replay(path) as replay:
        assert (replay.start, replay.stop) == (first, first + 140)
        for tick in (first, first + 1, first + 100, first + 139, first + 140, first + 3):
            assert replay.world_at(tick).hash() == hashes[tick]
        assert replay.verify()
        assert replay.header.base == ("map" if how in ("map", "drawn") else "generated")
        assert replay.pure == (how == "map")
        assert replay.cuts == ([] if how == "map" else [first])


def test_states_agree_with_the_world(tmp_path):
    path = tmp_path / "game.nmr"
    config = tiny(n_monsters=40)
    played(path, config, 300, state=True)
    with Replay(path) as replay:
        for tick in (0, 1, 31, 127, 128, 200, 299, 300, 5):
            frame, world = replay.state(tick), replay.world_at(tick)
            players, monsters = world.players["self"], world.monsters
            for name in players.dtype.names:
                assert np.array_equal(frame.players[name], players[name]), name
            for name in monsters.dtype.names:
                assert np.array_equal(frame.monsters[name], monsters[name]), name
        for tick in (0, 32, 288):  # when the recorder looks at the tiles
            words = (replay.world_at(tick).tiles.view(np.uint64) & 0xFFFFFF).astype(np.uint32)
            assert np.array_equal(replay.state(tick).tiles, words)
        assert frame.names["ground"] == [kind.name.lower() for kind in nmmo.GroundKind]
        with pytest.raises(MissingTicksError, match="301"):
            replay.state(301)


def test_exported_states_know_the_tiles_of_every_tick(tmp_path):
    from nmmo.replay.export import export_state

    game = played(tmp_path / "game.nmr", tiny(), 150)
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.state_ticks == []
        assert export_state(replay, tmp_path / "states.nmr") == 150
        with pytest.raises(FileExistsError):
            export_state(replay, tmp_path / "states.nmr")
    with Replay(tmp_path / "states.nmr") as replay:
        changed = 0
        for tick in range(151):
            words = (replay.world_at(tick).tiles.view(np.uint64) & 0xFFFFFF).astype(np.uint32)
            assert np.array_equal(replay.state(tick).tiles, words)
            changed += tick > 0 and not np.array_equal(words, replay.state(tick - 1).tiles)
        assert changed > 5
        assert np.array_equal(replay.events(), np.concatenate(game.events))
        assert replay.verify() and replay.pure
