"""PettingZoo's turn-based (AEC) environment: the parallel one, behind PettingZoo's own conversion."""

from __future__ import annotations

from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils.conversions import parallel_to_aec, parallel_to_aec_wrapper

from nmmo.core.config import Config
from nmmo.envs.parallel import parallel_env

__all__ = ["env", "raw_env"]


def env(config: Config | str | None = None, **arguments: Any) -> AECEnv[str, Any, Any]:
    """Make a PettingZoo ``AECEnv``: agents act in turn, and the tick is played after the last of them.

    Parameters
    ----------
    config, **arguments
        As for ``nmmo.parallel_env``.

    Raises
    ------
    TypeError, ValueError, OSError, MemoryError
        As by ``nmmo.parallel_env``.

    Notes
    -----
    A wrong action is noticed when the tick is played. ``pettingzoo.utils.aec_to_parallel`` gives back the
    parallel environment itself.
    """
    return parallel_to_aec(parallel_env(config, **arguments))


def raw_env(config: Config | str | None = None, **arguments: Any) -> AECEnv[str, Any, Any]:
    """Make the same as ``env``, but without the wrapper that watches over the order of calls."""
    return parallel_to_aec_wrapper(parallel_env(config, **arguments))
