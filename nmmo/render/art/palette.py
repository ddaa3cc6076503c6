"""The colours of everything.

Ground follows the palette of painted maps. Teams use the eight colours of Okabe and Ito ("Color Universal
Design", 2008), which people with any common form of colour blindness can tell apart, and repeat with a second
one; tiers go from dull to bright, so that they differ in lightness too.
"""

from __future__ import annotations

from typing import Final

from nmmo.core.enums import Occupant
from nmmo.core.map_paint import DANGER_COLOURS, GROUND_COLOURS
from nmmo.render.backend import Colour

INK: Final[Colour] = (31, 26, 36)
"""Outlines and text on light ground."""
PAPER: Final[Colour] = (244, 240, 230)
"""Text on dark ground."""
VOID: Final[Colour] = (17, 17, 25)

GROUND: Final[dict[int, Colour]] = {number: colour for colour, (_, number) in GROUND_COLOURS.items() if number >> 2}
"""By kind * 4 + biome."""

DANGER: Final[tuple[Colour, ...]] = (VOID, *DANGER_COLOURS)
"""By danger 1 to 5."""

TIERS: Final[tuple[Colour, ...]] = (
    (120, 110, 104),
    (176, 122, 74),  # 1 bronze
    (168, 184, 200),  # 2 steel
    (247, 200, 72),  # 3 gold
    (60, 200, 178),  # 4 jade
    (190, 120, 255),  # 5 amethyst
)

ELEMENTS: Final[tuple[Colour, ...]] = (
    (150, 132, 118),  # none
    (122, 158, 74),  # earth
    (232, 98, 48),  # fire
    (226, 214, 150),  # air
    (72, 150, 226),  # water
)

TEAMS: Final[tuple[Colour, ...]] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (240, 228, 66),
    (238, 238, 238),
)

TEMPERS: Final[dict[int, Colour]] = {
    Occupant.PASSIVE: (214, 226, 190),
    Occupant.NEUTRAL: (255, 178, 60),
    Occupant.HOSTILE: (238, 60, 60),
}

SKIN: Final[tuple[Colour, ...]] = ((244, 208, 172), (222, 170, 126), (176, 122, 84), (122, 80, 56))
HAIR: Final[tuple[Colour, ...]] = ((60, 42, 34), (150, 92, 40), (220, 180, 90), (40, 40, 48), (160, 60, 40))

GOOD: Final[Colour] = (106, 214, 110)
WARNING: Final[Colour] = (250, 196, 70)
BAD: Final[Colour] = (240, 82, 72)
GOLD: Final[Colour] = (255, 214, 92)
ACCENT: Final[Colour] = (122, 200, 255)
FAINT: Final[Colour] = (160, 158, 170)
PANEL: Final[Colour] = (24, 24, 34)
PANEL_EDGE: Final[Colour] = (72, 72, 94)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two; share 0 is the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float) -> Colour:
    """Return a colour closer to white by a share."""
    return mixed(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float) -> Colour:
    """Return a colour closer to a warm black by a share."""
    return mixed(colour, (18, 12, 22), share)


def team_colours(team: int, slot: int) -> tuple[Colour, Colour]:
    """Return the colours of a player's tunic and sash: by team, or without teams by slot."""
    number = team - 1 if team else slot
    first = TEAMS[number % len(TEAMS)]
    second = TEAMS[(number // len(TEAMS) + number + 3) % len(TEAMS)]
    return first, second
