"""What items look like: in a hand, on the ground, in an inventory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nmmo.core.enums import ObjectKind
from nmmo.render.art.palette import ELEMENTS, INK, PAPER, TIERS, darker, lighter
from nmmo.render.art.sprite_painter import SpritePainter
from nmmo.render.backend import Colour, pygame

__all__ = ["draw_item", "ground_item", "icon"]

WOOD: Final[Colour] = (140, 94, 58)


def _helm(painter: SpritePainter, metal: Colour) -> None:
    painter.polygon([(0.2, 0.7), (0.2, 0.45), (0.32, 0.24), (0.5, 0.17), (0.68, 0.24), (0.8, 0.45), (0.8, 0.7)], metal)
    painter.box(0.16, 0.62, 0.68, 0.13, darker(metal, 0.3), round_=0.05)
    painter.over().ellipse(0.38, 0.36, 0.07, 0.1, lighter(metal, 0.55))
    painter.box(0.46, 0.2, 0.08, 0.42, darker(metal, 0.25))


def _chest(painter: SpritePainter, metal: Colour) -> None:
    painter.polygon(
        [(0.14, 0.28), (0.36, 0.18), (0.5, 0.28), (0.64, 0.18), (0.86, 0.28), (0.8, 0.5), (0.72, 0.48),
         (0.72, 0.82), (0.28, 0.82), (0.28, 0.48), (0.2, 0.5)],
        metal,
    )  # fmt: skip
    painter.over().polygon([(0.34, 0.36), (0.48, 0.42), (0.48, 0.56), (0.36, 0.5)], lighter(metal, 0.45))
    painter.polygon([(0.52, 0.42), (0.66, 0.36), (0.64, 0.5), (0.52, 0.56)], lighter(metal, 0.25))
    painter.box(0.3, 0.66, 0.4, 0.06, darker(metal, 0.35))


def _legs(painter: SpritePainter, metal: Colour) -> None:
    painter.polygon(
        [(0.26, 0.18), (0.74, 0.18), (0.78, 0.84), (0.56, 0.84), (0.5, 0.42), (0.44, 0.84), (0.22, 0.84)],
        metal,
    )
    painter.over().box(0.26, 0.2, 0.48, 0.09, darker(metal, 0.35))
    painter.ellipse(0.35, 0.58, 0.07, 0.08, lighter(metal, 0.4)).ellipse(0.65, 0.58, 0.07, 0.08, lighter(metal, 0.4))


def _sword(painter: SpritePainter, metal: Colour) -> None:
    painter.polygon([(0.86, 0.1), (0.84, 0.26), (0.42, 0.68), (0.32, 0.58), (0.72, 0.14)], lighter(metal, 0.25))
    painter.stroke([(0.24, 0.5), (0.5, 0.76)], 0.09, darker(metal, 0.35))
    painter.stroke([(0.36, 0.64), (0.18, 0.82)], 0.1, WOOD)
    painter.circle(0.16, 0.84, 0.07, metal)
    painter.over().stroke([(0.8, 0.18), (0.42, 0.58)], 0.03, lighter(metal, 0.75))


def _bow(painter: SpritePainter, metal: Colour) -> None:
    painter.arc(0.26, 0.72, 0.58, -6, 96, 0.1, metal)
    painter.stroke([(0.84, 0.76), (0.22, 0.14)], 0.025, PAPER)
    painter.over().arc(0.26, 0.72, 0.58, 34, 56, 0.12, WOOD)


def _staff(painter: SpritePainter, metal: Colour) -> None:
    painter.stroke([(0.2, 0.86), (0.68, 0.34)], 0.09, WOOD)
    painter.circle(0.73, 0.27, 0.16, metal)
    painter.over().glow(0.73, 0.27, 0.28, lighter(metal, 0.4), 120).circle(0.69, 0.22, 0.06, lighter(metal, 0.8))


def _handle(painter: SpritePainter) -> None:
    painter.stroke([(0.22, 0.86), (0.68, 0.3)], 0.09, WOOD)


def _pickaxe(painter: SpritePainter, metal: Colour) -> None:
    _handle(painter)
    painter.polygon([(0.3, 0.2), (0.5, 0.1), (0.76, 0.2), (0.9, 0.44), (0.86, 0.7), (0.76, 0.44), (0.6, 0.3)], metal)
    painter.over().stroke([(0.46, 0.16), (0.7, 0.24), (0.84, 0.46)], 0.03, lighter(metal, 0.6))


def _axe(painter: SpritePainter, metal: Colour) -> None:
    _handle(painter)
    painter.polygon([(0.5, 0.14), (0.74, 0.06), (0.94, 0.3), (0.88, 0.56), (0.74, 0.42), (0.6, 0.36)], metal)
    painter.over().stroke([(0.76, 0.1), (0.91, 0.3), (0.87, 0.5)], 0.035, lighter(metal, 0.7))


def _chisel(painter: SpritePainter, metal: Colour) -> None:
    painter.stroke([(0.2, 0.82), (0.46, 0.54)], 0.17, WOOD)
    painter.polygon([(0.42, 0.48), (0.54, 0.6), (0.86, 0.3), (0.84, 0.16), (0.72, 0.14)], metal)
    painter.over().stroke([(0.5, 0.5), (0.8, 0.2)], 0.03, lighter(metal, 0.7))


def _sickle(painter: SpritePainter, metal: Colour) -> None:
    painter.stroke([(0.26, 0.86), (0.42, 0.62)], 0.12, WOOD)
    painter.arc(0.52, 0.42, 0.29, -20, 235, 0.1, metal)
    painter.over().arc(0.52, 0.42, 0.32, 20, 150, 0.03, lighter(metal, 0.7))


def _rod(painter: SpritePainter, metal: Colour) -> None:
    painter.stroke([(0.16, 0.86), (0.78, 0.14)], 0.07, metal)
    painter.stroke([(0.16, 0.86), (0.32, 0.67)], 0.11, WOOD)
    painter.stroke([(0.78, 0.14), (0.84, 0.5)], 0.025, PAPER)
    painter.circle(0.84, 0.56, 0.07, (232, 70, 60))


def _gem(element: int) -> Callable[[SpritePainter, Colour], None]:
    def draw(painter: SpritePainter, metal: Colour) -> None:
        stone = ELEMENTS[element]
        painter.polygon([(0.3, 0.22), (0.7, 0.22), (0.88, 0.46), (0.5, 0.86), (0.12, 0.46)], stone)
        painter.over().polygon([(0.3, 0.22), (0.5, 0.46), (0.12, 0.46)], lighter(stone, 0.35))
        painter.polygon([(0.3, 0.22), (0.7, 0.22), (0.5, 0.46)], lighter(stone, 0.6))
        painter.polygon([(0.88, 0.46), (0.5, 0.86), (0.5, 0.46)], darker(stone, 0.25))
        painter.stroke([(0.24, 0.16), (0.76, 0.16)], 0.06, metal)

    return draw


def _whetstone(painter: SpritePainter, metal: Colour) -> None:
    painter.polygon([(0.14, 0.58), (0.62, 0.3), (0.86, 0.44), (0.86, 0.58), (0.38, 0.84), (0.14, 0.72)], metal)
    painter.over().polygon([(0.14, 0.58), (0.62, 0.3), (0.86, 0.44), (0.38, 0.7)], lighter(metal, 0.35))


def _arrow(painter: SpritePainter, metal: Colour) -> None:
    for shift in (-0.16, 0.14):
        painter.stroke([(0.24 + shift, 0.78 + shift / 2), (0.66 + shift, 0.3 + shift / 2)], 0.05, WOOD)
        x, y = 0.74 + shift, 0.21 + shift / 2
        painter.polygon([(x + 0.04, y - 0.1), (x - 0.16, y + 0.02), (x - 0.02, y + 0.17)], metal)
        painter.stroke([(0.2 + shift, 0.72 + shift / 2), (0.28 + shift, 0.84 + shift / 2)], 0.06, PAPER)


def _rune(painter: SpritePainter, metal: Colour) -> None:
    painter.polygon([(0.3, 0.16), (0.68, 0.18), (0.84, 0.5), (0.68, 0.84), (0.3, 0.82), (0.16, 0.5)], (92, 92, 112))
    painter.over().stroke([(0.38, 0.72), (0.38, 0.3), (0.62, 0.46), (0.38, 0.54)], 0.06, metal)
    painter.stroke([(0.5, 0.52), (0.64, 0.7)], 0.06, metal)


def _ration(painter: SpritePainter, metal: Colour) -> None:
    painter.ellipse(0.56, 0.44, 0.3, 0.24, (196, 112, 62))
    painter.stroke([(0.36, 0.6), (0.2, 0.78)], 0.1, (246, 236, 214))
    painter.circle(0.16, 0.76, 0.07, (246, 236, 214)).circle(0.22, 0.83, 0.07, (246, 236, 214))
    painter.over().ellipse(0.5, 0.34, 0.12, 0.06, (236, 170, 110)).box(0.42, 0.62, 0.3, 0.07, metal, round_=0.03)


def _potion(painter: SpritePainter, metal: Colour) -> None:
    painter.box(0.4, 0.14, 0.2, 0.26, (206, 226, 236)).circle(0.5, 0.6, 0.27, (224, 64, 96))
    painter.box(0.38, 0.08, 0.24, 0.12, WOOD, round_=0.03)
    painter.over().ellipse(0.5, 0.46, 0.21, 0.07, (250, 150, 170)).ellipse(0.39, 0.6, 0.05, 0.1, (255, 214, 220))
    painter.box(0.38, 0.34, 0.24, 0.06, metal)


def _sack(painter: SpritePainter, metal: Colour) -> None:
    painter.circle(0.5, 0.62, 0.28, WOOD).box(0.36, 0.2, 0.28, 0.16, darker(WOOD, 0.2), round_=0.04)
    painter.over().box(0.34, 0.32, 0.32, 0.07, metal)


_DRAWN: Final[dict[int, Callable[[SpritePainter, Colour], None]]] = {
    ObjectKind.HELM: _helm,
    ObjectKind.CHEST: _chest,
    ObjectKind.LEGS: _legs,
    ObjectKind.SWORD: _sword,
    ObjectKind.BOW: _bow,
    ObjectKind.STAFF: _staff,
    ObjectKind.PICKAXE: _pickaxe,
    ObjectKind.AXE: _axe,
    ObjectKind.CHISEL: _chisel,
    ObjectKind.SICKLE: _sickle,
    ObjectKind.ROD: _rod,
    ObjectKind.EARTH_GEM: _gem(1),
    ObjectKind.FIRE_GEM: _gem(2),
    ObjectKind.AIR_GEM: _gem(3),
    ObjectKind.WATER_GEM: _gem(4),
    ObjectKind.WHETSTONE: _whetstone,
    ObjectKind.ARROW: _arrow,
    ObjectKind.RUNE: _rune,
    ObjectKind.RATION: _ration,
    ObjectKind.POTION: _potion,
}


def draw_item(painter: SpritePainter, kind: int, tier: int) -> None:
    """Draw an item over the whole of a tile; one without a picture of its own is a sack.

    Parameters
    ----------
    painter
        Draws.
    kind
        Item type.
    tier
        1 to 5: the colour of its metal.
    """
    _DRAWN.get(kind, _sack)(painter, TIERS[min(tier, 5)])


def icon(kind: int, tier: int, side: int) -> pygame.Surface:
    """Return an item for a panel: a square, premultiplied surface."""
    painter = SpritePainter()
    draw_item(painter, kind, tier)
    whole = painter.finish(side)
    # Only the tile, without the rest of the canvas.
    return whole.subsurface(pygame.Rect(round(side * 0.25), whole.get_height() - side, side, side)).copy()


def ground_item(kind: int, tier: int, zoom: int) -> pygame.Surface:
    """Return an item that lies on the ground: smaller, in a glow of its tier's colour."""
    painter = SpritePainter()
    draw_item(painter, kind, tier)
    size = max(4, round(zoom * 0.78))
    drawn = painter.finish(size, outline=(250, 246, 232) if zoom >= 16 else INK)
    painter = SpritePainter()
    painter.under().glow(0.5, 0.6, 0.5, TIERS[tier], 170)
    painter.shadow(0.26, 0.82)
    whole = painter.finish(zoom, outline=None)
    left = round(zoom * (0.25 + 0.5)) - drawn.get_width() // 2
    top = round(zoom * (0.5 + 0.46)) - drawn.get_height() * 2 // 3
    whole.blit(drawn, (left, top), special_flags=pygame.BLEND_PREMULTIPLIED)
    return whole
