"""`nmmo score verify`: play a published competition again from its replays."""

from __future__ import annotations

from pathlib import Path

from nmmo.cli.options import Options, Parser
from nmmo.cli.progress import progress
from nmmo.score.run import folder_of
from nmmo.score.verify import verify_competition

DESCRIPTION = (
    "Play every match of a published competition again from its replay, and compute the tables again. The "
    "exit status is 1 when something does not come out."
)
EXAMPLES = (
    "nmmo score verify cup.toml",
    "nmmo score verify cup/",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("competition", type=Path, metavar="COMPETITION", help="the competition's folder, or its file")


def run(options: Options) -> int:
    """Run the command."""
    given: Path = options.competition
    folder = given if given.is_dir() else folder_of(given)
    with progress("matches") as show:
        problems, matches = verify_competition(folder, lambda done, total: show(done, total))
    for problem in problems[:50]:
        print(ascii(problem)[1:-1])
    if problems:
        print(f"NOT VERIFIED: {len(problems)} problems in {matches:,} matches")
        return 1
    print(f"verified: {matches:,} matches were played again from their replays, and the tables follow from them")
    return 0
