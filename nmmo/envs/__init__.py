"""The standard environments: PettingZoo's ``ParallelEnv`` and AEC, Gymnasium's ``VectorEnv`` and ``Env``.

Names are loaded when they are first used, so that ``import nmmo`` brings neither library along.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmmo.envs.aec import env as env
    from nmmo.envs.aec import raw_env as raw_env
    from nmmo.envs.parallel import ParallelEnv as ParallelEnv
    from nmmo.envs.parallel import parallel_env as parallel_env
    from nmmo.envs.solo import SoloEnv as SoloEnv
    from nmmo.envs.spaces import DictObservation as DictObservation
    from nmmo.envs.state import state_dtype as state_dtype
    from nmmo.envs.text import draw as draw
    from nmmo.envs.throughput import measure_throughput as measure_throughput
    from nmmo.envs.vector import VectorEnv as VectorEnv

_HOMES = {  # name: the module that defines it
    "ParallelEnv": "parallel",
    "DictObservation": "spaces",
    "SoloEnv": "solo",
    "VectorEnv": "vector",
    "draw": "text",
    "env": "aec",
    "measure_throughput": "throughput",
    "parallel_env": "parallel",
    "raw_env": "aec",
    "state_dtype": "state",
}

__all__ = [
    "DictObservation",
    "ParallelEnv",
    "SoloEnv",
    "VectorEnv",
    "draw",
    "env",
    "measure_throughput",
    "parallel_env",
    "raw_env",
    "state_dtype",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
