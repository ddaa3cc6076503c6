"""`nmmo score new`: write the file of a new competition, and its secret."""

from __future__ import annotations

import argparse
from pathlib import Path

from nmmo.agents import agent_names
from nmmo.cli.options import Options, Parser
from nmmo.score.competition import new_competition

DESCRIPTION = "Write the file of a new competition, and its secret."
EXAMPLES = (
    "nmmo score new cup.toml",
    "nmmo score new cup.toml ann=ann.zip bob=bob.zip forager=forager",
)


def _entrant(text: str) -> tuple[str, str]:
    """Parse an argument: NAME=PATH."""
    name, equals, path = text.partition("=")
    if not name or not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not an entrant; give NAME=PATH, such as ann=ann.zip")
    return name, path


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("competition", type=Path, metavar="COMPETITION.toml", help="the file to write")
    parser.add_argument(
        "entrants",
        nargs="*",
        type=_entrant,
        metavar="NAME=PATH",
        help="entrants (default: the agents that come with nmmo)",
    )


def run(options: Options) -> int:
    """Run the command."""
    new_competition(options.competition, dict(options.entrants) or {name: name for name in agent_names()})
    secret = options.competition.with_suffix(".secret")
    print(f"written: {options.competition}, and the secret {secret} (keep it until the end)")
    return 0
