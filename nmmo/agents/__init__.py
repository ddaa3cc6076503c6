"""Agents: folders with code that plays, the seats of a world, matches, and what their play is worth.

Names are loaded when they are first used, so that ``import nmmo.agents.base`` brings nothing along.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nmmo.agents.base import Agent, Setting

if TYPE_CHECKING:
    from nmmo.agents.agent_report import AgentReport as AgentReport
    from nmmo.agents.agent_seat import AgentSeat as AgentSeat
    from nmmo.agents.errors import AgentError as AgentError
    from nmmo.agents.errors import UntrustedAgent as UntrustedAgent
    from nmmo.agents.evaluation import Evaluation as Evaluation
    from nmmo.agents.evaluation import evaluate as evaluate
    from nmmo.agents.folder import AgentFolder as AgentFolder
    from nmmo.agents.folder import agent_names as agent_names
    from nmmo.agents.folder import load_agent as load_agent
    from nmmo.agents.folder import open_agent as open_agent
    from nmmo.agents.manifest import Manifest as Manifest
    from nmmo.agents.match import Match as Match
    from nmmo.agents.match import play_match as play_match
    from nmmo.agents.metrics import METRICS as METRICS
    from nmmo.agents.seat import Seat as Seat
    from nmmo.agents.seat import WaitingSeat as WaitingSeat
    from nmmo.agents.seating import SlotAssignment as SlotAssignment
    from nmmo.agents.seating import deal as deal
    from nmmo.agents.seating import seat_agents as seat_agents
    from nmmo.agents.series import Contestant as Contestant
    from nmmo.agents.series import MatchMetrics as MatchMetrics
    from nmmo.agents.series import MatchObserver as MatchObserver
    from nmmo.agents.series import PlannedMatch as PlannedMatch
    from nmmo.agents.series import Series as Series
    from nmmo.agents.setting import setting_of as setting_of
    from nmmo.agents.statistics import Estimate as Estimate
    from nmmo.agents.trained_policy import TrainedPolicy as TrainedPolicy

_HOMES = {  # name: the module that defines it
    "AgentError": "errors",
    "AgentFolder": "folder",
    "AgentReport": "agent_report",
    "AgentSeat": "agent_seat",
    "Contestant": "series",
    "Estimate": "statistics",
    "Evaluation": "evaluation",
    "METRICS": "metrics",
    "Manifest": "manifest",
    "Match": "match",
    "MatchObserver": "series",
    "MatchMetrics": "series",
    "PlannedMatch": "series",
    "Seat": "seat",
    "Series": "series",
    "SlotAssignment": "seating",
    "TrainedPolicy": "trained_policy",
    "UntrustedAgent": "errors",
    "WaitingSeat": "seat",
    "agent_names": "folder",
    "deal": "seating",
    "evaluate": "evaluation",
    "load_agent": "folder",
    "open_agent": "folder",
    "play_match": "match",
    "seat_agents": "seating",
    "setting_of": "setting",
}

__all__ = [
    "METRICS",
    "Agent",
    "AgentError",
    "AgentFolder",
    "AgentReport",
    "AgentSeat",
    "Contestant",
    "Estimate",
    "Evaluation",
    "Manifest",
    "Match",
    "MatchMetrics",
    "MatchObserver",
    "PlannedMatch",
    "Seat",
    "Series",
    "Setting",
    "SlotAssignment",
    "TrainedPolicy",
    "UntrustedAgent",
    "WaitingSeat",
    "agent_names",
    "deal",
    "evaluate",
    "load_agent",
    "open_agent",
    "play_match",
    "seat_agents",
    "setting_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
