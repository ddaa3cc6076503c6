"""Dots for bodies seen from far away, and the mark of who is selected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.render.art.palette import ACCENT, INK, PAPER, TEAMS, TEMPERS, team_colours
from nmmo.render.art.sprite_cache import SpriteCache
from nmmo.render.backend import pygame
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.positions import Positions
from nmmo.render.scene import Scene

__all__ = ["draw_beacon", "draw_dots", "draw_selection"]

Blit = tuple[pygame.Surface, tuple[float, float]]


def draw_dots(target: pygame.Surface, scene: Scene, camera: Camera, positions: Positions, sprites: SpriteCache) -> None:
    """Draw a dot for everybody: small ones for monsters, larger ones with a rim for players."""
    zoom, slots = camera.zoom, positions.players
    blits: list[Blit] = []
    side = 2 if zoom < 2.2 else 3 if zoom < 3 else max(4, round(zoom))
    alive = scene.monsters["alive"] == 1
    for temper, colour in TEMPERS.items():
        chosen = slots + np.flatnonzero(alive & (scene.monsters["temper"] == temper))
        blits += _dots(sprites.dot(colour, side, side > 3), camera, positions, chosen, side)
    side = max(5, min(9, round(zoom * 1.3 + 2)))
    alive = scene.players["alive"] == 1
    teams = scene.players["self"]["team"]
    numbers = np.where(teams > 0, teams - 1, np.arange(len(teams))) % len(TEAMS)
    for number in range(len(TEAMS)):
        dot = sprites.dot(team_colours(number + 1, 0)[0], side)
        blits += _dots(dot, camera, positions, np.flatnonzero(alive & (numbers == number)), side)
    target.fblits(blits)


def _dots(
    dot: pygame.Surface, camera: Camera, positions: Positions, entities: NDArray[np.int64], side: int
) -> list[Blit]:
    zoom = camera.zoom
    x = positions.columns[entities] * zoom + (zoom / 2 - camera.left - side / 2)
    y = positions.rows[entities] * zoom + (zoom / 2 - camera.top - side / 2)
    visible = (x > -side) & (x < camera.width) & (y > -side) & (y < camera.height)
    return [(dot, place) for place in zip(x[visible].tolist(), y[visible].tolist(), strict=True)]


def draw_selection(target: pygame.Surface, camera: Camera, place: tuple[float, float]) -> None:
    """Draw an ellipse at the feet of who stands at a row and column."""
    zoom = camera.zoom
    x, y = camera.to_screen(place[0] + 0.88, place[1] + 0.5)
    for grown, colour in ((2, INK), (0, PAPER)):
        box = pygame.Rect(0, 0, round(zoom * 1.1) + grown, round(zoom * 0.46) + grown)
        box.center = round(x), round(y)
        pygame.draw.ellipse(target, colour, box, max(2, round(zoom / 14)) + grown)


def draw_beacon(target: pygame.Surface, camera: Camera, place: tuple[float, float]) -> None:
    """Draw rings around a row and column of the map seen from far away."""
    x, y = camera.to_screen(place[0] + 0.5, place[1] + 0.5)
    for radius, colour in ((12, INK), (10, PAPER), (8, ACCENT)):
        pygame.draw.circle(target, colour, (x, y), radius, 2)
