"""Stable-Baselines3 and sb3-contrib: the environment of one learner, alone, in vectors and in other processes."""

from __future__ import annotations

import numpy as np
import pytest
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.evaluation import evaluate_policy as evaluate_maskable
from sb3_contrib.common.maskable.utils import get_action_masks
from small_envs import small_solo
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecFrameStack, VecMonitor, VecNormalize


def test_the_page(run_section):
    run_section("Stable-Baselines3")


@pytest.mark.filterwarnings("error")
def test_its_check_of_environments_finds_nothing():
    check_env(small_solo())


@pytest.mark.parametrize("method", [PPO, A2C])
def test_methods_on_policy_train(method):
    model = method("MlpPolicy", small_solo(), n_steps=64, device="cpu", seed=3)
    model.learn(256)
    assert model.num_timesteps == 256
    assert model.ep_info_buffer  # lives ended


def test_a_replay_buffer_trains():
    model = DQN("MlpPolicy", small_solo(), learning_starts=32, buffer_size=500, device="cpu", seed=3)
    model.learn(128)
    assert model.replay_buffer.size() == 128


@pytest.mark.parametrize("kind", [DummyVecEnv, SubprocVecEnv])
def test_vectors_of_environments(kind):
    envs = make_vec_env(small_solo, n_envs=2, seed=5, vec_env_cls=kind)
    assert envs.get_attr("slot") == [0, 0]
    envs = VecNormalize(VecFrameStack(envs, 2), norm_obs=False)
    model = PPO("MlpPolicy", envs, n_steps=64, device="cpu")
    model.learn(256)
    envs.close()


def test_seeds_of_a_vector_differ_and_repeat():
    def first(seed):
        envs = make_vec_env(small_solo, n_envs=2, seed=seed)
        rows = envs.reset()
        envs.close()
        return rows

    rows = first(0)
    assert not np.array_equal(rows[0], rows[1])
    assert np.array_equal(rows, first(0))
    assert not np.array_equal(rows, first(8))


def test_a_model_is_saved_and_loaded(tmp_path):
    model = PPO("MlpPolicy", small_solo(), n_steps=64, device="cpu", seed=3).learn(64)
    model.save(tmp_path / "model.zip")
    again = PPO.load(tmp_path / "model.zip", env=small_solo(), device="cpu")
    row, _ = small_solo().reset(seed=7)
    assert again.predict(row, deterministic=True)[0] == model.predict(row, deterministic=True)[0]
    again.learn(64, reset_num_timesteps=False)
    assert again.num_timesteps == 128
    mean, _ = evaluate_policy(again, Monitor(small_solo()), n_eval_episodes=2, warn=False)
    assert np.isfinite(mean)


def test_masks_without_a_wrapper(tmp_path):
    model = MaskablePPO("MlpPolicy", small_solo(), n_steps=64, device="cpu", seed=3)
    model.learn(128)
    env = Monitor(small_solo())
    row, info = env.reset(seed=7)
    assert np.array_equal(get_action_masks(env), info["action_mask"].astype(bool))
    ended = False
    while not ended:
        action, _ = model.predict(row, action_masks=get_action_masks(env))
        assert info["action_mask"][action]
        row, _, terminated, truncated, info = env.step(action)
        ended = terminated or truncated
    model.save(tmp_path / "model.zip")
    mean, _ = evaluate_maskable(MaskablePPO.load(tmp_path / "model.zip", device="cpu"), env, n_eval_episodes=1)
    assert np.isfinite(mean)


@pytest.mark.parametrize("kind", [DummyVecEnv, SubprocVecEnv])
def test_masks_of_vectors(kind):
    envs = VecMonitor(kind([small_solo, small_solo]))
    envs.seed(4)
    envs.reset()
    masks = get_action_masks(envs)
    assert masks.shape == (2, 69)
    MaskablePPO("MlpPolicy", envs, n_steps=64, device="cpu").learn(256)
    envs.close()
