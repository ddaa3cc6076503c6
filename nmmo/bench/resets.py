"""What a reset costs."""

from __future__ import annotations

import time

import nmmo
from nmmo.bench.figures import Figure


class Reset:
    """Resets of one world, each with a seed of its own.

    Parameters
    ----------
    id, name
        Of the figure.
    config
        Of the world. Where its ``map_seed`` is None each reset makes a map; else it finds it made.
    seed
        From which the seeds of the resets count.
    times
        Resets a round.
    """

    def __init__(self, id: str, name: str, config: nmmo.Config, seed: int, times: int) -> None:
        self.figure = Figure(id, name, "milliseconds")
        self._seed = seed
        self._times = times
        self._world = nmmo.World(config, seed=seed)
        self._world.reset()

    def measure(self, round_: int) -> None:
        """Reset so many times."""
        for index in range(self._times):
            seed = nmmo.derive_seed(self._seed, 1 + round_ * self._times + index)
            start = time.perf_counter_ns()
            self._world.reset(seed=seed)
            self.figure.values.append((time.perf_counter_ns() - start) / 1e6)

    def close(self) -> None:
        """Free the world."""
        self._world.close()
