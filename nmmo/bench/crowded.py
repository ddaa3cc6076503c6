"""A crowded world: a small map on which players fight and trade."""

from __future__ import annotations

import nmmo
from nmmo.bench.activity import activity
from nmmo.bench.figures import FigureTable
from nmmo.bench.recording import Recording, record
from nmmo.bench.steppers import Phases, engine_alone, world_step
from nmmo.bench.topics import Settings, TopicResult
from nmmo.bench.workloads import CROWD, Crowd

TICKS, WARM_UP = 1000, 600  # from tick 400 on hits, births and listings stay within 5%, sales within 10%
QUICK_TICKS, QUICK_WARM_UP = 100, 100
PROTECTION_TICKS = 512  # an attack ends it: merchants live long enough to trade


def configuration(quick: bool = False) -> nmmo.Config:
    """Return the crowded world: as many players as the large one (quick: the small one) on a 16th of its tiles."""
    return nmmo.Config.preset(
        "small" if quick else "large",
        height=32 if quick else 128,
        width=32 if quick else 128,
        pvp_min_danger=1,
        protection_ticks=PROTECTION_TICKS,
    )


def record_crowd(settings: Settings) -> tuple[nmmo.Config, int, Recording]:
    """Play the crowded game. Returns its configuration, the ticks of its warm-up, and the game."""
    config, seed = configuration(settings.quick), settings.seed
    ticks = settings.ticks or (QUICK_TICKS if settings.quick else TICKS)
    warm_up = settings.warm_up_or(QUICK_WARM_UP if settings.quick else WARM_UP)
    with nmmo.World(config, seed=seed) as world:
        return config, warm_up, record(world, Crowd(config.n_players, seed), seed, warm_up, ticks)


class Topic:
    """See ``TOPICS``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._config, self._warm_up, self._game = record_crowd(settings)
        config, game = self._config, self._game
        self._steppers = [
            engine_alone("engine", "1 world, engine alone (C), 1 thread", config, game),
            world_step("step", "1 world, nmmo.World.step, 1 thread", config, game),
            world_step("step-2-threads", "1 world, nmmo.World.step, 2 threads", config, game, threads=2),
        ]
        self._phases = Phases(config, game)

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        for stepper in self._steppers:
            stepper.measure()
        self._phases.measure()

    def result(self) -> TopicResult:
        """Return the result, after the last round."""
        config, game = self._config, self._game
        return TopicResult(
            title="A crowded world",
            conditions={
                "seed": self._settings.seed,
                "warm_up_ticks": self._warm_up,
                "ticks": game.ticks,
                "workload": CROWD,
                "config": config.to_dict(),
            },
            played={"living_share": game.living, "digests": [game.digest]},
            lines=[
                f"{config.n_players:,} players ({game.living:.0%} of the slots alive) and "
                f"{config.n_monsters:,} monsters on {config.height} x {config.width} tiles; players can "
                f"attack one another everywhere (pvp_min_danger {config.pvp_min_danger}), but nobody can "
                f"attack one that has not attacked yet and is at most {config.protection_ticks} ticks old "
                "(protection_ticks)",
                f"seed {self._settings.seed}, {game.ticks:,} ticks after {self._warm_up:,} of warm-up",
                f"workload: {CROWD}",
            ],
            tables=[
                FigureTable("Throughput, views included", [stepper.figure for stepper in self._steppers]),
                FigureTable("One tick by phase", self._phases.figures),
                *activity(game),
            ],
        )

    def close(self) -> None:
        """Free the worlds."""
        for stepper in self._steppers:
            stepper.close()
        self._phases.close()
