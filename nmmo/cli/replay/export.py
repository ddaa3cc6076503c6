"""`nmmo replay export`: turn a replay into tables or a state stream."""

from __future__ import annotations

from pathlib import Path

from nmmo.cli.errors import UserError
from nmmo.cli.options import Count, Options, Parser
from nmmo.cli.progress import progress
from nmmo.cli.replay.shared import add_limit, opened
from nmmo.replay import ReplayError
from nmmo.replay.export import export_state, save_table
from nmmo.replay.tables import agent_blocks, event_blocks, statistics_blocks

DESCRIPTION = (
    "Turn a replay into a table (CSV, or Parquet with pyarrow), or into a replay with a state stream, "
    "which engines of other rules can show."
)
EXAMPLES = (
    "nmmo replay export game.nmr --events -o events.csv",
    "nmmo replay export game.nmr --agent 3 --start 100 --stop 200 -o life.parquet",
    "nmmo replay export game.nmr --state -o watchable.nmr",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("replay", metavar="FILE", help="a replay (.nmr)")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--events", action="store_true", help="what happened: one row per event")
    what.add_argument("--statistics", action="store_true", help="the world's sums since the reset: one row per tick")
    what.add_argument("--agent", type=Count(0, 65534), metavar="N", help="one agent's life: one row per tick")
    what.add_argument("--state", action="store_true", help="a replay with every tick's state and events")
    parser.add_argument("--start", type=Count(0, 2**31), metavar="TICK", help="the first tick (default: all)")
    parser.add_argument("--stop", type=Count(0, 2**31), metavar="TICK", help="the tick after the last (default: all)")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the file to write: .csv or .parquet; with --state .nmr",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    add_limit(parser)


def run(options: Options) -> int:
    """Run the command."""
    if options.output.exists() and not options.overwrite:
        raise UserError(f"{options.output} is there already: choose another name, or pass --overwrite")
    if options.state and (options.start is not None or options.stop is not None):
        raise UserError("--state takes the whole replay: --start and --stop go with tables")
    with opened(options) as replay, progress("exporting") as report_progress:
        if options.state:
            ticks = export_state(replay, options.output, overwrite=options.overwrite, progress=report_progress)
            print(f"{options.output}: {ticks:,} ticks, {options.output.stat().st_size:,} bytes")
            return 0
        start = replay.start if options.start is None else max(options.start, replay.start)
        stop = replay.stop + 1 if options.stop is None else min(options.stop, replay.stop + 1)
        if start >= stop:
            raise UserError(f"there are no ticks to export: the replay has {replay.start} to {replay.stop}")
        if options.events:
            blocks = event_blocks(replay, start, stop, report_progress)
        elif options.statistics:
            blocks = statistics_blocks(replay, start, stop, report_progress)
        else:
            if options.agent >= replay.header.n_players:
                raise UserError(f"there is no agent {options.agent}; there are {replay.header.n_players}")
            blocks = agent_blocks(replay, options.agent, start, stop, report_progress)
        try:
            rows = save_table(blocks, options.output)
        except ValueError as error:
            if isinstance(error, ReplayError):
                raise
            raise UserError(str(error)) from None
    print(f"{options.output}: {rows:,} rows")
    return 0
