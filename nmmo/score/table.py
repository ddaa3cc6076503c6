"""From matches to tables: the official result of each track, as plain data.

The same matches give the same tables, byte for byte: nothing here knows of time, machine or order of play.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nmmo.score.match import BOT, Match, Played
from nmmo.score.ratings import (
    CONFIDENCE,
    Board,
    generator,
    mean_board,
    plackett_luce_board,
    rank_ranges,
    separated,
)
from nmmo.score.tracks import Track

__all__ = ["Result", "board_of", "standings", "surely_ordered"]

Result = tuple[Match, Played]
DIGITS: Final = 6


def board_of(track: Track, entrants: int, results: Sequence[Result], commitment: str) -> Board:
    """The board of one track.

    Parameters
    ----------
    track
        Which.
    entrants
        How many.
    results
        All matches, of any track, in the order of the plan.
    commitment
        Of the event: the bootstrap is drawn with it.
    """
    own = [(match, played) for match, played in results if match.track == track.name]
    rng = generator(int(commitment[:15], 16), len(own))
    if track.kind == "pve":
        return mean_board(
            entrants, [(match.world, match.seats[0], played.outcomes[0].score) for match, played in own], rng
        )
    orders = []
    for match, played in own:
        seats = [number for number, entrant in enumerate(match.seats) if entrant != BOT]
        orders.append(
            ([match.seats[seat] for seat in seats], [played.outcomes[seat].score for seat in seats])
        )
    return plackett_luce_board(entrants, orders, [match.world for match, _ in own], rng)


def surely_ordered(track: Track, board: Board, top: int, looks: int) -> bool:
    """Whether the first places are sure, though it is asked after every round.

    The chance of error is shared out over all the looks that there can be (Bonferroni), so that asking often
    does not make a lucky lead sure.
    """
    return separated(board, top, 1 - (1 - CONFIDENCE) / looks)


def standings(
    track: Track, names: Sequence[str], results: Sequence[Result], commitment: str
) -> dict[str, Any]:
    """The table of one track as plain data, best first."""
    board = board_of(track, len(names), results, commitment)
    ranges = rank_ranges(board.better())
    chance = board.chance()
    order = board.order()
    rows = []
    for place, entrant in enumerate(order):
        got = [
            (match, played, number, [seat for seat in match.seats if seat != BOT].index(entrant))
            for match, played in results
            if match.track == track.name
            for number, seat in enumerate(match.seats)
            if seat == entrant
        ]
        outcomes = [played.outcomes[number] for _, played, number, _ in got]
        conducts = [(match.id, played.conduct[which]) for match, played, _, which in got]
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
                "waited": sum(conduct.waited for _, conduct in conducts),
                "illegal": sum(conduct.illegal for _, conduct in conducts),
                "incidents": [
                    {"match": match, "words": conduct.words()}
                    for match, conduct in conducts
                    if conduct.words()
                ],
            }
        )
    return {
        "track": track.name,
        "kind": track.kind,
        "figure": "rating" if track.kind == "pvp" else "score",
        "worlds": len({match.world for match, _ in results if match.track == track.name}),
        "rows": rows,
        "above": [[_number(chance[i, j], 3) for j in order] for i in order],
    }


def _number(value: float, digits: int = DIGITS) -> float:
    """Rounded, so that the last bits of another machine's arithmetic do not show; -0 is 0."""
    return round(float(value), digits) + 0.0
