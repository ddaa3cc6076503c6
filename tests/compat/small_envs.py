"""Small environments whose players die early, so that libraries meet deaths and new episodes."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

import nmmo
from nmmo.envs import ParallelEnv, VectorEnv

PLAYERS = 8
HORIZON = 48
DEADLY: dict[str, Any] = {"n_players": PLAYERS, "n_monsters": 60, "height": 48, "width": 48, "horizon": HORIZON}


def small_parallel(**options: Any) -> ParallelEnv:
    """Return eight agents by name, some of whom die before the horizon."""
    return nmmo.parallel_env("small", **{**DEADLY, **options})


def small_vector(**options: Any) -> VectorEnv:
    """Return the eight slots of a world, whose lives end and begin one by one."""
    envs = gymnasium.make_vec("nmmo/nmmo-v3", config="small", **{**DEADLY, **options})
    assert isinstance(envs, VectorEnv)
    return envs


def small_solo(**options: Any) -> gymnasium.Env[Any, Any]:
    """Return one learner among random opponents."""
    return gymnasium.make("nmmo/solo-v3", **{"opponents": "random", **DEADLY, **options})


def actions_for(env: Any, infos: Any) -> dict[str, Any]:
    """Return a possible action for each agent that is present."""
    return {name: env.action_space(name).sample(np.asarray(infos[name]["action_mask"])) for name in env.agents}
