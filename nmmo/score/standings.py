"""From matches to tables: the official result of each track, as plain data.

The same matches give the same tables, byte for byte: nothing here knows of time, machine or order of play.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nmmo.score.fixture import BOT, Fixture, MatchResult
from nmmo.score.ratings import (
    CONFIDENCE,
    Leaderboard,
    generator,
    mean_leaderboard,
    plackett_luce_leaderboard,
    rank_ranges,
    top_is_separated,
)
from nmmo.score.tracks import Track

__all__ = ["Result", "leaderboard_of", "order_is_certain", "standings"]

Result = tuple[Fixture, MatchResult]
DIGITS: Final = 6


def leaderboard_of(track: Track, entrants: int, results: Sequence[Result], commitment: str) -> Leaderboard:
    """Return the board of one track.

    Parameters
    ----------
    track
        Which.
    entrants
        How many.
    results
        All matches, of any track, in the order of the plan.
    commitment
        Of the competition: the bootstrap is drawn with it.
    """
    own = [(fixture, played) for fixture, played in results if fixture.track == track.name]
    rng = generator(int(commitment[:15], 16), len(own))
    if track.kind == "pve":
        return mean_leaderboard(
            entrants, [(fixture.world, fixture.seats[0], played.outcomes[0].score) for fixture, played in own], rng
        )
    orders = []
    for fixture, played in own:
        seats = [number for number, entrant in enumerate(fixture.seats) if entrant != BOT]
        orders.append(([fixture.seats[seat] for seat in seats], [played.outcomes[seat].score for seat in seats]))
    return plackett_luce_leaderboard(entrants, orders, [fixture.world for fixture, _ in own], rng)


def order_is_certain(track: Track, board: Leaderboard, top: int, looks: int) -> bool:
    """Return whether the first places are sure, though it is asked after every round.

    The chance of error is shared out over all the looks that there can be (Bonferroni), so that asking often
    does not make a lucky lead sure.
    """
    return top_is_separated(board, top, 1 - (1 - CONFIDENCE) / looks)


def standings(track: Track, names: Sequence[str], results: Sequence[Result], commitment: str) -> dict[str, Any]:
    """Return the table of one track as plain data, best first."""
    board = leaderboard_of(track, len(names), results, commitment)
    ranges = rank_ranges(board.better())
    chance = board.chance()
    order = board.order()
    rows = []
    for place, entrant in enumerate(order):
        got = [
            (fixture, played, number, [seat for seat in fixture.seats if seat != BOT].index(entrant))
            for fixture, played in results
            if fixture.track == track.name
            for number, seat in enumerate(fixture.seats)
            if seat == entrant
        ]
        outcomes = [played.outcomes[number] for _, played, number, _ in got]
        agent_reports = [(fixture.id, played.agent_reports[which]) for fixture, played, _, which in got]
        count = max(1, len(outcomes))
        places = [outcome.place for outcome in outcomes if outcome.place is not None]
        rows.append(
            {
                "place": place + 1,
                "places": list(ranges[entrant]),
                "entrant": names[entrant],
                "value": _number(board.value[entrant]),
                "low": _number(board.low[entrant]),
                "high": _number(board.high[entrant]),
                "matches": len(outcomes),
                "score": _number(sum(outcome.score for outcome in outcomes) / count),
                "kills": _number(sum(outcome.kills for outcome in outcomes) / count),
                "mean_place": _number(sum(places) / len(places)) if places else None,
                "wins": sum(place < 2 for place in places),
                "waited": sum(agent_report.waited for _, agent_report in agent_reports),
                "illegal": sum(agent_report.illegal for _, agent_report in agent_reports),
                "incidents": [
                    {"match": fixture_id, "words": agent_report.words()}
                    for fixture_id, agent_report in agent_reports
                    if agent_report.words()
                ],
            }
        )
    return {
        "track": track.name,
        "kind": track.kind,
        "figure": "rating" if track.kind == "pvp" else "score",
        "worlds": len({fixture.world for fixture, _ in results if fixture.track == track.name}),
        "rows": rows,
        "above": [[_number(chance[i, j], 3) for j in order] for i in order],
    }


def _number(value: float, digits: int = DIGITS) -> float:
    """Round, so that the last bits of another machine's arithmetic do not show; -0 is 0."""
    return round(float(value), digits) + 0.0
