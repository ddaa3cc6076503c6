"""Recording: who is recorded, into which files, and what happens when that fails."""

from __future__ import annotations

import copy
import errno
import gc
import os
import pickle
import warnings

import numpy as np
import pytest
from conftest import choices, tiny

import nmmo
from nmmo.replay import Recorder, RecordingError, Replay
from nmmo.replay.writer import ContainerWriter


def play(world, ticks, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(ticks):
        if isinstance(world, nmmo.Worlds):
            world.step(nmmo.sample_actions(world.mask, rng))
        else:
            world.step(choices(world, rng))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_any_code_that_steps_the_world_is_recorded(tmp_path):
    world = nmmo.World(tiny(), 1)
    plain = type(world)
    recorder = Recorder(world, tmp_path / "game.nmr")
    assert isinstance(world, nmmo.World) and repr(world).startswith("<nmmo.World")
    world.reset()
    play(world, 5)
    recorder.step(np.zeros(6, np.int64))
    world.step([0] * 6, copy=True)
    recorder.close()
    assert type(world) is plain and not world.observers
    play(world, 3)
    recorder.close()
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.ticks == 7 and replay.complete and replay.verify()


def test_the_rules_play_the_same_recorded_or_not(tmp_path):
    ends = []
    for record in (False, True):
        world = nmmo.World(tiny(), 2)
        world.reset()
        if record:
            recorder = Recorder(world, tmp_path / "game.nmr", state=True)
        play(world, 140)
        ends.append((world.hash(), world.observations.tobytes(), world.rewards.tobytes()))
    recorder.close()
    assert ends[0] == ends[1]


def test_a_refused_step_is_not_recorded(tmp_path):
    world = nmmo.World(tiny(), 2)
    with Recorder(world, tmp_path / "game.nmr"):
        with pytest.raises(RuntimeError, match="reset"):
            world.step([0] * 6)
        world.reset()
        with pytest.raises(nmmo.ActionError):
            world.step([99] * 6)
        with pytest.raises(ValueError):
            world.step([0] * 5)
        world.step([1] * 6)
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.ticks == 1 and replay.verify()


def test_every_episode_has_its_file(tmp_path):
    world = nmmo.World(tiny(horizon=30), 2)
    with Recorder(world, tmp_path / "game.nmr") as recorder:
        assert names(tmp_path) == ["game.nmr"]
        world.reset()
        play(world, 30)
        assert world.over
        world.reset()
        play(world, 10)
        snapshot = world.snapshot()
        world.reset(77)
        play(world, 4)
        world.restore(snapshot)
        play(world, 3)
    assert [path.name for path in recorder.paths] == ["game.nmr", "game-2.nmr", "game-3.nmr", "game-4.nmr"]
    assert names(tmp_path) == sorted(path.name for path in recorder.paths)
    spans = []
    for path in recorder.paths:
        with Replay(path) as replay:
            assert replay.complete and replay.verify()
            spans.append((replay.start, replay.stop, replay.pure))
    assert spans == [(0, 30, True), (0, 10, True), (0, 4, True), (10, 13, False)]
    with Replay(recorder.paths[2]) as replay:
        assert replay.header.seed == 77


def test_patterns_of_names_and_limits(tmp_path):
    worlds = nmmo.Worlds(3, tiny(horizon=10), 2)
    with Recorder(worlds, tmp_path / "e{episode}-of-{world}.nmr", worlds=[2, 0], episodes=2):
        worlds.reset()
        play(worlds, 35)
    assert names(tmp_path) == ["e1-of-0.nmr", "e1-of-2.nmr", "e2-of-0.nmr", "e2-of-2.nmr"]
    world = nmmo.World(tiny(), 2)
    with Recorder(world, tmp_path / "x{episode}", episodes=1):
        world.reset()
        play(world, 3)
        world.reset()
        play(world, 3)
    assert "x1.nmr" in names(tmp_path) and "x2.nmr" not in names(tmp_path)


@pytest.mark.parametrize("autoreset", [True, False])
def test_worlds(tmp_path, autoreset):
    config = tiny(horizon=150, n_monsters=30)
    worlds = nmmo.Worlds(3, config, 5, autoreset=autoreset)
    hashes = {}
    events = {0: [], 1: [], 2: []}
    with Recorder(worlds, tmp_path / "game.nmr", events=True, state=True) as recorder:
        worlds.reset()
        rng = np.random.default_rng(3)
        for tick in range(1, 149 + 30 * autoreset):
            worlds.step(nmmo.sample_actions(worlds.mask, rng))
            for i in range(3):
                hashes[i, tick] = worlds.world(i).hash()
                events[i].append(worlds.world(i).events)
    assert len(recorder.paths) == (6 if autoreset else 3)
    for i in range(3):
        with Replay(tmp_path / f"game-w{i}.nmr") as replay:
            assert replay.header.seed == nmmo.derive_seed(5, i)
            assert replay.stop == (150 if autoreset else 148) and replay.pure and replay.verify()
            for tick in (1, 100, 148):
                assert replay.world_at(tick).hash() == hashes[i, tick]
            assert replay.state_ticks[-1][1] == (149 if autoreset else 148)
        if autoreset:
            with Replay(tmp_path / f"game-w{i}-2.nmr") as replay:
                assert replay.pure and replay.verify()
                for tick in (0, 10, 28):
                    assert replay.world_at(tick).hash() == hashes[i, 150 + tick]
                assert len(replay.events("birth", 0, 1)) == 36
                assert len(replay.state_ticks) == 1
    assert len({tuple(hashes[i, 100].values()) for i in range(3)}) == 3


def test_later_episodes_of_an_automatic_reset_are_like_first_ones(tmp_path):
    worlds = nmmo.Worlds(2, tiny(horizon=40), 5)
    with Recorder(worlds, tmp_path / "game.nmr") as recorder:
        worlds.reset()
        play(worlds, 100)
    assert len(recorder.paths) == 6
    with Replay(tmp_path / "game-w1-2.nmr") as replay:
        assert replay.pure and replay.verify()
        alone = nmmo.World(tiny(horizon=40), replay.header.seed)
        alone.reset(replay.header.seed)
        assert replay.world_at(0).hash() == alone.hash()
        expected = [alone.events]
        for tick in range(1, 31):
            alone.step(replay.actions(tick))
            expected.append(alone.events)
            assert replay.world_at(tick).hash() == alone.hash()
        assert np.array_equal(replay.events(stop=31), np.concatenate(expected))


def test_the_last_tick_before_an_automatic_reset_keeps_its_events_and_digests(tmp_path):
    config = tiny(horizon=20, n_monsters=60)
    worlds = nmmo.Worlds(1, config, 5)
    single = nmmo.World(config, 0)
    with Recorder(worlds, tmp_path / "game.nmr", events=True):
        worlds.reset()
        single.reset(worlds.world(0).seed)
        rng = np.random.default_rng(3)
        expected = [single.events]
        for _ in range(20):
            actions = nmmo.sample_actions(worlds.mask, rng)
            worlds.step(actions)
            single.step(actions)
            expected.append(single.events)
    with Replay(tmp_path / "game-w0.nmr") as replay:
        assert np.array_equal(replay.events(), np.concatenate(expected))
        assert np.array_equal(replay.digests(20), single.digests())
        assert replay.verify()
        assert replay.world_at(20).hash() == single.hash()


def test_existing_files_are_kept(tmp_path):
    (tmp_path / "game.nmr").write_bytes(b"precious")
    world = nmmo.World(tiny(), 2)
    plain = type(world)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        Recorder(world, tmp_path / "game.nmr")
    assert type(world) is plain
    assert (tmp_path / "game.nmr").read_bytes() == b"precious"
    with Recorder(world, tmp_path / "game.nmr", overwrite=True):
        world.reset()
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.ticks == 0 and replay.complete and replay.verify()
        assert replay.world_at(0).hash() == world.hash()
    with pytest.raises(FileNotFoundError):
        Recorder(world, tmp_path / "no" / "game.nmr")


def test_a_copy_of_a_recorded_world_is_not_recorded(tmp_path):
    for made in (nmmo.World(tiny(), 2), nmmo.Worlds(2, tiny(), 2)):
        path = tmp_path / f"{type(made).__name__}.nmr"
        with Recorder(made, path) as recorder:
            made.reset()
            play(made, 3)
            for twin in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
                assert type(twin) in (nmmo.World, nmmo.Worlds)
                play(twin, 5)
            play(made, 2)
        with Replay(recorder.paths[0]) as replay:
            assert replay.ticks == 5 and replay.verify()


def test_subclasses_can_be_recorded(tmp_path):
    class Mine(nmmo.World):
        def __init__(self, name):
            super().__init__(tiny(), 4)
            self.name = name

        def step(self, actions, copy=False, observe=True):
            return super().step(np.zeros(6, np.int64), copy, observe)

    world = Mine("mine")
    with Recorder(world, tmp_path / "game.nmr"):
        world.reset()
        world.step(np.ones(6, np.int64))
    assert type(world) is Mine
    with Replay(tmp_path / "game.nmr") as replay:
        assert not replay.actions(1).any(), "what was played is recorded, whatever the caller of the class chose"
        assert replay.verify()


def test_what_cannot_be_recorded_is_refused(tmp_path):
    world = nmmo.World(tiny(), 2)
    world.reset()
    with Recorder(world, tmp_path / "game.nmr"):
        with pytest.raises(ValueError, match="already"):
            Recorder(world, tmp_path / "other.nmr")
        with pytest.raises(RuntimeError, match="observers"):
            world.step_repeated(np.zeros((3, 6), np.int64))
    for options, error in (
        ({"worlds": [0]}, ValueError),
        ({"on_error": "ignore"}, ValueError),
        ({"episodes": 0}, ValueError),
        ({"players": ["a"]}, ValueError),
        ({"players": "abcdef"}, TypeError),
        ({"players": {"a": [6]}}, ValueError),
        ({"notes": {"a": 1.5}}, TypeError),
    ):
        with pytest.raises(error):
            Recorder(world, tmp_path / "bad.nmr", **options)
    with pytest.raises(TypeError):
        Recorder("world", tmp_path / "bad.nmr")
    with pytest.raises(ValueError, match="at least one"):
        Recorder(nmmo.Worlds(2, tiny(), 2), tmp_path / "bad.nmr", worlds=[])
    world.close()
    with pytest.raises(ValueError, match="closed"):
        Recorder(world, tmp_path / "bad.nmr")
    assert not (tmp_path / "bad.nmr").exists()


def test_players_and_notes(tmp_path):
    world = nmmo.World(tiny(), 2)
    given = {"forager": [0, 2], "größer": range(3, 6)}
    with Recorder(world, tmp_path / "a.nmr", players=given, notes={"match": 7, "who": "me"}):
        world.reset()
    with Recorder(world, tmp_path / "b.nmr", players=list("xyxyxx")):
        world.reset()
    with Replay(tmp_path / "a.nmr") as replay:
        found = [replay.header.player(slot) for slot in range(6)]
        assert found == ["forager", None, "forager", "größer", "größer", "größer"]
        assert replay.header.notes == {"match": 7, "who": "me"}
    with Replay(tmp_path / "b.nmr") as replay:
        assert "".join(replay.header.player(slot) for slot in range(6)) == "xyxyxx"


def test_closing_the_world_closes_the_file(tmp_path):
    with nmmo.World(tiny(), 2) as world:
        recorder = Recorder(world, tmp_path / "game.nmr")
        world.reset()
        play(world, 10)
    assert recorder.closed and world.closed
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.complete and replay.ticks == 10


def test_a_dropped_world_leaves_a_whole_file(tmp_path):
    world = nmmo.World(tiny(), 2)
    Recorder(world, tmp_path / "game.nmr")
    world.reset()
    play(world, 10)
    del world
    gc.collect()
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.complete and replay.ticks == 10 and replay.verify()


def test_flush_makes_it_readable_meanwhile(tmp_path):
    world = nmmo.World(tiny(), 2)
    with Recorder(world, tmp_path / "game.nmr", sync=True) as recorder:
        world.reset()
        play(world, 10)
        recorder.flush()
        with Replay(tmp_path / "game.nmr") as replay:
            assert replay.ticks == 10 and not replay.complete and replay.damage is None
            assert replay.world_at(10).hash() == world.hash()
        play(world, 300)
        recorder.flush()
        with Replay(tmp_path / "game.nmr") as replay:
            assert replay.ticks == 310 and replay.verify()


@pytest.mark.parametrize("on_error", ["stop", "continue"])
@pytest.mark.parametrize("sync", [False, True])
def test_a_full_disk(tmp_path, monkeypatch, on_error, sync):
    """From some byte on nothing can be written: half of a record arrives before the disk is full."""
    path = tmp_path / "game.nmr"
    room = 20_000
    written = 0
    plain_write = os.write

    def write(descriptor, data):
        nonlocal written
        if descriptor <= 2:
            return plain_write(descriptor, data)
        if written >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = plain_write(descriptor, data[: room - written])
        written += count
        return count

    world = nmmo.World(tiny(), 2)
    monkeypatch.setattr("nmmo.replay.writer.os.write", write)
    recorder = Recorder(world, path, on_error=on_error, sync=sync)
    world.reset()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        failed_at = None
        for tick in range(1500):
            before = world.hash()
            try:
                play(world, 1, tick)
            except RecordingError as error:
                assert error.errno == errno.ENOSPC and "No space left" in str(error)
                assert world.hash() == before  # the tick was not played
                failed_at = tick
                break
        if on_error == "stop":
            if failed_at is None:
                with pytest.raises(RecordingError):
                    recorder.close()
        else:
            recorder.close()
            assert failed_at is None and world.tick == 1500
            assert [str(one.message) for one in warned if "recording ended early" in str(one.message)]
    assert recorder.closed
    play(world, 3)  # the world itself is none the worse
    monkeypatch.setattr("nmmo.replay.writer.os.write", plain_write)
    assert path.stat().st_size <= room
    with Replay(path) as replay:
        assert replay.damage is None and replay.ticks % 128 == 0 and replay.ticks >= 128
        assert replay.verify()


def test_the_first_file_must_be_made_later_ones_as_on_error_says(tmp_path):
    (tmp_path / "game-2.nmr").write_bytes(b"precious")
    world = nmmo.World(tiny(), 2)
    recorder = Recorder(world, tmp_path / "game.nmr")
    world.reset()
    play(world, 4)
    world.reset()
    with pytest.raises(RecordingError):
        world.step([0] * 6)
    assert recorder.closed
    world.step([0] * 6)
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.complete and replay.ticks == 4
    assert (tmp_path / "game-2.nmr").read_bytes() == b"precious"


def test_equal_games_make_equal_files(tmp_path):
    for name in "ab":
        world = nmmo.World(tiny(), 2)
        with Recorder(world, tmp_path / name, state=True):
            world.reset()
            play(world, 300)
    assert (tmp_path / "a").with_suffix(".nmr").read_bytes() == (tmp_path / "b").with_suffix(".nmr").read_bytes()


def test_a_file_appends_whole_records_or_nothing(tmp_path):
    file = ContainerWriter(tmp_path / "file.nmr")
    file.finish()
    file.finish()
    with pytest.raises(ValueError, match="closed"):
        file.write(100, b"", 0, 0)
