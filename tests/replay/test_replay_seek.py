"""Any tick, asked for in any order: the right world, found from the nearest state that is known."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import choices, played, tiny

import nmmo
from nmmo.replay import DivergenceError, Recorder, Replay
from nmmo.replay.landmarks import LANDMARK_BYTES, LANDMARK_TICKS, Landmarks, Place
from nmmo.replay.playback import Playback
from nmmo.replay.snapshots import SNAPSHOT_TICKS


@pytest.fixture(scope="module")
def long_game(tmp_path_factory):
    path = tmp_path_factory.mktemp("seek") / "game.nmr"
    return path, played(path, tiny(rebirth="next_tick"), 700, seed=5)


def test_every_order_of_seeks_finds_the_recorded_worlds(long_game):
    path, game = long_game
    with Replay(path) as replay:
        for tick in np.random.default_rng(0).integers(0, 701, 150).tolist():
            frame = replay[tick]
            assert frame.world.hash() == game.hashes[tick]
            if tick % SNAPSHOT_TICKS:  # of those very ticks the file has states, which tell no events
                assert np.array_equal(frame.events, game.events[tick])
        kept = replay._landmarks
        assert kept is not None and len(kept) >= 700 // LANDMARK_TICKS - 700 // SNAPSHOT_TICKS
        for tick in range(LANDMARK_TICKS, 700, LANDMARK_TICKS):
            replay.world_at(tick + 9)
            if tick % SNAPSHOT_TICKS:
                assert np.array_equal(replay[tick].events, game.events[tick])
        twin = replay.branch(300)
        assert type(twin) is nmmo.World and "_touched" not in vars(twin)
        assert replay.world_at(301).hash() == game.hashes[301]
        assert twin.hash() == game.hashes[300]


def test_a_seek_goes_on_from_a_landmark(long_game, monkeypatch):
    path, game = long_game
    steps = 0
    plain = Playback.step

    def counted(self):
        nonlocal steps
        steps += 1
        plain(self)

    monkeypatch.setattr(Playback, "step", counted)

    def needed(replay, tick):
        nonlocal steps
        steps = 0
        assert replay.world_at(tick).hash() == game.hashes[tick]
        return steps

    with Replay(path) as replay:
        assert needed(replay, 255) == 255
        assert needed(replay, 200) == 200 - 192
        assert needed(replay, 192) == 64  # from the one before, so that the tick's events are there
        assert needed(replay, 130) == 2
        assert needed(replay, 140) == 10  # near enough to go on
        assert needed(replay, 63) == 63
    with Replay(path, max_world_bytes=2**20) as replay:
        world_bytes = nmmo.core._engine.config_world_bytes(replay.config._packed())
    enough = 5 * world_bytes + 6 * 4096
    with Replay(path, max_world_bytes=enough) as replay:  # nothing to spare
        assert needed(replay, 255) == 255 and needed(replay, 200) == 200
        assert len(replay._landmarks) == 0


def test_landmarks_keep_states_within_their_memory():
    states = {}
    with nmmo.World(tiny(), 1) as world:
        for tick in range(1, 40):  # states of many maps, which have little in common
            world.reset(tick)
            states[tick] = world.snapshot()
    room = 4 * len(states[1])
    landmarks = Landmarks(room)
    for tick, state in states.items():
        landmarks.keep(Place(tick, 7, tick, 0), state)
        assert landmarks.size <= room
        if tick > 2:
            assert landmarks.snapshot(1).tobytes() == states[1]  # used all the time, so never dropped
    kept = [tick for tick in states if (landmarks.before(tick + 1) or Place(0, 0, 0, 0)).tick == tick]
    assert 1 in kept and 39 in kept and len(kept) == len(landmarks) < 39
    for tick in kept:
        assert landmarks.snapshot(tick).tobytes() == states[tick]
        assert landmarks.before(tick + 1) == Place(tick, 7, tick, 0)
    assert landmarks.before(1) is None
    assert not Landmarks(0).wanted(LANDMARK_TICKS) and Landmarks(LANDMARK_BYTES).wanted(LANDMARK_TICKS)


def test_a_world_too_large_for_the_memory_is_not_kept():
    with nmmo.World(tiny(), 1) as world:
        world.reset(1)
        state = world.snapshot()
    landmarks = Landmarks(4 * len(state) - 1)
    landmarks.keep(Place(64, 0, 0, 0), state)
    assert len(landmarks) == landmarks.size == 0 and not landmarks.wanted(128)


def test_what_a_caller_does_to_the_world_is_not_kept(long_game):
    path, game = long_game
    with Replay(path) as replay:
        world = replay.world_at(127)
        world.edit.set(0, gold=12345)
        assert replay.world_at(129).hash() == game.hashes[129]
        row, column = np.argwhere(replay.world_at(129).tiles["occupant"] == 0)[0].tolist()
        replay.world_at(129).edit.ground(row, column, "void")  # which no digest tells
        assert replay.world_at(130).hash() == game.hashes[130]
        replay.world_at(127).step(np.zeros(6, int))
        assert replay.world_at(128).hash() == game.hashes[128]
        assert replay.world_at(150).hash() == game.hashes[150]
        replay.world_at(129).close()
        assert replay.world_at(131).hash() == game.hashes[131]


def test_a_game_that_parts_within_a_seek_is_told_at_its_end(tmp_path, monkeypatch):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(n_monsters=40), 250)
    plain = Replay._choices

    def other(self, chunk, row):
        actions = plain(self, chunk, row)
        return np.zeros_like(actions) if chunk.start + row + 1 == 70 else actions

    monkeypatch.setattr(Replay, "_choices", other)
    with Replay(path) as replay:
        assert replay.world_at(69).hash() == game.hashes[69]
        for tick in (70, 127, 250):
            with pytest.raises(DivergenceError, match="came out otherwise"):
                replay.world_at(tick)
        assert len(replay._landmarks) == 1  # of tick 64: none of the other game
        assert replay.world_at(69).hash() == game.hashes[69]


def test_landmarks_on_both_sides_of_edits_and_calls_of_rebirth(tmp_path):
    path = tmp_path / "game.nmr"
    config = tiny(rebirth="on_request", survival=True, n_monsters=30)
    rng = np.random.default_rng(4)
    hashes = []
    with nmmo.World(config, 2) as world, Recorder(world, path):
        world.reset(2)
        for tick in range(301):
            if tick:
                world.step(choices(world, rng))
            if tick in (64, 65, 128, 191):
                world.rebirth(np.ones(6, np.bool_))
            if tick in (64, 127, 192):
                alive = np.flatnonzero(world.players["alive"])
                world.edit.set(int(alive[0]), gold=77 + tick)
            hashes.append(world.hash())
    with Replay(path) as replay:
        assert len(replay.cuts) == 3
        for tick in rng.permutation(301).tolist():
            assert replay.world_at(tick).hash() == hashes[tick], tick
        assert len(replay._landmarks) == 4
