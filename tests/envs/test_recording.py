"""Replays written by the environments."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

import nmmo
from nmmo.replay import Replay

TINY = nmmo.Config(height=48, width=48, n_players=6, n_monsters=12, horizon=12)


def test_parallel_env_leaves_a_replay_of_each_episode(tmp_path):
    env = nmmo.parallel_env(TINY, record=tmp_path / "game.nmr")
    hashes = []
    for seed in (3, 4):
        env.reset(seed=seed)
        while env.agents:
            env.step({name: int(env.action_space(name).sample()) for name in env.agents})
        hashes.append(env.world.hash())
    env.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["game-2.nmr", "game.nmr"]
    for name, seed, found in zip(("game.nmr", "game-2.nmr"), (3, 4), hashes, strict=True):
        with Replay(tmp_path / name) as replay:
            assert replay.verify()
            assert replay.header.seed == seed
            with replay.world_at(12) as world:
                assert world.hash() == found


def test_recording_changes_nothing_in_the_game(tmp_path):
    recorded, plain = nmmo.parallel_env(TINY, record=tmp_path / "game.nmr"), nmmo.parallel_env(TINY)
    for env in (recorded, plain):
        env.reset(seed=1)
        for _ in range(8):
            env.step(dict.fromkeys(env.agents, 2))
    assert recorded.world.hash() == plain.world.hash()
    recorded.close()


def test_solo_and_vector_environments_record_too(tmp_path):
    solo = gymnasium.make("nmmo/solo-v3", config=TINY, opponents="random", record=tmp_path / "solo.nmr")
    solo.reset(seed=1)
    for _ in range(5):
        solo.step(0)
    solo.close()
    vector = gymnasium.make_vec("nmmo/nmmo-v3", config=TINY, num_worlds=2, record=tmp_path / "vector.nmr")
    vector.reset(seed=1)
    for _ in range(5):
        vector.step(np.zeros(12, np.int64))
    vector.close()
    names = ["solo.nmr", "vector-w0.nmr", "vector-w1.nmr"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        with Replay(tmp_path / name) as replay:
            assert replay.verify() and len(replay) == 5


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "game.nmr"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        nmmo.parallel_env(TINY, record=path)
    assert path.read_bytes() == b"mine"
