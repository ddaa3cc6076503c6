"""What the game contains: items, nodes, monsters, actions and every number of the rules, as the engine has them.

The engine's lists (``engine/content.def``, ``engine/constants.def``) are the only place where they are written.
``CONTENT`` is all of it as plain data, which an agent is given with its ``Setting``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from nmmo.content_types import (
    ActionKind,
    Constant,
    Content,
    Element,
    Group,
    ItemType,
    Member,
    MonsterTier,
    NodeKind,
    Numbers,
    Rows,
    Yield,
)
from nmmo.core import _engine
from nmmo.core.records import Table, filled, record_dtype

__all__ = [
    "ACTIONS",
    "CONSTANTS",
    "CONTENT",
    "ELEMENTS",
    "GROUPS",
    "ITEMS",
    "MONSTERS",
    "NODES",
    "NUMBER",
    "N_ACTIONS",
    "members",
    "names",
]

ENUMERATIONS: Final = (
    "ground", "biome", "element", "skill", "object", "role", "occupant", "monster_state", "equipment", "cause", "event",
    "action",
)  # fmt: skip
"""What ``CONTENT`` lists; the engine names more, of its own workings."""


def members(enumeration: str) -> Rows[Member]:
    """Return the members of an enumeration of the engine, in the order of their numbers, from 0 on."""
    return Rows(Member(name, filled(meaning)) for name, meaning in _engine.members(enumeration))


def names(enumeration: str) -> tuple[str, ...]:
    """Return the names of an enumeration of the engine, in the order of their numbers, from 0 on.

    Raises
    ------
    ValueError
        If there is no such enumeration.
    """
    return tuple(name for name, _ in _engine.members(enumeration))


def _rows(table: Table) -> list[dict[str, Any]]:
    dtype = record_dtype(table)
    records = np.frombuffer(_engine.table_rows(int(table)), dtype)
    fields = dtype.names or ()
    return [{name: _plain(record[name]) for name in fields} for record in records]


def _plain(value: Any) -> Any:
    """Return a field as numbers, tuples, and dictionaries for records in it."""
    if value.dtype.names:
        return tuple({name: _plain(part[name]) for name in value.dtype.names} for part in value)
    return tuple(value.tolist()) if value.ndim else value.item()


def _items() -> Rows[ItemType]:
    roles, objects = names("role"), members("object")
    return Rows(
        ItemType(number=number, name=objects[number].name, meaning=objects[number].meaning,
                 **{**row, "role": roles[row["role"]]})
        for number, row in enumerate(_rows(Table.ITEM_CONTENT)) if number
    )  # fmt: skip


def _nodes() -> Rows[NodeKind]:
    objects = members("object")
    return Rows(
        NodeKind(
            number=row["object"],
            name=objects[row["object"]].name,
            meaning=objects[row["object"]].meaning,
            skill=row["skill"],
            tool=row["tool"],
            yields=tuple(
                Yield(part["pieces"], part["by_biome"], tuple(item for item in part["items"] if item))
                for part in row["yields"]
            ),
        )
        for row in _rows(Table.NODE_CONTENT)
    )


def _monsters() -> tuple[MonsterTier, ...]:
    roles = names("role")
    return tuple(
        MonsterTier(tier, row["homes"], row["tempers"], tuple(roles[role] for role in row["loot"]))
        for tier, row in enumerate(_rows(Table.MONSTER_CONTENT), 1)
    )


def _actions() -> Rows[ActionKind]:
    each = names("each")
    return Rows(
        ActionKind(verb.name, verb.meaning, row["first"], row["count"], row["group"], each[row["each"]])
        for verb, row in zip(members("verb"), _rows(Table.VERB_CONTENT), strict=True)
    )


def _numbered(kind: Any, enumeration: str, table: Table) -> Any:
    return Rows(
        kind(number, member.name, member.meaning, **row)
        for number, (member, row) in enumerate(zip(members(enumeration), _rows(table), strict=True))
    )


CONTENT: Final = Content(
    items=_items(),
    nodes=_nodes(),
    monsters=_monsters(),
    elements=_numbered(Element, "element", Table.ELEMENT_CONTENT),
    actions=_actions(),
    groups=_numbered(Group, "group", Table.GROUP_CONTENT),
    constants=Rows(Constant(name, value, filled(meaning)) for name, meaning, value in _engine.constants()),
    prices=_engine.prices(),
    enumerations={enumeration: members(enumeration) for enumeration in ENUMERATIONS},
)
"""All that the game contains."""

ITEMS: Final[Rows[ItemType]] = CONTENT.items
"""The item types: ``ITEMS.sword``, or by number - 1."""
NODES: Final[Rows[NodeKind]] = CONTENT.nodes
"""The kinds of nodes, in the order of the professions."""
MONSTERS: Final[tuple[MonsterTier, ...]] = CONTENT.monsters
"""Monsters by tier - 1."""
ELEMENTS: Final[Rows[Element]] = CONTENT.elements
"""The elements, "none" first."""
ACTIONS: Final[Rows[ActionKind]] = CONTENT.actions
"""The rows of the table of actions: ``ACTIONS.move``; ``nmmo.ACTION_TABLE`` has every single action."""
GROUPS: Final[Rows[Group]] = CONTENT.groups
"""The groups of actions."""
CONSTANTS: Final[Rows[Constant]] = CONTENT.constants
"""Every number of the rules, with its meaning."""
NUMBER: Final[Numbers] = CONTENT.number
"""The values of the constants: ``NUMBER.TIERS``."""
N_ACTIONS: Final[int] = NUMBER.ACTIONS
"""How many actions there are; also the length of a row's mask."""
