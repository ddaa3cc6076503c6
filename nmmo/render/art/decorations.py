"""Small decorations of the ground: flowers and leaves by biome, bones and cracks where it is dangerous."""

from __future__ import annotations

from typing import Final

from nmmo.render.art.palette import darker, lighter
from nmmo.render.art.sprite_painter import SpritePainter
from nmmo.render.backend import Colour, pygame

__all__ = ["DECORATIONS", "decoration"]

DECORATIONS: Final = 6
"""How many decorations each biome has, and how many danger has."""

_BONE: Final[Colour] = (232, 224, 204)
_CRACK: Final[Colour] = (64, 40, 44)


def _flower(painter: SpritePainter, x: float, y: float, petals: Colour, heart: Colour) -> None:
    for dx, dy in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05)):
        painter.circle(x + dx, y + dy, 0.045, petals)
    painter.circle(x, y, 0.035, heart)


def _tuft(painter: SpritePainter, x: float, y: float, colour: Colour) -> None:
    for lean in (-0.12, -0.05, 0.02, 0.1):
        painter.stroke([(x + lean / 3, y), (x + lean, y - 0.17 + abs(lean) / 2)], 0.035, colour)


def _biome(painter: SpritePainter, biome: int, number: int) -> None:
    if biome == 0:
        blooms = ((250, 240, 250), (255, 214, 90), (240, 130, 170), (150, 170, 250))
        if number < 4:
            _tuft(painter, 0.5, 0.66, (58, 126, 56))
            _flower(painter, 0.4, 0.5, blooms[number], (250, 190, 60))
            _flower(painter, 0.66, 0.62, blooms[number], (250, 190, 60))
        else:
            _tuft(painter, 0.4, 0.6, (52, 120, 54))
            _tuft(painter, 0.66, 0.72, (70, 140, 60))
    elif biome == 1:
        if number < 2:
            _tuft(painter, 0.5, 0.66, (196, 176, 80))
            _tuft(painter, 0.62, 0.74, (150, 146, 58))
        elif number < 4:
            painter.ellipse(0.46, 0.62, 0.15, 0.1, (172, 150, 128)).ellipse(0.42, 0.58, 0.08, 0.04, (206, 188, 164))
            painter.circle(0.64, 0.68, 0.06, (160, 138, 116))
        else:
            painter.box(0.44, 0.3, 0.13, 0.44, (88, 140, 72), round_=0.06).box(
                0.32, 0.4, 0.09, 0.2, (88, 140, 72), round_=0.04
            )
            painter.box(0.34, 0.52, 0.14, 0.08, (88, 140, 72), round_=0.03).circle(0.5, 0.28, 0.06, (236, 110, 130))
    elif biome == 2:
        leaves: tuple[Colour, ...] = ((214, 92, 40), (236, 160, 50), (166, 60, 44))
        if number < 4:
            for at, (x, y) in enumerate(((0.34, 0.5), (0.56, 0.6), (0.42, 0.72), (0.68, 0.44))):
                painter.ellipse(x, y, 0.06, 0.035, leaves[(at + number) % 3])
        else:
            for x, y, size in ((0.42, 0.56, 0.11), (0.6, 0.66, 0.08)):
                painter.box(x - 0.025, y, 0.05, 0.12, (238, 226, 204)).ellipse(x, y, size, size * 0.7, (190, 60, 50))
                painter.circle(x - 0.03, y - 0.02, 0.02, (250, 240, 230))
    else:
        if number < 3:
            painter.ellipse(0.46, 0.62, 0.22, 0.11, (188, 204, 214)).ellipse(0.46, 0.58, 0.2, 0.1, (246, 250, 252))
        elif number < 5:
            painter.stroke([(0.5, 0.74), (0.48, 0.44)], 0.035, (104, 84, 76)).stroke(
                [(0.49, 0.58), (0.62, 0.46)], 0.025, (104, 84, 76)
            )
            painter.stroke([(0.49, 0.54), (0.38, 0.44)], 0.025, (104, 84, 76))
        else:
            _tuft(painter, 0.5, 0.66, (150, 172, 160))


def _danger(painter: SpritePainter, number: int) -> None:
    if number in (0, 1):
        painter.stroke([(0.2, 0.4), (0.4, 0.5), (0.5, 0.44), (0.7, 0.62), (0.84, 0.6)], 0.035, _CRACK)
        painter.stroke([(0.5, 0.44), (0.56, 0.3)], 0.025, _CRACK).stroke([(0.62, 0.56), (0.56, 0.74)], 0.025, _CRACK)
    elif number == 2:
        painter.stroke([(0.32, 0.66), (0.66, 0.46)], 0.06, _BONE)
        for x, y in ((0.3, 0.62), (0.33, 0.7), (0.64, 0.42), (0.7, 0.48)):
            painter.circle(x, y, 0.045, _BONE)
    elif number == 3:
        painter.ellipse(0.5, 0.5, 0.16, 0.15, _BONE).box(0.42, 0.58, 0.16, 0.12, _BONE, round_=0.03)
        painter.circle(0.44, 0.52, 0.045, (40, 30, 36)).circle(0.57, 0.52, 0.045, (40, 30, 36))
        painter.stroke([(0.47, 0.65), (0.47, 0.7)], 0.018, (90, 76, 70)).stroke(
            [(0.53, 0.65), (0.53, 0.7)], 0.018, (90, 76, 70)
        )
    elif number == 4:
        for x, lean in ((0.36, -0.1), (0.5, 0.02), (0.64, 0.12)):
            painter.polygon([(x - 0.06, 0.74), (x + lean, 0.3), (x + 0.06, 0.74)], darker((110, 70, 90), 0.3))
            painter.polygon([(x - 0.06, 0.74), (x + lean, 0.3), (x, 0.74)], lighter((110, 70, 90), 0.1))
    else:
        painter.ellipse(0.5, 0.6, 0.24, 0.13, (70, 34, 50)).ellipse(0.48, 0.58, 0.16, 0.08, (150, 50, 60))
        painter.circle(0.4, 0.56, 0.03, (236, 120, 80)).circle(0.56, 0.62, 0.02, (236, 120, 80))


def decoration(biome: int, number: int, zoom: int) -> pygame.Surface:
    """Return a decoration: of a biome, or of danger where ``number`` is ``DECORATIONS`` or more."""
    painter = SpritePainter().under()
    if number < DECORATIONS:
        _biome(painter, biome, number)
    else:
        _danger(painter, number - DECORATIONS)
    return painter.finish(zoom, outline=None)
