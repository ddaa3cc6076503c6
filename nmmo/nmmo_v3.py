"""The environment under its versioned name, as PettingZoo's modules have it: ``from nmmo import nmmo_v3``."""

from __future__ import annotations

from typing import Any

from pettingzoo import AECEnv

from nmmo.core.config import ConfigLike
from nmmo.envs import aec, parallel

__all__ = ["env", "parallel_env", "raw_env"]


def _with_horizon(max_cycles: int | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments, with PettingZoo's name of the horizon turned into ours."""
    if max_cycles is None:
        return arguments
    if "horizon" in arguments:
        raise TypeError("max_cycles is another name for horizon: give one of them")
    return {**arguments, "horizon": max_cycles}


def parallel_env(
    config: ConfigLike | str | None = None, *, max_cycles: int | None = None, **arguments: Any
) -> parallel.ParallelEnv:
    """Make what ``nmmo.parallel_env`` does; ``max_cycles`` is another name for ``horizon``."""
    return parallel.parallel_env(config, **_with_horizon(max_cycles, arguments))


def env(
    config: ConfigLike | str | None = None, *, max_cycles: int | None = None, **arguments: Any
) -> AECEnv[str, Any, Any]:
    """Make what ``nmmo.env`` does; ``max_cycles`` is another name for ``horizon``."""
    return aec.env(config, **_with_horizon(max_cycles, arguments))


def raw_env(
    config: ConfigLike | str | None = None, *, max_cycles: int | None = None, **arguments: Any
) -> AECEnv[str, Any, Any]:
    """Make what ``nmmo.envs.raw_env`` does; ``max_cycles`` is another name for ``horizon``."""
    return aec.raw_env(config, **_with_horizon(max_cycles, arguments))
