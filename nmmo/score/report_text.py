"""What a report says in each of its forms: the columns of its tables, their cells, and the sentences around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nmmo.score.plural import plural

__all__ = ["cell", "columns", "explanation", "summary"]


def columns(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return heading and key of what a track's table shows."""
    shared = [
        ("places", "places"),
        ("entrant", "entrant"),
        (table["figure"], "value"),
        ("95% interval", "interval"),
    ]
    if table["kind"] == "pvp":
        shared += [("points", "score"), ("place", "mean_place"), ("wins", "wins"), ("kills", "kills")]
    return [*shared, ("matches", "matches"), ("ticks waited", "waited")]


def cell(table: Mapping[str, Any], row: Mapping[str, Any], key: str) -> str:
    """Return what stands in a table."""
    digits = 0 if table["kind"] == "pvp" else 3
    if key == "places":
        low, high = row["places"]
        return str(low) if low == high else f"{low}-{high}"
    if key == "interval":
        return f"{row['low']:,.{digits}f} to {row['high']:,.{digits}f}"
    if key == "value":
        return f"{row['value']:,.{digits}f}"
    value = row[key]
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def summary(report: Mapping[str, Any]) -> list[str]:
    """Return what is to be said before the tables, as sentences."""
    said = [
        f"{plural(len(report['matches']), 'match', 'matches')} in {plural(report['rounds'], 'round')}, "
        f"{plural(len(report['entrants']), 'entrant')}, rules version {report['competition']['rules_version']}.",
        f"The competition is over: {report['ended']}."
        if report["ended"]
        else "The competition is not over; this is how it stands.",
        f"Commitment {report['competition']['commitment']}"
        + (f", secret {report['secret']}." if report["secret"] else "; its secret will be revealed at the end."),
    ]
    return said


def explanation(table: Mapping[str, Any]) -> str:
    """Return what a track's figures mean."""
    if table["kind"] == "pvp":
        return (
            f"{plural(table['worlds'], 'world')}. The rating is by Plackett and Luce's model over the orders of "
            "all matches: 1500 is "
            "the mean, and 400 points more are 10 to 1 to finish ahead. Entrants share places where "
            "the interval of their "
            "difference holds 0."
        )
    return (
        f"{plural(table['worlds'], 'world')}, the same for all. The score is min(combat level, harvest level), "
        "averaged over all ticks "
        "that the entrant's slots lived. Entrants share places where the interval of their difference "
        "holds 0."
    )
