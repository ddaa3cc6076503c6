"""`nmmo bench`: how fast this machine runs the world, and where the time goes.

Actions are drawn beforehand by playing the same game once, so that choosing them is not part of what
is measured; then each way of stepping plays exactly that game again, and a hash of the world at the
end proves that it did. The ways take turns, repeat by repeat, so that a slow moment of the machine
doesn't fall on one of them alone. Medians are reported, with the least and the most beside them.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import nmmo
from nmmo.cli.machine import describe, resident_bytes
from nmmo.cli.options import Count, Parser, add_world
from nmmo.core import _engine

WORLDS = 2  # in a batch: one for each of the two threads
BUSY = 0.25  # load a core from which on a machine is too busy to measure on
RESETS = 3  # of each kind in a round
COPY_PASSES = 16  # in a round; the fastest is the limit, which can only make the engine look worse beside it
QUICK = {"preset": "small", "ticks": 100, "warm_up": 20, "repeats": 3}
USUAL = {"preset": "large", "ticks": 1000, "warm_up": 200, "repeats": 7}

Game = nmmo.World | nmmo.Worlds
Actions = NDArray[np.int64]


@dataclass
class Measurement:
    """One figure, measured several times."""

    name: str
    unit: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.values),
            "most": max(self.values),
            "values": self.values,
        }


@dataclass
class Recording:
    """A game that was played to draw its actions."""

    seed: int
    warm_up: Actions  # actions [ticks, agents] of the ticks that are not measured
    measured: Actions  # actions [ticks, agents] of those that are
    end: list[dict[str, int]]  # the hashes of its worlds at the end
    living: float  # mean share of slots with a body in the measured ticks

    @property
    def steps(self) -> int:
        """Agent-steps of the measured ticks."""
        return int(self.measured.size)


class GameDiffers(RuntimeError):
    """A way of stepping did not play the recorded game."""


class TooShort(ValueError):
    """The world was over before anything could be measured."""


def hashes(game: Game) -> list[dict[str, int]]:
    """The hashes of a world, or of each world of a batch."""
    if isinstance(game, nmmo.World):
        return [game.hash()]
    return [game.world(index).hash() for index in range(len(game))]


def record(game: Game, seed: int, warm_up: int, ticks: int) -> Recording:
    """Play random possible actions and keep them. The recording is shorter where the world is over sooner."""
    generator = np.random.default_rng(seed)
    game.reset(seed=seed)
    agents = len(game.mask)
    actions = np.empty((warm_up + ticks, agents), np.int64)
    living = 0
    played = 0
    for row in actions:
        if isinstance(game, nmmo.World) and game.over:
            break
        row[:] = nmmo.sample_actions(game.mask, generator)
        game.step(row)
        played += 1
        if played > warm_up:
            living += int(np.count_nonzero(game.observations["self"]["health"]))
    measured = actions[warm_up:played]
    if not len(measured):
        raise TooShort(
            f"the world was over at tick {played}, before anything could be measured: shorten --warm-up"
        )
    return Recording(seed, actions[:warm_up], measured, hashes(game), living / measured.size)


def replay(game: Game, recording: Recording, run: Callable[[Actions], float]) -> float:
    """Play a recording's warm-up, then `run` on the measured actions. Returns what that returns."""
    game.reset(seed=recording.seed)
    for row in recording.warm_up:
        game.step(row)
    result = run(recording.measured)
    if hashes(game) != recording.end:
        raise GameDiffers("the same seed and actions ended in another world; please report this")
    return result


def step_each(game: Game, actions: Actions) -> float:
    """Step through Python, a call a tick. Returns seconds."""
    step = game.step
    start = time.perf_counter_ns()
    for row in actions:
        step(row)
    return (time.perf_counter_ns() - start) / 1e9


def step_in_c(world: nmmo.World, actions: Actions) -> float:
    """Step without Python in between. Returns seconds."""
    return world._step_repeated(actions) / 1e9


@dataclass
class Way:
    """One way of stepping."""

    name: str
    game: Game
    recording: Recording
    run: Callable[[Actions], float]  # returns seconds
    measurement: Measurement

    def measure(self) -> None:
        seconds = replay(self.game, self.recording, self.run)
        self.measurement.values.append(self.recording.steps / seconds)


def ways(config: nmmo.Config, seed: int, warm_up: int, ticks: int) -> list[Way]:
    """The ways of stepping that are compared."""

    def one(name: str, threads: int, run: Callable[[nmmo.World, Actions], float]) -> Way:
        world = nmmo.World(config, seed=seed, threads=threads)
        return Way(
            name, world, single, lambda actions: run(world, actions), Measurement(name, "agent-steps/s")
        )

    def many(threads: int) -> Way:
        name = f"{WORLDS} worlds, nmmo.Worlds.step, {threads} thread{'s' * (threads > 1)}"
        worlds = nmmo.Worlds(WORLDS, config, seed=seed, threads=threads)
        return Way(
            name,
            worlds,
            batch,
            lambda actions: step_each(worlds, actions),
            Measurement(name, "agent-steps/s"),
        )

    with nmmo.World(config, seed=seed) as world:
        single = record(world, seed, warm_up, ticks)
    with nmmo.Worlds(WORLDS, config, seed=seed) as worlds:
        batch = record(worlds, seed, warm_up, ticks)
    return [
        one("1 world, engine alone (C), 1 thread", 1, step_in_c),
        one("1 world, nmmo.World.step, 1 thread", 1, step_each),
        one("1 world, nmmo.World.step, 2 threads", 2, step_each),
        many(1),
        many(2),
    ]


def measure_phases(world: nmmo.World, recording: Recording, phases: list[Measurement]) -> None:
    """Microseconds a tick that each phase takes."""
    sums = np.zeros(len(phases), np.uint64)

    def run(actions: Actions) -> float:
        for row in actions:
            np.add(sums, world._step_profiled(row), out=sums)
        return float(sums.sum()) / 1e9

    replay(world, recording, run)
    for phase, nanoseconds in zip(phases, sums, strict=True):
        phase.values.append(float(nanoseconds) / 1e3 / len(recording.measured))


def measure_resets(
    config: nmmo.Config, seed: int, round_: int, new_map: Measurement, same_map: Measurement
) -> None:
    """Milliseconds of a reset that makes a map, and of one that finds it made."""
    for result, settings in (
        (new_map, config.replace(map_seed=None)),
        (same_map, config.replace(map_seed=1)),
    ):
        with nmmo.World(settings) as world:
            world.reset(seed=seed)
            for index in range(RESETS):
                start = time.perf_counter_ns()
                world.reset(seed=seed + 1 + round_ * RESETS + index)
                result.values.append((time.perf_counter_ns() - start) / 1e6)


def measure_memory(config: nmmo.Config, seed: int) -> dict[str, int | None]:
    """Bytes that a world needs."""
    with nmmo.World(config, seed=seed) as world:
        observations, _ = world.reset(seed=seed)
        return {
            "world": _engine.config_world_bytes(config._packed()),
            "observations": observations.nbytes,
            "row": world.row_bytes,
            "snapshot": len(world.snapshot()),
            "process": resident_bytes(),
        }


def bench(
    config: nmmo.Config, seed: int, warm_up: int, ticks: int, repeats: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure everything.

    Parameters
    ----------
    config
        Of the world.
    seed
        Of the world and of the random actions.
    warm_up, ticks
        Ticks played before the measured ones, and measured ones.
    repeats
        Rounds; each measures everything once.
    say
        Takes a line about what is going on.

    Returns
    -------
    dict
        What `nmmo bench --json` writes; docs and README quote it.
    """
    say("playing the games to be measured")
    about = describe()  # before anything is measured, so that the load is that of others
    stepping = ways(config, seed, warm_up, ticks)
    recording = stepping[0].recording
    profiled = nmmo.World(config, seed=seed)
    phases = [Measurement(name, "microseconds/tick") for name in _engine.names("phase")]
    copies = Measurement("full rows of view copies, 1 thread", "rows/s")
    row_bytes = profiled.row_bytes
    new_map, same_map = Measurement("new map", "milliseconds"), Measurement("same map", "milliseconds")
    for round_ in range(repeats):
        say(f"round {round_ + 1} of {repeats}")
        for way in stepping:
            way.measure()
        copies.values.append(_engine.view_copy_limit(config.n_players, max(row_bytes, 1320), COPY_PASSES))
        measure_phases(profiled, recording, phases)
        measure_resets(config, seed, round_, new_map, same_map)
    memory = measure_memory(config, seed)
    profiled.close()
    for way in stepping:
        way.game.close()

    engine = stepping[0].measurement
    return {
        "conditions": {
            **about,
            "seed": seed,
            "warm_up_ticks": warm_up,
            "ticks": len(recording.measured),
            "repeats": repeats,
            "agents": config.n_players,
            "living_share": recording.living,
            "config": config.to_dict(),
        },
        "throughput": [way.measurement.to_dict() for way in stepping],
        "view_copy_limit": copies.to_dict(),
        "engine_share_of_view_copy_limit": engine.median / copies.median,
        "phases": [phase.to_dict() for phase in phases],
        "resets": [new_map.to_dict(), same_map.to_dict()],
        "memory_bytes": memory,
    }


def show(results: dict[str, Any], console: Console) -> None:
    """Print results for people."""

    def table(title: str, unit: str, rows: Sequence[dict[str, Any]], scale: float, digits: int) -> None:
        made = Table(title=f"{title}, {unit}", title_justify="left", title_style="bold", header_style="")
        made.add_column("")
        for column in ("median", "least", "most"):
            made.add_column(column, justify="right")
        for row in rows:
            made.add_row(
                row["name"], *(f"{row[key] / scale:,.{digits}f}" for key in ("median", "least", "most"))
            )
        console.print(made)

    conditions = results["conditions"]
    config = conditions["config"]
    console.print(
        f"\n{conditions['processor']}, {conditions['cores']} cores; {conditions['system']}\n"
        f"nmmo {conditions['nmmo']}, rules {conditions['rules']}, engine {conditions['engine'][:12]}; "
        f"Python {conditions['python']}, NumPy {conditions['numpy']}\n"
        f"built by {conditions['compiler']} with {conditions['flags']}\n"
        f"{config['n_players']:,} players ({conditions['living_share']:.0%} of the slots alive), "
        f"{config['n_monsters']:,} monsters, {config['height']} x {config['width']} tiles\n"
        f"seed {conditions['seed']}, {conditions['repeats']} repeats of {conditions['ticks']:,} ticks "
        f"after {conditions['warm_up_ticks']:,} of warm-up; random possible actions, not counted\n"
    )
    if conditions["load"] is not None and conditions["load"] > BUSY * conditions["cores"]:
        console.print(
            f"[bold]The machine was busy with something else (load {conditions['load']:.1f} on "
            f"{conditions['cores']} cores): these figures are too low.[/]\n"
        )
    table("Throughput", "million agent-steps a second, views included", results["throughput"], 1e6, 2)
    table("Limit of copying views", "million rows a second", [results["view_copy_limit"]], 1e6, 2)
    console.print(
        f"The engine alone reaches {results['engine_share_of_view_copy_limit']:.1%} of that limit.\n"
    )
    table("One tick by phase", "microseconds", results["phases"], 1, 1)
    table("Reset", "milliseconds", results["resets"], 1, 2)
    memory = results["memory_bytes"]
    resident = f"; the whole process now holds {memory['process'] / 1e6:,.0f} MB" if memory["process"] else ""
    console.print(
        f"Memory: a world {memory['world'] / 1e6:,.1f} MB, "
        f"its observations {memory['observations'] / 1e6:,.1f} MB ({memory['row']:,} bytes a row), "
        f"a snapshot {memory['snapshot'] / 1e6:,.1f} MB{resident}"
    )


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "bench",
        "Measure how fast this machine runs the world: the engine alone and through Python, one world and "
        "several, on one thread and two; beside it the fastest that this machine could copy the views alone.",
    )
    add_world(parser)
    parser.add_argument(
        "--ticks",
        type=Count(1, 10**6),
        default=None,
        metavar="N",
        help="measured ticks a repeat (default: 1000)",
    )
    parser.add_argument(
        "--warm-up", type=Count(0, 10**6), default=None, metavar="N", help="ticks before them (default: 200)"
    )
    parser.add_argument(
        "--repeats", type=Count(1, 1000), default=None, metavar="N", help="repeats (default: 7)"
    )
    parser.add_argument(
        "--json", type=Path, default=None, metavar="FILE", help="write every figure there as JSON, too"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a short run, to see that it works: the small world, 3 repeats of 100 ticks after 20; "
        "its figures mean little",
    )
    parser.set_defaults(preset=None)
    options = parser.parse_args(arguments)
    for name, value in (QUICK if options.quick else USUAL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.json is not None and not options.json.parent.is_dir():
        parser.error(f"argument --json: there is no folder {options.json.parent}")
    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    with console.status("") as status:

        def say(line: str) -> None:
            status.update(line) if console.is_terminal else print(line, file=sys.stderr, flush=True)

        try:
            results = bench(
                nmmo.Config.preset(options.preset),
                options.seed,
                options.warm_up,
                options.ticks,
                options.repeats,
                say,
            )
        except TooShort as problem:
            parser.error(str(problem))
    show(results, console)
    if options.json is not None:
        try:
            options.json.write_text(
                json.dumps({"preset": options.preset, **results}, indent=2) + "\n", encoding="utf-8"
            )
        except OSError as problem:
            parser.error(f"argument --json: {problem}")
    return 0
