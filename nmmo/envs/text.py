"""A world as coloured text: the tiles around one player, and how that player fares."""

from __future__ import annotations

import os
from typing import Final

import numpy as np

from nmmo.core.enums import Biome, Element, EquipmentSlot, GroundKind, ObjectKind, Occupant, Skill
from nmmo.core.reader import WorldReader

__all__ = ["draw"]

ROWS: Final = 21
COLUMNS: Final = 41

_RESET = "\x1b[0m"
_BIOME_GRASS = {  # background of grass, by biome: each is a shade of its season
    Biome.SPRING: (38, 74, 40),
    Biome.SUMMER: (84, 78, 30),
    Biome.AUTUMN: (86, 56, 32),
    Biome.WINTER: (66, 78, 84),
}
_GROUND = {
    GroundKind.VOID: (8, 8, 12),
    GroundKind.SAND: (120, 106, 66),
    GroundKind.DIRT: (70, 54, 42),
    GroundKind.STONE: (92, 92, 96),
    GroundKind.WATER: (26, 62, 122),
}
_GROUND_SIGNS = {
    GroundKind.VOID: " ",
    GroundKind.GRASS: ".",
    GroundKind.SAND: ",",
    GroundKind.DIRT: ":",
    GroundKind.STONE: "#",
    GroundKind.WATER: "~",
}
_NODE_SIGNS = {
    ObjectKind.ORE: "O",
    ObjectKind.TREE: "T",
    ObjectKind.CRYSTAL: "C",
    ObjectKind.HERB: "H",
    ObjectKind.FISH: "F",
}
_NODE_COLOUR = (120, 220, 120)
_DEPLETED_COLOUR = (130, 130, 130)
_ITEM_COLOUR = (255, 214, 90)
_OCCUPANTS = {  # sign, colour
    Occupant.PLAYER: ("&", (120, 190, 255)),
    Occupant.PASSIVE: ("p", (190, 230, 190)),
    Occupant.NEUTRAL: ("n", (255, 190, 90)),
    Occupant.HOSTILE: ("h", (255, 100, 100)),
}
_SELF = ("@", (255, 255, 255))
_BEHIND_SELF = (180, 30, 60)
_LIGHTER = 32  # the signs of the ground stand out this little from it
_LEGEND = (
    "@ you  & player  p passive, n neutral, h hostile monster  * item\n"
    "O ore  T tree  C crystal  H herb  F fish  (lower case: depleted)\n"
    ". grass  , sand  : dirt  # stone  ~ water"
)
_DEPLETED_BY = int(ObjectKind.DEPLETED_ORE) - int(ObjectKind.ORE)


def _node(kind: int) -> tuple[str, tuple[int, int, int]]:
    if kind >= ObjectKind.DEPLETED_ORE:
        return _NODE_SIGNS[ObjectKind(kind - _DEPLETED_BY)].lower(), _DEPLETED_COLOUR
    return _NODE_SIGNS[ObjectKind(kind)], _NODE_COLOUR


def _tile(tile: np.void, me: bool) -> tuple[str, tuple[int, int, int], tuple[int, int, int]]:
    """Return the sign of a tile, its colour, and the colour behind it."""
    ground = GroundKind(int(tile["ground"]) >> 2)
    behind = _BIOME_GRASS[Biome(int(tile["ground"]) & 3)] if ground == GroundKind.GRASS else _GROUND[ground]
    occupant = int(tile["occupant"]) & 7
    kind = int(tile["object"])
    if me:
        (sign, colour), behind = _SELF, _BEHIND_SELF
    elif occupant:
        sign, colour = _OCCUPANTS[Occupant(occupant)]
    elif kind >= ObjectKind.ORE:
        sign, colour = _node(kind)
    elif kind:
        sign, colour = "*", _ITEM_COLOUR
    else:
        sign = _GROUND_SIGNS[ground]
        colour = behind[0] + _LIGHTER, behind[1] + _LIGHTER, behind[2] + _LIGHTER
    return sign, colour, behind


def _colour_code(layer: int, colour: tuple[int, int, int]) -> str:
    return f"\x1b[{layer};2;{colour[0]};{colour[1]};{colour[2]}m"


def _line(tiles: np.ndarray[tuple[int], np.dtype[np.void]], me: int | None, colours: bool) -> str:
    """Return one row of the map. A colour is named only where it changes."""
    parts = []
    last: tuple[int, int, int] | None = None
    last_behind: tuple[int, int, int] | None = None
    for column, tile in enumerate(tiles):
        sign, colour, behind = _tile(tile, column == me)
        if colours and behind != last_behind:
            parts.append(_colour_code(48, behind))
        if colours and colour != last:
            parts.append(_colour_code(38, colour))
        last, last_behind = colour, behind
        parts.append(f"{sign} ")
    return "".join(parts) + (_RESET if colours else "")


def _name(number: int, tier: int) -> str:
    return f"{ObjectKind(number).name.lower().replace('_', ' ')} {tier}"


def _times(quantity: int) -> str:
    return f" x{quantity}" if quantity > 1 else ""


def _condition(player: np.void, slot: int) -> list[str]:
    """Return how the player fares, in a few lines."""
    me = player["self"]
    element = f", {Element(int(me['element'])).name.lower()}" if me["element"] else ""
    skills = ", ".join(
        f"{skill.name.lower()} {level}" for skill, level in zip(Skill, me["level"], strict=True) if level > 1
    )
    worn = ", ".join(
        f"{place.name.lower()} {_name(int(kind), int(tier))}"
        for place, kind, tier in zip(EquipmentSlot, me["worn_type"], me["worn_tier"], strict=True)
        if kind
    )
    bag = ", ".join(
        _name(int(item["type"]), int(item["tier"])) + _times(int(item["quantity"]))
        for item in player["inventory"]
        if item["type"] and not item["worn"]
    )
    return [
        f"player_{slot}  row {me['row']}, column {me['column']}  danger {me['danger']}, "
        f"{Biome(int(me['biome'])).name.lower()}  age {me['age']}",
        f"health {me['health']}  stamina {me['stamina']}  food {me['food']}  water {me['water']}  "
        f"gold {me['gold']}  combat {me['combat_level']} ({Skill(int(me['style'])).name.lower()}{element})  "
        f"harvest {me['harvest_level']}",
        f"skills  {skills or 'all 1'}",
        f"worn    {worn or 'nothing'}",
        f"bag     {bag or 'empty'}",
    ]


def draw(world: WorldReader, slot: int, rows: int = ROWS, columns: int = COLUMNS, colours: bool | None = None) -> str:
    """Return a map around a player, a legend and the player's condition, as text.

    Parameters
    ----------
    world
        An ``nmmo.World``, or one of an ``nmmo.Worlds``.
    slot
        The player in the middle. One without a body is looked for in vain: the map's middle is shown.
    rows, columns
        How many tiles at most.
    colours
        Whether to colour it, by escape sequences for 24-bit colours. None: unless ``NO_COLOR`` is set in
        the environment (https://no-color.org).

    Returns
    -------
    str
        Lines, each ended by a newline. A tile is two characters wide.
    """
    if colours is None:
        colours = not os.environ.get("NO_COLOR")
    player = world.players[slot]
    tiles = world.tiles
    height, width = tiles.shape
    alive = bool(player["alive"])
    centre = height // 2, width // 2
    if alive:
        centre = int(player["self"]["row"]), int(player["self"]["column"])
    top = min(max(centre[0] - rows // 2, 0), max(height - rows, 0))
    left = min(max(centre[1] - columns // 2, 0), max(width - columns, 0))
    lines = [
        _line(
            tiles[row, left : left + columns],
            centre[1] - left if alive and row == centre[0] else None,
            colours,
        )
        for row in range(top, min(top + rows, height))
    ]
    living = int(world.players["alive"].sum())
    heading = f"tick {world.tick}  players alive {living} of {world.n_agents}"
    condition = _condition(player, slot) if alive else [f"player_{slot}  has no body"]
    return "\n".join([heading, *lines, *condition, _LEGEND]) + "\n"
