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


def test_its_steps_are_those_of_the_environments():
    envs = AsyncPettingZooVecEnv([small_parallel for _ in range(WORKERS)])
    alone = [small_parallel() for _ in range(WORKERS)]
    try:
        _, infos = envs.reset(seed=3)
        for worker, env in enumerate(alone):
            env.reset(seed=3 + worker)
        choose = np.random.default_rng(3)
        deaths = 0
        while all(env.agents for env in alone):
            masks = {name: infos[name].get("action_mask", np.ones((WORKERS, 69), np.int8)) for name in envs.agents}
            actions = {name: choose.integers(69, size=WORKERS) for name in envs.agents}  # of the departed too
            observations, rewards, terminations, _, infos = envs.step(actions)
            for worker, env in enumerate(alone):
                present = env.agents
                base = env.world.mask.copy()
                for name in present:
                    assert np.array_equal(masks[name][worker], base[env.possible_agents.index(name)])
                expected = env.step({name: int(actions[name][worker]) for name in present})
                for name in envs.agents:
                    if name not in present:
                        assert np.isnan(rewards[name][worker]) and np.isnan(terminations[name][worker])
                        continue
                    assert rewards[name][worker] == expected[1][name]
                    assert terminations[name][worker] == expected[2][name]
                    if env.agents:  # else it has begun the next episode
                        assert np.array_equal(observations[name][worker], expected[0][name])
                    deaths += expected[2][name]
        assert deaths > 0
    finally:
        envs.close()


def test_the_page(run_section):
    assert run_section("AgileRL").strip()
