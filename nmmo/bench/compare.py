"""Comparing a report with an older one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from nmmo.bench.figures import UNITS

MACHINE: Final = ("processor", "cores", "memory_bytes", "system")
BUILD: Final = ("nmmo", "rules", "engine", "compiler", "flags", "python", "numpy")

Verdict = Literal["", "better", "worse", "changed"]
"""Empty where the change lies within the spread of the two."""


@dataclass(frozen=True)
class Change:
    """One figure, then and now."""

    id: str  # "topic/id"
    name: str
    unit: str
    old: float  # medians
    new: float
    verdict: Verdict

    @property
    def ratio(self) -> float | None:
        """New divided by old; None where the old one was 0."""
        return self.new / self.old if self.old else None


@dataclass
class Comparison:
    """What is comparable of two reports, and what is not."""

    differences: list[str] = field(default_factory=list)  # of machine and build, in words
    left_out: list[str] = field(default_factory=list)  # what can't be compared, and why
    changes: dict[str, list[tuple[str, list[Change]]]] = field(default_factory=dict)  # topic: tables


def verdict(old: Mapping[str, Any], new: Mapping[str, Any]) -> Verdict:
    """Return whether a change exceeds the spread of both: whether their ranges have nothing in common."""
    if new["least"] <= old["most"] and old["least"] <= new["most"]:
        return ""
    better = UNITS[new["unit"]].better
    if better == "neither":
        return "changed"
    return "better" if (new["median"] > old["median"]) == (better == "more") else "worse"


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two reports.

    Parameters
    ----------
    old, new
        As `nmmo.bench.report.read` returns them.

    Notes
    -----
    A topic is compared only where both measured it under the same conditions: the same world, workload, seed
    and ticks. Another machine or another build is named, but is no reason not to compare.
    """
    found = Comparison()
    for kind, keys in (("machine", MACHINE), ("build", BUILD)):
        for key in keys:
            before, after = old["machine"].get(key), new["machine"].get(key)
            if before != after:
                found.differences.append(f"{kind}: {key} was {_short(before)}, is {_short(after)}")
    for name, topic in new["topics"].items():
        before = old["topics"].get(name)
        if before is None:
            found.left_out.append(f"{name}: the old file does not have it")
            continue
        conditions = sorted(
            key
            for key in topic["conditions"].keys() | before["conditions"].keys()
            if topic["conditions"].get(key) != before["conditions"].get(key)
        )
        if conditions:
            found.left_out.append(f"{name}: measured under other conditions ({', '.join(conditions)})")
            continue
        if topic["played"].get("digests") != before["played"].get("digests"):
            found.differences.append(f"{name}: the same seed and workload made another game: the rules changed")
        earlier = {figure["id"]: figure for table in before["tables"] for figure in table["figures"]}
        tables: list[tuple[str, list[Change]]] = []
        for table in topic["tables"]:
            changes = []
            for figure in table["figures"]:
                past = earlier.get(figure["id"])
                if past is None or past["unit"] != figure["unit"]:
                    found.left_out.append(f"{name}/{figure['id']}: the old file does not have it")
                    continue
                changes.append(
                    Change(
                        f"{name}/{figure['id']}",
                        figure["name"],
                        figure["unit"],
                        past["median"],
                        figure["median"],
                        verdict(past, figure),
                    )
                )
            if changes:
                tables.append((table["title"], changes))
        found.changes[name] = tables
    for name in old["topics"]:
        if name not in new["topics"]:
            found.left_out.append(f"{name}: the new report does not have it")
    return found


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
