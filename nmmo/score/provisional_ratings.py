"""Provisional ratings: OpenSkill's ratings, to look at while a competition runs. Not the result."""

from __future__ import annotations

from collections.abc import Sequence

from nmmo.score.fixture import BOT, Fixture, MatchResult

__all__ = ["provisional_ratings"]


def provisional_ratings(
    names: Sequence[str], results: Sequence[tuple[Fixture, MatchResult]]
) -> list[tuple[str, float]] | None:
    """Return names and ratings of the PvP matches so far, best first; None where OpenSkill is not installed."""
    try:
        from openskill.models import PlackettLuce
    except ModuleNotFoundError:
        return None
    model = PlackettLuce()
    ratings = [model.rating() for _ in names]
    for fixture, played in results:
        seats = [number for number, entrant in enumerate(fixture.seats) if entrant != BOT]
        if len(seats) < 2:
            continue
        teams = [[ratings[fixture.seats[seat]]] for seat in seats]
        rated = model.rate(teams, scores=[played.outcomes[seat].score for seat in seats])
        for seat, (rating,) in zip(seats, rated, strict=True):
            ratings[fixture.seats[seat]] = rating
    board = [(name, float(rating.ordinal())) for name, rating in zip(names, ratings, strict=True)]
    return sorted(board, key=lambda row: (-row[1], row[0]))
