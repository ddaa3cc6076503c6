"""Agents: folders with code that plays, the cast of a world, and what their play is worth.

Names are loaded when they are first used, so that ``import nmmo.agents.base`` brings nothing along.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nmmo.agents.base import Agent, Setting

if TYPE_CHECKING:
    from nmmo.agents.cast import Cast as Cast
    from nmmo.agents.cast import deal as deal
    from nmmo.agents.errors import AgentError as AgentError
    from nmmo.agents.errors import UntrustedAgent as UntrustedAgent
    from nmmo.agents.evaluation import Evaluation as Evaluation
    from nmmo.agents.evaluation import evaluate as evaluate
    from nmmo.agents.figures import FIGURES as FIGURES
    from nmmo.agents.folder import AgentFolder as AgentFolder
    from nmmo.agents.folder import agent_names as agent_names
    from nmmo.agents.folder import load_agent as load_agent
    from nmmo.agents.folder import open_agent as open_agent
    from nmmo.agents.interval import Estimate as Estimate
    from nmmo.agents.manifest import Manifest as Manifest
    from nmmo.agents.matches import Contestant as Contestant
    from nmmo.agents.matches import Match as Match
    from nmmo.agents.matches import Observer as Observer
    from nmmo.agents.matches import Series as Series
    from nmmo.agents.setting import setting_of as setting_of

_HOMES = {  # name: the module that defines it
    "AgentError": "errors",
    "AgentFolder": "folder",
    "Cast": "cast",
    "Contestant": "matches",
    "Estimate": "interval",
    "Evaluation": "evaluation",
    "FIGURES": "figures",
    "Manifest": "manifest",
    "Match": "matches",
    "Observer": "matches",
    "Series": "matches",
    "UntrustedAgent": "errors",
    "agent_names": "folder",
    "deal": "cast",
    "evaluate": "evaluation",
    "load_agent": "folder",
    "open_agent": "folder",
    "setting_of": "setting",
}

__all__ = [
    "FIGURES",
    "Agent",
    "AgentError",
    "AgentFolder",
    "Cast",
    "Contestant",
    "Estimate",
    "Evaluation",
    "Manifest",
    "Match",
    "Observer",
    "Series",
    "Setting",
    "UntrustedAgent",
    "agent_names",
    "deal",
    "evaluate",
    "load_agent",
    "open_agent",
    "setting_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
