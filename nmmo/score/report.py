"""The report of a competition: one document of plain data, and the forms in which people read it.

The document holds all that is needed to check it: the competition, the secret once the competition is over, the
entrants' digests, every match with its result. It knows no times and no machine, so the same competition gives
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
from rich.table import Table
from rich.text import Text

from nmmo.score.competition import track_from_plain
from nmmo.score.errors import CompetitionError
from nmmo.score.html_report import render_html
from nmmo.score.plural import plural
from nmmo.score.report_text import cell, columns, explanation, summary
from nmmo.score.run import REPLAYS
from nmmo.score.standings import standings
from nmmo.score.store import Store, result_to_plain

__all__ = ["REPORT", "build_report", "markdown", "tables", "write_report"]

REPORT: Final = "report"
FORMAT: Final = 1


def build_report(store: Store, secret: str | None) -> dict[str, Any]:
    """Return everything about a competition, as plain data.

    Parameters
    ----------
    store
        Its state.
    secret
        Revealed if the competition is over; left out before.

    Raises
    ------
    nmmo.score.CompetitionError
        If nothing has been played.
    """
    competition = store.get("competition")
    results = store.results()
    if competition is None or not results:
        raise CompetitionError("nothing has been played yet: `nmmo score run COMPETITION.toml`")
    whole = max(fixture.round for fixture, _ in results) + 1
    unfinished = {fixture.round for fixture in store.unplayed()}
    # A round counts when all of it was played: a part of one would favour the entrants that played in it.
    complete = [(fixture, played) for fixture, played in results if fixture.round not in unfinished]
    ended = store.get("ended")
    names = list(competition["entrants"])
    tracks = [track_from_plain(track) for track in competition["tracks"]]
    return {
        "format": FORMAT,
        "competition": competition,
        "ended": ended,
        "rounds": whole - len(unfinished),
        "secret": secret if ended else None,
        "entrants": store.get("entrants"),
        "tracks": [standings(track, names, complete, competition["commitment"]) for track in tracks],
        "matches": [
            {
                "match": asdict(fixture),
                "played": {
                    key: value for key, value in result_to_plain(played).items() if key not in ("seconds", "printed")
                },
                "replay": f"{REPLAYS}/{fixture.id}.nmr",
            }
            for fixture, played in complete
        ],
    }


def to_json(report: Mapping[str, Any]) -> str:
    """Return the document as JSON."""
    return json.dumps(report, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def tables(report: Mapping[str, Any]) -> Group:
    """Return the report for a terminal."""
    parts: list[Any] = [
        Text(report["competition"]["name"], style="bold"),
        *(Text(line) for line in summary(report)),
    ]
    for table in report["tracks"]:
        shown = Table(
            title=Text(f"{table['track']} ({plural(table['worlds'], 'world')})", style="table.title"),
            title_justify="left",
            header_style="",
        )
        for heading, key in columns(table):
            shown.add_column(heading, justify="left" if key == "entrant" else "right")
        for row in table["rows"]:
            shown.add_row(*(Text(cell(table, row, key)) for _, key in columns(table)))
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
    """Return the report as Markdown."""
    lines = [f"# {_cell(report['competition']['name'])}", "", *(f"- {line}" for line in summary(report)), ""]
    for table in report["tracks"]:
        shown = columns(table)
        lines += [f"## {table['track']}", "", explanation(table), ""]
        lines.append("| " + " | ".join(heading for heading, _ in shown) + " |")
        lines.append("|" + "|".join("---" if key == "entrant" else "---:" for _, key in shown) + "|")
        for row in table["rows"]:
            lines.append("| " + " | ".join(_cell(cell(table, row, key)) for _, key in shown) + " |")
        lines += ["", "How often the row is above the column, in resampled worlds (%):", ""]
        names = [row["entrant"] for row in table["rows"]]
        lines.append("| | " + " | ".join(names) + " |")
        lines.append("|---|" + "---:|" * len(names))
        for place, name in enumerate(names):
            chances = [
                "" if place == other else f"{100 * table['above'][place][other]:.0f}" for other in range(len(names))
            ]
            lines.append(f"| {name} | " + " | ".join(chances) + " |")
        incidents = [(row["entrant"], one) for row in table["rows"] for one in row["incidents"]]
        if incidents:
            lines += ["", "Incidents:", ""]
            lines += [f"- {name} in {one['match']}: {_cell(one['words'])}" for name, one in incidents[:200]]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Return text that Markdown leaves alone."""
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
        ("index.html", render_html(report)),
    ):
        part = into / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, into / name)
    return into
