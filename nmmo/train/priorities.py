"""Which segments to learn from: those with large advantages more often, corrected by weights.

Prioritised replay (Schaul et al. 2016) applied to the segments of a rollout, as in PufferLib 3.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Choice", "choose"]

LEAST = 1e-6
"""Added to every priority, so that a rollout without any surprise is sampled evenly."""


class Choice(NamedTuple):
    """Some segments of a rollout."""

    segments: Tensor
    """Their numbers, int64 [count], all different."""
    weights: Tensor
    """What their losses count, float32 [count]."""


def choose(
    advantages: Tensor, count: int, priority: float, correction: float, generator: torch.Generator
) -> Choice:
    """Draw segments, without drawing one twice.

    A segment's probability is p = (mean |A| + 1e-6)^priority, normalised; its weight (n p)^-correction for n
    segments. So a weight depends on nothing that other processes draw.

    Parameters
    ----------
    advantages
        [steps, segments].
    count
        How many to draw, at most as many as there are.
    priority, correction
        0: all segments alike; 0: no correction, 1: a full one.
    generator
        On the CPU. The draw depends on it and on the priorities only.
    """
    size = advantages.abs().mean(0).double().cpu()
    probability = (size + LEAST) ** priority
    probability /= probability.sum()
    # The largest keys log(p) + Gumbel noise: a draw without replacement, one after the other (Vieira 2014).
    noise = torch.rand(len(probability), generator=generator, dtype=torch.float64).clamp_(1e-300, 1 - 1e-16)
    segments = (probability.log() - (-noise.log()).log()).topk(count).indices.sort().values
    weights = (len(probability) * probability[segments]) ** -correction
    return Choice(segments.to(advantages.device), weights.float().to(advantages.device))
