"""What a world tells the agents that are going to play in it."""

from __future__ import annotations

from nmmo.agents.base import Setting
from nmmo.core import _engine
from nmmo.core.config import Config
from nmmo.core.dtypes import observation_dtype

__all__ = ["setting_of"]

_REBIRTHS = ("same_tick", "next_tick", "on_request")


def setting_of(config: Config) -> Setting:
    """What agents are told of the worlds of a configuration.

    Parameters
    ----------
    config
        Of the worlds.

    Returns
    -------
    Setting
        Plain data. ``rebirth`` is a number (0 same tick, 1 next tick, 2 on request), and ``map_seed`` is
        always -1: an agent explores its map, it isn't told it.
    """
    fields = config.to_dict()
    fields["rebirth"] = _REBIRTHS.index(config.rebirth)
    fields["map_seed"] = -1
    return Setting(
        rules_version=_engine.rules_version(),
        observation=observation_dtype(config),
        n_actions=_engine.ACTIONS,
        vocabulary=config.vocabulary,
        config=fields,
    )
