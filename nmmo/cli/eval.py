"""`nmmo eval`: how well agents play, on maps that are kept for this."""

from __future__ import annotations

import json
import os
import sys
from errno import EEXIST
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmmo.agents import (
    METRICS,
    AgentError,
    Estimate,
    Evaluation,
    Match,
    MatchObserver,
    PlannedMatch,
    Series,
    agent_names,
)
from nmmo.agents.series import HELD_OUT_MAP_SEED, MOST_MAP_SEED
from nmmo.cli import INTERRUPTED
from nmmo.cli.agent.shared import TRUST_HELP
from nmmo.cli.console import encodable, make_console
from nmmo.cli.errors import UserError
from nmmo.cli.options import Count, Options, Parser
from nmmo.cli.progress import Progress, progress
from nmmo.cli.world_options import add_world, chosen_config
from nmmo.core.observers import WorldObserver
from nmmo.file_errors import explain
from nmmo.replay import Recorder, RecordingError

MOST_MAPS = 10_000
PLAIN_WIDTH = 140  # columns of text where no terminal says how many
TITLES = {  # of a group of metrics, in the order of the tables
    "Score": "Score and life",
    "Levels": "Levels of lives that ended, and of those going on",
    "Ends of lives": "Ends of lives per 1,000 ticks, by cause",
    "Activity": "Kills, harvests and trade per 1,000 ticks",
}


class Bar(MatchObserver):
    """Moves a progress bar on."""

    def __init__(self, progress_bar: Progress, series: Series) -> None:
        self.progress_bar = progress_bar
        self.series = series
        self.total = len(series.matches) * series.ticks
        self.done = 0
        self.note = ""

    def begin_match(self, planned: PlannedMatch, match: Match) -> None:
        self.done = planned.index * self.series.ticks  # the world before may have been over before its time
        self.note = f"world {planned.index + 1} of {len(self.series.matches)}"

    def after_step(self, world: Any, actions: NDArray[np.uint8], observed: bool) -> None:
        self.done += 1
        self.progress_bar(self.done, self.total, self.note)


class Recording(MatchObserver):
    """Leaves a replay of every match in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recorder: Recorder | None = None

    def begin_match(self, planned: PlannedMatch, match: Match) -> None:
        path = self.folder / f"world-{planned.index + 1:03}.nmr"
        if path.exists():
            raise FileExistsError(EEXIST, "there is a replay already: choose another folder", str(path))
        self.recorder = Recorder(match.world, path, players=match.assignment.by_name())

    def end_match(self, planned: PlannedMatch, match: Match) -> None:
        self.close()

    def close(self) -> None:
        """Complete the file that is being written."""
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None


def cell(found: Estimate, sign: str = "±") -> str:
    """Return an estimate in a table; the sign stands before half of its interval."""
    if found.mean is None:
        return "-"
    digits = 1 if abs(found.mean) >= 100 else 2
    text = f"{found.mean:,.{digits}f}"
    return text if found.half_width is None else f"{text} {sign}{found.half_width:,.{digits}f}"


def tables(evaluation: Evaluation, sign: str = "±") -> dict[str, Table]:
    """Return a table for each group of metrics, with one row per agent; causes that nobody met are left out."""
    made = {}
    for group, title in TITLES.items():
        metrics = [
            metric
            for metric in METRICS
            if metric.group == group
            and not (
                metric.name.startswith("ended_by_")
                and not any(any(evaluation.values(name, metric.name)) for name in evaluation.names)
            )
        ]
        table = Table(header_style="")
        table.add_column("agent", overflow="fold")
        for metric in metrics:
            table.add_column(metric.title, justify="right")
        for name in evaluation.names:
            row = [cell(evaluation.estimate(name, metric.name), sign) for metric in metrics]
            table.add_row(Text(name), *row)
        made[title] = table
    return made


def report(evaluation: Evaluation, console: Console) -> None:
    """Print what was found."""
    sign = "±" if encodable("±", console) else "+-"
    series, played = evaluation.series, len(evaluation.results)
    config = series.config
    console.print(
        f"{played} of {len(series.matches)} worlds"
        f"{', each agent alone in its own' if series.separate and len(series.names) > 1 else ''}: "
        f"{series.ticks:,} ticks of {config.n_players:,} players and {config.n_monsters:,} monsters on "
        f"{config.height} x {config.width} tiles, map seeds {series.map_seed:,} to "
        f"{series.map_seed + series.maps - 1:,}"
    )
    early = [result.ticks for result in evaluation.results if result.ticks < series.ticks]
    if early:
        console.print(f"{len(early)} of them were over before, the first after {min(early):,} ticks.")
    worlds = sorted({len(evaluation.values(name, "score")) for name in series.names})
    over = " or ".join(map(str, worlds))  # of an interrupted series, some agents may have played more
    console.print(
        f"Means over n = {over} worlds {sign} half of the 95% interval. Ticks are those that a slot lived."
        if worlds != [1]
        else "Metrics of one world: no interval. Ticks are those that a slot lived."
    )
    for title, table in tables(evaluation, sign).items():
        console.print(f"\n{title}", style="bold")
        console.print(table)


def write_json(path: Path, evaluation: Evaluation) -> None:
    """Write an evaluation: the whole file, or none."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(evaluation.to_dict(), indent=2) + "\n", encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


DESCRIPTION = (
    "Let agents play, and measure how well they do: score, life, levels, deaths, kills, harvests and trade, each with "
    "its mean over worlds and the 95% interval of that mean. All agents share each world, and its slots are dealt to "
    "them in turn. The same command prints the same metrics. Ctrl-C prints what was finished."
)
EXAMPLES = (
    "nmmo eval forager random",
    "nmmo eval runs/small-1 forager --maps 40 --json figures.json",
    "nmmo eval ./wolf --against forager fighter --trust --replay replays --world.pvp-min-danger 1",
)
USER_ERRORS = (AgentError,)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument(
        "agents",
        nargs="+",
        metavar="AGENT",
        help="an agent's folder, a run's (its newest checkpoint plays), a checkpoint, or the name of an agent "
        f"that comes with nmmo: {', '.join(agent_names())}",
    )
    parser.add_argument(
        "--against", nargs="+", default=[], metavar="AGENT", help="who else plays, as if named first (default: nobody)"
    )
    for name, most, usual, what in (
        ("--ticks", 2**32 - 1, 2000, "ticks to play in each world"),
        ("--maps", MOST_MAPS, 5, "how many maps"),
        ("--seeds", 100, 1, "episodes on each map"),
    ):
        parser.add_argument(name, type=Count(1, most), default=usual, metavar="N", help=what)
    parser.add_argument(
        "--map-seed",
        type=Count(0, MOST_MAP_SEED - MOST_MAPS),
        default=HELD_OUT_MAP_SEED,
        metavar="N",
        help="seed of the first map, the others follow; from the default on, maps are kept for evaluation",
    )
    parser.add_argument(
        "--separate", action="store_true", help="each agent alone, in worlds of its own, the same for all"
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FOLDER",
        help="write a replay of every world there, world-001.nmr and so on (default: none)",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write every metric of every world there (default: none)"
    )
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    add_world(parser, leave_out=["map_seed"])


def run(options: Options) -> int:
    """Run the command."""
    if options.json is not None and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise UserError(f"--json: {options.json} is not a file in a folder that exists")
    series = Series(
        options.agents + options.against,
        config=chosen_config(options),
        ticks=options.ticks,
        maps=options.maps,
        seeds=options.seeds,
        map_seed=options.map_seed,
        separate=options.separate,
        trust=options.trust,
    )
    for name, contestant in zip(series.names, series.contestants, strict=True):
        if contestant.origin:
            print(f"{name}: {contestant.origin}", flush=True)
    recording = None
    if options.replay is not None:
        try:
            options.replay.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"--replay: {explain(error)}") from None
        recording = Recording(options.replay)
    results, status, problem = [], 0, ""
    try:
        with progress("playing", "ticks") as progress_bar:
            observers: list[WorldObserver] = [Bar(progress_bar, series)]
            if recording is not None:
                observers.append(recording)
            for planned in series.matches:
                results.append(series.play(planned, observers))
    except KeyboardInterrupt:
        status = INTERRUPTED
        problem = f"interrupted in world {len(results) + 1} of {len(series.matches)}"
        problem += "; the worlds before it are shown" if results else ""
    except (AgentError, RecordingError) as error:
        status, problem = 1, str(error)
    except OSError as error:
        status, problem = 2, explain(error)
    finally:
        if recording is not None:
            recording.close()
    evaluation = Evaluation(series, tuple(results))
    if results:
        report(evaluation, make_console(plain_width=PLAIN_WIDTH))
        if options.json is not None:
            try:
                write_json(options.json, evaluation)
            except OSError as error:
                raise UserError(f"--json: {explain(error)}") from None
    if problem:
        print(f"nmmo eval: {problem}", file=sys.stderr)
    return status
