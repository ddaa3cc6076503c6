"""What resource nodes look like, ripe and depleted. Their tier is the colour of what they give."""

from __future__ import annotations

from typing import Final

from nmmo.core.enums import ObjectKind
from nmmo.render.art.palette import TIERS, darker, lighter
from nmmo.render.art.sprite_painter import SpritePainter, tier_pips
from nmmo.render.backend import Colour, pygame

__all__ = ["node"]

_LEAVES: Final[tuple[tuple[Colour, Colour], ...]] = (  # by biome: leaves, gaps between them
    ((70, 148, 66), (240, 170, 200)),
    ((112, 148, 56), (226, 190, 70)),
    ((206, 110, 42), (236, 176, 60)),
    ((58, 110, 96), (244, 250, 252)),
)
_BARK: Final[Colour] = (112, 76, 52)
_ROCK: Final[Colour] = (112, 110, 122)


def _ore(painter: SpritePainter, tier: int, ripe: bool) -> None:
    metal = TIERS[tier]
    painter.shadow(0.42, 0.84)
    if not ripe:
        for x, y, size in ((0.3, 0.76, 0.13), (0.56, 0.8, 0.16), (0.74, 0.72, 0.09)):
            painter.ellipse(x, y, size, size * 0.7, _ROCK)
            painter.over().ellipse(x - 0.03, y - 0.04, size * 0.5, size * 0.3, lighter(_ROCK, 0.2)).body()
        return
    painter.polygon(
        [(0.1, 0.82), (0.06, 0.56), (0.22, 0.32), (0.42, 0.14), (0.62, 0.18), (0.84, 0.42), (0.94, 0.66), (0.88, 0.84)],
        _ROCK,
    )  # fmt: skip
    painter.over().polygon([(0.22, 0.34), (0.42, 0.17), (0.52, 0.42), (0.3, 0.56)], lighter(_ROCK, 0.3))
    painter.polygon([(0.52, 0.42), (0.62, 0.2), (0.82, 0.44), (0.9, 0.66), (0.66, 0.6)], darker(_ROCK, 0.22))
    painter.polygon([(0.12, 0.8), (0.3, 0.56), (0.52, 0.42), (0.66, 0.6), (0.6, 0.82)], _ROCK)
    for x, y, size in ((0.3, 0.64, 0.1), (0.58, 0.32, 0.085), (0.7, 0.68, 0.1), (0.48, 0.56, 0.07)):
        painter.polygon(
            [(x - size, y), (x, y - size), (x + size, y - size * 0.2), (x + size * 0.4, y + size * 0.8)],
            darker(metal, 0.35),
        )
        painter.polygon(
            [
                (x - size * 0.7, y),
                (x, y - size * 0.75),
                (x + size * 0.75, y - size * 0.15),
                (x + size * 0.25, y + size * 0.5),
            ],
            metal,
        )
        painter.circle(x - size * 0.1, y - size * 0.3, size * 0.25, lighter(metal, 0.8))


def _tree(painter: SpritePainter, tier: int, biome: int, ripe: bool) -> None:
    leaves, between = _LEAVES[biome]
    painter.shadow(0.4, 0.9)
    if not ripe:
        painter.polygon([(0.3, 0.9), (0.34, 0.62), (0.66, 0.62), (0.7, 0.9)], _BARK)
        painter.ellipse(0.5, 0.63, 0.17, 0.08, (214, 176, 128))
        painter.over().ellipse(0.5, 0.63, 0.1, 0.045, (180, 138, 94)).ellipse(0.5, 0.63, 0.04, 0.02, (214, 176, 128))
        return
    painter.polygon([(0.4, 0.92), (0.43, 0.5), (0.57, 0.5), (0.62, 0.92)], _BARK)
    fruit = TIERS[tier]
    if biome == 3:  # a fir under snow
        for top, width, bottom in ((0.18, 0.44, 0.7), (-0.08, 0.36, 0.42), (-0.34, 0.27, 0.12)):
            painter.polygon([(0.5, top - 0.08), (0.5 + width, bottom), (0.5 - width, bottom)], leaves)
        painter.over()
        for top, width, bottom in ((0.18, 0.44, 0.7), (-0.08, 0.36, 0.42), (-0.34, 0.27, 0.12)):
            painter.polygon(
                [
                    (0.5, top - 0.08),
                    (0.5 + width * 0.2, top + 0.16),
                    (0.5, bottom - 0.06),
                    (0.5 - width, bottom),
                ],
                lighter(leaves, 0.18),
            )
            painter.polygon(
                [
                    (0.5, top - 0.08),
                    (0.5 + width * 0.42, (top + bottom) / 2),
                    (0.5 + width * 0.1, (top + bottom) / 2 - 0.06),
                    (0.5 - width * 0.14, (top + bottom) / 2 + 0.06),
                    (0.5 - width * 0.5, (top + bottom) / 2 + 0.02),
                ],
                between,
            )
    else:
        for x, y, size in (
            (0.24, 0.32, 0.25),
            (0.76, 0.34, 0.25),
            (0.5, 0.1, 0.32),
            (0.5, 0.42, 0.3),
            (0.34, -0.02, 0.2),
            (0.68, 0.0, 0.2),
        ):
            painter.circle(x, y, size, leaves)
        painter.over()
        for x, y, size in ((0.3, 0.44, 0.18), (0.7, 0.46, 0.18), (0.5, 0.5, 0.2)):
            painter.circle(x, y, size, darker(leaves, 0.22))
        for x, y, size in ((0.36, -0.04, 0.15), (0.54, 0.02, 0.19), (0.24, 0.2, 0.12), (0.72, 0.16, 0.13)):
            painter.circle(x, y, size, lighter(leaves, 0.2))
        for x, y in ((0.3, 0.06), (0.62, -0.06), (0.48, 0.2), (0.8, 0.3), (0.2, 0.34)):
            painter.circle(x, y, 0.035, between)
    for x, y in ((0.32, 0.32), (0.66, 0.36), (0.5, 0.1)):
        painter.circle(x, y, 0.085, darker(fruit, 0.5)).circle(x, y, 0.065, fruit)
        painter.circle(x - 0.02, y - 0.025, 0.02, lighter(fruit, 0.8))


def _crystal(painter: SpritePainter, tier: int, ripe: bool) -> None:
    stone = TIERS[tier]
    hue = (178, 96, 220)
    painter.shadow(0.4, 0.84)
    if not ripe:
        for x, y in ((0.3, 0.78), (0.5, 0.72), (0.7, 0.8)):
            painter.polygon(
                [
                    (x - 0.1, y + 0.06),
                    (x - 0.06, y - 0.06),
                    (x + 0.02, y - 0.02),
                    (x + 0.09, y - 0.08),
                    (x + 0.1, y + 0.06),
                ],
                darker(hue, 0.45),
            )
        return
    painter.under().glow(0.5, 0.45, 0.6, lighter(hue, 0.3), 150).body()
    shards = (
        (0.26, 0.86, 0.1, 0.34, -0.12),
        (0.74, 0.86, 0.11, 0.28, 0.14),
        (0.5, 0.88, 0.16, -0.18, 0.0),
        (0.38, 0.9, 0.1, 0.24, -0.05),
        (0.63, 0.9, 0.1, 0.36, 0.06),
    )
    for x, bottom, width, top, lean in shards:
        painter.polygon(
            [
                (x - width, bottom),
                (x - width + lean, top + 0.16),
                (x + lean, top),
                (x + width + lean, top + 0.18),
                (x + width, bottom),
            ],
            hue,
        )
        painter.over().polygon(
            [
                (x - width, bottom),
                (x - width + lean, top + 0.16),
                (x + lean, top),
                (x - 0.02 + lean / 2, bottom),
            ],
            lighter(hue, 0.4),
        )
        painter.polygon(
            [
                (x + lean, top),
                (x + width + lean, top + 0.18),
                (x + width * 0.6 + lean, top + 0.3),
                (x + lean * 0.6, top + 0.2),
            ],
            lighter(stone, 0.35),
        ).body()


def _herb(painter: SpritePainter, tier: int, biome: int, ripe: bool) -> None:
    green: Colour = ((58, 140, 70), (98, 138, 50), (120, 120, 46), (84, 138, 120))[biome]
    bloom = TIERS[tier]
    painter.shadow(0.32, 0.88)
    if not ripe:
        for x in (0.34, 0.46, 0.58, 0.68):
            painter.stroke([(x, 0.88), (x + (x - 0.5) * 0.3, 0.7)], 0.06, darker(green, 0.2))
        return
    for x, y, lean in ((0.26, 0.52, -0.1), (0.74, 0.52, 0.1), (0.4, 0.4, -0.04), (0.6, 0.4, 0.04)):
        painter.polygon([(0.5, 0.9), (x - 0.1, (y + 0.9) / 2), (x + lean, y - 0.04), (x + 0.1, (y + 0.9) / 2)], green)
        painter.over().stroke([(0.5, 0.86), (x + lean * 0.4, y + 0.12)], 0.03, lighter(green, 0.35)).body()
    painter.stroke([(0.5, 0.88), (0.5, 0.32)], 0.05, darker(green, 0.25))
    for x, y in ((0.5, 0.24), (0.24, 0.46), (0.77, 0.46)):
        for dx, dy in ((0.09, 0), (-0.09, 0), (0, 0.09), (0, -0.09)):
            painter.circle(x + dx, y + dy, 0.085, lighter((232, 74, 140), 0.15))
        painter.over().circle(x, y, 0.075, bloom).circle(x - 0.02, y - 0.02, 0.03, lighter(bloom, 0.7)).body()


def _fish(painter: SpritePainter, tier: int, ripe: bool) -> None:
    scales = TIERS[tier]
    water = (62, 136, 196)
    painter.under().ellipse(0.5, 0.66, 0.46, 0.27, darker(water, 0.45)).ellipse(0.5, 0.66, 0.43, 0.245, water)
    painter.ellipse(0.46, 0.63, 0.3, 0.15, lighter(water, 0.18)).ellipse(0.44, 0.61, 0.2, 0.09, water)
    if not ripe:
        painter.ellipse(0.5, 0.66, 0.13, 0.06, lighter(water, 0.4)).ellipse(0.5, 0.66, 0.1, 0.042, water)
        return
    painter.body().polygon([(0.28, 0.46), (0.08, 0.62), (0.1, 0.36)], scales)
    painter.ellipse(0.5, 0.4, 0.28, 0.17, scales)
    painter.polygon([(0.42, 0.26), (0.6, 0.1), (0.66, 0.3)], darker(scales, 0.2))
    painter.over().ellipse(0.5, 0.47, 0.2, 0.07, lighter(scales, 0.55))
    painter.circle(0.66, 0.35, 0.05, (255, 255, 255)).circle(0.67, 0.35, 0.028, (20, 18, 26))
    painter.arc(0.56, 0.4, 0.12, 110, 250, 0.025, darker(scales, 0.35))
    for x, y in ((0.24, 0.2), (0.84, 0.24), (0.9, 0.42)):
        painter.circle(x, y, 0.035, (210, 236, 250))


def node(kind: int, tier: int, biome: int, ripe: bool, zoom: int) -> pygame.Surface:
    """Return a node.

    Parameters
    ----------
    kind
        The object number of the ripe node.
    tier
        1 to 5.
    biome
        Of its tile.
    ripe
        Whether there is something to harvest.
    zoom
        Pixels per tile.

    Returns
    -------
    pygame.Surface
        Premultiplied.
    """
    painter = SpritePainter()
    if kind == ObjectKind.ORE:
        _ore(painter, tier, ripe)
    elif kind == ObjectKind.TREE:
        _tree(painter, tier, biome, ripe)
    elif kind == ObjectKind.CRYSTAL:
        _crystal(painter, tier, ripe)
    elif kind == ObjectKind.HERB:
        _herb(painter, tier, biome, ripe)
    else:
        _fish(painter, tier, ripe)
    if zoom >= 28 and ripe:
        tier_pips(painter, tier)
    return painter.finish(zoom)
