"""Any tick, asked for in any order: the right world, found from the nearest state that is known."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import choices, played, tiny

import nmmo
from nmmo.replay import DivergenceError, Recorder, Replay
from nmmo.replay.chunk import Chunk
from nmmo.replay.file_playback import FilePlayback
from nmmo.replay.snapshot_cache import CACHE_BYTES, SPACING, Position, SnapshotCache
from nmmo.replay.snapshots import SNAPSHOT_TICKS


@pytest.fixture(scope="module")
def long_game(tmp_path_factory):
    path = tmp_path_factory.mktemp("seek") / "game.nmr"
    return path, played(path, tiny(respawn="next_tick"), 700, seed=5)


def test_every_order_of_seeks_finds_the_recorded_worlds(long_game):
    path, game = long_game
    with Replay(path) as replay:
        for tick in np.random.default_rng(0).integers(0, 701, 150).tolist():
            frame = replay[tick]
            assert frame.world.hash() == game.hashes[tick]
            assert np.array_equal(frame.events, game.events[tick])  # also where the file has the state of that tick
        assert replay._cache is not None and len(replay._cache) >= 700 // SPACING - 700 // SNAPSHOT_TICKS
        for tick in range(SPACING, 700, SPACING):
            replay.world_at(tick + 9)
            assert np.array_equal(replay[tick].events, game.events[tick])
        twin = replay.branch(300)
        assert type(twin) is nmmo.World and not twin.observers
        assert replay.world_at(301).hash() == game.hashes[301]
        assert twin.hash() == game.hashes[300]


def test_a_seek_goes_on_from_a_cached_snapshot(long_game, monkeypatch):
    path, game = long_game
    steps = 0
    plain = FilePlayback.step

    def counted(self, check=True):
        nonlocal steps
        steps += 1
        plain(self, check)

    monkeypatch.setattr(FilePlayback, "step", counted)

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
        assert needed(replay, 140) == 10  # near enough to continue
        assert needed(replay, 63) == 63
    with Replay(path, max_world_bytes=2**20) as replay:
        world_bytes = replay.config.world_bytes
    enough = 5 * world_bytes + 6 * 4096
    with Replay(path, max_world_bytes=enough) as replay:  # nothing to spare
        assert needed(replay, 255) == 255 and needed(replay, 200) == 200
        assert len(replay._cache) == 0


def test_the_cache_covers_a_game_evenly_within_its_memory():
    states = {}
    with nmmo.World(tiny(), 1) as world:
        for number in range(40):  # states of many maps, which have little in common
            world.reset(number)
            states[number * SPACING] = world.snapshot()
    room = 9 * len(states[0])
    cache = SnapshotCache(room)
    for tick, state in states.items():
        if cache.wants(tick):
            cache.add(Position(tick, 7, tick, 0), state)
        assert cache.size <= room
        assert cache.snapshot(0).tobytes() == states[0], "the first is never dropped"
    assert cache.spacing > SPACING
    assert cache.ticks == [tick for tick in states if tick % cache.spacing == 0] and 3 < len(cache) < 40
    for tick in cache.ticks:
        assert cache.snapshot(tick).tobytes() == states[tick] and tick in cache
        assert cache.before(tick + 1) == Position(tick, 7, tick, 0)
        assert not cache.wants(tick) and cache.wants(tick + 40 * SPACING * cache.spacing)
    assert cache.before(cache.ticks[2]) == Position(cache.ticks[1], 7, cache.ticks[1], 0)
    assert cache.before(0) is None
    assert not SnapshotCache(0).wants(SPACING) and SnapshotCache(CACHE_BYTES).wants(SPACING)
    assert not SnapshotCache().wants(SPACING + 1)


def test_the_first_cached_snapshot_stays_whatever_its_tick():
    with nmmo.World(tiny(), 1) as world:
        states = [world.reset(number) and world.snapshot() for number in range(30)]
    cache = SnapshotCache(6 * len(states[0]))
    cache.add(Position(37), states[0])
    for number in range(1, 30):
        if cache.wants(number * SPACING):
            cache.add(Position(number * SPACING), states[number])
    assert cache.ticks[0] == 37 and cache.snapshot(37).tobytes() == states[0]
    assert all(tick % cache.spacing == 0 for tick in cache.ticks[1:]) and cache.spacing > SPACING


def test_a_world_too_large_for_the_memory_is_not_cached():
    with nmmo.World(tiny(), 1) as world:
        world.reset(1)
        state = world.snapshot()
    cache = SnapshotCache(4 * len(state) - 1)
    cache.add(Position(64), state)
    assert len(cache) == cache.size == 0 and not cache.wants(128)


def test_a_seek_in_steps_ends_where_a_seek_at_once_does(long_game):
    path, game = long_game
    with Replay(path) as replay:
        seeker = replay.seeker()
        for tick in (700, 3, 257, 256, 511, 512, 0):
            pauses = sum(1 for _ in seeker.steps(tick))
            assert seeker.world.hash() == game.hashes[tick] and pauses < 40, tick
            assert np.array_equal(seeker.world.events, game.events[tick])
        assert sum(1 for _ in seeker.steps(255)) > 2, "it pauses on the way"
        abandoned = seeker.steps(600)
        next(abandoned)
        next(abandoned)
        abandoned.close()
        assert seeker.seek(601).hash() == game.hashes[601]
        seeker.close()


def test_a_double_buffered_world_stays_until_the_next_tick_is_ready(long_game):
    path, game = long_game
    with Replay(path) as replay:
        seeker = replay.seeker(double_buffered=True)
        seeker.seek(300)
        for tick in (301, 350, 330, 20, 699, 0, 64):
            shown = seeker.world.tick
            for _ in seeker.steps(tick):
                assert seeker.world.hash() == game.hashes[shown]
            assert seeker.world.hash() == game.hashes[tick] and seeker.world.tick == tick
        seeker.close()


def test_a_tick_that_cannot_be_reached_leaves_the_double_buffered_world(tmp_path, monkeypatch):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(n_monsters=40), 300)
    plain = Chunk.step_actions
    monkeypatch.setattr(
        Chunk, "step_actions", lambda self, row: plain(self, row) * (not 70 <= self.start + row + 1 < 80)
    )
    with Replay(path) as replay:
        seeker = replay.seeker(double_buffered=True)
        seeker.seek(50)
        with pytest.raises(DivergenceError):
            seeker.seek(100)
        assert seeker.world.hash() == game.hashes[50]
        assert seeker.seek(51).hash() == game.hashes[51]
        assert seeker.seek(256).hash() == game.hashes[256], "its state is recorded, whatever leads there"
        assert seeker.seek(290).hash() == game.hashes[290]


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
    plain = Chunk.step_actions

    def other(self, row):
        actions = plain(self, row)
        return np.zeros_like(actions) if self.start + row + 1 == 70 else actions

    monkeypatch.setattr(Chunk, "step_actions", other)
    with Replay(path) as replay:
        assert replay.world_at(69).hash() == game.hashes[69]
        for tick in (70, 127, 250):
            with pytest.raises(DivergenceError, match="came out otherwise"):
                replay.world_at(tick)
        assert replay._cache.ticks == [0, 64]  # none of the other game
        assert replay.world_at(69).hash() == game.hashes[69]


def test_cached_snapshots_on_both_sides_of_edits_and_calls_of_respawn(tmp_path):
    path = tmp_path / "game.nmr"
    config = tiny(respawn="on_request", survival=True, n_monsters=30)
    rng = np.random.default_rng(4)
    hashes = []
    with nmmo.World(config, 2) as world, Recorder(world, path):
        world.reset(2)
        for tick in range(301):
            if tick:
                world.step(choices(world, rng))
            if tick in (64, 65, 128, 191):
                world.respawn(np.ones(6, np.bool_))
            if tick in (64, 127, 192):
                alive = np.flatnonzero(world.players["alive"])
                world.edit.set(int(alive[0]), gold=77 + tick)
            hashes.append(world.hash())
    with Replay(path) as replay:
        assert len(replay.cuts) == 3
        for tick in rng.permutation(301).tolist():
            assert replay.world_at(tick).hash() == hashes[tick], tick
        assert replay._cache.ticks == [0, 64, 128, 192, 256]
