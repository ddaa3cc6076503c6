"""The report of an event: one document of plain data, and the forms in which people read it.

The document holds all that is needed to check it: the event, the secret once the event is over, the
entrants' digests, every match with its result. It knows no times and no machine, so the same event gives
the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from nmmo.score.errors import EventError
from nmmo.score.event import track_from_plain
from nmmo.score.page import page
from nmmo.score.run import REPLAYS
from nmmo.score.store import Store, played_to_plain
from nmmo.score.table import standings
from nmmo.score.words import counted

__all__ = ["REPORT", "document", "markdown", "tables", "write_report"]

REPORT: Final = "report"
FORMAT: Final = 1


def document(store: Store, secret: str | None) -> dict[str, Any]:
    """Everything about an event, as plain data.

    Parameters
    ----------
    store
        Its state.
    secret
        Revealed if the event is over; left out before.

    Raises
    ------
    nmmo.score.EventError
        If nothing has been played.
    """
    event = store.fact("event")
    results = store.results()
    if event is None or not results:
        raise EventError("nothing has been played yet: `nmmo score run EVENT.toml`")
    whole = max(match.round for match, _ in results) + 1
    unfinished = {match.round for match in store.open_matches()}
    # A round counts when all of it was played: a part of one would favour whoever played in it.
    counted = [(match, played) for match, played in results if match.round not in unfinished]
    ended = store.fact("ended")
    names = list(event["entrants"])
    tracks = [track_from_plain(track) for track in event["tracks"]]
    return {
        "format": FORMAT,
        "event": event,
        "ended": ended,
        "rounds": whole - len(unfinished),
        "secret": secret if ended else None,
        "entrants": store.fact("entrants"),
        "tracks": [standings(track, names, counted, event["commitment"]) for track in tracks],
        "matches": [
            {
                "match": asdict(match),
                "played": {
                    key: value
                    for key, value in played_to_plain(played).items()
                    if key not in ("seconds", "printed")
                },
                "replay": f"{REPLAYS}/{match.id}.nmr",
            }
            for match, played in counted
        ],
    }


def to_json(report: Mapping[str, Any]) -> str:
    """The document as JSON."""
    return json.dumps(report, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def columns(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Heading and key of what a track's table shows."""
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
    """What stands in a table."""
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
    return (
        f"{value:,.2f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def summary(report: Mapping[str, Any]) -> list[str]:
    """What is to be said before the tables, as sentences."""
    said = [
        f"{counted(len(report['matches']), 'match', 'matches')} in {counted(report['rounds'], 'round')}, "
        f"{counted(len(report['entrants']), 'entrant')}, rules version {report['event']['rules_version']}.",
        f"The event is over: {report['ended']}."
        if report["ended"]
        else "The event is not over; this is how it stands.",
        f"Commitment {report['event']['commitment']}"
        + (
            f", secret {report['secret']}."
            if report["secret"]
            else "; its secret will be revealed at the end."
        ),
    ]
    return said


def tables(report: Mapping[str, Any]) -> Group:
    """The report for a terminal."""
    parts: list[Any] = [
        Text(report["event"]["name"], style="bold"),
        *(Text(line) for line in summary(report)),
    ]
    for table in report["tracks"]:
        shown = Table(
            title=escape(f"{table['track']} ({counted(table['worlds'], 'world')})"),
            title_justify="left",
            header_style="",
        )
        for heading, key in columns(table):
            shown.add_column(heading, justify="left" if key == "entrant" else "right")
        for row in table["rows"]:
            shown.add_row(*(escape(cell(table, row, key)) for _, key in columns(table)))
        parts += [Text(""), shown]
        for row in table["rows"]:
            if row["incidents"]:
                first = row["incidents"][0]
                parts.append(
                    Text(
                        f"{row['entrant']}: {len(row['incidents'])} incidents, the first in "
                        f"{first['match']}: {first['words']}"
                    )
                )
    return Group(*parts)


def markdown(report: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    lines = [f"# {_cell(report['event']['name'])}", "", *(f"- {line}" for line in summary(report)), ""]
    for table in report["tracks"]:
        shown = columns(table)
        lines += [f"## {table['track']}", "", explanation(table), ""]
        lines.append("| " + " | ".join(heading for heading, _ in shown) + " |")
        lines.append("|" + "|".join("---" if key == "entrant" else "---:" for _, key in shown) + "|")
        for row in table["rows"]:
            lines.append("| " + " | ".join(_cell(cell(table, row, key)) for _, key in shown) + " |")
        lines += ["", "How often the row is above the column, in worlds drawn anew (%):", ""]
        names = [row["entrant"] for row in table["rows"]]
        lines.append("| | " + " | ".join(names) + " |")
        lines.append("|---|" + "---:|" * len(names))
        for place, name in enumerate(names):
            chances = [
                "" if place == other else f"{100 * table['above'][place][other]:.0f}"
                for other in range(len(names))
            ]
            lines.append(f"| {name} | " + " | ".join(chances) + " |")
        incidents = [(row["entrant"], one) for row in table["rows"] for one in row["incidents"]]
        if incidents:
            lines += ["", "Incidents:", ""]
            lines += [f"- {name} in {one['match']}: {_cell(one['words'])}" for name, one in incidents[:200]]
        lines.append("")
    return "\n".join(lines)


def explanation(table: Mapping[str, Any]) -> str:
    """What a track's figures mean."""
    if table["kind"] == "pvp":
        return (
            f"{counted(table['worlds'], 'world')}. The rating is by Plackett and Luce's model over the orders of "
            "all matches: 1500 is "
            "the mean, and 400 points more are 10 to 1 to finish ahead. Entrants share places where "
            "the interval of their "
            "difference holds 0."
        )
    return (
        f"{counted(table['worlds'], 'world')}, the same for all. The score is min(combat level, harvest level), "
        "averaged over all ticks "
        "that the entrant's slots lived. Entrants share places where the interval of their difference "
        "holds 0."
    )


def _cell(text: str) -> str:
    """Text that Markdown leaves alone."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, "\\" + sign)
    return text


def write_report(folder: Path, report: Mapping[str, Any]) -> Path:
    """Write report.json, report.md and index.html; returns their folder. Each whole, or not at all."""
    into = folder / REPORT
    into.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("report.json", to_json(report)),
        ("report.md", markdown(report)),
        ("index.html", page(report)),
    ):
        part = into / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, into / name)
    return into
