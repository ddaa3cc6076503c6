"""Ways of stepping a recorded game, and the phases of a tick."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import nmmo
from nmmo.bench.figures import Figure
from nmmo.bench.recording import Actions, Game, Recording, replay
from nmmo.core.content import names


def step_each(game: Game, actions: Actions) -> float:
    """Step through Python, one call per tick. Returns seconds."""
    step = game.step
    start = time.perf_counter_ns()
    for row in actions:
        step(row)
    return (time.perf_counter_ns() - start) / 1e9


def step_in_c(world: nmmo.World, actions: Actions) -> float:
    """Step without Python in between. Returns seconds."""
    return world.step_repeated(actions) / 1e9


@dataclass
class Stepper:
    """One way of stepping a recorded game, and how fast it was."""

    figure: Figure
    game: Game
    recording: Recording
    run: Callable[[Actions], float]  # returns seconds

    def measure(self) -> None:
        """Play the recording once more."""
        seconds = replay(self.game, self.recording, self.run)
        self.figure.values.append(self.recording.steps / max(seconds, 1e-9))

    def close(self) -> None:
        """Free the game."""
        self.game.close()


def engine_alone(id: str, name: str, config: nmmo.Config, recording: Recording) -> Stepper:
    """Return the engine on one thread, without Python between its ticks."""
    world = nmmo.World(config, seed=0)
    return Stepper(Figure(id, name, "agent-steps/s"), world, recording, lambda actions: step_in_c(world, actions))


def world_step(id: str, name: str, config: nmmo.Config, recording: Recording, threads: int = 1) -> Stepper:
    """Step with `nmmo.World.step`, one call per tick."""
    world = nmmo.World(config, seed=0, threads=threads)
    return Stepper(Figure(id, name, "agent-steps/s"), world, recording, lambda actions: step_each(world, actions))


def worlds_step(id: str, name: str, config: nmmo.Config, recording: Recording, threads: int) -> Stepper:
    """Step with `nmmo.Worlds.step`, one call per tick, on as many worlds as the recording has."""
    worlds = nmmo.Worlds(len(recording.snapshots), config, seed=0, threads=threads)
    return Stepper(Figure(id, name, "agent-steps/s"), worlds, recording, lambda actions: step_each(worlds, actions))


class Phases:
    """What each phase of a tick costs."""

    def __init__(self, config: nmmo.Config, recording: Recording) -> None:
        self.figures = [Figure(f"phase/{name}", name, "microseconds/tick") for name in names("phase")]
        self._world = nmmo.World(config, seed=0)
        self._recording = recording

    def measure(self) -> None:
        """Play the recording once more, with a clock between the phases."""
        sums = np.zeros(len(self.figures), np.uint64)

        def run(actions: Actions) -> float:
            for row in actions:
                np.add(sums, self._world.step_profiled(row), out=sums)
            return float(sums.sum()) / 1e9

        replay(self._world, self._recording, run)
        for figure, nanoseconds in zip(self.figures, sums, strict=True):
            figure.values.append(float(nanoseconds) / 1e3 / self._recording.ticks)

    def close(self) -> None:
        """Free the world."""
        self._world.close()
