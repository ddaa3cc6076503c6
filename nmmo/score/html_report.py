"""The report as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from nmmo.score.plural import plural
from nmmo.score.report_text import cell, columns, explanation, summary

__all__ = ["render_html"]

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --bar: #4a7dbd; --dot: #16437e }
@media (prefers-color-scheme: dark) { :root { --bar: #5d8fd0; --dot: #cfe2ff } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
.name, .pairs .name { text-align: left } th.interval { text-align: left } td.bar { padding-left: 0 }
.bar svg { display: block } tbody tr:hover { background: #8881 }
.pairs td { text-align: center } .wide { overflow-x: auto } code { overflow-wrap: anywhere }
@media (max-width: 40rem) { body { margin: 1rem auto } th, td { padding: .25rem .45rem } .bar svg { width: 100px } }
details { margin: .5rem 0 } summary { cursor: pointer }
"""


def render_html(report: Mapping[str, Any]) -> str:
    """Return the whole page."""
    title = escape(report["competition"]["name"])
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        *(
            f"<p><code>{escape(line)}</code></p>" if "ommitment" in line else f"<p>{escape(line)}</p>"
            for line in summary(report)
        ),
    ]
    for table in report["tracks"]:
        parts += _track(table)
    parts += _matches(report)
    parts += _entrants(report)
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _track(table: Mapping[str, Any]) -> list[str]:
    shown = columns(table)
    rows = table["rows"]
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    parts = [
        f"<h2>{escape(table['track'])}</h2><p>{escape(explanation(table))}</p>",
        '<div class="wide"><table><thead><tr>',
    ]
    for heading, key in shown:
        span = ' colspan="2" class="interval"' if key == "interval" else ' class="name"' if key == "entrant" else ""
        parts.append(f"<th{span}>{escape(heading)}</th>")
    parts.append("</tr></thead><tbody>")
    for row in rows:
        cells = ""
        for _, key in shown:
            named = ' class="name"' if key == "entrant" else ""
            cells += f"<td{named}>{escape(cell(table, row, key))}</td>"
            if key == "interval":
                cells += f'<td class="bar">{_bar(row, low, high)}</td>'
        parts.append(f"<tr>{cells}</tr>")
    parts.append("</tbody></table></div>")
    parts += _pairs(table)
    incidents = [(row["entrant"], one) for row in rows for one in row["incidents"]]
    if incidents:
        parts.append(f"<details><summary>{plural(len(incidents), 'incident')}</summary><ul>")
        parts += [
            f"<li>{escape(name)} in {escape(one['match'])}: {escape(one['words'])}</li>" for name, one in incidents
        ]
        parts.append("</ul></details>")
    return parts


def _bar(row: Mapping[str, Any], low: float, high: float) -> str:
    """Return the interval, drawn."""
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return 5 + 190 * (value - low) / span

    start, end, middle = at(row["low"]), at(row["high"]), at(row["value"])
    return (
        '<svg width="200" height="14" viewBox="0 0 200 14" role="img" aria-label="interval">'
        f'<rect x="{start:.1f}" y="5" '
        f'width="{max(1.0, end - start):.1f}" height="4" rx="2" fill="var(--bar)"/>'
        f'<circle cx="{middle:.1f}" cy="7" r="4" fill="var(--dot)"/></svg>'
    )


def _pairs(table: Mapping[str, Any]) -> list[str]:
    names = [row["entrant"] for row in table["rows"]]
    parts = [
        "<p>How often the row is above the column, in resampled worlds (%):</p>",
        '<div class="wide"><table class="pairs"><thead><tr><th></th>',
        *(f"<th>{escape(name)}</th>" for name in names),
        "</tr></thead><tbody>",
    ]
    for place, name in enumerate(names):
        cells = []
        for other in range(len(names)):
            chance = table["above"][place][other]
            shade = f"rgba({'60,140,80' if chance >= 0.5 else '190,80,60'},{abs(chance - 0.5):.2f})"
            cells.append("<td></td>" if place == other else f'<td style="background:{shade}">{100 * chance:.0f}</td>')
        parts.append(f'<tr><td class="name">{escape(name)}</td>{"".join(cells)}</tr>')
    return [*parts, "</tbody></table></div>"]


def _matches(report: Mapping[str, Any]) -> list[str]:
    names = report["competition"]["entrants"]
    count = plural(len(report["matches"]), "match", "matches")
    parts = [f"<h2>Matches</h2><details><summary>{count}, with replays</summary>"]
    parts.append(
        '<div class="wide"><table><thead><tr><th>match</th><th class="name">best '
        "first</th><th>ticks</th></tr></thead><tbody>"
    )
    for one in report["matches"]:
        match, played = one["match"], one["played"]
        order = sorted(range(len(match["seats"])), key=lambda seat: (-played["outcomes"][seat]["score"], seat))
        results = ", ".join(
            f"{names[match['seats'][seat]] if match['seats'][seat] >= 0 else 'bot'} "
            f"{played['outcomes'][seat]['score']:.2f}"
            for seat in order
        )
        parts.append(
            f'<tr><td><a href="../{escape(one["replay"], quote=True)}">{escape(match["id"])}</a></td>'
            f'<td class="name" style="white-space:normal">{escape(results)}</td><td>{played["ticks"]}</td></tr>'
        )
    return [*parts, "</tbody></table></div></details>"]


def _entrants(report: Mapping[str, Any]) -> list[str]:
    parts = [
        '<h2>Entrants</h2><div class="wide"><table><thead><tr><th class="name">entrant</th>'
        '<th class="name">agent</th><th class="name">SHA-256 of its files</th></tr></thead><tbody>'
    ]
    for one in report["entrants"]:
        parts.append(
            f'<tr><td class="name">{escape(one["name"])}</td><td class="name">{escape(one["agent"])} '
            f"{escape(one['version'])}</td>"
            f'<td class="name"><code>{escape(one["digest"][:16])}</code></td></tr>'
        )
    return [*parts, "</tbody></table></div>"]
