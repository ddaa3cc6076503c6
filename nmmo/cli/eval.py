"""`nmmo eval`: how well agents play, on maps that are kept for this."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import EEXIST
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

import nmmo
from nmmo.agents import FIGURES, AgentError, Cast, Estimate, Evaluation, Match, Observer, Series, agent_names
from nmmo.agents.matches import HELD_OUT_MAP_SEED, MOST_MAP_SEED
from nmmo.cli.agent import TRUST_HELP
from nmmo.cli.config_options import add_config, chosen_config
from nmmo.cli.options import Count, Parser
from nmmo.replay import Recorder, RecordingError

MOST_MAPS = 10_000
PLAIN_WIDTH = 140  # columns of text where no terminal says how many
TITLES = {  # of a group of figures, in the order of the tables
    "Score": "Score and life",
    "Levels": "Levels of lives that ended, and of those going on",
    "Ends of lives": "Ends of lives per 1,000 ticks, by cause",
    "Doings": "Kills, harvests and trade per 1,000 ticks",
}


class Bar(Observer):
    """Moves a progress bar on."""

    def __init__(self, progress: Progress, task: TaskID, series: Series) -> None:
        self.progress = progress
        self.task = task
        self.series = series

    def begin(self, match: Match, world: nmmo.World, cast: Cast) -> None:
        of = len(self.series.matches)
        self.progress.update(self.task, description=f"world {match.index + 1} of {of}")

    def tick(self, match: Match, world: nmmo.World, actions: NDArray[np.int64]) -> None:
        self.progress.advance(self.task)

    def end(self, match: Match, world: nmmo.World) -> None:
        self.progress.advance(self.task, self.series.ticks - world.tick)  # it may be over before its time


class Recording(Observer):
    """Leaves a replay of every match in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recorder: Recorder | None = None

    def begin(self, match: Match, world: nmmo.World, cast: Cast) -> None:
        path = self.folder / f"world-{match.index + 1:03}.nmr"
        if path.exists():
            raise FileExistsError(EEXIST, "there is a replay already: choose another folder", str(path))
        players = {name: cast.slots(number) for number, name in enumerate(cast.names)}
        self.recorder = Recorder(world, path, players=players)

    def end(self, match: Match, world: nmmo.World) -> None:
        self.close()

    def close(self) -> None:
        """Completes the file that is being written."""
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None


@contextmanager
def watched(series: Series) -> Iterator[list[Observer]]:
    """A progress bar on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield []
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("ticks"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task("playing", total=len(series.matches) * series.ticks)
        yield [Bar(progress, task, series)]


def cell(found: Estimate) -> str:
    """An estimate in a table."""
    if found.mean is None:
        return "-"
    digits = 1 if abs(found.mean) >= 100 else 2
    text = f"{found.mean:,.{digits}f}"
    return text if found.half_width is None else f"{text} ±{found.half_width:,.{digits}f}"


def tables(evaluation: Evaluation) -> dict[str, Table]:
    """A table for each group of figures, with one row an agent; causes that nobody met are left out."""
    made = {}
    for group, title in TITLES.items():
        figures = [
            figure
            for figure in FIGURES
            if figure.group == group
            and not (
                figure.name.startswith("ended_by_")
                and not any(any(evaluation.values(name, figure.name)) for name in evaluation.names)
            )
        ]
        table = Table(header_style="")
        table.add_column("agent", overflow="fold")
        for figure in figures:
            table.add_column(figure.title, justify="right")
        for name in evaluation.names:
            row = [cell(evaluation.estimate(name, figure.name)) for figure in figures]
            table.add_row(escape(name), *row)
        made[title] = table
    return made


def report(evaluation: Evaluation, console: Console) -> None:
    """Print what was found."""
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
        f"Means over n = {over} worlds ± half of the 95% interval. Ticks are those that a slot lived."
        if worlds != [1]
        else "Figures of one world: no interval. Ticks are those that a slot lived."
    )
    for title, table in tables(evaluation).items():
        console.print(f"\n[bold]{title}[/bold]")
        console.print(table)


def write_json(path: Path, evaluation: Evaluation) -> None:
    """Write an evaluation: the whole file, or none."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(evaluation.to_dict(), indent=2) + "\n", encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "eval",
        "Let agents play, and measure how well they do: score, life, levels, deaths, kills, harvests and "
        "trade, each with its mean over worlds and the 95% interval of that mean. All agents share each "
        "world, and its slots are dealt to them in turn. The same command prints the same figures. "
        "Ctrl-C prints what was finished.",
        usage="nmmo eval AGENT [AGENT ...] [options] [--world.FIELD VALUE ...]",
    )
    parser.add_argument(
        "agents",
        nargs="+",
        metavar="AGENT",
        help=f"a folder, or the name of an agent that comes with nmmo: {', '.join(agent_names())}",
    )
    parser.add_argument(
        "--against", nargs="+", default=[], metavar="AGENT", help="who else plays; the same as naming them first"
    )
    for name, most, usual, what in (
        ("--ticks", 2**32 - 1, 2000, "ticks to play in each world"),
        ("--maps", MOST_MAPS, 5, "how many maps"),
        ("--seeds", 100, 1, "episodes on each map"),
    ):
        parser.add_argument(
            name, type=Count(1, most), default=usual, metavar="N", help=f"{what} (default: {usual:,})"
        )
    parser.add_argument(
        "--map-seed",
        type=Count(0, MOST_MAP_SEED - MOST_MAPS),
        default=HELD_OUT_MAP_SEED,
        metavar="N",
        help="of the first map; the others follow "
        f"(default: {HELD_OUT_MAP_SEED:,}, from where on maps are kept for evaluation)",
    )
    parser.add_argument(
        "--separate", action="store_true", help="each agent alone, in worlds of its own, the same for all"
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="FOLDER",
        help="leave a replay of every world there (world-001.nmr ...); it is made if missing",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure of every world")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    add_config(parser, leave_out=["map_seed"])
    options = parser.parse_args(arguments)
    if options.json is not None and (options.json.is_dir() or not options.json.parent.is_dir()):
        parser.error(f"argument --json: {options.json} is no file in a folder that exists")
    try:
        series = Series(
            options.agents + options.against,
            config=chosen_config(parser, options),
            ticks=options.ticks,
            maps=options.maps,
            seeds=options.seeds,
            map_seed=options.map_seed,
            separate=options.separate,
            trust=options.trust,
        )
    except AgentError as error:
        print(f"nmmo eval: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"nmmo eval: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2

    recording = None
    if options.replay is not None:
        try:
            options.replay.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            parser.error(f"argument --replay: {error.filename}: {error.strerror}")
        recording = Recording(options.replay)
    results, status, problem = [], 0, ""
    try:
        with watched(series) as observers:
            if recording is not None:
                observers.append(recording)
            for match in series.matches:
                results.append(series.play(match, observers))
    except KeyboardInterrupt:
        status, problem = 130, f"interrupted in world {len(results) + 1} of {len(series.matches)}"
    except (AgentError, RecordingError) as error:
        status, problem = 1, str(error)
    except OSError as error:
        status, problem = 2, f"{error.filename}: {error.strerror}"
    finally:
        if recording is not None:
            recording.close()
    evaluation = Evaluation(series, tuple(results))
    if results:
        console = Console(width=None if Console().is_terminal else PLAIN_WIDTH, highlight=False)
        report(evaluation, console)
        if options.json is not None:
            try:
                write_json(options.json, evaluation)
            except OSError as error:
                print(f"nmmo eval: --json: {error.filename}: {error.strerror}", file=sys.stderr)
                return 2
    if problem:
        print(f"nmmo eval: {problem}", file=sys.stderr)
    return status
