"""How good the ratings are, on simulated entrants of known strength.

    python scripts/rating_study.py [--trials N] [--matches N] [--orderings N]

Prints two things. In how many of the trials the 95% intervals covered the truth (93 to 97% is what they
promise), for orders without ties and with them. And how many matches it takes until 16 entrants are in
order, by the batch ratings and by OpenSkill's, which are updated match by match.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from numpy.typing import NDArray
from openskill.models import PlackettLuce

from nmmo.score.ratings import Rankings, bootstrap, fit

ENTRANTS = 16
Floats = NDArray[np.float64]


def drawn_orders(strengths: Floats, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Order by Plackett and Luce's model, best first: the greatest of r + Gumbel noise is drawn so."""
    return np.argsort(-(strengths + rng.gumbel(size=(count, len(strengths)))), axis=1)


def as_matches(orders: NDArray[np.int64], tied: int) -> list[tuple[list[int], list[float]]]:
    """Return matches that ended in these orders, where the last so many share a place."""
    n = orders.shape[1]
    got = [float(max(n - place, tied)) for place in range(n)]
    return [(order.tolist(), got) for order in orders]


def coverage(trials: int, matches: int, tied: int, replicates: int, seed: int) -> tuple[float, float]:
    """Return the share of intervals that cover the truth, and half their mean width."""
    rng = np.random.default_rng(seed)
    covered, width = 0, 0.0
    for _ in range(trials):
        truth = rng.normal(0, 0.7, ENTRANTS)
        truth -= truth.mean()
        rankings = Rankings(ENTRANTS, as_matches(drawn_orders(truth, matches, rng), tied))
        best = fit(rankings)
        low, high = np.quantile(bootstrap(rankings, best, rng, replicates), [0.025, 0.975], axis=0)
        covered += int(((low <= truth) & (truth <= high)).sum())
        width += float((high - low).mean()) / 2
    return covered / (trials * ENTRANTS), width / trials


def matches_to_order(truth: Floats, rng: np.random.Generator, most: int, every: int) -> tuple[int, int]:
    """Return after how many matches the order is right and stays so: batch, OpenSkill. ``most``: never."""
    orders = drawn_orders(truth, most, rng)
    right_order = np.argsort(-truth).tolist()
    model = PlackettLuce()
    online = [model.rating() for _ in range(ENTRANTS)]
    last_wrong = [0, 0]
    for played in range(1, most + 1):
        order = orders[played - 1].tolist()
        for number, (rating,) in zip(order, model.rate([[online[number]] for number in order]), strict=True):
            online[number] = rating
        if played % every:
            continue
        batch = fit(Rankings(ENTRANTS, as_matches(orders[:played], 1)))
        means = np.array([rating.mu for rating in online])
        for which, values in enumerate((batch, means)):
            if np.argsort(-values).tolist() != right_order:
                last_wrong[which] = played
    return min(most, last_wrong[0] + every), min(most, last_wrong[1] + every)


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000, help="trials of the intervals (default: 1000)")
    parser.add_argument("--matches", type=int, default=60, help="matches in each (default: 60)")
    parser.add_argument("--replicates", type=int, default=400, help="of each bootstrap (default: 400)")
    parser.add_argument("--orderings", type=int, default=20, help="trials of the ordering (default: 20)")
    parser.add_argument("--most", type=int, default=1500, help="matches in each of those (default: 1500)")
    options = parser.parse_args()
    good = True
    for tied in (1, 6):
        began = time.perf_counter()
        share, width = coverage(options.trials, options.matches, tied, options.replicates, 1 + tied)
        good &= 0.93 <= share <= 0.97
        print(
            f"95% intervals, {options.matches} matches of {ENTRANTS}, the last {tied} tied: they "
            "cover the truth in "
            f"{100 * share:.1f}% of {options.trials:,} trials (half width {width:.3f}; "
            f"{time.perf_counter() - began:.0f} s)",
            flush=True,
        )
    rng = np.random.default_rng(7)
    truth = np.linspace(2.25, -2.25, ENTRANTS)
    found = np.array([matches_to_order(truth, rng, options.most, 25) for _ in range(options.orderings)])
    batch, online = np.median(found, axis=0)
    good &= bool(batch < online)
    never = int((found[:, 1] >= options.most).sum())
    print(
        f"{ENTRANTS} entrants in order to stay, median of {options.orderings}: batch after "
        f"{batch:.0f} matches, OpenSkill "
        f"after {online:.0f} (in {never} of {options.orderings} it was not by match {options.most:,})"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
