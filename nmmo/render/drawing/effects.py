"""What happens, made visible for a while: hits, deaths, level-ups, harvests, sales, words."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from nmmo.core.enums import EventKind, Skill
from nmmo.render.art.palette import BAD, GOLD, GOOD, PAPER
from nmmo.render.backend import Colour, new_surface, pygame
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.text import SIZES, Text
from nmmo.render.scene import Scene

__all__ = ["Effects"]

MAX_KEPT_TICKS: Final = 32
SHOWN: Final = (
    EventKind.HIT, EventKind.DEATH, EventKind.KILL, EventKind.LEVEL_UP, EventKind.HARVEST, EventKind.SALE,
    EventKind.CONSUME, EventKind.PICK_UP,
)  # fmt: skip
_STYLES: Final[tuple[Colour, ...]] = ((255, 244, 220), (246, 214, 150), (190, 150, 255))


@dataclass
class _Effect:
    tick: int
    kind: int
    row: float
    column: float
    to_row: float
    to_column: float
    amount: int
    detail: int
    by_player: bool
    rank: int
    """How many others of the kind affected the same tile in the same tick: they are drawn beside each other."""


class Effects:
    """Keeps what happened in the last ticks, and draws it."""

    def __init__(self) -> None:
        self._kept: deque[_Effect] = deque()
        self._last = -1

    def clear(self) -> None:
        """Forget everything: the next scene does not follow the last one."""
        self._kept.clear()
        self._last = -1

    def note(self, scene: Scene, previous: Scene | None) -> None:
        """Take the events of a scene, once; ``previous`` is the scene one tick earlier, where there is one."""
        if scene.tick == self._last:
            return
        if scene.tick != self._last + 1:
            self._kept.clear()
        self._last = scene.tick
        while self._kept and self._kept[0].tick < scene.tick - MAX_KEPT_TICKS:
            self._kept.popleft()
        slots = len(scene.players)
        ranks: dict[tuple[int, int, int], int] = {}
        for event in scene.events:
            kind = int(event["kind"])
            if kind not in SHOWN:
                continue
            place = float(event["row"]), float(event["column"])
            target = place
            if kind in (EventKind.HIT, EventKind.KILL):
                # Where the victim stood before: if it died, it may have begun its next life elsewhere.
                found = (previous or scene).position_of(int(event["target"])) or scene.position_of(int(event["target"]))
                if found is None or max(abs(found[0] - place[0]), abs(found[1] - place[1])) > 5:
                    found = int(place[0]), int(place[1])
                target = float(found[0]), float(found[1])
            key = kind, int(target[0]), int(target[1])
            ranks[key] = ranks.get(key, -1) + 1
            self._kept.append(
                _Effect(
                    scene.tick, kind, *place, *target,
                    int(event["amount"]), int(event["detail"]), int(event["actor"]) < slots, ranks[key],
                )
            )  # fmt: skip

    def draw(self, target: pygame.Surface, camera: Camera, text: Text, now: float, linger: float) -> None:
        """Draw the events that are still visible.

        Parameters
        ----------
        target
            The view.
        camera
            Of the view.
        text
            Draws numbers.
        now
            The time in ticks, with fractions.
        linger
            Ticks for which an event is shown.
        """
        zoom = camera.zoom
        for effect in self._kept:
            age = (now - effect.tick + 1) / max(linger, 1.0)
            if not 0 <= age <= 1:
                continue
            x, y = camera.to_screen(effect.to_row + 0.5, effect.to_column + 0.5)
            if not (-zoom < x < camera.width + zoom and -zoom < y < camera.height + zoom):
                continue
            self._one(target, camera, text, effect, age, x, y)

    def _one(
        self,
        target: pygame.Surface,
        camera: Camera,
        text: Text,
        effect: _Effect,
        age: float,
        x: float,
        y: float,
    ) -> None:
        zoom = camera.zoom
        size = "small" if zoom < 24 else "normal" if zoom < 48 else "large"
        fade = round(255 * min(1.0, 2.2 * (1 - age)))
        if effect.kind == EventKind.HIT:
            if age < 0.75:
                from_x, from_y = camera.to_screen(effect.row + 0.5, effect.column + 0.5)
                _strike(target, zoom, effect.detail, (from_x, from_y), (x, y), age / 0.75)
            if zoom >= 16:
                colour = PAPER if effect.by_player else BAD
                side = (effect.rank % 3 - 1) * zoom * 0.35
                _floating(
                    target,
                    text,
                    str(effect.amount),
                    x + side,
                    y - zoom * (0.5 + 0.7 * age),
                    size,
                    colour,
                    fade,
                )
        elif effect.kind == EventKind.DEATH:
            _grave(target, x, y, zoom, age, fade)
        elif effect.kind == EventKind.LEVEL_UP:
            radius = zoom * (0.35 + 0.45 * age)
            _ring(target, x, y + zoom * 0.2, radius, GOLD, fade, max(1, round(zoom / 14)))
            if zoom >= 16:
                name = Skill(effect.detail).name.lower()
                _floating(target, text, f"{name} {effect.amount}", x, y - zoom * (0.8 + 0.7 * age), size, GOLD, fade)
        elif effect.kind == EventKind.KILL:
            _ring(target, x, y, zoom * (0.2 + 0.5 * age), (255, 120, 80), fade, max(1, round(zoom / 16)))
        elif effect.kind in (EventKind.HARVEST, EventKind.PICK_UP):
            colour = GOOD if effect.kind == EventKind.HARVEST else PAPER
            for number in range(6):
                angle = math.tau * number / 6 + 0.5
                reach = zoom * (0.2 + 0.4 * age)
                at = x + reach * math.cos(angle), y + reach * math.sin(angle) * 0.7 - zoom * 0.2 * age
                _sparkle(target, at, max(1, round(zoom / 14 * (1 - age * 0.6))), colour, fade)
        elif effect.kind == EventKind.SALE:
            _coin(target, x, y - zoom * (0.5 + 0.5 * age), zoom, fade)
        elif effect.kind == EventKind.CONSUME and zoom >= 12:
            _plus(target, x, y - zoom * (0.4 + 0.5 * age), max(3, round(zoom / 6)), fade)


def _faded(size: tuple[int, int]) -> pygame.Surface:
    return new_surface(*size, alpha=True)


def _floating(
    target: pygame.Surface, text: Text, words: str, x: float, y: float, size: str, colour: Colour, fade: int
) -> None:
    made = text.rendered(words, SIZES[size], colour, outlined=True)
    made.set_alpha(fade)
    target.blit(made, (round(x - made.get_width() / 2), round(y - made.get_height() / 2)))
    made.set_alpha(255)


def _ring(target: pygame.Surface, x: float, y: float, radius: float, colour: Colour, fade: int, width: int) -> None:
    side = max(4, round(2 * radius) + 4)
    layer = _faded((side, side))
    pygame.draw.circle(layer, (*colour, fade), (side / 2, side / 2), radius, width + 1)
    target.blit(layer, (round(x - side / 2), round(y - side / 2)))


def _sparkle(target: pygame.Surface, at: tuple[float, float], size: int, colour: Colour, fade: int) -> None:
    if fade > 90:
        pygame.draw.rect(target, colour, (round(at[0]) - size // 2, round(at[1]) - size // 2, size, size))


def _coin(target: pygame.Surface, x: float, y: float, zoom: float, fade: int) -> None:
    radius = max(2, round(zoom * 0.16))
    layer = _faded((2 * radius + 2, 2 * radius + 2))
    middle = radius + 1
    pygame.draw.circle(layer, (120, 80, 20, fade), (middle, middle), radius + 1)
    pygame.draw.circle(layer, (*GOLD, fade), (middle, middle), radius)
    pygame.draw.circle(layer, (255, 240, 180, fade), (middle - radius // 3, middle - radius // 3), max(1, radius // 3))
    target.blit(layer, (round(x) - middle, round(y) - middle))


def _plus(target: pygame.Surface, x: float, y: float, size: int, fade: int) -> None:
    if fade > 90:
        thick = max(1, size // 3)
        pygame.draw.rect(target, GOOD, (round(x) - size, round(y) - thick // 2, 2 * size, thick))
        pygame.draw.rect(target, GOOD, (round(x) - thick // 2, round(y) - size, thick, 2 * size))


def _grave(target: pygame.Surface, x: float, y: float, zoom: float, age: float, fade: int) -> None:
    side = max(6, round(zoom))
    layer = _faded((side, side))
    stone = pygame.Rect(round(side * 0.24), round(side * 0.2), round(side * 0.52), round(side * 0.68))
    pygame.draw.rect(
        layer,
        (34, 28, 40, fade),
        stone.inflate(2, 2),
        border_top_left_radius=side // 3,
        border_top_right_radius=side // 3,
    )
    pygame.draw.rect(
        layer,
        (150, 150, 164, fade),
        stone,
        border_top_left_radius=side // 3,
        border_top_right_radius=side // 3,
    )
    line = max(1, side // 14)
    pygame.draw.rect(layer, (80, 78, 92, fade), (side // 2 - line // 2, round(side * 0.34), line, round(side * 0.32)))
    pygame.draw.rect(layer, (80, 78, 92, fade), (round(side * 0.38), round(side * 0.44), round(side * 0.24), line))
    target.blit(layer, (round(x - side / 2), round(y - side * 0.6)))
    _ring(target, x, y, zoom * (0.3 + 0.7 * age), BAD, fade // 2, max(1, round(zoom / 16)))


def _strike(
    target: pygame.Surface,
    zoom: float,
    style: int,
    start: tuple[float, float],
    end: tuple[float, float],
    part: float,
) -> None:
    """Draw a blow, an arrow or a bolt on its way from one body to another."""
    if zoom < 12:
        pygame.draw.line(target, _STYLES[style], start, end)
        return
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    if style == Skill.MELEE:
        radius = zoom * 0.42
        for width, colour in (
            (max(3, round(zoom / 8)), (60, 30, 30)),
            (max(1, round(zoom / 14)), _STYLES[0]),
        ):
            points = []
            for step in range(8):
                turn = angle - 1.1 + 2.2 * min(1.0, part * 1.6) * step / 7
                points.append(
                    (
                        end[0] - math.cos(angle) * zoom * 0.25 + radius * math.cos(turn),
                        end[1] - math.sin(angle) * zoom * 0.25 + radius * math.sin(turn),
                    )
                )
            pygame.draw.lines(target, colour, False, points, width)
        return
    part = min(1.0, part * 1.3)
    at = start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
    tail = at[0] - math.cos(angle) * zoom * 0.5, at[1] - math.sin(angle) * zoom * 0.5
    if style == Skill.RANGED:
        pygame.draw.line(target, (60, 40, 30), tail, at, max(2, round(zoom / 12)))
        pygame.draw.line(target, _STYLES[1], tail, at, max(1, round(zoom / 20)))
        pygame.draw.circle(target, (230, 236, 244), at, max(1, zoom / 14))
    else:
        for share, colour in ((0.2, (90, 50, 160)), (0.13, (176, 120, 255)), (0.06, (250, 240, 255))):
            pygame.draw.circle(target, colour, at, max(1, zoom * share))
        pygame.draw.line(target, (150, 100, 240), tail, at, max(1, round(zoom / 14)))
