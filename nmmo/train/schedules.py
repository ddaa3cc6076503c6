"""How coefficients change over a run.

A schedule is a function of the run's progress: it maps 0 (the start) .. 1 (the end) to the share of the way that
is still ahead, 1 at the start. A coefficient that goes from ``initial`` to ``final`` is
``final + (initial - final) * schedule(progress)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nmmo.train.recipe import TrainOptions
from nmmo.train.registries import SCHEDULES

__all__ = ["Bend", "RunSchedule", "constant", "cosine", "linear"]


def cosine(progress: float) -> float:
    """Follow half a cosine: slow at both ends."""
    return 0.5 * (1 + math.cos(math.pi * progress))


def linear(progress: float) -> float:
    """Follow a straight line."""
    return 1 - progress


def constant(progress: float) -> float:
    """Stay at the initial value."""
    return 1.0


@dataclass(frozen=True)
class Bend:
    """Where the schedule of a run began to lead to its present end.

    A run whose length is changed goes on from the coefficients that it had: from there on its progress grows in a
    straight line to 1 at the new end. Of a run whose length never changed, the bend is its beginning.
    """

    progress: float = 0.0
    """The schedule's progress there, 0..1."""
    done: float = 0.0
    """Agent-steps, or seconds in a run with a time limit, until there."""
    length: float = 0.0
    """Of the whole run, in the same unit; 0: as its options say."""
    timed: bool = False
    """Whether the unit is seconds."""


class RunSchedule:
    """A run's progress and the coefficients that depend on it.

    Parameters
    ----------
    options
        The run's.
    bend
        Where its schedule changed last; default: never.

    Raises
    ------
    UnknownNameError
        If there is no schedule of the name that the options give.
    """

    def __init__(self, options: TrainOptions, bend: Bend | None = None) -> None:
        self.options = options
        self.bend = bend or Bend(0.0, 0.0, *self._length)
        self._schedule = SCHEDULES.get(options.schedule)

    @property
    def _length(self) -> tuple[float, bool]:
        options = self.options
        return (60 * options.minutes, True) if options.minutes else (options.total_timesteps, False)

    def resumed(self, bend: Bend, steps: int, seconds: float) -> RunSchedule:
        """Return the schedule by which a run goes on whose schedule was bent there.

        Parameters
        ----------
        bend
            As the run had it.
        steps, seconds
            Done until now.
        """
        length, timed = self._length
        if (bend.length, bend.timed) == (length, timed):
            return RunSchedule(self.options, bend)
        progress = _progress(bend, seconds if bend.timed else steps)
        return RunSchedule(self.options, Bend(progress, seconds if timed else steps, length, timed))

    def done(self, steps: int, seconds: float) -> float:
        """Return the share of the run that is done, 0..1, by its agent-steps or, if it has a time limit, by seconds."""
        length, timed = self._length
        return min((seconds if timed else steps) / length, 1.0)

    def progress(self, steps: int, seconds: float) -> float:
        """Return how far the schedules are, 0..1: the share that is done, unless the run's length was changed."""
        return _progress(self.bend, seconds if self.bend.timed else steps)

    def lr_scale(self, progress: float) -> float:
        """Return what the initial learning rates are multiplied by."""
        return self._between(1.0, self.options.min_lr_ratio, progress)

    def ent_coef(self, progress: float) -> float:
        """Return the entropy bonus's coefficient."""
        return self._between(self.options.ent_coef, self.options.final_ent_coef, progress)

    def shaping_coef(self, progress: float) -> float:
        """Return the shaping reward's coefficient, which falls to 0 in a straight line."""
        return self.options.shaping_coef * max(0.0, 1 - progress / self.options.shaping_fraction)

    def priority_beta(self, progress: float) -> float:
        """Return the exponent of the importance weights, which rises to 1 in a straight line."""
        first = self.options.priority_beta0
        return first + (1 - first) * progress

    def _between(self, initial: float, final: float, progress: float) -> float:
        return final + (initial - final) * self._schedule(progress)


def _progress(bend: Bend, done: float) -> float:
    if bend.length <= bend.done:
        return 1.0
    return min(bend.progress + (1 - bend.progress) * ((done - bend.done) / (bend.length - bend.done)), 1.0)
