"""`nmmo agent list`: list the agents that come with nmmo."""

from __future__ import annotations

from nmmo.agents import AgentError, agent_names, open_agent
from nmmo.cli.options import Options, Parser

DESCRIPTION = "List the agents that come with nmmo."
EXAMPLES = ("nmmo agent list",)


def add_arguments(parser: Parser) -> None:
    """Declare the options: there are none."""


def run(options: Options) -> int:
    """Run the command."""
    names = agent_names()
    width = max(map(len, names), default=0)
    broken = 0
    for name in names:
        try:
            manifest = open_agent(name).manifest
            print(f"{name:<{width}}  {manifest.version:<5}  {manifest.description}")
        except AgentError as error:
            print(f"{name:<{width}}  broken: {error}")
            broken = 1
    return broken
