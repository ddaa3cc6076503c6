"""A mean and how far it may be from the truth: Student's interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

__all__ = ["CONFIDENCE", "Estimate", "estimate", "student_quantile"]

CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Estimate:
    """A metric's mean over worlds.

    Attributes
    ----------
    mean
        None where no world has the metric.
    half_width
        Of the 95% interval: it reaches from mean - half_width to mean + half_width. None for fewer than two
        worlds.
    n
        In how many worlds the metric exists.
    """

    mean: float | None
    half_width: float | None
    n: int


def estimate(values: Sequence[float | None]) -> Estimate:
    """Return the mean of the values that exist, with Student's 95% interval for independent, normal values."""
    known = [value for value in values if value is not None]
    n = len(known)
    if n == 0:
        return Estimate(None, None, 0)
    mean = math.fsum(known) / n
    if n == 1:
        return Estimate(mean, None, 1)
    variance = math.fsum((value - mean) ** 2 for value in known) / (n - 1)
    return Estimate(mean, student_quantile(n - 1) * math.sqrt(variance / n), n)


@cache
def student_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return the t within which Student's distribution lies, from -t to t, with a probability.

    Parameters
    ----------
    freedom
        Degrees of freedom, at least 1.
    confidence
        The probability, between 0 and 1.

    Notes
    -----
    With t = sqrt(freedom) tan(angle), the probability is a finite sum for whole degrees of freedom
    (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4). It grows with the
    angle, which is found by halving.
    """
    least, most = 0.0, math.pi / 2
    for _ in range(100):  # halvings: far beyond what a float can tell apart
        angle = (least + most) / 2
        if _probability(angle, freedom) < confidence:
            least = angle
        else:
            most = angle
    return math.sqrt(freedom) * math.tan(least)


def _probability(angle: float, freedom: int) -> float:
    """Return the probability that Student's t lies within sqrt(freedom) tan(angle) of 0."""
    square = math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for index in range(freedom // 2):
        total += term
        term *= square * (2 * index + 1 + odd) / (2 * index + 2 + odd)
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
