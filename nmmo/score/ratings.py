"""Ratings: how strong each entrant is, from the orders in which matches ended, and how sure that is.

The model is Plackett and Luce's: entrant i has a strength exp(r_i); a match's first is i with a probability
in proportion to that, its second is drawn likewise from the rest, and so on. All matches are taken
together, so their order means nothing and no rating lags behind (as those do that are updated match by
match). The log-likelihood is concave in r; a weak normal prior about the common mean keeps ratings finite
where somebody won or lost everything, and Newton's method finds the one maximum.

Ties: the points of a match are coarse, and those who got the same came in an order that nobody saw. So a
tie counts with the sum of the probabilities of all orders that it may hide, exactly: with exponential times
of rates w = exp(r), the group G came before those below it, whose rates add to S, with probability

    F(G, S) = integral over t > 0 of S exp(-S t) * product over i in G of (1 - exp(-w_i t)),

and a match is the product of its groups' F. The last group's is 1: it tells nothing about order within it.
Each F is the probability that Gumbel variables shifted by r lie in a convex cone, so that log F is concave
too (Prekopa). With t = exp(s) the integrand falls doubly exponentially, and the trapezoid rule
is exact to eight digits or more.

Intervals: the bootstrap over worlds. Matches that share a world (its rotations) are drawn together, since
they are not independent. Each replicate is fitted by Newton's method with the Hessian of the whole, from
where the whole ended.

Sources: Plackett, "The analysis of permutations" (1975); Luce, "Individual choice behavior" (1959); Hunter,
"MM algorithms for generalized Bradley-Terry models" (2004); DeLong, Guirguis and So, "Efficient computation
of subset selection probabilities with application to Cox regression" (1994), for the integral; Prekopa, "On
logarithmic concave measures and functions" (1973); Efron and Tibshirani, "An introduction to the bootstrap"
(1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.statistics import student_quantile

__all__ = [
    "CONFIDENCE",
    "PRIOR_DEVIATION",
    "Leaderboard",
    "Rankings",
    "fit",
    "mean_leaderboard",
    "plackett_luce_leaderboard",
    "rank_ranges",
]

CONFIDENCE: Final = 0.95
PRIOR_DEVIATION: Final = 3.0
"""Of the normal prior, in units of r: weak, as e^3 is 20 to 1. A smaller one pulls ratings together."""

REPLICATES: Final = 1000
NORMAL_QUANTILE: Final = 1.959963984540054
ELO: Final = 400 / np.log(10)
"""Points of the printed scale for one unit of r: 400 points are 10 to 1, as in chess."""
ELO_CENTRE: Final = 1500.0
TOLERANCE: Final = 1e-9
MOST_STEPS: Final = 100
NODES: Final = np.arange(-18.0, 4.01, 0.25)
"""Of the integral over s, on the scale where the rates of those below add to 1."""
CHUNK: Final = 128  # replicates fitted at once: their arrays stay in the cache

Floats = NDArray[np.float64]


class Rankings:
    """Orders in which matches ended, as arrays.

    Parameters
    ----------
    n
        Entrants, by numbers from 0.
    matches
        Of each match the entrants and what each got; more is better, and equals are ties. Those with fewer
        than two entrants tell nothing and are left out.
    worlds
        The world of each match: those that share one are drawn together. Default: each its own.

    Raises
    ------
    ValueError
        If an entrant occurs twice in a match or has no such number, or a figure is not finite.
    """

    def __init__(
        self,
        n: int,
        matches: Sequence[tuple[Sequence[int], Sequence[float]]],
        worlds: Sequence[int] | None = None,
    ) -> None:
        self.n = n
        groups = list(range(len(matches))) if worlds is None else list(worlds)
        kept = [(who, got, group) for (who, got), group in zip(matches, groups, strict=True) if len(who) > 1]
        width = max((len(who) for who, _, _ in kept), default=2)
        count = len(kept)
        # Entrant n is nobody: it fills short matches up, and its strength is 0.
        self.who = np.full((count, width), n, np.int64)
        self.first = np.zeros((count, width), np.int64)  # of those who share its place, where they begin
        self.behind = np.zeros((count, width), np.int64)  # and where those below them begin
        self.real = np.zeros((count, width), np.bool_)
        for row, (who, got, _) in enumerate(kept):
            if len(set(who)) < len(who) or len(who) != len(got):
                raise ValueError("an entrant occurs twice in a match, or has no figure")
            if min(who) < 0 or max(who) >= n or not np.isfinite(got).all():
                raise ValueError(f"entrants are 0..{n - 1}, and what they got is finite")
            order = sorted(range(len(who)), key=lambda index: (-got[index], who[index]))
            values = [got[index] for index in order]
            for place, index in enumerate(order):
                self.who[row, place] = who[index]
                self.first[row, place] = values.index(values[place])
                self.behind[row, place] = len(values) - values[::-1].index(values[place])
            self.real[row, : len(who)] = True
        size = self.behind - self.first
        last = self.behind == self.real.sum(axis=1, keepdims=True)
        self.single = self.real & ~last & (size == 1)
        tied = self.real & ~last & (size > 1)
        self.tied_at = np.flatnonzero(tied)  # places in the flattened [matches, width], group after group
        begins = np.flatnonzero(np.broadcast_to(np.arange(width), tied.shape)[tied] == self.first[tied])
        self.group_begins = begins
        self.group_of = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(self.tied_at))))
        numbers = {group: number for number, group in enumerate(dict.fromkeys(group for _, _, group in kept))}
        self.world = np.array([numbers[group] for _, _, group in kept], np.int64)
        self.n_worlds = len(numbers)

    @property
    def n_matches(self) -> int:
        """Matches that tell something."""
        return len(self.who)

    def _held(self, strengths: Floats) -> tuple[Floats, Floats]:
        """Return the strength of those at each place, and the sum of those below their group: [..., matches, width]."""
        padded = np.concatenate([strengths, np.zeros((*strengths.shape[:-1], 1))], axis=-1)
        held = padded[..., self.who]
        below = np.zeros((*held.shape[:-1], held.shape[-1] + 1))
        below[..., :-1] = np.cumsum(held[..., ::-1], axis=-1)[..., ::-1]
        rest = np.take_along_axis(below, np.broadcast_to(self.behind, held.shape), axis=-1)
        return held, rest

    def _ties(self, held: Floats, rest: Floats) -> tuple[Floats, Floats]:
        """Return for groups that share a place: log F [replicates, groups], its slopes by r [replicates, places]."""
        flat = (len(held), -1)
        rate = held.reshape(flat)[:, self.tied_at] / rest.reshape(flat)[:, self.tied_at]
        exponent = rate[:, :, None] * np.exp(NODES)
        arrived = -np.expm1(-exponent)
        logs = np.add.reduceat(np.log(np.maximum(arrived, 1e-300)), self.group_begins, axis=1)
        logs += NODES - np.exp(NODES)
        most = logs.max(axis=2, keepdims=True)
        share = np.exp(logs - most)
        total = share.sum(axis=2, keepdims=True)
        value = (most + np.log(total * (NODES[1] - NODES[0])))[:, :, 0]
        ratio = np.where(arrived > 0, exponent * np.exp(-exponent) / np.maximum(arrived, 1e-300), 1.0)
        slope = (ratio * (share / total)[:, self.group_of]).sum(axis=2)
        return value, slope

    def likelihood(self, ratings: Floats) -> float:
        """Return the log-likelihood of ratings [n], the prior included."""
        held, rest = self._held(np.exp(ratings)[None])
        logs = np.log(held / (held + rest), where=self.single[None], out=np.zeros_like(held)).sum()
        if len(self.tied_at):
            logs += self._ties(held, rest)[0].sum()
        centred = ratings - ratings.mean()
        return float(logs - (centred**2).sum() / (2 * PRIOR_DEVIATION**2))

    def gradient(self, ratings: Floats, weights: Floats) -> Floats:
        """Return the gradient of the log-likelihood.

        Parameters
        ----------
        ratings : ndarray of float64, shape [replicates, n]
        weights : ndarray of float64, shape [replicates, matches]
            How often each match counts.

        Returns
        -------
        ndarray of float64, shape [replicates, n]
        """
        replicates = len(ratings)
        held, rest = self._held(np.exp(ratings))
        own = np.divide(rest, held + rest, where=self.single, out=np.zeros_like(held))
        if len(self.tied_at):
            own.reshape(replicates, -1)[:, self.tied_at] = self._ties(held, rest)[1]
        # What a group gains, those below it lose, each in proportion to its strength: F knows only ratios.
        taken = np.zeros((*held.shape[:-1], held.shape[-1] + 1))
        np.cumsum(np.divide(own, rest, where=own > 0, out=np.zeros_like(own)), axis=-1, out=taken[..., 1:])
        lost = held * np.take_along_axis(taken, np.broadcast_to(self.first, held.shape), axis=-1)
        slope = (own - lost) * weights[..., None]
        index = (np.arange(replicates)[:, None, None] * (self.n + 1) + self.who).ravel()
        summed = np.bincount(index, slope.ravel(), replicates * (self.n + 1)).reshape(replicates, self.n + 1)
        centred = ratings - ratings.mean(axis=-1, keepdims=True)
        found: Floats = summed[:, : self.n] - centred / PRIOR_DEVIATION**2
        return found

    def curvature(self, ratings: Floats) -> Floats:
        """Return minus the Hessian of the log-likelihood, by central differences of the gradient: float64 [n, n].

        The likelihood does not change when all ratings do, so that the Hessian has no inverse; with a slope
        added along that direction it has one, and steps stay at right angles to it.
        """
        step = 1e-4
        moved = np.concatenate([ratings + step * np.eye(self.n), ratings - step * np.eye(self.n)])
        slopes = self.gradient(moved, np.ones((2 * self.n, self.n_matches)))
        hessian = (slopes[: self.n] - slopes[self.n :]) / (2 * step)
        found: Floats = -(hessian + hessian.T) / 2 + np.ones((self.n, self.n)) / self.n
        return found


def fit(rankings: Rankings) -> Floats:
    """Return the ratings that make what happened most likely: float64 [n], with mean 0."""
    ratings = np.zeros(rankings.n)
    if not rankings.n_matches:
        return ratings
    once = np.ones((1, rankings.n_matches))
    value = rankings.likelihood(ratings)
    for _ in range(MOST_STEPS):
        slope = rankings.gradient(ratings[None], once)[0]
        step = np.linalg.solve(rankings.curvature(ratings), slope)
        step -= step.mean()
        scale = min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        while True:  # halved until it helps: far from the maximum a whole step can overshoot
            there = ratings + scale * step
            reached = rankings.likelihood(there)
            if reached >= value - 1e-12 * abs(value) or scale < 1e-10:
                break
            scale /= 2
        ratings, value = there, reached
        if np.abs(scale * step).max() < TOLERANCE:
            break
    return ratings


def bootstrap(rankings: Rankings, best: Floats, rng: np.random.Generator, replicates: int = REPLICATES) -> Floats:
    """Return ratings from resampled worlds: float64 [replicates, n].

    Parameters
    ----------
    rankings, best
        The matches, and what ``fit`` makes of them.
    rng
        Draws the worlds: the same state, the same replicates.
    replicates
        How many.
    """
    if rankings.n_worlds < 2:
        return np.tile(best, (replicates, 1))
    draws = rng.multinomial(rankings.n_worlds, np.full(rankings.n_worlds, 1 / rankings.n_worlds), replicates)
    weights = draws.astype(np.float64)[:, rankings.world]
    inverse = np.linalg.inv(rankings.curvature(best))
    found = np.empty((replicates, rankings.n))
    for start in range(0, replicates, CHUNK):
        some = weights[start : start + CHUNK]
        ratings = np.tile(best, (len(some), 1))
        open_ = np.arange(len(some))
        for _ in range(MOST_STEPS):
            step = rankings.gradient(ratings[open_], some[open_]) @ inverse
            step -= step.mean(axis=1, keepdims=True)
            largest = np.abs(step).max(axis=1, keepdims=True)
            ratings[open_] += step * np.minimum(1.0, 1.0 / np.maximum(1.0, largest))
            open_ = open_[largest[:, 0] > 1e-4]
            if not len(open_):
                break
        found[start : start + CHUNK] = ratings
    return _widened(best, found, rankings.n_worlds)


def _widened(value: Floats, drawn: Floats, worlds: int) -> Floats:
    """Return replicates, spread as far as so few worlds ask for.

    The variance of replicates lacks one degree of freedom, and their normal quantiles are to be Student's.
    """
    factor = np.sqrt(worlds / (worlds - 1)) * student_quantile(worlds - 1) / NORMAL_QUANTILE
    found: Floats = value + (drawn - value) * factor
    return found


@dataclass(frozen=True)
class Leaderboard:
    """A table of entrants with what is known of each.

    Attributes
    ----------
    value : ndarray of float64, shape [n]
        The figure that decides: a rating, or a mean score.
    low, high : ndarray of float64, shape [n]
        Its 95% interval.
    replicates : ndarray of float64, shape [replicates, n]
        The figure in each replicate of the bootstrap; differences of entrants come from the same worlds.
    matches : ndarray of int64, shape [n]
        How many each has played.
    """

    value: Floats
    low: Floats
    high: Floats
    replicates: Floats
    matches: NDArray[np.int64]

    def order(self) -> list[int]:
        """Return the entrants, best first; equals by number."""
        return sorted(range(len(self.value)), key=lambda index: (-self.value[index], index))

    def better(self, confidence: float = CONFIDENCE) -> NDArray[np.bool_]:
        """Return who is surely better than whom: bool [n, n].

        i is, where the interval of the difference to j, at this confidence, lies above 0.
        """
        n = len(self.value)
        found = np.zeros((n, n), np.bool_)
        for i in range(n):
            difference = self.replicates[:, [i]] - self.replicates
            found[i] = np.quantile(difference, (1 - confidence) / 2, axis=0) > 0
        return found

    def chance(self) -> Floats:
        """Return in which part of the replicates i is above j, equals counted half: float64 [n, n]."""
        above = (self.replicates[:, :, None] > self.replicates[:, None, :]).mean(axis=0)
        equal = (self.replicates[:, :, None] == self.replicates[:, None, :]).mean(axis=0)
        found: Floats = above + equal / 2
        return found


def _leaderboard(value: Floats, replicates: Floats, matches: NDArray[np.int64]) -> Leaderboard:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return Leaderboard(value, np.minimum(low, value), np.maximum(high, value), replicates, matches)


def plackett_luce_leaderboard(
    n: int,
    matches: Sequence[tuple[Sequence[int], Sequence[float]]],
    worlds: Sequence[int],
    rng: np.random.Generator,
    replicates: int = REPLICATES,
) -> Leaderboard:
    """Return ratings by the orders of matches, on a scale where 1500 is the mean and 400 points are 10 to 1.

    Parameters
    ----------
    n, matches, worlds
        As for ``Rankings``.
    rng
        Of the bootstrap.
    replicates
        Of the bootstrap.
    """
    rankings = Rankings(n, matches, worlds)
    best = fit(rankings)
    drawn = bootstrap(rankings, best, rng, replicates)
    played = np.zeros(n, np.int64)
    for who, _ in matches:
        played[list(who)] += 1
    return _leaderboard(ELO_CENTRE + ELO * best, ELO_CENTRE + ELO * drawn, played)


def mean_leaderboard(
    n: int,
    scores: Sequence[tuple[int, int, float]],
    rng: np.random.Generator,
    replicates: int = REPLICATES,
) -> Leaderboard:
    """Return mean scores of entrants that play the same worlds.

    Parameters
    ----------
    n
        Entrants.
    scores
        World, entrant, score, of each match.
    rng
        Of the bootstrap, which draws worlds: luck of a world hits all alike and drops out of differences.
    replicates
        Of the bootstrap.
    """
    worlds = {world: number for number, world in enumerate(dict.fromkeys(world for world, _, _ in scores))}
    total, count = np.zeros((len(worlds), n)), np.zeros((len(worlds), n))
    for world, entrant, score in scores:
        total[worlds[world], entrant] += score
        count[worlds[world], entrant] += 1
    value = total.sum(axis=0) / np.maximum(1, count.sum(axis=0))
    if len(worlds) < 2:
        return _leaderboard(value, np.tile(value, (replicates, 1)), count.sum(axis=0).astype(np.int64))
    draws = rng.multinomial(len(worlds), np.full(len(worlds), 1 / len(worlds)), replicates).astype(np.float64)
    drawn = (draws @ total) / np.maximum(1e-9, draws @ count)
    return _leaderboard(value, _widened(value, drawn, len(worlds)), count.sum(axis=0).astype(np.int64))


def rank_ranges(better: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the best and the worst place that each entrant may deserve.

    Parameters
    ----------
    better : ndarray of bool, shape [n, n]
        ``Leaderboard.better()``.
    """
    n = len(better)
    return [(1 + int(better[:, i].sum()), n - int(better[i].sum())) for i in range(n)]


def top_is_separated(board: Leaderboard, k: int, confidence: float = CONFIDENCE) -> bool:
    """Return whether the first k are surely in order, and surely above the rest."""
    order, better = board.order(), board.better(confidence)
    return all(better[order[place], lower] for place in range(min(k, len(order) - 1)) for lower in order[place + 1 :])


def generator(*parts: Any) -> np.random.Generator:
    """Return a generator that depends on these numbers alone."""
    return np.random.default_rng([int(part) for part in parts])
