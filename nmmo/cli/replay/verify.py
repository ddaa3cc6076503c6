"""`nmmo replay verify`: play replays again and compare every tick."""

from __future__ import annotations

import sys

from nmmo.cli import INTERRUPTED
from nmmo.cli.options import Options, Parser
from nmmo.cli.progress import progress
from nmmo.cli.replay.shared import MOST_SHOWN, add_limit, listed, opened, ranges
from nmmo.replay import Replay, ReplayError
from nmmo.replay.verification import Report
from nmmo.score.plural import plural

DESCRIPTION = (
    "Play replays again and compare every tick with what was recorded. The exit status is 1 when anything "
    "differs or is damaged."
)
EXAMPLES = (
    "nmmo replay verify game.nmr",
    "nmmo replay verify runs/small-1/replays/*.nmr --pure",
)


def _verified(replay: Replay, pure: bool) -> bool:
    with progress(f"verifying {replay.path.name}") as report_progress:
        report = replay.verify(report_progress)
    print(f"{replay.path}: {_in_words(report)}")
    for difference in report.fields[:MOST_SHOWN]:
        print(f"  {difference.section}: {difference} (recorded / played)")
    impure = []
    if report.cuts:
        impure.append(f"set from outside after ticks {listed(report.cuts)}")
    if report.missing:
        impure.append(f"missing ticks {ranges(report.missing)}")
    if report.unchecked:
        impure.append(f"{report.unchecked:,} ticks to which no recorded state leads")
    if not replay.complete:
        impure.append("not closed properly")
    if replay.damage is not None:
        impure.append(f"damaged: {replay.damage}")
    for reason in impure:
        print(f"  note: {reason}")
    if not report or replay.damage is not None or report.unchecked:
        return False
    return not (pure and impure)


def _in_words(report: Report) -> str:
    if report:
        return f"verified: {report.ticks:,} ticks came out as recorded, {report.states} whole states compared"
    text = f"differs: tick {report.tick:,} came out otherwise than recorded, in {', '.join(report.sections)}"
    return text + (f"; by tick {report.fields_tick:,}:" if report.fields else "")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("replays", metavar="FILE", nargs="+", help="replays (.nmr)")
    parser.add_argument(
        "--pure",
        action="store_true",
        help="also require that everything follows from configuration, seed, map and actions: no edits, no "
        "states from elsewhere, nothing missing, the file closed properly",
    )
    add_limit(parser)


def run(options: Options) -> int:
    """Run the command."""
    status = 0
    for number, name in enumerate(options.replays):
        try:
            with opened(options, name) as replay:
                if not _verified(replay, options.pure):
                    status = 1
        except ReplayError as error:
            print(f"{name}: {error}")
            status = 1
        except KeyboardInterrupt:
            print(
                f"nmmo replay verify: interrupted; {number} of {plural(len(options.replays), 'replay')} were verified",
                file=sys.stderr,
            )
            return INTERRUPTED
    return status
