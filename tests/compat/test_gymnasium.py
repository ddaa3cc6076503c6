"""Gymnasium's own wrappers and vectors, in an old and in a new release of it."""

from __future__ import annotations

from multiprocessing import get_all_start_methods

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.vector import AutoresetMode
from small_envs import DEADLY, HORIZON, PLAYERS, small_solo, small_vector

import nmmo

vector_wrappers = wrappers.vector
RELEASE = tuple(map(int, gymnasium.__version__.split(".")[:2]))
MODES = [mode.value for mode in AutoresetMode]
UNTIL_RESET = ["NextStep", "Disabled"]  # no last observations among the infos


def test_the_page(run_section):
    run_section("Gymnasium's wrappers")


def play(envs, steps=2 * HORIZON, seed=1):
    """Play possible actions, resetting where the mode wants it; yield what each step returns."""
    choose = np.random.default_rng(seed)
    _, info = envs.reset(seed=seed)
    for _ in range(steps):
        mask = np.asarray(info["action_mask"])
        result = envs.step(nmmo.sample_actions(mask, choose))
        yield result
        _, _, terminated, truncated, info = result
        ended = np.logical_or(np.asarray(terminated), np.asarray(truncated))
        if envs.metadata["autoreset_mode"] is AutoresetMode.DISABLED and ended.any():
            _, info = envs.reset(options={"reset_mask": ended})


# ---- vectors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_statistics_of_episodes(mode):
    if mode == "SameStep" and RELEASE < (1, 4):
        pytest.xfail("Gymnasium before 1.4 drops the first step after a reset")
    envs = vector_wrappers.RecordEpisodeStatistics(small_vector(autoreset_mode=mode), buffer_length=1000)
    returns, lengths = np.zeros(PLAYERS), np.zeros(PLAYERS, int)
    expected, waiting = [], np.zeros(PLAYERS, bool)
    for _, rewards, terminated, truncated, info in play(envs):
        returns += rewards
        lengths += ~waiting
        ended = terminated | truncated
        for at in np.flatnonzero(ended):
            expected.append((lengths[at], pytest.approx(returns[at], abs=1e-4)))
            assert info["episode"]["l"][at] == lengths[at]
        returns[ended], lengths[ended] = 0, 0
        waiting = ended if mode == "NextStep" else waiting
    assert len(expected) > PLAYERS
    assert list(zip(envs.length_queue, envs.return_queue, strict=True)) == expected
    assert min(envs.length_queue) > 0


ACCEPTING = {
    "DictInfoToList": (vector_wrappers.DictInfoToList, MODES),
    "NumpyToTorch": (vector_wrappers.NumpyToTorch, UNTIL_RESET),
    "ClipReward": (lambda envs: vector_wrappers.ClipReward(envs, -1, 1), MODES),
    "NormalizeReward": (vector_wrappers.NormalizeReward, MODES),
    "NormalizeObservation": (vector_wrappers.NormalizeObservation, ["NextStep"]),
    "DtypeObservation": (lambda envs: vector_wrappers.DtypeObservation(envs, np.float32), UNTIL_RESET),
    "RescaleObservation": (
        lambda envs: vector_wrappers.RescaleObservation(
            vector_wrappers.DtypeObservation(envs, np.float32), np.float32(0), np.float32(1)
        ),
        UNTIL_RESET,
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ACCEPTING)
def test_a_vector_wrapper_accepts_the_modes_that_the_page_says(name, mode):
    wrap, modes = ACCEPTING[name]
    if mode not in modes:
        with pytest.raises((AssertionError, BufferError, TypeError, ValueError)):
            list(play(wrap(small_vector(autoreset_mode=mode))))
        return
    envs = wrap(small_vector(autoreset_mode=mode))
    if name == "DictInfoToList":
        _, infos = envs.reset(seed=1)
        assert len(infos) == PLAYERS
        for _ in range(2 * HORIZON):
            if mode == "Disabled":
                return  # a step after an end would need a reset
            actions = np.array([np.flatnonzero(info["action_mask"])[-1] for info in infos])
            _, _, _, _, infos = envs.step(actions)
        return
    steps = 0
    for observations, rewards, terminated, _, _ in play(envs):
        assert len(observations) == len(rewards) == len(terminated) == PLAYERS
        steps += 1
    assert steps == 2 * HORIZON


@pytest.mark.parametrize("mode", UNTIL_RESET)
def test_observations_of_parts_are_flattened(mode):
    envs = vector_wrappers.FlattenObservation(small_vector(autoreset_mode=mode, observation="dict"))
    for observations, *_ in play(envs, 40):
        assert observations.shape == envs.observation_space.shape


@pytest.mark.parametrize("mode", MODES)
def test_videos_of_vectors(mode, tmp_path):
    envs = small_vector(autoreset_mode=mode, render_mode="rgb_array")
    envs = vector_wrappers.RecordVideo(envs, str(tmp_path), episode_trigger=lambda number: number == 0, video_length=5)
    for _ in play(envs, 8):
        pass
    envs.close()
    assert [path.stat().st_size > 0 for path in tmp_path.glob("*.mp4")] == [True]


def test_a_window_of_a_vector(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    envs = vector_wrappers.HumanRendering(small_vector(render_mode="rgb_array"), screen_size=(320, 240))
    for _ in play(envs, 3):
        pass
    envs.close()


# ---- one learner ---------------------------------------------------------------------------------------

SOLO = {
    "RecordEpisodeStatistics": wrappers.RecordEpisodeStatistics,
    "FrameStackObservation": lambda env: wrappers.FrameStackObservation(env, 3),
    "TimeLimit": lambda env: wrappers.TimeLimit(env, 10),
    "TimeAwareObservation": lambda env: wrappers.TimeAwareObservation(wrappers.TimeLimit(env, HORIZON)),
    "NormalizeObservation": wrappers.NormalizeObservation,
    "NormalizeReward": wrappers.NormalizeReward,
    "DtypeObservation": lambda env: wrappers.DtypeObservation(env, np.float32),
    "ClipReward": lambda env: wrappers.ClipReward(env, -1, 1),
    "StickyAction": lambda env: wrappers.StickyAction(env, 0.3),
    "MaxAndSkipObservation": lambda env: wrappers.MaxAndSkipObservation(env, 2),
    "DelayObservation": lambda env: wrappers.DelayObservation(env, 1),
    "NumpyToTorch": wrappers.NumpyToTorch,
    "Autoreset": wrappers.Autoreset,
}


@pytest.mark.parametrize("name", SOLO)
def test_a_wrapper_plays_lives(name):
    env = SOLO[name](small_solo())
    choose = np.random.default_rng(2)
    ends = 0
    _, info = env.reset(seed=2)
    for _ in range(2 * HORIZON):
        action = np.flatnonzero(np.asarray(info["action_mask"]))[choose.integers(int(info["action_mask"].sum()))]
        observation, _, terminated, truncated, info = env.step(action if name != "NumpyToTorch" else _torch(action))
        if name not in ("NumpyToTorch",):
            assert env.observation_space.contains(observation)
        if terminated or truncated:
            ends += 1
            if name != "Autoreset":
                _, info = env.reset()
    assert ends >= 2
    env.close()


def _torch(action):
    import torch

    return torch.tensor(action)


def test_a_limit_of_steps_by_make():
    env = small_solo(max_episode_steps=5)
    env.reset(seed=0)
    assert [env.step(0)[3] for _ in range(5)] == [False] * 4 + [True]


def test_a_video_of_one_learner(tmp_path):
    env = wrappers.RecordVideo(small_solo(render_mode="rgb_array"), str(tmp_path), video_length=5)
    env.reset(seed=0)
    for _ in range(8):
        env.step(0)
    env.close()
    assert [path.stat().st_size > 0 for path in tmp_path.glob("*.mp4")] == [True]


# ---- vectors of one learner ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_vectors_of_learners(kind, mode):
    envs = gymnasium.make_vec(
        "nmmo/solo-v3",
        num_envs=2,
        vectorization_mode=kind,
        vector_kwargs={"autoreset_mode": mode},
        opponents="waiting",
        **DEADLY,
    )
    observations, info = envs.reset(seed=[1, 2])
    assert not np.array_equal(observations[0], observations[1])
    choose = np.random.default_rng(0)
    ends = 0
    for _ in range(2 * HORIZON):
        _, _, terminated, truncated, info = envs.step(nmmo.sample_actions(np.stack(info["action_mask"]) > 0, choose))
        ends += int((terminated | truncated).sum())
    assert ends >= 4
    envs.close()


@pytest.mark.skipif("forkserver" not in get_all_start_methods(), reason="there is no forkserver here")
@pytest.mark.parametrize("context", ["forkserver", "spawn"])
def test_workers_that_import_nothing_are_told_the_module(context):
    envs = gymnasium.make_vec(
        "nmmo:nmmo/solo-v3",
        num_envs=2,
        vectorization_mode="async",
        vector_kwargs={"context": context},
        opponents="waiting",
        **DEADLY,
    )
    observations, _ = envs.reset(seed=3)
    assert observations.shape[0] == 2
    envs.step(np.zeros(2, np.int64))
    envs.close()
