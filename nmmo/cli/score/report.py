"""`nmmo score report`: show how a competition stands or ended, and write its report."""

from __future__ import annotations

from nmmo.cli.options import Options, Parser
from nmmo.cli.score.shared import add_competition, console_of
from nmmo.score.competition import Competition
from nmmo.score.errors import ScoreError
from nmmo.score.report import build_report, tables, write_report
from nmmo.score.run import folder_of
from nmmo.score.store import Store

DESCRIPTION = "Show how a competition stands or ended, and write report.json, report.md and index.html."
EXAMPLES = ("nmmo score report cup.toml",)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    add_competition(parser)


def run(options: Options) -> int:
    """Run the command."""
    competition = Competition.load(options.competition)
    where = options.folder or folder_of(options.competition)
    if not (where / "state.sqlite").is_file():
        raise ScoreError(f"{where}: nothing has been played yet: `nmmo score run {options.competition}`")
    with Store(where, lock=False) as store:
        found = build_report(store, competition.read_secret())
    console_of().print(tables(found))
    into = write_report(where, found)
    print(f"\nwritten: {into / 'report.json'}, {into / 'report.md'}, {into / 'index.html'}")
    return 0
