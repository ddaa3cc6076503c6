"""The engine's enumerations. Their members come from the engine's names, in upper case.

enums.pyi spells the members out for editors and type checkers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from nmmo.core.content import names


def _made(name: str, kind: str, doc: str, first: int = 0) -> Any:
    members = {member.upper(): number for number, member in enumerate(names(kind)) if number >= first}
    made: Any = IntEnum(name, members, module=__name__)  # type: ignore[misc]
    made.__doc__ = doc
    return made


Action = _made("Action", "action", "What a player can choose in a tick.")
ActionGroup = _made("ActionGroup", "group", "Kinds of actions, for policies that choose in two levels.")
GroundKind = _made("GroundKind", "ground", "Kinds of ground: a tile's ``ground`` >> 2.")
Biome = _made("Biome", "biome", "Regions of the map: a tile's ``ground`` & 3.")
Element = _made("Element", "element", "Elements: water > fire > air > earth > water.")
Skill = _made("Skill", "skill", "Skills; the first three are also the combat styles.")
ObjectKind = _made("ObjectKind", "object", "What lies or grows on a tile: items, nodes, depleted nodes.")
Occupant = _made("Occupant", "occupant", "Who stands on a tile: its ``occupant`` & 7.")
EquipmentSlot = _made("EquipmentSlot", "equipment", "Where something is worn.")
Cause = _made("Cause", "cause", "What ended a life.")
EventKind = _made("EventKind", "event", "What an event tells.", first=1)
