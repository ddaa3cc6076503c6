"""Worlds of different sizes: how the cost of a tick grows with the number of players."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import nmmo
from nmmo.bench.figures import FigureTable
from nmmo.bench.memory import memory_of
from nmmo.bench.recording import Recording, record
from nmmo.bench.resets import Reset
from nmmo.bench.steppers import Stepper, engine_alone, world_step
from nmmo.bench.topics import Settings, TopicResult
from nmmo.bench.workloads import RANDOM, random_possible

SIZES = (64, 256, 1024, 4096, 16384)
QUICK_SIZES = (64, 256)
TILES_A_PLAYER = 256  # and two monsters a player: as in the presets small to huge
AGENT_STEPS = 1 << 20  # a repeat of each size, so that all sizes are measured for about as long
LEAST_TICKS, MOST_TICKS = 100, 4096
QUICK_AGENT_STEPS = 6400
WARM_UP, QUICK_WARM_UP = 100, 20


def configuration(players: int) -> nmmo.Config:
    """Return the world for so many players, as densely settled as the presets are."""
    side = isqrt(players * TILES_A_PLAYER)
    return nmmo.Config(n_players=players, n_monsters=2 * players, height=side, width=side)


@dataclass
class Size:
    """One size of world, being measured."""

    config: nmmo.Config
    recording: Recording
    engine: Stepper
    step: Stepper
    reset: Reset


class Topic:
    """See ``TOPICS``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._warm_up = settings.warm_up_or(QUICK_WARM_UP if settings.quick else WARM_UP)
        self._sizes = [self._ready(players) for players in (QUICK_SIZES if settings.quick else SIZES)]

    def _ready(self, players: int) -> Size:
        config, seed = configuration(players), self._settings.seed
        steps, least = (QUICK_AGENT_STEPS, 1) if self._settings.quick else (AGENT_STEPS, LEAST_TICKS)
        ticks = self._settings.ticks or min(max(steps // players, least), MOST_TICKS)
        with nmmo.World(config, seed=seed) as world:
            recording = record(world, random_possible(seed), seed, self._warm_up, ticks)
        name = f"{players:,} players, {config.height:,} x {config.width:,} tiles"
        return Size(
            config,
            recording,
            engine_alone(f"{players}/engine", name, config, recording),
            world_step(f"{players}/step", name, config, recording),
            Reset(f"{players}/reset", name, config, seed, 1),
        )

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        for size in self._sizes:
            size.engine.measure()
            size.step.measure()
            size.reset.measure(round_)

    def result(self) -> TopicResult:
        """Return the result, after the last round."""
        memory = []
        for size in self._sizes:
            by_id = {figure.id: figure for figure in memory_of(size.config, f"{size.config.n_players}")}
            both = by_id[f"{size.config.n_players}/both"]
            both.name = size.engine.figure.name
            memory.append(both)
        return TopicResult(
            title="Sizes",
            conditions={
                "seed": self._settings.seed,
                "warm_up_ticks": self._warm_up,
                "ticks": [size.recording.ticks for size in self._sizes],
                "workload": RANDOM,
                "configs": [size.config.to_dict() for size in self._sizes],
            },
            played={"digests": [size.recording.digest for size in self._sizes]},
            lines=[
                f"one world, one thread, {TILES_A_PLAYER} tiles and two monsters a player; seed {self._settings.seed}",
                f"{', '.join(f'{size.recording.ticks:,}' for size in self._sizes)} ticks "
                f"after {self._warm_up:,} of warm-up",
                f"workload: {RANDOM}",
            ],
            tables=[
                FigureTable("Throughput of the engine alone", [size.engine.figure for size in self._sizes]),
                FigureTable("Throughput of nmmo.World.step", [size.step.figure for size in self._sizes]),
                FigureTable("Reset with a new map", [size.reset.figure for size in self._sizes]),
                FigureTable("World and observations", memory),
            ],
        )

    def close(self) -> None:
        """Free the worlds."""
        for size in self._sizes:
            size.engine.close()
            size.step.close()
            size.reset.close()
