"""What a player looks like: the colours of the team, and everything that is worn."""

from __future__ import annotations

from typing import Final, NamedTuple

from nmmo.core.enums import ObjectKind
from nmmo.render.item_art import draw_item
from nmmo.render.library import Colour, pygame
from nmmo.render.palette import ELEMENTS, HAIR, INK, SKIN, TIERS, darker, lighter, team_colours
from nmmo.render.pen import Pen

__all__ = ["Looks", "looks_of", "player"]


class Looks(NamedTuple):
    """All that decides how a player is drawn."""

    tunic: Colour
    sash: Colour
    face: int
    helm: int
    """Tier of what is worn; 0 nothing."""
    chest: int
    legs: int
    hand: int
    """Item type; 0 nothing."""
    hand_tier: int
    element: int
    west: bool
    """Whether it faces west."""


def looks_of(slot: int, team: int, worn_type: list[int], worn_tier: list[int], element: int, west: bool) -> Looks:
    """How a player looks; ``worn_type`` and ``worn_tier`` as in the engine's players."""
    tunic, sash = team_colours(team, slot)
    return Looks(
        tunic, sash, slot % (len(SKIN) * len(HAIR)),
        worn_tier[0] if worn_type[0] else 0,
        worn_tier[1] if worn_type[1] else 0,
        worn_tier[2] if worn_type[2] else 0,
        worn_type[3], worn_tier[3], element, west,
    )  # fmt: skip


_TOOLS: Final = frozenset((ObjectKind.PICKAXE, ObjectKind.AXE, ObjectKind.CHISEL, ObjectKind.SICKLE, ObjectKind.ROD))


def _held(looks: Looks, zoom: int) -> pygame.Surface:
    pen = Pen()
    draw_item(pen, looks.hand, max(1, looks.hand_tier))
    return pen.finish(zoom)


def player(looks: Looks, zoom: int) -> pygame.Surface:
    """A player.

    Parameters
    ----------
    looks
        From ``looks_of``.
    zoom
        Pixels a tile.

    Returns
    -------
    pygame.Surface
        Premultiplied.
    """
    pen = Pen()
    pen.shadow(0.3, 0.9)
    # A disc of the team's colour underfoot: whose player it is shows at any size, whatever it wears.
    pen.under().ellipse(0.5, 0.9, 0.44, 0.17, INK, 200).ellipse(0.5, 0.9, 0.4, 0.14, looks.tunic)
    pen.ellipse(0.5, 0.9, 0.3, 0.1, darker(looks.tunic, 0.35)).body()
    skin = SKIN[looks.face % len(SKIN)]
    hair = HAIR[looks.face // len(SKIN)]
    tunic = looks.tunic
    if looks.element:
        pen.under().glow(0.5, 0.5, 0.6, ELEMENTS[looks.element], 130).body()

    trousers = TIERS[looks.legs] if looks.legs else darker(tunic, 0.5)
    boots = darker(trousers, 0.35) if looks.legs else (84, 60, 46)
    for x in (0.35, 0.53):
        pen.box(x, 0.68, 0.13, 0.2, trousers, round_=0.03)
        pen.box(x - 0.01, 0.82, 0.16, 0.1, boots, round_=0.04)

    pen.polygon([(0.32, 0.42), (0.68, 0.42), (0.76, 0.74), (0.24, 0.74)], tunic)
    pen.stroke([(0.3, 0.48), (0.2, 0.64)], 0.12, tunic).circle(0.19, 0.67, 0.065, skin)
    pen.stroke([(0.7, 0.48), (0.8, 0.6)], 0.12, tunic).circle(0.82, 0.62, 0.065, skin)
    pen.over()
    if looks.chest:
        metal = TIERS[looks.chest]
        pen.polygon([(0.33, 0.42), (0.67, 0.42), (0.66, 0.66), (0.5, 0.72), (0.34, 0.66)], darker(metal, 0.3))
        pen.polygon([(0.36, 0.44), (0.64, 0.44), (0.63, 0.63), (0.5, 0.69), (0.37, 0.63)], metal)
        pen.polygon([(0.38, 0.46), (0.48, 0.46), (0.48, 0.64), (0.39, 0.6)], lighter(metal, 0.4))
        pen.circle(0.29, 0.47, 0.09, darker(metal, 0.2)).circle(0.71, 0.47, 0.09, darker(metal, 0.2))
        pen.circle(0.29, 0.46, 0.07, lighter(metal, 0.2)).circle(0.71, 0.46, 0.07, lighter(metal, 0.2))
        pen.box(0.27, 0.68, 0.46, 0.05, tunic)  # the team stays visible under the plate
    else:
        pen.polygon([(0.34, 0.43), (0.44, 0.43), (0.4, 0.72), (0.28, 0.72)], lighter(tunic, 0.25))
        pen.polygon([(0.6, 0.43), (0.66, 0.43), (0.74, 0.73), (0.64, 0.73)], darker(tunic, 0.2))
    pen.stroke([(0.3, 0.66), (0.7, 0.66)], 0.07, looks.sash)
    pen.body()

    pen.ellipse(0.5, 0.2, 0.27, 0.25, skin)
    pen.over()
    if looks.helm:
        metal = TIERS[looks.helm]
        pen.polygon(
            [(0.22, 0.22), (0.23, 0.04), (0.36, -0.08), (0.5, -0.11), (0.64, -0.08),
             (0.77, 0.04), (0.78, 0.22), (0.7, 0.12), (0.3, 0.12)],
            darker(metal, 0.35),
        )  # fmt: skip
        pen.polygon(
            [
                (0.25, 0.14),
                (0.26, 0.05),
                (0.37, -0.05),
                (0.5, -0.08),
                (0.63, -0.05),
                (0.74, 0.05),
                (0.75, 0.14),
                (0.68, 0.09),
                (0.32, 0.09),
            ],
            metal,
        )
        pen.ellipse(0.4, 0.0, 0.09, 0.04, lighter(metal, 0.6))
        pen.polygon([(0.46, -0.1), (0.5, -0.24), (0.62, -0.2), (0.54, -0.1)], tunic)
    else:
        pen.polygon(
            [
                (0.22, 0.24),
                (0.22, 0.06),
                (0.34, -0.06),
                (0.5, -0.09),
                (0.66, -0.06),
                (0.78, 0.06),
                (0.78, 0.24),
                (0.71, 0.12),
                (0.58, 0.08),
                (0.36, 0.1),
                (0.28, 0.14),
            ],
            hair,
        )
        pen.ellipse(0.42, 0.0, 0.11, 0.035, lighter(hair, 0.25))
    for x in (0.44, 0.64):
        pen.ellipse(x, 0.23, 0.032, 0.055, (30, 24, 34))
        pen.circle(x + 0.01, 0.21, 0.013, (255, 255, 255))
    pen.stroke([(0.5, 0.345), (0.58, 0.345)], 0.022, darker(skin, 0.45))
    pen.ellipse(0.36, 0.31, 0.035, 0.022, (236, 140, 120), 120)

    sprite = pen.finish(zoom)
    if looks.hand:
        held = _held(looks, max(4, round(zoom * (0.52 if looks.hand in _TOOLS else 0.62))))
        x = round(zoom * (0.25 + 0.86)) - round(held.get_width() * 0.44)
        y = round(zoom * (0.5 + 0.5)) - round(held.get_height() * 0.66)
        sprite.blit(held, (x, y), special_flags=pygame.BLEND_PREMULTIPLIED)
    return pygame.transform.flip(sprite, True, False) if looks.west else sprite
