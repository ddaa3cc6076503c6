"""What monsters look like: shape by temper and style, colour by element, size by tier.

Passive ones are round and mild, neutral ones upright with watchful yellow eyes, hostile ones spiked with
glowing eyes. Melee shapes have paws and fists, ranged ones a sting or quills, magic ones float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nmmo.core.enums import Occupant, Skill
from nmmo.render.art.palette import ELEMENTS, TEMPERS, darker, lighter
from nmmo.render.art.sprite_painter import SpritePainter, tier_pips
from nmmo.render.backend import Colour, pygame

__all__ = ["monster"]

_DARK: Final[Colour] = (24, 18, 30)
_BONE: Final[Colour] = (244, 234, 210)


def _eyes(painter: SpritePainter, temper: int, x: float, y: float, apart: float, size: float = 0.06) -> None:
    painter.over()
    for side in (-1, 1):
        at = x + side * apart
        if temper == Occupant.PASSIVE:
            painter.ellipse(at, y, size * 0.7, size, _DARK).circle(
                at + size * 0.2, y - size * 0.4, size * 0.28, (255, 255, 255)
            )
        elif temper == Occupant.NEUTRAL:
            painter.ellipse(at, y, size, size * 0.9, (255, 214, 70)).ellipse(at, y, size * 0.32, size * 0.8, _DARK)
            painter.stroke([(at - size, y - size * 0.8), (at + size, y - size * 0.8)], 0.035, _DARK)
        else:
            painter.glow(at, y, size * 2.1, (255, 60, 40), 170).ellipse(at, y, size, size * 0.75, (255, 236, 120))
            painter.ellipse(at, y, size * 0.4, size * 0.6, (190, 20, 20))
            painter.stroke(
                [(at + side * size * 1.3, y - size * 1.7), (at - side * size * 1.0, y - size * 0.7)],
                0.055,
                _DARK,
            )
    painter.body()


def _lamb(painter: SpritePainter, fur: Colour, tier: int) -> None:  # passive, melee
    for x in (0.28, 0.44, 0.6, 0.72):
        painter.box(x - 0.04, 0.7, 0.09, 0.2, darker(fur, 0.5), round_=0.03)
    for x, y in ((0.3, 0.56), (0.46, 0.46), (0.64, 0.5), (0.7, 0.62), (0.5, 0.66), (0.36, 0.68)):
        painter.circle(x, y, 0.19, lighter(fur, 0.45))
    painter.over().circle(0.44, 0.42, 0.1, lighter(fur, 0.65)).circle(0.62, 0.46, 0.08, lighter(fur, 0.65)).body()
    painter.ellipse(0.26, 0.46, 0.15, 0.17, fur)
    painter.ellipse(0.13, 0.38, 0.07, 0.04, darker(fur, 0.2)).ellipse(0.4, 0.38, 0.07, 0.04, darker(fur, 0.2))
    painter.over().ellipse(0.26, 0.55, 0.05, 0.03, darker(fur, 0.5))
    _eyes(painter, Occupant.PASSIVE, 0.26, 0.45, 0.07, 0.045)


def _bird(painter: SpritePainter, fur: Colour, tier: int) -> None:  # passive, ranged
    painter.stroke([(0.42, 0.78), (0.4, 0.92)], 0.05, (230, 150, 50)).stroke(
        [(0.58, 0.78), (0.6, 0.92)], 0.05, (230, 150, 50)
    )
    painter.ellipse(0.5, 0.56, 0.3, 0.28, lighter(fur, 0.2))
    painter.polygon([(0.74, 0.5), (1.0, 0.36), (0.94, 0.56), (1.0, 0.68), (0.74, 0.66)], darker(fur, 0.15))
    painter.over().ellipse(0.6, 0.58, 0.18, 0.15, darker(fur, 0.2)).ellipse(
        0.42, 0.68, 0.16, 0.12, lighter(fur, 0.6)
    ).body()
    painter.circle(0.34, 0.34, 0.2, lighter(fur, 0.2))
    painter.polygon([(0.16, 0.32), (-0.02, 0.4), (0.18, 0.46)], (246, 176, 62))
    painter.polygon([(0.34, 0.16), (0.38, 0.0), (0.46, 0.14)], (236, 86, 70))
    _eyes(painter, Occupant.PASSIVE, 0.32, 0.32, 0.075, 0.05)


def _slime(painter: SpritePainter, fur: Colour, tier: int) -> None:  # passive, magic
    painter.polygon(
        [
            (0.1, 0.86),
            (0.14, 0.6),
            (0.3, 0.36),
            (0.5, 0.26),
            (0.7, 0.36),
            (0.86, 0.6),
            (0.9, 0.86),
            (0.5, 0.9),
        ],
        lighter(fur, 0.15),
    )
    painter.over().ellipse(0.36, 0.46, 0.09, 0.12, lighter(fur, 0.65)).ellipse(0.5, 0.82, 0.32, 0.06, darker(fur, 0.2))
    painter.circle(0.68, 0.68, 0.06, lighter(fur, 0.4)).circle(0.3, 0.7, 0.04, lighter(fur, 0.4)).body()
    painter.circle(0.5, 0.12, 0.06, lighter(fur, 0.6)).stroke([(0.5, 0.14), (0.5, 0.3)], 0.04, lighter(fur, 0.2))
    _eyes(painter, Occupant.PASSIVE, 0.5, 0.58, 0.13, 0.065)


def _bear(painter: SpritePainter, fur: Colour, tier: int) -> None:  # neutral, melee
    painter.box(0.26, 0.72, 0.18, 0.2, darker(fur, 0.2), round_=0.06).box(
        0.56, 0.72, 0.18, 0.2, darker(fur, 0.2), round_=0.06
    )
    painter.ellipse(0.5, 0.58, 0.33, 0.28, fur)
    painter.over().ellipse(0.5, 0.64, 0.2, 0.17, lighter(fur, 0.3)).body()
    painter.circle(0.27, 0.1, 0.1, fur).circle(0.73, 0.1, 0.1, fur).ellipse(0.5, 0.25, 0.28, 0.24, fur)
    painter.ellipse(0.16, 0.58, 0.1, 0.17, darker(fur, 0.12)).ellipse(0.84, 0.58, 0.1, 0.17, darker(fur, 0.12))
    painter.over().ellipse(0.5, 0.34, 0.13, 0.1, lighter(fur, 0.4)).ellipse(0.5, 0.3, 0.05, 0.035, _DARK)
    painter.circle(0.27, 0.1, 0.05, lighter(fur, 0.3)).circle(0.73, 0.1, 0.05, lighter(fur, 0.3))
    for x in (0.11, 0.16, 0.21, 0.79, 0.84, 0.89):
        painter.polygon([(x - 0.02, 0.7), (x + 0.02, 0.7), (x, 0.78)], _BONE)
    _eyes(painter, Occupant.NEUTRAL, 0.5, 0.2, 0.12, 0.06)


def _lizard(painter: SpritePainter, fur: Colour, tier: int) -> None:  # neutral, ranged: a porcupine of quills
    for number in range(9):
        x = 0.3 + number * 0.075
        lean = (number - 3) * 0.05
        painter.polygon(
            [(x - 0.05, 0.54), (x + lean, 0.1 + abs(number - 4) * 0.03), (x + 0.05, 0.54)],
            darker(fur, 0.35) if number % 2 else _BONE,
        )
    for x in (0.34, 0.5, 0.66, 0.8):
        painter.box(x - 0.05, 0.76, 0.1, 0.15, darker(fur, 0.4), round_=0.03)
    painter.ellipse(0.58, 0.64, 0.36, 0.22, fur)
    painter.ellipse(0.24, 0.6, 0.2, 0.17, lighter(fur, 0.2)).polygon(
        [(0.1, 0.56), (-0.06, 0.66), (0.12, 0.72)], lighter(fur, 0.2)
    )
    painter.over().circle(-0.02, 0.65, 0.035, _DARK)
    _eyes(painter, Occupant.NEUTRAL, 0.24, 0.53, 0.085, 0.055)


def _mushroom(painter: SpritePainter, fur: Colour, tier: int) -> None:  # neutral, magic
    painter.polygon([(0.34, 0.48), (0.66, 0.48), (0.74, 0.9), (0.26, 0.9)], _BONE)
    painter.polygon(
        [
            (0.02, 0.5),
            (0.1, 0.24),
            (0.3, 0.02),
            (0.5, -0.06),
            (0.7, 0.02),
            (0.9, 0.24),
            (0.98, 0.5),
            (0.5, 0.58),
        ],
        fur,
    )
    painter.over().ellipse(0.34, 0.16, 0.1, 0.08, lighter(fur, 0.6)).ellipse(0.66, 0.28, 0.12, 0.09, lighter(fur, 0.6))
    painter.ellipse(0.16, 0.38, 0.07, 0.06, lighter(fur, 0.6)).ellipse(0.5, 0.51, 0.36, 0.05, darker(fur, 0.4))
    painter.stroke([(0.44, 0.78), (0.56, 0.78)], 0.03, _DARK)
    _eyes(painter, Occupant.NEUTRAL, 0.5, 0.66, 0.1, 0.06)


def _ogre(painter: SpritePainter, fur: Colour, tier: int) -> None:  # hostile, melee
    painter.box(0.26, 0.72, 0.18, 0.2, darker(fur, 0.3), round_=0.04).box(
        0.56, 0.72, 0.18, 0.2, darker(fur, 0.3), round_=0.04
    )
    painter.polygon([(0.12, 0.42), (0.88, 0.42), (0.76, 0.8), (0.24, 0.8)], fur)
    painter.stroke([(0.14, 0.46), (0.04, 0.68)], 0.17, fur).stroke([(0.86, 0.46), (0.96, 0.68)], 0.17, fur)
    painter.circle(0.03, 0.72, 0.12, darker(fur, 0.15)).circle(0.97, 0.72, 0.12, darker(fur, 0.15))
    painter.polygon([(0.24, 0.06), (0.04, -0.22), (0.38, -0.02)], _BONE).polygon(
        [(0.76, 0.06), (0.96, -0.22), (0.62, -0.02)], _BONE
    )
    painter.ellipse(0.5, 0.2, 0.3, 0.27, fur)
    painter.over().polygon([(0.3, 0.33), (0.7, 0.33), (0.64, 0.43), (0.36, 0.43)], _DARK)
    for x in (0.36, 0.46, 0.56):
        painter.polygon([(x, 0.33), (x + 0.08, 0.33), (x + 0.04, 0.4)], _BONE)
    painter.polygon([(0.34, 0.43), (0.38, 0.28), (0.42, 0.43)], _BONE).polygon(
        [(0.58, 0.43), (0.62, 0.28), (0.66, 0.43)], _BONE
    )
    painter.ellipse(0.5, 0.6, 0.2, 0.12, lighter(fur, 0.16)).box(0.24, 0.72, 0.52, 0.07, (92, 64, 48))
    _eyes(painter, Occupant.HOSTILE, 0.5, 0.16, 0.12, 0.06)


def _scorpion(painter: SpritePainter, fur: Colour, tier: int) -> None:  # hostile, ranged
    painter.arc(0.66, 0.28, 0.3, -60, 170, 0.13, fur)
    painter.polygon([(0.46, 0.2), (0.26, 0.26), (0.3, 0.44), (0.34, 0.32)], (250, 206, 70))
    for x in (0.3, 0.46, 0.62, 0.78):
        painter.stroke([(x, 0.68), (x - 0.08, 0.8), (x - 0.06, 0.92)], 0.05, darker(fur, 0.35))
    painter.ellipse(0.56, 0.66, 0.34, 0.18, fur)
    painter.stroke([(0.3, 0.66), (0.08, 0.54)], 0.09, fur).stroke([(0.3, 0.74), (0.04, 0.78)], 0.09, fur)
    for y in (0.52, 0.8):
        painter.polygon(
            [(0.14, y - 0.1), (-0.14, y - 0.12), (-0.02, y), (-0.14, y + 0.1), (0.14, y + 0.08)],
            darker(fur, 0.12),
        )
    painter.over()
    for x in (0.52, 0.66, 0.78):
        painter.stroke([(x, 0.52), (x + 0.04, 0.78)], 0.025, darker(fur, 0.4))
    painter.ellipse(0.48, 0.57, 0.16, 0.05, lighter(fur, 0.35))
    _eyes(painter, Occupant.HOSTILE, 0.34, 0.62, 0.075, 0.05)


def _spectre(painter: SpritePainter, fur: Colour, tier: int) -> None:  # hostile, magic
    painter.under().glow(0.5, 0.4, 0.7, fur, 170).body()
    painter.polygon(
        [(0.2, 0.86), (0.12, 0.4), (0.24, 0.06), (0.5, -0.12), (0.76, 0.06), (0.88, 0.4),
         (0.8, 0.86), (0.68, 0.72), (0.6, 0.94), (0.5, 0.76), (0.4, 0.94), (0.32, 0.72)],
        darker(fur, 0.25),
    )  # fmt: skip
    painter.polygon([(0.26, 0.06), (0.16, -0.24), (0.42, -0.04)], darker(fur, 0.4)).polygon(
        [(0.74, 0.06), (0.84, -0.24), (0.58, -0.04)], darker(fur, 0.4)
    )
    painter.stroke([(0.18, 0.46), (-0.04, 0.34), (-0.1, 0.46)], 0.08, darker(fur, 0.1)).stroke(
        [(0.82, 0.46), (1.04, 0.34), (1.1, 0.46)], 0.08, darker(fur, 0.1)
    )
    painter.over().ellipse(0.5, 0.26, 0.25, 0.22, _DARK)
    painter.polygon([(0.24, 0.5), (0.36, 0.54), (0.3, 0.74)], lighter(fur, 0.25)).ellipse(
        0.5, 0.4, 0.08, 0.03, (140, 20, 30)
    )
    _eyes(painter, Occupant.HOSTILE, 0.5, 0.22, 0.11, 0.065)


_SHAPES: Final[dict[tuple[int, int], Callable[[SpritePainter, Colour, int], None]]] = {
    (Occupant.PASSIVE, Skill.MELEE): _lamb,
    (Occupant.PASSIVE, Skill.RANGED): _bird,
    (Occupant.PASSIVE, Skill.MAGIC): _slime,
    (Occupant.NEUTRAL, Skill.MELEE): _bear,
    (Occupant.NEUTRAL, Skill.RANGED): _lizard,
    (Occupant.NEUTRAL, Skill.MAGIC): _mushroom,
    (Occupant.HOSTILE, Skill.MELEE): _ogre,
    (Occupant.HOSTILE, Skill.RANGED): _scorpion,
    (Occupant.HOSTILE, Skill.MAGIC): _spectre,
}


def monster(temper: int, style: int, element: int, tier: int, zoom: int) -> pygame.Surface:
    """Return a monster.

    Parameters
    ----------
    temper
        A passive, neutral or hostile ``Occupant``.
    style, element
        As in the engine's monsters.
    tier
        1 to 5.
    zoom
        Pixels per tile.

    Returns
    -------
    pygame.Surface
        Premultiplied.
    """
    painter = SpritePainter()
    painter.shadow(0.36, 0.9)
    if temper != Occupant.PASSIVE:  # the ring shows the temper even where the shape is too small
        painter.under().ellipse(0.5, 0.89, 0.46, 0.17, TEMPERS[temper], 210).ellipse(
            0.5, 0.89, 0.39, 0.13, darker(TEMPERS[temper], 0.55), 200
        ).body()
    _SHAPES[temper, style](painter, ELEMENTS[element], tier)
    if tier >= 2 and zoom >= 28:
        tier_pips(painter, tier)
    size = (0.74, 0.82, 0.9, 0.97, 1.0)[tier - 1]
    drawn = painter.finish(zoom)
    if size == 1.0:
        return drawn
    side = max(2, round(zoom * 1.5 * size))
    small = pygame.transform.smoothscale(drawn, (side, side))
    whole = pygame.Surface(drawn.get_size(), pygame.SRCALPHA, 32)
    whole.blit(small, ((drawn.get_width() - side) // 2, round((drawn.get_height() - side) * 0.94)))
    return whole
