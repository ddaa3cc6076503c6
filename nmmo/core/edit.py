"""Edits of a world's state, for drawn worlds, tests and curricula."""

from __future__ import annotations

from typing import Any, Final

from nmmo.core import _engine
from nmmo.core.arguments import as_integer
from nmmo.core.content import NUMBER, names
from nmmo.core.errors import EditError
from nmmo.schema import nearest

__all__ = ["Edit"]

_NUMBERS: Final[dict[str, dict[str, int]]] = {
    kind: {name: number for number, name in enumerate(names(kind))}
    for kind in ("ground", "biome", "element", "skill", "object", "occupant", "vital")
}
_INT_MOST: Final = 2**31 - 1


def number_of(kind: str, name: str, what: str | None = None) -> int:
    """Return the engine's number for a name.

    Raises
    ------
    nmmo.EditError
        If there is no such name; the message suggests the nearest.
    """
    numbers = _NUMBERS[kind]
    if isinstance(name, str) and name in numbers:
        return numbers[name]
    raise EditError(f"{what or kind} = {name!r} is unknown; {nearest(name, numbers)}")


def node_number(kind: str, ripe: bool = True) -> int:
    """Return the object number of a ripe or depleted node."""
    return number_of("object", kind if ripe else f"depleted_{kind}", "node")


def _integer(value: Any, name: str) -> int:
    """Return anything that fits into C's int: the engine checks the range and names it."""
    return as_integer(value, name, -_INT_MOST, _INT_MOST, EditError)


class Edit:
    """Changes a world between ticks. Each call is checked by the engine, then the observations are rebuilt.

    All methods raise ``nmmo.EditError``, a ValueError, if the edit would break an invariant of the world or
    a name or number is unknown; the world is then as it was.

    Parameters
    ----------
    world
        The world to change.
    drawing
        Whether the edits are part of a reset: then the observations are not rebuilt and observers not called.
    """

    __slots__ = ("_drawing", "_world")

    def __init__(self, world: _engine.EngineWorld, drawing: bool = False) -> None:
        self._world = world
        self._drawing = drawing

    def _apply(self, operation: str, **numbers: Any) -> None:
        values = [_integer(value, name) for name, value in numbers.items()]
        self._world._edit(operation, *values)
        if self._drawing:
            return  # which is part of a reset
        self._world.observe()
        self._world._call_observers("after_edit")

    def place_player(self, slot: int, row: int, column: int) -> None:
        """Move the slot's body to a free walkable tile, or begins a life there."""
        self._apply("place_player", slot=slot, row=row, column=column)

    def remove_player(self, slot: int) -> None:
        """Take the slot's body out of the world."""
        self._apply("remove_player", slot=slot)

    def place_monster(
        self,
        monster: int,
        row: int,
        column: int,
        temper: str = "passive",
        level: int = 1,
        style: str = "melee",
        element: str = "none",
    ) -> None:
        """Put a monster on a free walkable tile, whole and idle, and make that its home."""
        if temper not in ("passive", "neutral", "hostile"):
            raise EditError(f"temper = {temper!r} is none of passive, neutral, hostile")
        self._apply(
            "place_monster",
            monster=monster,
            row=row,
            column=column,
            temper=number_of("occupant", temper, "temper"),
            level=level,
            style=number_of("skill", style, "style"),
            element=number_of("element", element),
        )

    def remove_monster(self, monster: int) -> None:
        """Take a monster out of the world for good."""
        self._apply("remove_monster", monster=monster)

    def monster_health(self, monster: int, health: int) -> None:
        """Set a monster's health, 1 to 100."""
        self._apply("monster_health", monster=monster, health=health)

    def give(self, slot: int, type: str, tier: int = 1, quantity: int = 1, worn: bool = False) -> None:
        """Put an item into a player's inventory, on request worn."""
        self._apply(
            "give",
            slot=slot,
            type=number_of("object", type, "item"),
            tier=tier,
            quantity=quantity,
            worn=1 if worn else 0,
        )

    def clear_inventory(self, slot: int) -> None:
        """Take everything that a player carries."""
        self._apply("clear_inventory", slot=slot)

    def level(self, slot: int, skill: str, level: int, experience: int = 0) -> None:
        """Set the level of a skill, 1 to 40, and the experience toward the next."""
        self._apply("level", slot=slot, skill=number_of("skill", skill), level=level, experience=experience)

    def set(
        self,
        slot: int,
        *,
        health: int | None = None,
        stamina: int | None = None,
        food: int | None = None,
        water: int | None = None,
        gold: int | None = None,
        price_step: int | None = None,
        combat_ticks: int | None = None,
        protection: int | None = None,
        monster_protection: int | None = None,
    ) -> None:
        """Set what a player has: those that are given, in this order, up to the first that is refused.

        ``health`` 1 to 100; ``stamina``, ``food``, ``water`` 0 to 100; ``gold`` pieces;
        ``price_step`` 1 to 16; ``combat_ticks``, ``protection`` (from players) and
        ``monster_protection`` in ticks.
        """
        given = {
            "health": health,
            "stamina": stamina,
            "food": food,
            "water": water,
            "gold": gold,
            "price_step": price_step,
            "combat_ticks": combat_ticks,
            "protection": protection,
            "monster_protection": monster_protection,
        }
        for name, value in given.items():
            if value is not None:
                number = _integer(value, name)
                self._apply("vital", slot=slot, vital=number_of("vital", name), value=number)

    def ground(self, row: int, column: int, kind: str, biome: str = "spring", danger: int = 1) -> None:
        """Change the ground of a tile."""
        self._apply(
            "ground",
            row=row,
            column=column,
            kind=number_of("ground", kind),
            biome=number_of("biome", biome),
            danger=danger,
        )

    def item(self, row: int, column: int, type: str, tier: int = 1, quantity: int = 1) -> None:
        """Lay an item on the ground."""
        number = number_of("object", type, "item")
        if not 1 <= number <= NUMBER.ITEM_TYPES:
            raise EditError(f"item = {type!r} is not an item")
        self._apply("object", row=row, column=column, object=number, tier=tier, quantity=quantity)

    def node(self, row: int, column: int, kind: str, tier: int = 1, ripe: bool = True) -> None:
        """Let a resource node grow on a tile: ore, tree, crystal, herb or fish."""
        number = node_number(kind, ripe)
        if number <= NUMBER.ITEM_TYPES:
            raise EditError(f"node = {kind!r} is not a node")
        self._apply("object", row=row, column=column, object=number, tier=tier, quantity=0)

    def clear(self, row: int, column: int) -> None:
        """Take an item or a node from a tile."""
        self._apply("object", row=row, column=column, object=0, tier=0, quantity=0)
