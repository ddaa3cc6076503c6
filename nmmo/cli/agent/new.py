"""`nmmo agent new`: make the folder of a new agent."""

from __future__ import annotations

import shlex
from pathlib import Path

from nmmo.agents.new import FILES, new_agent
from nmmo.cli.options import Options, Parser

DESCRIPTION = "Make the folder of a new agent: one that works, for you to change."
EXAMPLES = (
    "nmmo agent new wolf",
    "nmmo agent new wolf --folder agents",
)


def _quoted(path: Path) -> str:
    """Return a path as a shell takes it, and not to be taken for an agent's name."""
    text = str(path)
    return shlex.quote(text if "/" in text else f"./{text}")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="name of the agent and of its folder")
    parser.add_argument("--folder", type=Path, default=Path(), metavar="FOLDER", help="where to make it")


def run(options: Options) -> int:
    """Run the command."""
    folder = new_agent(options.name, options.folder)
    print(f"{folder}: {', '.join(FILES)}\n")
    print(f"try it out:    nmmo agent check {_quoted(folder)} --trust")
    print(f"measure it:    nmmo eval {_quoted(folder)} random --trust")
    print("change it:     agent.py")
    return 0
