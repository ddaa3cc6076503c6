"""`nmmo score run`: play a competition, or continue one that was interrupted."""

from __future__ import annotations

import os
import sys

from nmmo.cli import INTERRUPTED
from nmmo.cli.console import make_console
from nmmo.cli.options import Count, Options, Parser
from nmmo.cli.progress import progress
from nmmo.cli.score.shared import TRUST_HELP, add_competition, console_of
from nmmo.score.competition import Competition
from nmmo.score.provisional_ratings import provisional_ratings
from nmmo.score.run import folder_of, run_competition
from nmmo.score.store import Store

DESCRIPTION = "Play a competition, or continue one that was interrupted."
EXAMPLES = (
    "nmmo score run cup.toml",
    "nmmo score run cup.toml --workers 8",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    add_competition(parser)
    parser.add_argument(
        "--workers",
        type=Count(1, 1024),
        default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        metavar="N",
        help="matches at once; the result does not depend on it",
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)


def run(options: Options) -> int:
    """Run the command."""
    competition = Competition.load(options.competition)
    where = options.folder or folder_of(options.competition)
    console, said = console_of(), make_console(stderr=True)
    console.print(f"{competition.name}: {len(competition.entrants)} entrants, commitment {competition.commitment}")
    if options.trust:
        print("nmmo score: --trust: where there is no sandbox, agents run with all your rights", file=sys.stderr)
    names = list(competition.entrants)
    with progress("matches") as show:

        def report(store: Store, done: int, total: int) -> None:
            board = provisional_ratings(names, store.results()) if said.is_terminal else None
            leaders = ", ".join(f"{name} {rating:.1f}" for name, rating in (board or [])[:3])
            show(done, total, leaders)

        try:
            why = run_competition(competition, where, options.workers, options.trust, report)
        except KeyboardInterrupt:
            print(
                "\nnmmo score run: interrupted; what was finished is kept, and the same command continues",
                file=sys.stderr,
            )
            return INTERRUPTED
    console.print(f"over: {why}")
    console.print(f"`nmmo score report {options.competition}` says who won")
    return 0
