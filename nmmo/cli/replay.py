"""`nmmo replay`: look at replays, prove them, save them, turn them into tables. A function a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import nmmo
from nmmo.cli.groups import Commands, run_group
from nmmo.cli.options import Count, Parser
from nmmo.replay import DamagedError, MissingTicksError, NotAReplayError, Replay, ReplayError
from nmmo.replay.difference import compare_replays
from nmmo.replay.export import export_state, save_table
from nmmo.replay.recovery import recover as recover_file
from nmmo.replay.tables import agent_blocks, event_blocks, statistics_blocks
from nmmo.replay.verification import Report

MEBIBYTE = 1024 * 1024
MOST_SHOWN = 12  # differing fields, missing ranges ...

Told = Callable[[int, int], None]


# ---- what the commands share ------------------------------------------------------------------------


@contextmanager
def progress(what: str) -> Iterator[Told]:
    """A bar on standard error, if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    with Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def add_limit(parser: argparse.ArgumentParser) -> None:
    """Add --max-world-mb."""
    parser.add_argument(
        "--max-world-mb",
        type=Count(1, 2**30),
        default=1024,
        metavar="N",
        help="refuse to make a world that needs more memory (default: 1024)",
    )


def opened(options: argparse.Namespace, name: str | None = None) -> Replay:
    """The replay that the options name."""
    return Replay(name or options.replay, max_world_bytes=options.max_world_mb * MEBIBYTE)


def listed(ticks: Sequence[int]) -> str:
    """Some numbers, not too many."""
    shown = ", ".join(f"{tick:,}" for tick in ticks[:MOST_SHOWN])
    return shown + (f" and {len(ticks) - MOST_SHOWN:,} more" if len(ticks) > MOST_SHOWN else "")


def ranges(pairs: Sequence[tuple[int, int]]) -> str:
    """Some ranges of ticks, not too many."""
    shown = ", ".join(f"{first:,} to {last:,}" for first, last in pairs[:MOST_SHOWN])
    return shown + (f" and {len(pairs) - MOST_SHOWN:,} more" if len(pairs) > MOST_SHOWN else "")


def joined(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of ticks with neighbours made one."""
    found: list[tuple[int, int]] = []
    for first, last in pairs:
        if found and found[-1][1] + 1 == first:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found


# ---- the commands -----------------------------------------------------------------------------------


def info(arguments: Sequence[str]) -> int:
    """`nmmo replay info`."""
    parser = Parser(
        "replay info",
        "Tell what a replay holds. The exit status is 1 when it was not closed whole or lacks ticks.",
    )
    parser.add_argument("replay", metavar="FILE", help="a replay (.nmr)")
    parser.add_argument("--config", action="store_true", help="also print the configuration, as TOML")
    add_limit(parser)
    options = parser.parse_args(arguments)
    with opened(options) as replay:
        header = replay.header
        size = replay.path.stat().st_size
        steps = max(replay.ticks * header.n_players, 1)
        rules = "this engine's" if replay.playable else f"this engine plays version {nmmo.RULES_VERSION}"
        print(f"{replay.path}: {size:,} bytes, {size / steps:.3f} an agent-step")
        print(f"ticks      {replay.start:,} to {replay.stop:,}, {replay.ticks:,} in the file")
        world = f"{header.height} x {header.width} tiles"
        print(f"world      {header.n_players:,} players, {header.n_monsters:,} monsters, {world}")
        print(f"seed       {header.seed}")
        print(f"map        {header.map_digest}{'' if header.base == 'generated' else ', given'}")
        print(f"rules      version {header.rules_version} ({rules})")
        print(f"recorder   nmmo {header.package}, engine {header.engine[:16] or 'unknown'}")
        if header.slots is not None:
            for name in sorted(set(header.names)):
                number = header.names.index(name)
                print(f"player     {name}: {int((header.slots == number).sum()):,} slots")
        for name, value in header.notes.items():
            print(f"note       {name}: {value}")
        states = joined(replay.state_ticks)
        print(f"states     {f'ticks {ranges(states)}' if states else 'not recorded'}")
        beginning = "a reset" if replay.start not in replay.cuts else "a state that the file holds"
        edits = [tick for tick in replay.cuts if tick != replay.start]
        print(f"begins     with {beginning}")
        if edits:
            print(f"edited     from outside after ticks {listed(edits)}")
        if replay.missing:
            print(f"missing    ticks {ranges(replay.missing)}")
        if not replay.complete:
            reason = f" ({replay.damage})" if replay.damage else ""
            print(f"unfinished it was not closed, or is cut short{reason}: `nmmo replay recover` mends it")
        if options.config:
            print(replay.config.to_toml(), end="")
        return 0 if replay.complete and not replay.missing else 1


def verify(arguments: Sequence[str]) -> int:
    """`nmmo replay verify`."""
    parser = Parser(
        "replay verify",
        "Play replays again and compare every tick with what was recorded. The exit status is 1 when "
        "anything differs or is damaged.",
    )
    parser.add_argument("replays", metavar="FILE", nargs="+", help="replays (.nmr)")
    parser.add_argument(
        "--pure",
        action="store_true",
        help="also demand that everything follows from configuration, seed, map and actions: no edits, no "
        "states taken from elsewhere, nothing missing, closed whole",
    )
    add_limit(parser)
    options = parser.parse_args(arguments)
    status = 0
    for name in options.replays:
        try:
            with opened(options, name) as replay:
                if not _verified(replay, options.pure):
                    status = 1
        except ReplayError as error:
            print(f"{name}: {error}")
            status = 1
    return status


def _verified(replay: Replay, pure: bool) -> bool:
    with progress(f"verifying {replay.path.name}") as told:
        report = replay.verify(told)
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
        impure.append("not closed whole")
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


def recover(arguments: Sequence[str]) -> int:
    """`nmmo replay recover`."""
    parser = Parser(
        "replay recover",
        "Save what can be saved of a replay that was cut short or damaged: every whole record goes into a "
        "new file, with an index. The exit status is 1 when ticks are missing in it.",
    )
    parser.add_argument("replay", metavar="FILE", help="a replay (.nmr)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    options = parser.parse_args(arguments)
    saved = recover_file(options.replay, options.output, overwrite=options.overwrite)
    print(
        f"{options.output}: {saved.records:,} records, {saved.ticks:,} ticks; {saved.lost:,} bytes were lost"
    )
    if saved.missing:
        print(f"missing ticks {ranges(saved.missing)}")
    return 1 if saved.missing else 0


def export(arguments: Sequence[str]) -> int:
    """`nmmo replay export`."""
    parser = Parser(
        "replay export",
        "Turn a replay into a table (CSV, or Parquet with pyarrow), or into a replay with a state track, "
        "which engines of other rules can show.",
    )
    parser.add_argument("replay", metavar="FILE", help="a replay (.nmr)")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--events", action="store_true", help="what happened: one row an event")
    what.add_argument(
        "--statistics", action="store_true", help="the world's sums since the reset: one row a tick"
    )
    what.add_argument("--agent", type=Count(0, 65534), metavar="N", help="one agent's life: one row a tick")
    what.add_argument("--state", action="store_true", help="a replay with every tick's state and events")
    parser.add_argument("--start", type=Count(0, 2**31), metavar="TICK", help="the first tick (default: all)")
    parser.add_argument("--stop", type=Count(0, 2**31), metavar="TICK", help="the tick behind the last")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="ends in .csv or .parquet; --state: .nmr",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    add_limit(parser)
    options = parser.parse_args(arguments)
    if options.output.exists() and not options.overwrite:
        parser.error(f"{options.output} is there already: choose another name, or pass --overwrite")
    if options.state and (options.start is not None or options.stop is not None):
        parser.error("--state takes the whole replay: --start and --stop go with tables")
    with opened(options) as replay, progress("exporting") as told:
        if options.state:
            ticks = export_state(replay, options.output, overwrite=options.overwrite, progress=told)
            print(f"{options.output}: {ticks:,} ticks, {options.output.stat().st_size:,} bytes")
            return 0
        start = replay.start if options.start is None else max(options.start, replay.start)
        stop = replay.stop + 1 if options.stop is None else min(options.stop, replay.stop + 1)
        if start >= stop:
            parser.error(f"there are no ticks to export: the replay has {replay.start} to {replay.stop}")
        if options.events:
            blocks = event_blocks(replay, start, stop, told)
        elif options.statistics:
            blocks = statistics_blocks(replay, start, stop, told)
        else:
            if options.agent >= replay.header.n_players:
                parser.error(f"there is no agent {options.agent}; there are {replay.header.n_players}")
            blocks = agent_blocks(replay, options.agent, start, stop, told)
        try:
            rows = save_table(blocks, options.output)
        except ValueError as error:
            if isinstance(error, ReplayError):
                raise
            parser.error(str(error))
    print(f"{options.output}: {rows:,} rows")
    return 0


def diff(arguments: Sequence[str]) -> int:
    """`nmmo replay diff`."""
    parser = Parser(
        "replay diff",
        "Tell where two replays part: the first tick, which section of the state, and which fields. The exit "
        "status is 1 when they do.",
    )
    parser.add_argument("first", metavar="FILE", help="a replay (.nmr)")
    parser.add_argument("second", metavar="FILE", help="another")
    add_limit(parser)
    options = parser.parse_args(arguments)
    with (
        opened(options, options.first) as one,
        opened(options, options.second) as other,
        progress("comparing") as told,
    ):
        found = compare_replays(one, other, told)
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
        print(f"tick {found.tick:,}: the states part, in {', '.join(found.sections)}")
    else:
        print(f"the states of ticks {begin:,} to {end:,} agree")
    for difference in found.fields[:MOST_SHOWN]:
        print(f"  {difference.section}: {difference}")
    if len(found.fields) > MOST_SHOWN:
        print(f"  and {len(found.fields) - MOST_SHOWN} more")
    if found.unplayed:
        print(f"  what differs could not be looked at: {found.unplayed}")
    return 1


COMMANDS: Commands = {
    "info": (info, "tell what a replay holds"),
    "verify": (verify, "play replays again and compare every tick"),
    "recover": (recover, "save what can be saved of a damaged replay"),
    "export": (export, "turn a replay into tables or a state track"),
    "diff": (diff, "tell where two replays part, and in what"),
}


def main(arguments: Sequence[str]) -> int:
    """The command."""
    return run_group(
        "replay",
        "Replays: look at them, prove them, save them, turn them into tables.",
        COMMANDS,
        arguments,
        erred=(ReplayError, NotAReplayError),
        broken=(DamagedError, MissingTicksError),
    )
