"""Small worlds drawn as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nmmo.core import _engine
from nmmo.core.config import Config, ConfigLike, config_or_default
from nmmo.core.content import NUMBER
from nmmo.core.edit import Edit, number_of

__all__ = ["Drawing", "Ground", "Item", "Monster", "Node", "Player", "Thing", "read_drawing"]

LEAST_SIDE: Final = 32


@dataclass(frozen=True, slots=True)
class Ground:
    """Ground of a kind: void, grass, sand, dirt, stone or water. None: the drawing's biome, its danger."""

    kind: str = "grass"
    biome: str | None = None
    danger: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A resource node: ore, tree, crystal, herb or fish."""

    kind: str
    tier: int = 1
    ripe: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """Something that lies on the ground."""

    type: str
    tier: int = 1
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Monster:
    """A monster at home on its tile. Monsters are numbered in reading order."""

    temper: str = "passive"
    level: int = 1
    style: str = "melee"
    element: str = "none"


@dataclass(frozen=True, slots=True)
class Player:
    """A player, in a certain slot or in the next free one in reading order."""

    slot: int | None = None


Thing: TypeAlias = Ground | Node | Item | Monster | Player

_GROUNDS: Final = {
    ".": Ground("grass"),
    ",": Ground("sand"),
    ":": Ground("dirt"),
    "#": Ground("stone"),
    "~": Ground("water"),
    "_": Ground("void"),
}


@dataclass
class Drawing:
    """A drawing that was read: ground by tile, and what stands on it."""

    rows: int
    columns: int
    biome: str
    danger: int
    grounds: list[tuple[int, int, Ground]] = field(default_factory=list)
    nodes: list[tuple[int, int, Node]] = field(default_factory=list)
    items: list[tuple[int, int, Item]] = field(default_factory=list)
    monsters: list[tuple[int, int, Monster]] = field(default_factory=list)
    players: list[tuple[int, int, int]] = field(default_factory=list)
    map: NDArray[np.uint32] = field(default_factory=lambda: np.zeros((0, 0), np.uint32))

    def config(self, base: ConfigLike | None, overrides: Mapping[str, Any]) -> Config:
        """Return the configuration of a world with this drawing: sizes and numbers follow from what is drawn."""
        slots = 1 + max((slot for slot, _, _ in self.players), default=0)
        sizes = {
            "height": max(LEAST_SIDE, self.rows),
            "width": max(LEAST_SIDE, self.columns),
            "n_players": slots,
            "n_monsters": len(self.monsters),
        }
        config = config_or_default(base).replace(**{**sizes, **overrides})
        if config.height < self.rows or config.width < self.columns:
            raise ValueError(f"a drawing of {self.rows} x {self.columns} tiles does not fit the configuration")
        if config.n_players < slots or config.n_monsters < len(self.monsters):
            raise ValueError("more players or monsters are drawn than the configuration has")
        return config

    def fill_map(self, height: int, width: int) -> None:
        """Make the map: the drawing's ground in a corner of void."""
        # Every tile of a playable map has a danger, the void around a drawing too.
        words = np.full((height, width), 1 << 20, np.uint32)
        for row, column, ground in self.grounds:
            danger = self.danger if ground.danger is None else ground.danger
            if not 1 <= danger <= NUMBER.TIERS:
                raise ValueError(f"danger = {danger} is out of range 1..{NUMBER.TIERS}")
            kind = number_of("ground", ground.kind)
            biome = number_of("biome", self.biome if ground.biome is None else ground.biome)
            words[row, column] = kind * 4 + biome | danger << 20
        self.map = words

    def place(self, world: _engine.EngineWorld) -> None:
        """Put everything that is drawn on a world's empty map. The observations are not rebuilt."""
        edit = Edit(world, drawing=True)
        for row, column, node in self.nodes:
            edit.node(row, column, node.kind, node.tier, node.ripe)
        for row, column, item in self.items:
            edit.item(row, column, item.type, item.tier, item.quantity)
        for index, (row, column, monster) in enumerate(self.monsters):
            edit.place_monster(index, row, column, monster.temper, monster.level, monster.style, monster.element)
        for slot, row, column in self.players:
            edit.place_player(slot, row, column)


def read_drawing(
    text: str, legend: Mapping[str, Thing | list[Thing]], *, danger: int = 1, biome: str = "spring"
) -> Drawing:
    """Read a drawing.

    Parameters
    ----------
    text, legend, danger, biome
        As for ``World.from_text``.

    Raises
    ------
    ValueError
        If the drawing is empty or ragged, a character has no meaning or the legend is not a legend.
    """
    for character, things in legend.items():
        if not isinstance(character, str) or len(character) != 1 or character.isspace():
            raise ValueError(f"a legend's key is one visible character; got {character!r}")
        for thing in things if isinstance(things, list) else [things]:
            if not isinstance(thing, (Ground, Node, Item, Monster, Player)):
                raise ValueError(f"{character!r} in the legend means {thing!r}, which cannot be drawn")
    lines = ["".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise ValueError("the drawing is empty")
    for number, line in enumerate(lines):
        if len(line) != len(lines[0]):
            raise ValueError(f"row {number} of the drawing has {len(line)} tiles; row 0 has {len(lines[0])}")
    drawing = Drawing(len(lines), len(lines[0]), biome, danger)
    players: list[tuple[int | None, int, int]] = []
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            ground = Ground("grass")
            things = _things(character, legend)
            if sum(isinstance(thing, (Node, Item)) for thing in things) > 1:
                raise ValueError(f"{character!r} in the legend puts two objects on one tile")
            if sum(isinstance(thing, (Monster, Player)) for thing in things) > 1:
                raise ValueError(f"{character!r} in the legend puts two bodies on one tile")
            for thing in things:
                if isinstance(thing, Ground):
                    ground = thing
                elif isinstance(thing, Node):
                    drawing.nodes.append((row, column, thing))
                elif isinstance(thing, Item):
                    drawing.items.append((row, column, thing))
                elif isinstance(thing, Monster):
                    drawing.monsters.append((row, column, thing))
                else:
                    players.append((thing.slot, row, column))
            drawing.grounds.append((row, column, ground))
    taken = [slot for slot, _, _ in players if slot is not None]
    if len(set(taken)) != len(taken):
        raise ValueError("two players are drawn for the same slot")
    if any(slot < 0 for slot in taken):
        raise ValueError("a player's slot cannot be negative")
    free = (slot for slot in range(len(players)) if slot not in taken)
    for slot, row, column in players:
        drawing.players.append((next(free) if slot is None else slot, row, column))
    return drawing


def _things(character: str, legend: Mapping[str, Thing | list[Thing]]) -> list[Thing]:
    if character in legend:
        things = legend[character]
        return things if isinstance(things, list) else [things]
    if character in _GROUNDS:
        return [_GROUNDS[character]]
    if character == "@":
        return [Player()]
    if character in "0123456789":
        return [Player(int(character))]
    raise ValueError(f"{character!r} in the drawing has no meaning: add it to the legend")
