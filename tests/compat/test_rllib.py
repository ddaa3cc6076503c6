"""RLlib: its wrappers of PettingZoo's environments, and training."""

from __future__ import annotations

import gymnasium
import numpy as np
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv, PettingZooEnv
from small_envs import DEADLY, PLAYERS, small_parallel, small_solo

import nmmo


def test_the_page(run_section):
    assert len(run_section("RLlib").split()) == 2


def test_the_wrapper_of_parallel_environments_plays_through_deaths():
    env = ParallelPettingZooEnv(small_parallel())
    observations, infos = env.reset(seed=0)
    present = []
    for _ in range(1000):
        actions = {name: env.action_space[name].sample(infos[name]["action_mask"]) for name in env.par_env.agents}
        observations, _, _, _, infos = env.step(actions)
        present.append(len(observations))
        if not env.par_env.agents:
            break
    assert len(set(present)) > 2
    assert env.reset(seed=1)[0].keys() == set(env.possible_agents)
    env.close()


def test_the_wrapper_of_turns_plays_through_deaths():
    env = PettingZooEnv(nmmo.env("small", **DEADLY))
    observations, _ = env.reset(seed=0)
    turns = 0
    while observations and turns < 10_000:
        observations, _, terminated, truncated, _ = env.step({env.env.agent_selection: 0})
        turns += 1
        if terminated["__all__"] or truncated["__all__"]:
            break
    assert turns > PLAYERS


def test_one_learner_trains_and_is_saved(tmp_path):
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.tune import register_env

    def scaled(settings):
        env = small_solo(**settings)
        return gymnasium.wrappers.TransformObservation(
            env, lambda row: row.astype(np.float32) / 255, gymnasium.spaces.Box(0, 1, env.observation_space.shape)
        )

    register_env("solo", scaled)
    config = (
        PPOConfig()
        .environment("solo")
        .env_runners(num_env_runners=0)
        .training(train_batch_size_per_learner=128, minibatch_size=64, num_epochs=1)
    )
    algorithm = config.build_algo()
    result = algorithm.train()
    assert result["env_runners"]["num_env_steps_sampled"] >= 128
    path = algorithm.save_to_path(tmp_path / "checkpoint")
    algorithm.restore_from_path(path)
    algorithm.train()
    algorithm.stop()
