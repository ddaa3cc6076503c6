"""What the commands of `nmmo score` share."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from nmmo.cli.console import make_console
from nmmo.cli.options import Parser

PLAIN_WIDTH = 140  # columns of text where no terminal says how many


TRUST_HELP = "run strangers' code with all your rights, outside of the sandbox: only if you trust who wrote all of it"


def console_of() -> Console:
    """Return where results are printed."""
    return make_console(plain_width=PLAIN_WIDTH, soft_wrap=True)


def add_competition(parser: Parser) -> None:
    """Add the competition's file and where its state is kept."""
    parser.add_argument("competition", type=Path, metavar="COMPETITION.toml", help="the competition's file")
    parser.add_argument(
        "--folder", type=Path, metavar="FOLDER", help="where its state is kept (default: beside it, by its name)"
    )
