"""How far a run is, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nmmo.train.recipe import TrainOptions

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """Rates and weights by progress, which goes from 0 to 1 with the steps, or with the clock."""

    options: TrainOptions

    def progress(self, steps: int, seconds: float) -> float:
        """The share of the run that is done."""
        if self.options.minutes:
            return min(seconds / (60 * self.options.minutes), 1.0)
        return min(steps / self.options.total_steps, 1.0)

    def rate(self, progress: float) -> float:
        """The share of the learning rates to use: a cosine from 1 to ``final_learning_rate``."""
        last = self.options.final_learning_rate
        return last + (1 - last) * _cosine(progress)

    def entropy_weight(self, progress: float) -> float:
        last = self.options.final_entropy_weight
        return last + (self.options.entropy_weight - last) * _cosine(progress)

    def challenge(self, progress: float) -> float:
        return self.options.challenge * max(0.0, 1 - progress / self.options.challenge_share)

    def priority_correction(self, progress: float) -> float:
        first = self.options.priority_correction
        return first + (1 - first) * progress


def _cosine(progress: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * progress))
