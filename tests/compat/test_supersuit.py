"""SuperSuit: its wrappers of parallel environments while agents die, and its vector environments."""

from __future__ import annotations

import numpy as np
import pytest
import supersuit
from small_envs import HORIZON, PLAYERS, actions_for, small_parallel


def test_the_page(run_section):
    run_section("SuperSuit")


def play(env, seed=0):
    """Play an episode by chance and return how many agents were there after each step."""
    choose = np.random.default_rng(seed)
    observations, infos = env.reset(seed=seed)
    present = [len(env.agents)]
    while env.agents:
        for name in env.agents:
            assert env.observation_space(name).contains(observations[name]), name
        actions = {name: int(choose.integers(69)) for name in env.agents}
        observations, rewards, terminations, truncations, infos = env.step(actions)
        assert set(rewards) == set(terminations) == set(truncations) == set(infos) == set(observations)
        present.append(len(env.agents))
    return present


WRAPPERS = {
    "frame_stack": lambda env: supersuit.frame_stack_v1(env, 3),
    "dtype": lambda env: supersuit.dtype_v0(env, np.float32),
    "normalize_obs": lambda env: supersuit.normalize_obs_v0(supersuit.dtype_v0(env, np.float32)),
    "flatten": supersuit.flatten_v0,
    "clip_reward": supersuit.clip_reward_v0,
    "sticky_actions": lambda env: supersuit.sticky_actions_v0(env, 0.5),
    "delay_observations": lambda env: supersuit.delay_observations_v0(env, 2),
    "agent_indicator": supersuit.agent_indicator_v0,
    "pad_observations": supersuit.pad_observations_v0,
    "pad_action_space": supersuit.pad_action_space_v0,
    "observation_lambda": lambda env: supersuit.observation_lambda_v0(env, lambda row, space: row // 2),
    "black_death": supersuit.black_death_v3,
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrappers_play_through_deaths(name):
    present = play(WRAPPERS[name](small_parallel()))
    assert present[0] == PLAYERS
    assert present[-1] == 0
    if name != "black_death":
        assert len(set(present)) > 2  # some died on the way


def test_frame_skip_goes_on_sending_actions_of_the_dead():
    assert play(supersuit.frame_skip_v0(small_parallel(), 4))[-1] == 0


def test_black_death_pads_those_who_left():
    env = supersuit.black_death_v3(small_parallel())
    observations, infos = env.reset(seed=0)
    left = False
    for _ in range(HORIZON - 1):
        observations, rewards, _, _, infos = env.step(dict.fromkeys(env.agents, 0))
        assert len(observations) == PLAYERS
        for name in observations:
            if not observations[name].any():
                left = True
                assert rewards[name] == 0
                assert "action_mask" not in infos[name]
    assert left


@pytest.mark.parametrize("processes", [0, 2])
def test_vector_environments(processes):
    vector = supersuit.pettingzoo_env_to_vec_env_v1(small_parallel(lives=0))
    stacked = supersuit.concat_vec_envs_v1(vector, 2, num_cpus=processes, base_class="gymnasium")
    observations, infos = stacked.reset(seed=3)
    assert observations.shape == (2 * PLAYERS, *stacked.observation_space.shape)
    choose = np.random.default_rng(3)
    ends = 0
    for _ in range(HORIZON + 2):
        actions = choose.integers(69, size=2 * PLAYERS)
        observations, rewards, terminations, truncations, infos = stacked.step(actions)
        assert all(info["action_mask"].shape == (69,) for info in infos)
        ends += int((terminations | truncations).sum())
    assert ends == 2 * PLAYERS
    assert np.isfinite(rewards).all()
    stacked.close()


def test_stable_baselines_trains_on_them():
    from stable_baselines3 import PPO

    vector = supersuit.pettingzoo_env_to_vec_env_v1(small_parallel(lives=0))
    stacked = supersuit.concat_vec_envs_v1(vector, 2, num_cpus=0, base_class="stable_baselines3")
    model = PPO("MlpPolicy", stacked, n_steps=64, batch_size=256, n_epochs=1, device="cpu")
    model.learn(2 * 64 * 2 * PLAYERS)
    assert model.num_timesteps == 2 * 64 * 2 * PLAYERS
    stacked.close()


def test_masks_belong_to_their_observations():
    env = supersuit.frame_stack_v1(small_parallel(), 2)
    _, infos = env.reset(seed=1)
    base = env.unwrapped
    for _ in range(20):
        _, _, _, _, infos = env.step(actions_for(env, infos))
        for name in env.agents:
            slot = base.possible_agents.index(name)
            assert np.array_equal(infos[name]["action_mask"], base.world.mask[slot])
