"""What `nmmo bench --json` writes, and reading it again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nmmo.bench.figures import UNITS
from nmmo.bench.files import replace_file
from nmmo.bench.topics import TopicResult
from nmmo.file_errors import explain

FORMAT: Final = "nmmo bench"
VERSION: Final = 2
MOST_BYTES: Final = 16 << 20  # of a file that is read; a full report has some ten thousand

RATIOS: Final[tuple[tuple[str, str, str, str], ...]] = (  # id, name, a figure, the figure it is divided by
    ("view-copies", "engine alone, of the limit of copying views", "world/engine", "world/view-copies"),
    ("python", "nmmo.World.step, of the engine alone", "world/step", "world/engine"),
    ("two-threads", "1 world on 2 threads, of 1 thread", "world/step-2-threads", "world/step"),
    ("two-worlds", "2 worlds on 2 threads, of 1 world on 1 thread", "world/worlds-2-threads", "world/step"),
    ("crowded", "the crowded world, of the sparse one, engine alone", "crowded/engine", "world/engine"),
)


class ReportError(ValueError):
    """A file is not a report that can be read."""


def made_report(about: Mapping[str, Any], repeats: int, topics: Mapping[str, TopicResult]) -> dict[str, Any]:
    """Return a report as JSON holds it.

    Parameters
    ----------
    about
        The machine, the build and the versions.
    repeats
        Rounds.
    topics
        What each topic found.
    """
    report: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "machine": dict(about),
        "repeats": repeats,
        "topics": {
            name: {
                "title": result.title,
                "conditions": result.conditions,
                "played": result.played,
                "other_load_cores": result.other_load_cores,
                "lines": list(result.lines),
                "tables": [table.to_dict() for table in result.tables],
            }
            for name, result in topics.items()
        },
    }
    report["ratios"] = ratios(report)
    return report


def figures(report: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every figure of a report, as ("topic/id", figure)."""
    for name, topic in report["topics"].items():
        for table in topic["tables"]:
            for figure in table["figures"]:
                yield f"{name}/{figure['id']}", figure


def ratios(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the ratios of medians that the report has both figures of."""
    medians = {id: figure["median"] for id, figure in figures(report)}
    found = []
    for id, name, part, whole in RATIOS:
        if part in medians and medians.get(whole, 0) > 0 and _comparable(report, part, whole):
            found.append({"id": id, "name": name, "value": medians[part] / medians[whole]})
    return found


def _comparable(report: Mapping[str, Any], *ids: str) -> bool:
    """Return whether the worlds of the figures have equally many players: the others say nothing of one another."""
    topics = {id.partition("/")[0] for id in ids}
    return len({report["topics"][topic]["conditions"]["config"]["n_players"] for topic in topics}) == 1


def write(report: Mapping[str, Any], path: Path) -> None:
    """Write a report; a file that was there is replaced only by a whole one.

    Raises
    ------
    OSError
        If it can't be written.
    """
    replace_file(path, (json.dumps(report, indent=1, allow_nan=False) + "\n").encode())


def read(path: Path) -> dict[str, Any]:
    """Read a report that `write` wrote.

    Raises
    ------
    ReportError
        If the file can't be read, is not a report, or one of another version.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise ReportError(explain(problem, path)) from None
    if len(data) > MOST_BYTES:
        raise ReportError(f"{path} is larger than any report of `nmmo bench --json`")
    try:
        report = json.loads(data)
    except (ValueError, RecursionError):
        raise ReportError(f"{path} is not JSON: it takes a file that `nmmo bench --json` wrote") from None
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ReportError(f"{path} was not written by this version of `nmmo bench --json`: measure again")
    if report.get("version") != VERSION:
        raise ReportError(
            f"{path} is a report of version {report.get('version')!r}, this nmmo reads version {VERSION}: "
            "measure again, or use the nmmo that wrote it"
        )
    try:
        _check(report)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise ReportError(f"{path} is damaged ({type(problem).__name__}: {problem}): measure again") from None
    return report


def _check(report: dict[str, Any]) -> None:
    """Check what the readers of a report rely on."""
    if not isinstance(report["machine"], dict) or not isinstance(report["repeats"], int):
        raise TypeError("machine or repeats")
    for name, topic in report["topics"].items():
        if not isinstance(topic["conditions"], dict) or not isinstance(topic["played"], dict):
            raise TypeError(f"conditions of {name}")
        if not isinstance(topic["other_load_cores"], (int, float, type(None))):
            raise TypeError(f"other_load_cores of {name}")
        for text in (topic["title"], *topic["lines"], *(table["title"] for table in topic["tables"])):
            if not isinstance(text, str):
                raise TypeError(f"a text of {name} is none")
    for id, figure in figures(report):
        if figure["unit"] not in UNITS or not isinstance(figure["name"], str):
            raise ValueError(f"unit of {id}")
        numbers = [figure["least"], figure["median"], figure["most"]]
        if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
            raise ValueError(f"{id} is not a number")
        if sorted(numbers) != numbers:
            raise ValueError(f"least, median and most of {id} are out of order")
    for ratio in report["ratios"]:
        if not isinstance(ratio["name"], str) or not math.isfinite(ratio["value"]):
            raise ValueError(f"ratio {ratio['id']}")
