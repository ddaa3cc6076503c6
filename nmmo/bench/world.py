"""One configuration: ways of stepping, the limit of copying views, phases, resets, memory."""

from __future__ import annotations

import nmmo
from nmmo.bench.activity import activity
from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.memory import memory_of, resident_of
from nmmo.bench.recording import record
from nmmo.bench.resets import Reset
from nmmo.bench.steppers import Phases, engine_alone, world_step, worlds_step
from nmmo.bench.topics import Settings, TopicResult
from nmmo.bench.workloads import RANDOM, random_possible
from nmmo.core.engine_info import view_copy_limit

WORLDS = 2  # in a batch: one for each of the two threads
TICKS, WARM_UP = 1000, 200
QUICK_TICKS, QUICK_WARM_UP = 100, 20
RESETS = 3  # of each kind in a round
COPY_PASSES = 16  # in a round; the fastest is the limit, which can only make the engine look worse beside it
VIEW_BYTES = 1320  # 11 x 15 tiles: what the limit copies a row


class Topic:
    """See ``TOPICS``."""

    def __init__(self, settings: Settings) -> None:
        config = nmmo.Config.preset(settings.preset)
        seed = settings.seed
        ticks = settings.ticks or (QUICK_TICKS if settings.quick else TICKS)
        warm_up = settings.warm_up_or(QUICK_WARM_UP if settings.quick else WARM_UP)
        with nmmo.World(config, seed=seed) as world:
            one = record(world, random_possible(seed), seed, warm_up, ticks)
            row_bytes = world.row_bytes
        with nmmo.Worlds(WORLDS, config, seed=seed) as worlds:
            many = record(worlds, random_possible(seed), seed, warm_up, ticks)
        self._settings, self._config, self._warm_up = settings, config, warm_up
        self._one, self._many = one, many
        self._steppers = [
            engine_alone("engine", "1 world, engine alone (C), 1 thread", config, one),
            world_step("step", "1 world, nmmo.World.step, 1 thread", config, one),
            world_step("step-2-threads", "1 world, nmmo.World.step, 2 threads", config, one, threads=2),
            worlds_step("worlds", f"{WORLDS} worlds, nmmo.Worlds.step, 1 thread", config, many, threads=1),
            worlds_step("worlds-2-threads", f"{WORLDS} worlds, nmmo.Worlds.step, 2 threads", config, many, threads=2),
        ]
        self._row_bytes = max(row_bytes, VIEW_BYTES)
        self._copies = Figure("view-copies", "11 x 15 views into full rows, 1 thread", "rows/s")
        self._phases = Phases(config, one)
        self._resets = [
            Reset("reset/new-map", "with a new map", config.replace(map_seed=None), seed, RESETS),
            Reset("reset/same-map", "on the same map", config.replace(map_seed=1), seed, RESETS),
        ]

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        for stepper in self._steppers:
            stepper.measure()
        self._copies.values.append(view_copy_limit(self._config.n_players, self._row_bytes, COPY_PASSES))
        self._phases.measure()
        for reset in self._resets:
            reset.measure(round_)

    def result(self) -> TopicResult:
        """Return the result, after the last round."""
        config, one = self._config, self._one
        return TopicResult(
            title=f"The {self._settings.preset} world",
            conditions={
                "preset": self._settings.preset,
                "seed": self._settings.seed,
                "warm_up_ticks": self._warm_up,
                "ticks": one.ticks,
                "workload": RANDOM,
                "config": config.to_dict(),
            },
            played={"living_share": one.living, "digests": [one.digest, self._many.digest]},
            lines=[
                f"{config.n_players:,} players ({one.living:.0%} of the slots alive), "
                f"{config.n_monsters:,} monsters, {config.height} x {config.width} tiles",
                f"seed {self._settings.seed}, {one.ticks:,} ticks after {self._warm_up:,} of warm-up",
                f"workload: {RANDOM}",
            ],
            tables=[
                FigureTable("Throughput, views included", [stepper.figure for stepper in self._steppers]),
                FigureTable("Limit of copying views", [self._copies]),
                FigureTable("One tick by phase", self._phases.figures),
                FigureTable("Reset", [reset.figure for reset in self._resets]),
                *self._memory(),
                *activity(one),
            ],
        )

    def _memory(self) -> list[FigureTable]:
        *figures, row = memory_of(self._config)
        return [
            FigureTable("Memory", [*figures, *resident_of(self._config)]),
            FigureTable("A row", [row]),
        ]

    def close(self) -> None:
        """Free the worlds."""
        for stepper in self._steppers:
            stepper.close()
        self._phases.close()
        for reset in self._resets:
            reset.close()
