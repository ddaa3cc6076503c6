"""The action table, and drawing possible actions."""

from __future__ import annotations

from typing import Final, NamedTuple

from nmmo.core._engine import sample_actions
from nmmo.core.content import ACTIONS, CONTENT, GROUPS, names

__all__ = ["ACTION_TABLE", "PRICES", "ActionRow", "sample_actions"]


class ActionRow(NamedTuple):
    """One line of the action table."""

    number: int
    name: str
    group: str
    doc: str


def _table() -> tuple[ActionRow, ...]:
    every = names("action")
    return tuple(
        ActionRow(number, every[number], GROUPS[kind.group].name, kind.meaning)
        for kind in ACTIONS
        for number in range(kind.first, kind.first + kind.count)
    )


ACTION_TABLE: Final[tuple[ActionRow, ...]] = _table()
"""Every action: number, name, group and rule."""

PRICES: Final[tuple[int, ...]] = CONTENT.prices
"""Gold per piece (ammunition: a dozen) at the price steps 1..16."""
