"""What items look like: in a hand, on the ground, in an inventory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nmmo.core.enums import ObjectKind
from nmmo.render.library import Colour, pygame
from nmmo.render.palette import ELEMENTS, INK, PAPER, TIERS, darker, lighter
from nmmo.render.pen import Pen

__all__ = ["draw_item", "ground_item", "icon"]

WOOD: Final[Colour] = (140, 94, 58)


def _helm(pen: Pen, metal: Colour) -> None:
    pen.polygon([(0.2, 0.7), (0.2, 0.45), (0.32, 0.24), (0.5, 0.17), (0.68, 0.24), (0.8, 0.45), (0.8, 0.7)], metal)
    pen.box(0.16, 0.62, 0.68, 0.13, darker(metal, 0.3), round_=0.05)
    pen.over().ellipse(0.38, 0.36, 0.07, 0.1, lighter(metal, 0.55))
    pen.box(0.46, 0.2, 0.08, 0.42, darker(metal, 0.25))


def _chest(pen: Pen, metal: Colour) -> None:
    pen.polygon(
        [(0.14, 0.28), (0.36, 0.18), (0.5, 0.28), (0.64, 0.18), (0.86, 0.28), (0.8, 0.5), (0.72, 0.48),
         (0.72, 0.82), (0.28, 0.82), (0.28, 0.48), (0.2, 0.5)],
        metal,
    )  # fmt: skip
    pen.over().polygon([(0.34, 0.36), (0.48, 0.42), (0.48, 0.56), (0.36, 0.5)], lighter(metal, 0.45))
    pen.polygon([(0.52, 0.42), (0.66, 0.36), (0.64, 0.5), (0.52, 0.56)], lighter(metal, 0.25))
    pen.box(0.3, 0.66, 0.4, 0.06, darker(metal, 0.35))


def _legs(pen: Pen, metal: Colour) -> None:
    pen.polygon(
        [(0.26, 0.18), (0.74, 0.18), (0.78, 0.84), (0.56, 0.84), (0.5, 0.42), (0.44, 0.84), (0.22, 0.84)],
        metal,
    )
    pen.over().box(0.26, 0.2, 0.48, 0.09, darker(metal, 0.35))
    pen.ellipse(0.35, 0.58, 0.07, 0.08, lighter(metal, 0.4)).ellipse(0.65, 0.58, 0.07, 0.08, lighter(metal, 0.4))


def _sword(pen: Pen, metal: Colour) -> None:
    pen.polygon([(0.86, 0.1), (0.84, 0.26), (0.42, 0.68), (0.32, 0.58), (0.72, 0.14)], lighter(metal, 0.25))
    pen.stroke([(0.24, 0.5), (0.5, 0.76)], 0.09, darker(metal, 0.35))
    pen.stroke([(0.36, 0.64), (0.18, 0.82)], 0.1, WOOD)
    pen.circle(0.16, 0.84, 0.07, metal)
    pen.over().stroke([(0.8, 0.18), (0.42, 0.58)], 0.03, lighter(metal, 0.75))


def _bow(pen: Pen, metal: Colour) -> None:
    pen.arc(0.26, 0.72, 0.58, -6, 96, 0.1, metal)
    pen.stroke([(0.84, 0.76), (0.22, 0.14)], 0.025, PAPER)
    pen.over().arc(0.26, 0.72, 0.58, 34, 56, 0.12, WOOD)


def _staff(pen: Pen, metal: Colour) -> None:
    pen.stroke([(0.2, 0.86), (0.68, 0.34)], 0.09, WOOD)
    pen.circle(0.73, 0.27, 0.16, metal)
    pen.over().glow(0.73, 0.27, 0.28, lighter(metal, 0.4), 120).circle(0.69, 0.22, 0.06, lighter(metal, 0.8))


def _handle(pen: Pen) -> None:
    pen.stroke([(0.22, 0.86), (0.68, 0.3)], 0.09, WOOD)


def _pickaxe(pen: Pen, metal: Colour) -> None:
    _handle(pen)
    pen.polygon([(0.3, 0.2), (0.5, 0.1), (0.76, 0.2), (0.9, 0.44), (0.86, 0.7), (0.76, 0.44), (0.6, 0.3)], metal)
    pen.over().stroke([(0.46, 0.16), (0.7, 0.24), (0.84, 0.46)], 0.03, lighter(metal, 0.6))


def _axe(pen: Pen, metal: Colour) -> None:
    _handle(pen)
    pen.polygon([(0.5, 0.14), (0.74, 0.06), (0.94, 0.3), (0.88, 0.56), (0.74, 0.42), (0.6, 0.36)], metal)
    pen.over().stroke([(0.76, 0.1), (0.91, 0.3), (0.87, 0.5)], 0.035, lighter(metal, 0.7))


def _chisel(pen: Pen, metal: Colour) -> None:
    pen.stroke([(0.2, 0.82), (0.46, 0.54)], 0.17, WOOD)
    pen.polygon([(0.42, 0.48), (0.54, 0.6), (0.86, 0.3), (0.84, 0.16), (0.72, 0.14)], metal)
    pen.over().stroke([(0.5, 0.5), (0.8, 0.2)], 0.03, lighter(metal, 0.7))


def _sickle(pen: Pen, metal: Colour) -> None:
    pen.stroke([(0.26, 0.86), (0.42, 0.62)], 0.12, WOOD)
    pen.arc(0.52, 0.42, 0.29, -20, 235, 0.1, metal)
    pen.over().arc(0.52, 0.42, 0.32, 20, 150, 0.03, lighter(metal, 0.7))


def _rod(pen: Pen, metal: Colour) -> None:
    pen.stroke([(0.16, 0.86), (0.78, 0.14)], 0.07, metal)
    pen.stroke([(0.16, 0.86), (0.32, 0.67)], 0.11, WOOD)
    pen.stroke([(0.78, 0.14), (0.84, 0.5)], 0.025, PAPER)
    pen.circle(0.84, 0.56, 0.07, (232, 70, 60))


def _gem(element: int) -> Callable[[Pen, Colour], None]:
    def draw(pen: Pen, metal: Colour) -> None:
        stone = ELEMENTS[element]
        pen.polygon([(0.3, 0.22), (0.7, 0.22), (0.88, 0.46), (0.5, 0.86), (0.12, 0.46)], stone)
        pen.over().polygon([(0.3, 0.22), (0.5, 0.46), (0.12, 0.46)], lighter(stone, 0.35))
        pen.polygon([(0.3, 0.22), (0.7, 0.22), (0.5, 0.46)], lighter(stone, 0.6))
        pen.polygon([(0.88, 0.46), (0.5, 0.86), (0.5, 0.46)], darker(stone, 0.25))
        pen.stroke([(0.24, 0.16), (0.76, 0.16)], 0.06, metal)

    return draw


def _whetstone(pen: Pen, metal: Colour) -> None:
    pen.polygon([(0.14, 0.58), (0.62, 0.3), (0.86, 0.44), (0.86, 0.58), (0.38, 0.84), (0.14, 0.72)], metal)
    pen.over().polygon([(0.14, 0.58), (0.62, 0.3), (0.86, 0.44), (0.38, 0.7)], lighter(metal, 0.35))


def _arrow(pen: Pen, metal: Colour) -> None:
    for shift in (-0.16, 0.14):
        pen.stroke([(0.24 + shift, 0.78 + shift / 2), (0.66 + shift, 0.3 + shift / 2)], 0.05, WOOD)
        x, y = 0.74 + shift, 0.21 + shift / 2
        pen.polygon([(x + 0.04, y - 0.1), (x - 0.16, y + 0.02), (x - 0.02, y + 0.17)], metal)
        pen.stroke([(0.2 + shift, 0.72 + shift / 2), (0.28 + shift, 0.84 + shift / 2)], 0.06, PAPER)


def _rune(pen: Pen, metal: Colour) -> None:
    pen.polygon([(0.3, 0.16), (0.68, 0.18), (0.84, 0.5), (0.68, 0.84), (0.3, 0.82), (0.16, 0.5)], (92, 92, 112))
    pen.over().stroke([(0.38, 0.72), (0.38, 0.3), (0.62, 0.46), (0.38, 0.54)], 0.06, metal)
    pen.stroke([(0.5, 0.52), (0.64, 0.7)], 0.06, metal)


def _ration(pen: Pen, metal: Colour) -> None:
    pen.ellipse(0.56, 0.44, 0.3, 0.24, (196, 112, 62))
    pen.stroke([(0.36, 0.6), (0.2, 0.78)], 0.1, (246, 236, 214))
    pen.circle(0.16, 0.76, 0.07, (246, 236, 214)).circle(0.22, 0.83, 0.07, (246, 236, 214))
    pen.over().ellipse(0.5, 0.34, 0.12, 0.06, (236, 170, 110)).box(0.42, 0.62, 0.3, 0.07, metal, round_=0.03)


def _potion(pen: Pen, metal: Colour) -> None:
    pen.box(0.4, 0.14, 0.2, 0.26, (206, 226, 236)).circle(0.5, 0.6, 0.27, (224, 64, 96))
    pen.box(0.38, 0.08, 0.24, 0.12, WOOD, round_=0.03)
    pen.over().ellipse(0.5, 0.46, 0.21, 0.07, (250, 150, 170)).ellipse(0.39, 0.6, 0.05, 0.1, (255, 214, 220))
    pen.box(0.38, 0.34, 0.24, 0.06, metal)


_DRAWN: Final[dict[int, Callable[[Pen, Colour], None]]] = {
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


def draw_item(pen: Pen, kind: int, tier: int) -> None:
    """Draw an item over the whole of a tile.

    Parameters
    ----------
    pen
        Draws.
    kind
        Item type, 1 to 20.
    tier
        1 to 5: the colour of its metal.
    """
    _DRAWN[kind](pen, TIERS[min(tier, 5)])


def icon(kind: int, tier: int, side: int) -> pygame.Surface:
    """An item for a panel: a premultiplied surface, square."""
    pen = Pen()
    draw_item(pen, kind, tier)
    whole = pen.finish(side)
    # Of the canvas, the tile alone.
    return whole.subsurface(pygame.Rect(round(side * 0.25), whole.get_height() - side, side, side)).copy()


def ground_item(kind: int, tier: int, zoom: int) -> pygame.Surface:
    """An item that lies on the ground: smaller, in a light of its tier's colour."""
    pen = Pen()
    draw_item(pen, kind, tier)
    size = max(4, round(zoom * 0.78))
    drawn = pen.finish(size, outline=(250, 246, 232) if zoom >= 16 else INK)
    pen = Pen()
    pen.under().glow(0.5, 0.6, 0.5, TIERS[tier], 170)
    pen.shadow(0.26, 0.82)
    whole = pen.finish(zoom, outline=None)
    left = round(zoom * (0.25 + 0.5)) - drawn.get_width() // 2
    top = round(zoom * (0.5 + 0.46)) - drawn.get_height() * 2 // 3
    whole.blit(drawn, (left, top), special_flags=pygame.BLEND_PREMULTIPLIED)
    return whole
