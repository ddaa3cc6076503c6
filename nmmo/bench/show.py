"""Printing reports and comparisons for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nmmo.bench.compare import BUILD, MACHINE, Comparison
from nmmo.bench.figures import UNITS
from nmmo.bench.machine_load import BUSY


def _table(columns: Sequence[str]) -> Table:
    made = Table(header_style="", show_header=any(columns), box=box.ROUNDED)
    made.add_column("")
    for column in columns:
        made.add_column(column, justify="right")
    return made


def _title(title: str, unit: str, console: Console) -> None:
    shown = "" if unit == "number" else f", {UNITS[unit].shown}"
    console.print(Text.assemble("\n", (title, "bold"), shown))


def _number(value: float, unit: str) -> str:
    return f"{value / UNITS[unit].scale:,.{UNITS[unit].digits}f}"


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print a report."""
    machine = report["machine"]
    about = {key: str(machine.get(key)) for key in (*MACHINE, *BUILD)}
    console.print(
        f"\n{about['processor']}, {about['cores']} core{'s' * (about['cores'] != '1')}; {about['system']}\n"
        f"nmmo {about['nmmo']}, rules {about['rules']}, engine {about['engine'][:12]}; "
        f"Python {about['python']}, NumPy {about['numpy']}\n"
        f"built by {about['compiler']} with {about['flags']}",
        markup=False,
    )
    if machine.get("cores") == 1:
        console.print("This process may use one core: figures on two threads say nothing.", style="bold")
    repeats = report["repeats"]
    console.print(f"{repeats} repeat{'s' * (repeats != 1)}")
    for topic in report["topics"].values():
        console.print()
        console.rule(Text(topic["title"], style="bold"), align="left")
        for line in topic["lines"]:
            console.print(line, markup=False)
        others = topic["other_load_cores"]
        if others is None:
            console.print("how busy other programs kept the machine meanwhile is unknown on this system")
        elif others > BUSY:
            console.print(f"Meanwhile other programs used {others:.2f} cores: these figures are too low.", style="bold")
        for table in topic["tables"]:
            if table["figures"]:
                _title(table["title"], table["figures"][0]["unit"], console)
                console.print(_figures(table))
    if report["ratios"]:
        console.print("\nRatios of medians", style="bold")
        made = _table([""])
        for ratio in report["ratios"]:
            made.add_row(Text(ratio["name"]), f"{ratio['value']:.1%}")
        console.print(made)


def _figures(table: Mapping[str, Any]) -> Table:
    spread = any(figure["least"] != figure["most"] for figure in table["figures"])
    keys = ("median", "least", "most") if spread else ("median",)
    made = _table(keys if spread else [""])
    for figure in table["figures"]:
        made.add_row(Text(figure["name"]), *(_number(figure[key], figure["unit"]) for key in keys))
    return made


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print a comparison."""
    console.print()
    console.rule(Text("Compared with the old report", style="bold"), align="left")
    if comparison.differences:
        for line in comparison.differences:
            console.print(line, markup=False)
    else:
        console.print("the same machine and build")
    for name, tables in comparison.changes.items():
        for title, changes in tables:
            if all(change.old == change.new for change in changes):
                console.print(Text.assemble("\n", (f"{name}: {title}", "bold"), ", all the same"))
                continue
            _title(f"{name}: {title}", changes[0].unit, console)
            made = _table(["old", "new", "ratio", "beyond the spread"])
            for change in changes:
                ratio = "" if change.ratio is None else f"{change.ratio:.3f}"
                made.add_row(
                    Text(change.name),
                    _number(change.old, change.unit),
                    _number(change.new, change.unit),
                    ratio,
                    change.verdict,
                )
            console.print(made)
    if comparison.left_out:
        console.print("\nNot compared", style="bold")
        for line in comparison.left_out:
            console.print(line, markup=False)
