"""PettingZoo's turn-based (AEC) environment: the parallel one, behind PettingZoo's own conversion."""

from __future__ import annotations

from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils.conversions import parallel_to_aec_wrapper
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from nmmo.core.config import ConfigLike
from nmmo.envs.parallel import parallel_env
from nmmo.envs.single_action import single_action

__all__ = ["env", "raw_env"]


class _Turns(parallel_to_aec_wrapper):  # type: ignore[misc] # it has no types
    """Gives each agent its turn; a wrong action is refused in the turn in which it is given, and can be given again."""

    def step(self, action: Any) -> None:
        """Take the action of the agent whose turn it is.

        Raises
        ------
        TypeError, ValueError, nmmo.ActionError
            If it is not an action. It is still the turn of the same agent.
        """
        agent = self.agent_selection
        if not (self.terminations[agent] or self.truncations[agent]):
            single_action(action, self.env.world.config.vocabulary, agent)
        super().step(action)


def env(config: ConfigLike | str | None = None, **arguments: Any) -> AECEnv[str, Any, Any]:
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
    A wrong action raises at once, and the agent can act again. ``pettingzoo.utils.aec_to_parallel`` gives back the
    parallel environment itself.
    """
    return OrderEnforcingWrapper(raw_env(config, **arguments))


def raw_env(config: ConfigLike | str | None = None, **arguments: Any) -> AECEnv[str, Any, Any]:
    """Make the same as ``env``, but without the wrapper that watches over the order of calls."""
    return _Turns(parallel_env(config, **arguments))
