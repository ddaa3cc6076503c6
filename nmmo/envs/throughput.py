"""How fast the standard environments are beside the world that they wrap."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nmmo.core.actions import sample_actions
from nmmo.core.config import Config
from nmmo.core.world import World
from nmmo.envs.parallel import ParallelEnv
from nmmo.envs.vector import VectorEnv

__all__ = ["Throughput", "measure_throughput"]


class Throughput(NamedTuple):
    """Agent-steps a second of one way to step, in every repeat."""

    name: str
    agent_steps_per_second: list[float]

    @property
    def median(self) -> float:
        """Of the repeats."""
        return median(self.agent_steps_per_second)


class _Stepper(NamedTuple):
    name: str
    reset: Callable[[], Any]
    step: Callable[[Any], Any]
    actions: list[Any]
    hashes: Callable[[], dict[str, int]]


def _play(stepper: _Stepper) -> float:
    """Return the seconds spent in the calls of step alone, over the whole recording."""
    step = stepper.step
    spent = 0
    result = None
    for actions in stepper.actions:
        began = perf_counter_ns()
        result = step(actions)  # with the release of the last result, which falls here for every caller
        spent += perf_counter_ns() - began
    del result
    return spent / 1e9


def measure_throughput(
    config: Config | None = None, seed: int = 1, ticks: int = 300, repeats: int = 7
) -> list[Throughput]:
    """Play one recorded game through the world, the vector environment and the parallel environment.

    Parameters
    ----------
    config
        Default: the preset "large" with endless lives, so that all agents stay.
    seed
        Of the game and of its random possible actions.
    ticks
        Length of the recording, after 100 ticks that are not measured.
    repeats
        How often each is measured; they take turns, so that a disturbance hits all.

    Returns
    -------
    list of Throughput
        In the order: ``nmmo.World``, ``VectorEnv``, ``ParallelEnv``.

    Raises
    ------
    RuntimeError
        If two of them did not play the same game.
    ValueError
        If agents would leave, or the game would be over, within the recording.
    """
    played = Config() if config is None else config
    if played.lives or 0 < played.horizon <= ticks + WARM_UP:
        raise ValueError("lives must be 0, and the horizon 0 or beyond the recording")
    tape = _record(played, seed, ticks + WARM_UP)
    spent: dict[str, list[float]] = {}
    steppers = [_world_stepper, _vector_stepper, _parallel_stepper]
    for _ in range(repeats):
        hashes = []
        for made in steppers:
            stepper = made(played, seed, tape)
            stepper.reset()
            _play(stepper._replace(actions=stepper.actions[:WARM_UP]))
            seconds = _play(stepper._replace(actions=stepper.actions[WARM_UP:]))
            spent.setdefault(stepper.name, []).append(played.n_players * ticks / seconds)
            hashes.append(stepper.hashes())
        if any(found != hashes[0] for found in hashes):
            raise RuntimeError("the environments did not play the same game")
    return [Throughput(name, speeds) for name, speeds in spent.items()]


WARM_UP = 100


def _record(config: Config, seed: int, ticks: int) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    tape = []
    with World(config, seed) as world:
        world.reset(seed)
        for _ in range(ticks):
            tape.append(sample_actions(world.mask, rng))
            world.step(tape[-1])
    return tape


def _world_stepper(config: Config, seed: int, tape: list[NDArray[np.int64]]) -> _Stepper:
    world = World(config, seed)
    return _Stepper("World", lambda: world.reset(seed), world.step, tape, world.hash)


def _vector_stepper(config: Config, seed: int, tape: list[NDArray[np.int64]]) -> _Stepper:
    envs = VectorEnv(config=config, seed=seed)
    world = envs.worlds
    assert isinstance(world, World)
    return _Stepper("VectorEnv", lambda: envs.reset(seed=seed), envs.step, tape, world.hash)


def _parallel_stepper(config: Config, seed: int, tape: list[NDArray[np.int64]]) -> _Stepper:
    env = ParallelEnv(config, seed=seed)
    given = [dict(zip(env.possible_agents, actions.tolist(), strict=True)) for actions in tape]
    return _Stepper("ParallelEnv", lambda: env.reset(seed=seed), env.step, given, env.world.hash)
