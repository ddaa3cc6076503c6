"""What a player looks like: the colours of the team, and everything that is worn."""

from __future__ import annotations

from typing import Final, NamedTuple

from nmmo.core.enums import ObjectKind
from nmmo.render.art.items import draw_item
from nmmo.render.art.palette import ELEMENTS, HAIR, INK, SKIN, TIERS, darker, lighter, team_colours
from nmmo.render.art.sprite_painter import SpritePainter
from nmmo.render.backend import Colour, pygame

__all__ = ["Appearance", "appearance_of", "player"]


class Appearance(NamedTuple):
    """All that decides how a player is drawn."""

    tunic: Colour
    sash: Colour
    face: int
    helm: int
    """The tier of what is worn; 0: nothing."""
    chest: int
    legs: int
    hand: int
    """The item type; 0: nothing."""
    hand_tier: int
    element: int
    west: bool
    """Whether the player faces west."""


def appearance_of(
    slot: int, team: int, worn_type: list[int], worn_tier: list[int], element: int, west: bool
) -> Appearance:
    """Return how a player looks; ``worn_type`` and ``worn_tier`` as in the engine's players."""
    tunic, sash = team_colours(team, slot)
    return Appearance(
        tunic, sash, slot % (len(SKIN) * len(HAIR)),
        worn_tier[0] if worn_type[0] else 0,
        worn_tier[1] if worn_type[1] else 0,
        worn_tier[2] if worn_type[2] else 0,
        worn_type[3], worn_tier[3], element, west,
    )  # fmt: skip


_TOOLS: Final = frozenset((ObjectKind.PICKAXE, ObjectKind.AXE, ObjectKind.CHISEL, ObjectKind.SICKLE, ObjectKind.ROD))


def _held(appearance: Appearance, zoom: int) -> pygame.Surface:
    painter = SpritePainter()
    draw_item(painter, appearance.hand, max(1, appearance.hand_tier))
    return painter.finish(zoom)


def player(appearance: Appearance, zoom: int) -> pygame.Surface:
    """Return a player.

    Parameters
    ----------
    looks
        From ``appearance_of``.
    zoom
        Pixels per tile.

    Returns
    -------
    pygame.Surface
        Premultiplied.
    """
    painter = SpritePainter()
    painter.shadow(0.3, 0.9)
    # A disc of the team's colour at the feet shows the team at any size, whatever the player wears.
    painter.under().ellipse(0.5, 0.9, 0.44, 0.17, INK, 200).ellipse(0.5, 0.9, 0.4, 0.14, appearance.tunic)
    painter.ellipse(0.5, 0.9, 0.3, 0.1, darker(appearance.tunic, 0.35)).body()
    skin = SKIN[appearance.face % len(SKIN)]
    hair = HAIR[appearance.face // len(SKIN)]
    tunic = appearance.tunic
    if appearance.element:
        painter.under().glow(0.5, 0.5, 0.6, ELEMENTS[appearance.element], 130).body()

    trousers = TIERS[appearance.legs] if appearance.legs else darker(tunic, 0.5)
    boots = darker(trousers, 0.35) if appearance.legs else (84, 60, 46)
    for x in (0.35, 0.53):
        painter.box(x, 0.68, 0.13, 0.2, trousers, round_=0.03)
        painter.box(x - 0.01, 0.82, 0.16, 0.1, boots, round_=0.04)

    painter.polygon([(0.32, 0.42), (0.68, 0.42), (0.76, 0.74), (0.24, 0.74)], tunic)
    painter.stroke([(0.3, 0.48), (0.2, 0.64)], 0.12, tunic).circle(0.19, 0.67, 0.065, skin)
    painter.stroke([(0.7, 0.48), (0.8, 0.6)], 0.12, tunic).circle(0.82, 0.62, 0.065, skin)
    painter.over()
    if appearance.chest:
        metal = TIERS[appearance.chest]
        painter.polygon([(0.33, 0.42), (0.67, 0.42), (0.66, 0.66), (0.5, 0.72), (0.34, 0.66)], darker(metal, 0.3))
        painter.polygon([(0.36, 0.44), (0.64, 0.44), (0.63, 0.63), (0.5, 0.69), (0.37, 0.63)], metal)
        painter.polygon([(0.38, 0.46), (0.48, 0.46), (0.48, 0.64), (0.39, 0.6)], lighter(metal, 0.4))
        painter.circle(0.29, 0.47, 0.09, darker(metal, 0.2)).circle(0.71, 0.47, 0.09, darker(metal, 0.2))
        painter.circle(0.29, 0.46, 0.07, lighter(metal, 0.2)).circle(0.71, 0.46, 0.07, lighter(metal, 0.2))
        painter.box(0.27, 0.68, 0.46, 0.05, tunic)  # the team stays visible under the plate
    else:
        painter.polygon([(0.34, 0.43), (0.44, 0.43), (0.4, 0.72), (0.28, 0.72)], lighter(tunic, 0.25))
        painter.polygon([(0.6, 0.43), (0.66, 0.43), (0.74, 0.73), (0.64, 0.73)], darker(tunic, 0.2))
    painter.stroke([(0.3, 0.66), (0.7, 0.66)], 0.07, appearance.sash)
    painter.body()

    painter.ellipse(0.5, 0.2, 0.27, 0.25, skin)
    painter.over()
    if appearance.helm:
        metal = TIERS[appearance.helm]
        painter.polygon(
            [(0.22, 0.22), (0.23, 0.04), (0.36, -0.08), (0.5, -0.11), (0.64, -0.08),
             (0.77, 0.04), (0.78, 0.22), (0.7, 0.12), (0.3, 0.12)],
            darker(metal, 0.35),
        )  # fmt: skip
        painter.polygon(
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
        painter.ellipse(0.4, 0.0, 0.09, 0.04, lighter(metal, 0.6))
        painter.polygon([(0.46, -0.1), (0.5, -0.24), (0.62, -0.2), (0.54, -0.1)], tunic)
    else:
        painter.polygon(
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
        painter.ellipse(0.42, 0.0, 0.11, 0.035, lighter(hair, 0.25))
    for x in (0.44, 0.64):
        painter.ellipse(x, 0.23, 0.032, 0.055, (30, 24, 34))
        painter.circle(x + 0.01, 0.21, 0.013, (255, 255, 255))
    painter.stroke([(0.5, 0.345), (0.58, 0.345)], 0.022, darker(skin, 0.45))
    painter.ellipse(0.36, 0.31, 0.035, 0.022, (236, 140, 120), 120)

    sprite = painter.finish(zoom)
    if appearance.hand:
        held = _held(appearance, max(4, round(zoom * (0.52 if appearance.hand in _TOOLS else 0.62))))
        x = round(zoom * (0.25 + 0.86)) - round(held.get_width() * 0.44)
        y = round(zoom * (0.5 + 0.5)) - round(held.get_height() * 0.66)
        sprite.blit(held, (x, y), special_flags=pygame.BLEND_PREMULTIPLIED)
    return pygame.transform.flip(sprite, True, False) if appearance.west else sprite
