"""The action table, and drawing possible actions."""

from __future__ import annotations

from typing import Final, NamedTuple

from nmmo.core import _engine
from nmmo.core._engine import sample_actions

__all__ = ["ACTION_TABLE", "PRICES", "ActionRow", "sample_actions"]


class ActionRow(NamedTuple):
    """One line of the action table."""

    number: int
    name: str
    group: str
    doc: str


def _table() -> tuple[ActionRow, ...]:
    groups = _engine.names("group")
    return tuple(
        ActionRow(number, name, groups[_engine.action_group(number)], _engine.action_doc(number))
        for number, name in enumerate(_engine.names("action"))
    )


ACTION_TABLE: Final[tuple[ActionRow, ...]] = _table()
"""Every action: number, name, group and rule."""

PRICES: Final[tuple[int, ...]] = _engine.prices()
"""Gold a piece (ammunition: a dozen) at the price steps 1..16."""
