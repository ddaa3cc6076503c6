"""A figure, the units that figures come in, and tables of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

Better = Literal["more", "less", "neither"]


class Unit(NamedTuple):
    """How figures of one unit are shown."""

    shown: str  # in the title of a table
    scale: float  # a value is divided by this
    digits: int  # behind the point
    better: Better


UNITS: Final[dict[str, Unit]] = {
    "agent-steps/s": Unit("million agent-steps per second", 1e6, 2, "more"),
    "rows/s": Unit("million rows per second", 1e6, 2, "more"),
    "microseconds/tick": Unit("microseconds a tick", 1, 1, "less"),
    "milliseconds": Unit("milliseconds", 1, 2, "less"),
    "bytes": Unit("megabytes", 1e6, 2, "less"),
    "bytes/row": Unit("bytes", 1, 0, "less"),
    "percent": Unit("percent", 1, 1, "neither"),
    "per 1,000 agent-steps": Unit("per 1,000 agent-steps", 1, 1, "neither"),
    "number": Unit("number", 1, 0, "neither"),
    "bits/agent-step": Unit("bits an agent-step", 1, 2, "less"),
}


@dataclass
class Figure:
    """One thing that was measured, once a round or oftener.

    Parameters
    ----------
    id
        Names it within its topic, for comparisons and documents; never changes.
    name
        Says what it is, to people.
    unit
        A key of ``UNITS``.
    values
        In the order in which they were measured. What is the same each time has one.
    """

    id: str
    name: str
    unit: str
    values: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"there is no unit {self.unit!r}; there are {', '.join(UNITS)}")

    @property
    def median(self) -> float:
        """The middle of the values."""
        return statistics.median(self.values)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.values),
            "most": max(self.values),
            "values": self.values,
        }


@dataclass
class FigureTable:
    """Figures of one unit that are read together."""

    title: str
    figures: Sequence[Figure]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"title": self.title, "figures": [figure.to_dict() for figure in self.figures]}
