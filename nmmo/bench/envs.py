"""The standard environments beside the world that they wrap, all playing one recorded game."""

from __future__ import annotations

from typing import Final

import nmmo
from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.topics import Settings, TopicResult
from nmmo.envs import measure_throughput

TICKS, QUICK_TICKS = 300, 20
WAYS: Final = {
    "world": "nmmo.World.step",
    "vector": "Gymnasium's vector environment",
    "parallel": "PettingZoo's ParallelEnv",
}


class Topic:
    """See ``TOPICS``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._config = nmmo.Config.preset("small" if settings.quick else settings.preset, lives=0, horizon=0)
        self._ticks = settings.ticks or (QUICK_TICKS if settings.quick else TICKS)
        self._figures = [Figure(id, name, "agent-steps/s") for id, name in WAYS.items()]

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        speeds = measure_throughput(self._config, self._settings.seed, self._ticks, 1)
        for figure, speed in zip(self._figures, speeds, strict=True):
            figure.values += speed.agent_steps_per_second

    def result(self) -> TopicResult:
        """Return the result, after the last round."""
        return TopicResult(
            title="The standard environments",
            conditions={
                "seed": self._settings.seed,
                "ticks": self._ticks,
                "workload": "random possible actions",
                "config": self._config.to_dict(),
            },
            played={},
            lines=[
                f"{self._config.n_players:,} players, flat observations, 1 thread",
                f"seed {self._settings.seed}, {self._ticks:,} ticks of random possible actions a round",
            ],
            tables=[FigureTable("Throughput, views included", self._figures)],
        )

    def close(self) -> None:
        """Do nothing: there is nothing to free."""
