"""`nmmo replay diff`: find where two replays differ, and in what."""

from __future__ import annotations

from nmmo.cli.options import Options, Parser
from nmmo.cli.progress import progress
from nmmo.cli.replay.shared import MOST_SHOWN, add_limit, listed, opened
from nmmo.replay.difference import compare_replays

DESCRIPTION = (
    "Find where two replays differ: the first tick, which section of the state, and which fields. The exit "
    "status is 1 when they do."
)
EXAMPLES = ("nmmo replay diff mine.nmr yours.nmr",)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("first", metavar="FILE", help="a replay (.nmr)")
    parser.add_argument("second", metavar="FILE", help="another")
    add_limit(parser)


def run(options: Options) -> int:
    """Run the command."""
    with (
        opened(options, options.first) as one,
        opened(options, options.second) as other,
        progress("comparing") as report_progress,
    ):
        found = compare_replays(one, other, report_progress)
    begin, end = found.ticks
    if not found:
        print(f"the replays agree: {max(end - begin, 0):,} ticks")
        return 0
    for name, values in found.beginnings.items():
        print(f"{name}: {values[0]} / {values[1]}")
    if found.lengths[0] != found.lengths[1]:
        print(f"last tick: {found.lengths[0]:,} / {found.lengths[1]:,}")
    if found.actions_tick is not None:
        count = len(found.players)
        print(f"tick {found.actions_tick:,}: {count:,} players choose otherwise: {listed(found.players)}")
    if found.tick is not None:
        print(f"tick {found.tick:,}: the states differ, in {', '.join(found.sections)}")
    else:
        print(f"the states of ticks {begin:,} to {end:,} agree")
    for difference in found.fields[:MOST_SHOWN]:
        print(f"  {difference.section}: {difference}")
    if len(found.fields) > MOST_SHOWN:
        print(f"  and {len(found.fields) - MOST_SHOWN} more")
    if found.unplayed:
        print(f"  what differs could not be looked at: {found.unplayed}")
    return 1
