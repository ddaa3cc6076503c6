"""The live board: OpenSkill's ratings, to look at while an event runs. Not the result."""

from __future__ import annotations

from collections.abc import Sequence

from nmmo.score.match import BOT, Match, Played

__all__ = ["live_board"]


def live_board(
    names: Sequence[str], results: Sequence[tuple[Match, Played]]
) -> list[tuple[str, float]] | None:
    """Names and ratings of the PvP matches so far, best first; None where OpenSkill is not installed."""
    try:
        from openskill.models import PlackettLuce
    except ModuleNotFoundError:
        return None
    model = PlackettLuce()
    ratings = [model.rating() for _ in names]
    for match, played in results:
        seats = [number for number, entrant in enumerate(match.seats) if entrant != BOT]
        if len(seats) < 2:
            continue
        teams = [[ratings[match.seats[seat]]] for seat in seats]
        rated = model.rate(teams, scores=[played.outcomes[seat].score for seat in seats])
        for seat, (rating,) in zip(seats, rated, strict=True):
            ratings[match.seats[seat]] = rating
    board = [(name, float(rating.ordinal())) for name, rating in zip(names, ratings, strict=True)]
    return sorted(board, key=lambda row: (-row[1], row[0]))
