"""AgileRL: its asynchronous vector of agents by name, which pads those who have left."""

from __future__ import annotations

import numpy as np
from agilerl.vector.pz_async_vec_env import AsyncPettingZooVecEnv
from small_envs import HORIZON, PLAYERS, small_parallel

WORKERS = 2


def test_an_asynchronous_vector_goes_on_while_agents_die():
    envs = AsyncPettingZooVecEnv([small_parallel for _ in range(WORKERS)])
    try:
        observations, _ = envs.reset(seed=3)
        assert len(observations) == PLAYERS
        assert {tuple(np.shape(observations[name])) for name in observations} == {
            (WORKERS, observations["player_0"].shape[1])
        }
        died, cut_off, padded = 0, 0, False
        for _ in range(HORIZON + 5):
            actions = {name: np.zeros(WORKERS, np.int64) for name in envs.agents}
            observations, rewards, terminations, truncations, _ = envs.step(actions)
            gone = [name for name in envs.agents if np.isnan(rewards[name]).any()]
            padded |= bool(gone)
            died += sum(int(np.nansum(terminations[name])) for name in envs.agents)
            cut_off += sum(int(np.nansum(truncations[name])) for name in envs.agents)
            assert all(len(rewards[name]) == WORKERS for name in envs.agents)
        assert died > 0 and cut_off > 0 and padded  # rewards of those who have left are NaN
    finally:
        envs.close()


def test_the_page(run_section):
    assert run_section("AgileRL").strip()
