"""PettingZoo's and Gymnasium's own tests, unmodified; every warning counts, except those named here."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, max_cycles_test, parallel_api_test, parallel_seed_test, seed_test
from pettingzoo.test import test_save_obs as save_obs_test
from pettingzoo.test.state_test import state_test
from pettingzoo.utils import aec_to_parallel, parallel_to_aec, wrappers

import nmmo
from nmmo import nmmo_v3

SETTING = nmmo.Config(height=64, width=64, n_players=16, n_monsters=64, lives=1, horizon=200)
WAYS = {
    "flat": {},
    "dict": {"observation": "dict"},
    "three lives": {"lives": 3},
    "respawned in the next tick": {"lives": 3, "respawn": "next_tick"},
    "endless lives": {"lives": 0},
    "vocabulary": {"vocabulary": 3},
    "vocabulary, dict": {"vocabulary": 3, "observation": "dict"},
}
OPTION = "reset option 'options' is ignored"  # the tests pass one
UNUSUAL = "probably should be gymnasium.spaces|is not a NumPy array"  # of dicts and pairs, which are asked for


@contextlib.contextmanager
def warned(*expected: str) -> Iterator[None]:
    """Expect no warnings but these."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pattern in expected:
            for part in pattern.split("|"):
                warnings.filterwarnings("ignore", f".*{part}")
        yield


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


def test_parallel_api(way):
    with warned(OPTION):
        parallel_api_test(nmmo.parallel_env(SETTING, **way), num_cycles=300)


def test_aec_api(way):
    unusual = (UNUSUAL,) if {"observation", "vocabulary"} & set(way) else ()
    with warned(OPTION, *unusual):
        api_test(nmmo.env(SETTING, **way), num_cycles=250)


def test_raw_aec_api():
    with warned(OPTION):
        api_test(nmmo.envs.raw_env(SETTING), num_cycles=250)


def test_seeds(way):
    with warned():
        seed_test(lambda: nmmo.env(SETTING, **way), num_cycles=100)
        parallel_seed_test(lambda: nmmo.parallel_env(SETTING, **way), num_cycles=100)


def test_max_cycles():
    with warned():
        max_cycles_test(nmmo_v3)


def test_saving_observations(way, capsys):
    """Which does not apply to observations that are no images, and says so."""
    with warned():
        save_obs_test(nmmo.env(SETTING, **way))
    assert "did not save the observations" in capsys.readouterr().out


def test_state(way):
    with warned():
        state_test(nmmo.env(SETTING, **way), nmmo.parallel_env(SETTING, **way))


@pytest.mark.parametrize("way", [{}, {"observation": "dict"}, {"vocabulary": 3}, {"slot": 5}], ids=str)
@pytest.mark.parametrize("render_mode", [None, "ansi"])
def test_gymnasium_checks_the_solo_environment(way, render_mode):
    env = gymnasium.make("nmmo/solo-v3", opponents="random", render_mode=render_mode, **way)
    with warned():
        check_env(env.unwrapped)


def test_gymnasium_watches_an_episode():
    """The passive checker, the order and the time limit that `gymnasium.make` puts around."""
    env = gymnasium.make("nmmo/solo-v3", opponents="random", max_episode_steps=40)
    env.action_space.seed(1)
    with warned():
        env.reset(seed=1)
        for _ in range(40):
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            if terminated or truncated:
                break
    assert terminated or truncated


# ---- PettingZoo's wrappers and conversions -----------------------------------------------------------


def test_conversions_give_back_the_parallel_environment():
    env = nmmo.env(SETTING)
    parallel = aec_to_parallel(env)
    assert isinstance(parallel, nmmo.envs.ParallelEnv)
    assert parallel is env.unwrapped


def test_the_module_has_what_pettingzoos_modules_have():
    assert nmmo_v3.parallel_env(max_cycles=9).world.config.horizon == 9
    assert nmmo_v3.env(SETTING, max_cycles=9).unwrapped.world.config.horizon == 9
    assert nmmo_v3.raw_env(SETTING).unwrapped.world.config == SETTING
    with pytest.raises(TypeError, match="another name for horizon"):
        nmmo_v3.parallel_env(max_cycles=9, horizon=9)


def test_wrappers_of_the_turn_based_environment():
    env = wrappers.OrderEnforcingWrapper(
        wrappers.AssertOutOfBoundsWrapper(wrappers.TerminateIllegalWrapper(nmmo.env(SETTING), illegal_reward=-1))
    )
    env.reset(seed=1)
    for agent in env.agent_iter(200):
        _, _, terminated, truncated, info = env.last()
        gone = terminated or truncated
        env.step(None if gone else env.action_space(agent).sample(info["action_mask"]))
    assert env.unwrapped.world.tick >= 12


def test_base_wrapper_of_the_parallel_environment():
    env = wrappers.BaseParallelWrapper(nmmo.parallel_env(SETTING))
    observations, _ = env.reset(seed=1)
    assert list(observations) == env.agents == env.possible_agents
    env.step(dict.fromkeys(env.agents, 0))
    assert env.state() in env.state_space
    assert env.unwrapped.world.tick == 1


def test_turns_are_the_game_of_the_parallel_environment():
    env, twin = nmmo.env(SETTING, lives=2), nmmo.parallel_env(SETTING, lives=2)
    env.reset(seed=4)
    twin.reset(seed=4)
    rng = np.random.default_rng(3)
    while twin.agents:
        actions = {}
        for agent in twin.agents:
            assert env.agent_selection == agent
            *_, info = env.last()
            actions[agent] = rng.choice(np.flatnonzero(info["action_mask"]))
            env.step(actions[agent])
        twin.step(actions)
        while env.agents and (env.terminations[env.agent_selection] or env.truncations[env.agent_selection]):
            env.step(None)
        assert env.unwrapped.world.hash() == twin.world.hash()
    assert env.agents == []


def test_what_others_wrote_for_parallel_environments_turns_it_into_turns():
    with warned(OPTION):
        api_test(parallel_to_aec(wrappers.BaseParallelWrapper(nmmo.parallel_env(SETTING))), num_cycles=50)
