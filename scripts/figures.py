"""Write the tables of docs/figures.md, and the figures in the README, from a report of `nmmo bench`.

    nmmo bench --json docs/figures.json     # measure; the machine should rest from other work
    python scripts/figures.py               # render the pages
    python scripts/figures.py --check       # are they what the report gives?

A page has blocks between `<!-- figures: NAME -->` and `<!-- end of figures -->`. Everything between them
is written by this script and nobody types a figure by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from nmmo.bench.figures import UNITS
from nmmo.bench.machine_load import BUSY
from nmmo.bench.report import ReportError, figures, read

TREE = Path(__file__).resolve().parents[1]
REPORT = TREE / "docs" / "figures.json"
PAGES = (TREE / "docs" / "figures.md", TREE / "README.md")
BLOCK = re.compile(r"(<!-- figures: ([\w-]+) -->\n)(.*?)(^<!-- end of figures -->$)", re.MULTILINE | re.DOTALL)

Report = Mapping[str, Any]


class Target(NamedTuple):
    """What the project wants a figure or a ratio to be."""

    text: str
    id: str  # "topic/id" of a figure, or "ratio/id"
    bound: float
    most: bool = False  # whether the bound is the most that it may be, not the least


TARGETS: Final = (
    Target("large world, engine alone, one thread", "world/engine", 10e6),
    Target("large world, `nmmo.World.step`, one thread", "world/step", 9e6),
    Target("engine alone, of the limit of copying views", "ratio/view-copies", 0.4),
    Target("crowded world, engine alone, one thread", "crowded/engine", 6e6),
    Target("16,384 players on 2,048 × 2,048 tiles, engine alone", "sizes/16384/engine", 3.5e6),
    Target("two worlds on two threads, of one world on one", "ratio/two-worlds", 1.8),
    Target("one world on two threads, of one thread", "ratio/two-threads", 1.3),
    Target("reset with a new map of 512 × 512 tiles", "world/reset/new-map", 25, most=True),
    Target("reset on the same map", "world/reset/same-map", 2, most=True),
    Target("large world and its observations", "world/memory/both", 12e6, most=True),
)
SHORT_UNITS: Final = {
    "agent-steps/s": "M agent-steps/s", "rows/s": "M rows/s", "milliseconds": "ms", "bytes": "MB",
    "microseconds/tick": "µs", "percent": "%",
}  # fmt: skip


class FigureMissing(ValueError):
    """The report lacks what a page wants to show."""


def figure_of(report: Report, id: str) -> Mapping[str, Any]:
    """Return a figure by its "topic/id"."""
    for name, figure in figures(report):
        if name == id:
            return figure
    raise FigureMissing(f"the report lacks {id}: measure all topics, without --quick")


def number(value: float, unit: str) -> str:
    """Return a value in its unit, as the tables show it."""
    return f"{value / UNITS[unit].scale:,.{UNITS[unit].digits}f}"


def spread(figure: Mapping[str, Any]) -> str:
    """Return a figure as "median (least-most)"; the median alone where there is no spread."""
    text = number(figure["median"], figure["unit"])
    if figure["least"] == figure["most"]:
        return text
    least, most = (number(figure[key], figure["unit"]) for key in ("least", "most"))
    return f"{text} ({least}–{most})"


def markdown(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; the columns behind the first are aligned right."""
    columns = list(heads)
    lines = [f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def table_of(report: Report, topic: str, title: str) -> Mapping[str, Any]:
    """Return a table of a topic by its title."""
    for table in report["topics"].get(topic, {}).get("tables", []):
        if table["title"] == title:
            return dict(table)
    raise FigureMissing(f"the report lacks the table {title!r} of {topic}: measure all topics")


def simple(*wanted: tuple[str, str]) -> Callable[[Report], str]:
    """Return a renderer of whole tables, one below the other as one: (topic, title)."""

    def render(report: Report) -> str:
        rows = []
        for topic, title in wanted:
            for figure in table_of(report, topic, title)["figures"]:
                unit = SHORT_UNITS.get(figure["unit"], figure["unit"])
                rows.append([figure["name"], spread(figure), unit])
        return markdown(["", "median (least–most)", "unit"], rows)

    return render


def side_by_side(title: str) -> Callable[[Report], str]:
    """Return a renderer of the table that the large and the crowded world both have."""

    def render(report: Report) -> str:
        sparse = table_of(report, "world", title)["figures"]
        crowded = {figure["id"]: figure for figure in table_of(report, "crowded", title)["figures"]}
        unit = UNITS[sparse[0]["unit"]].shown
        rows = [
            [figure["name"], spread(figure), spread(crowded[figure["id"]])]
            for figure in sparse
            if figure["id"] in crowded
        ]
        if any(figure["id"].startswith("phase/") for figure in sparse):
            totals = [sum(figure["median"] for figure in some) for some in (sparse, crowded.values())]
            rows.append(["all", *(number(total, sparse[0]["unit"]) for total in totals)])
        return markdown([unit, "large world", "crowded world"], rows)

    return render


def machine(report: Report) -> str:
    """Return a description of the machine that was measured."""
    about = report["machine"]
    busy = []
    for name, topic in report["topics"].items():
        others = topic["other_load_cores"]
        busy.append(f"{name}: {'unknown' if others is None else f'{others:.2f} cores'}")
        if others is not None and others > BUSY:
            busy[-1] += " (**too much: its figures are too low**)"
    memory = about.get("memory_bytes")
    rows = [
        ["processor", f"{about['processor']}, cores used: {about['cores']}"],
        ["memory", "unknown" if memory is None else f"{memory / 2**30:.0f} GiB"],
        ["system", about["system"]],
        ["compiler", f"{about['compiler']}, `{about['flags']}`"],
        [
            "versions",
            f"nmmo {about['nmmo']}, rules {about['rules']}, Python {about['python']}, NumPy {about['numpy']}",
        ],
        ["engine's sources", f"`{about['engine'][:12]}`"],
        ["used by other programs meanwhile", "; ".join(busy)],
        ["repeats", f"{report['repeats']}"],
    ]
    return markdown(["", ""], rows).replace("---:", "---")


def sizes(report: Report) -> str:
    """Return the sizes, a row each."""
    rows = []
    for figure in table_of(report, "sizes", "Throughput of the engine alone")["figures"]:
        players = figure["id"].partition("/")[0]
        rest = [figure_of(report, f"sizes/{players}/{name}") for name in ("step", "reset", "both")]
        rows.append([figure["name"], spread(figure), *(spread(one) for one in rest)])
    heads = ["", "engine alone, M/s", "`World.step`, M/s", "reset, new map, ms", "world and observations, MB"]
    return markdown(heads, rows)


def ratios(report: Report) -> str:
    """Return the ratios of medians."""
    return markdown(["", ""], [[ratio["name"], f"{ratio['value']:.1%}"] for ratio in report["ratios"]])


def targets(report: Report) -> str:
    """Return what was wanted, what was measured."""
    rows = []
    by_ratio = {f"ratio/{ratio['id']}": ratio["value"] for ratio in report["ratios"]}
    for target in TARGETS:
        if target.id.startswith("ratio/"):
            if target.id not in by_ratio:
                raise FigureMissing(f"the report lacks {target.id}: measure all topics, without --quick")
            value, shown, bound = by_ratio[target.id], f"{by_ratio[target.id]:.2f}", f"{target.bound:g}"
        else:
            figure = figure_of(report, target.id)
            unit = figure["unit"]
            value, shown = figure["median"], f"{number(figure['median'], unit)} {SHORT_UNITS[unit]}"
            bound = f"{target.bound / UNITS[unit].scale:g} {SHORT_UNITS[unit]}"
        met = value <= target.bound if target.most else value >= target.bound
        rows.append([target.text, f"{'≤' if target.most else '≥'} {bound}", shown, "met" if met else "**missed**"])
    return markdown(["", "target", "measured", ""], rows)


def peers(report: Report) -> str:
    """Return this engine's line in the table of other worlds."""
    alone, step = figure_of(report, "world/engine"), figure_of(report, "world/step")
    about = report["machine"]
    return markdown(
        ["", "million agent-steps per second", "where it comes from"],
        [
            ["nmmo, engine alone", spread(alone), f"measured: {about['processor']}, one core"],
            ["nmmo, `World.step`", spread(step), f"measured: {about['processor']}, one core"],
            [
                "Neural MMO 3 (PufferLib 3.0.0), engine alone in C",
                "1.3–2.0, by build flags",
                "not measured by `nmmo bench`: noted in November 2026, one core of an AMD EPYC machine",
            ],
            ["Neural MMO 3, its Python binding, one world", "1.1", "likewise"],
            [
                "Neural MMO 2 (2.1), 128 players, random valid actions",
                "0.0067",
                "likewise; a smaller and different world",
            ],
        ],
    )


def headline(report: Report) -> str:
    """Return the README's sentence."""
    about, topics = report["machine"], report["topics"]
    world = topics["world"]["conditions"]["config"] if "world" in topics else None
    crowd = topics["crowded"]["conditions"]["config"] if "crowded" in topics else None
    if world is None or crowd is None:
        raise FigureMissing("the report lacks world or crowded: measure all topics")

    def million(id: str) -> str:
        return f"{figure_of(report, id)['median'] / 1e6:.1f} million"

    def milliseconds(id: str) -> str:
        return f"{figure_of(report, id)['median']:.1f} ms"

    def tiles(config: Mapping[str, Any]) -> str:
        return f"{config['height']} × {config['width']}"

    build = "built for this very processor" if "-march=native" in about["flags"] else "portable build"
    text = (
        f"On one core of an {about['processor']} machine ({about['compiler']}, {build}), the large world of "
        f"{world['n_players']:,} players and {world['n_monsters']:,} monsters with random possible actions "
        f"makes **{million('world/step')} agent-steps per second** through `nmmo.World.step`, observations and "
        f"masks included, and {million('world/engine')} in C alone; two worlds on two threads "
        f"{million('world/worlds-2-threads')}. A crowded world, where as many players fight and trade on "
        f"{tiles(crowd)} tiles, makes {million('crowded/step')}; one of 16,384 players on 2,048 × 2,048 "
        f"tiles {million('sizes/16384/step')}. A reset takes {milliseconds('world/reset/new-map')} with a "
        f"new {tiles(world)} map, {milliseconds('world/reset/same-map')} on the same one. These are medians "
        f"of {report['repeats']} repeats; [all figures](docs/figures.md)."
    )
    return textwrap.fill(text, 110, break_on_hyphens=False, break_long_words=False) + "\n"


RENDERERS: Final[dict[str, Callable[[Report], str]]] = {
    "machine": machine,
    "stepping": simple(("world", "Throughput, views included"), ("world", "Limit of copying views")),
    "ratios": ratios,
    "sizes": sizes,
    "crowded": simple(("crowded", "Throughput, views included")),
    "actions": side_by_side("What the players did, of all agent-steps"),
    "activity": side_by_side("What came of it"),
    "steady": side_by_side("Whether it was steady"),
    "phases": side_by_side("One tick by phase"),
    "resets": simple(("world", "Reset")),
    "memory": simple(("world", "Memory"), ("world", "A row")),
    "targets": targets,
    "peers": peers,
    "headline": headline,
}


def rendered(page: str, report: Report) -> str:
    """Return a page with its blocks written again.

    Raises
    ------
    FigureMissing
        If the report lacks a figure, or a block has a name that nothing renders.
    """

    def block(match: re.Match[str]) -> str:
        render = RENDERERS.get(match[2])
        if render is None:
            raise FigureMissing(f"nothing renders a block {match[2]!r}; there are {', '.join(RENDERERS)}")
        return f"{match[1]}{render(report)}{match[4]}"

    return BLOCK.sub(block, page)


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description="Write the figures of the documentation from a report.")
    parser.add_argument(
        "report",
        nargs="?",
        type=Path,
        default=REPORT,
        help="what `nmmo bench --json` wrote (docs/figures.json)",
    )
    parser.add_argument("--check", action="store_true", help="only say whether the pages are up to date")
    options = parser.parse_args()
    try:
        report = read(options.report)
        made = {page: rendered(page.read_text(encoding="utf-8"), report) for page in PAGES}
    except (ReportError, FigureMissing) as problem:
        print(f"figures.py: {problem}", file=sys.stderr)
        return 2
    stale = [page for page, text in made.items() if page.read_text(encoding="utf-8") != text]
    for page in stale:
        name = page.relative_to(TREE)
        if options.check:
            print(f"{name} is not what {options.report.name} gives: run scripts/figures.py")
        else:
            page.write_text(made[page], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
