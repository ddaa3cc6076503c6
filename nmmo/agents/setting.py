"""What a world tells the agents that are going to play in it."""

from __future__ import annotations

from nmmo.agents.base import Setting
from nmmo.core.config import Config
from nmmo.core.content import CONTENT, N_ACTIONS
from nmmo.core.dtypes import observation_dtype
from nmmo.core.engine_info import rules_version

__all__ = ["setting_of"]

_RESPAWN_MODES = ("same_tick", "next_tick", "on_request")


def setting_of(config: Config) -> Setting:
    """Return what agents get to know of the worlds of a configuration.

    Parameters
    ----------
    config
        Of the worlds.

    Returns
    -------
    Setting
        Plain data. ``respawn`` is a number (0 same tick, 1 next tick, 2 on request), and ``map_seed`` is
        always -1: an agent has to explore its map.
    """
    fields = config.to_dict()
    fields["respawn"] = _RESPAWN_MODES.index(config.respawn)
    fields["map_seed"] = -1
    return Setting(
        rules_version=rules_version(),
        observation=observation_dtype(config),
        n_actions=N_ACTIONS,
        vocabulary=config.vocabulary,
        config=fields,
        content=CONTENT,
    )
