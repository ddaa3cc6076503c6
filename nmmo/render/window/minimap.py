"""The small map in a corner: where the view is, where the players are."""

from __future__ import annotations

from typing import Final

import numpy as np

from nmmo.render.art.palette import PAPER, TEAMS, team_colours
from nmmo.render.backend import pygame
from nmmo.render.drawing.overview import Overview
from nmmo.render.drawing.renderer import Renderer
from nmmo.render.drawing.ui import Ui
from nmmo.render.scene import Scene
from nmmo.render.window.map_view import MapView

__all__ = ["Minimap"]

_DIM: Final = (150, 150, 160)
"""How bright the ground's colours stay, of 255: dots must stand out from them."""


class Minimap:
    """Draws the small map."""

    def __init__(self) -> None:
        self._ground: tuple[Overview, tuple[int, int], pygame.Surface] | None = None

    def draw(self, ui: Ui, box: pygame.Rect, scene: Scene, renderer: Renderer, map_view: MapView) -> None:
        """Draw the map into a square box; a click on it moves the camera."""
        scale = min((box.width - 8) / scene.width, (box.height - 8) / scene.height)
        size = max(1, round(scene.width * scale)), max(1, round(scene.height * scale))
        pane = pygame.Rect(box.x, box.bottom - size[1] - 8, size[0] + 8, size[1] + 8)
        ui.panel(pane)
        left, top = pane.x + 4, pane.y + 4
        overview = renderer.overview_of(scene)
        if self._ground is None or self._ground[0] is not overview or self._ground[1] != size:
            ground = overview.small(*size)
            ground.fill(_DIM, special_flags=pygame.BLEND_RGB_MULT)
            self._ground = overview, size, ground
        target = ui.target
        target.blit(self._ground[2], (left, top))
        alive = scene.players["alive"] == 1
        me = scene.players["self"]
        rows, columns = me["row"][alive] * scale + top, me["column"][alive] * scale + left
        teams = me["team"][alive]
        numbers = np.where(teams > 0, teams.astype(np.int64) - 1, np.flatnonzero(alive)) % len(TEAMS)
        for number in range(len(TEAMS)):
            colour = team_colours(number + 1, 0)[0]
            chosen = numbers == number
            dot = renderer.sprites.dot(colour, 2, rim=False)
            target.fblits([(dot, place) for place in zip(columns[chosen].tolist(), rows[chosen].tolist(), strict=True)])
        selected = map_view.options.selected
        place = scene.position_of(selected) if selected is not None else None
        if place is not None:
            pygame.draw.circle(target, PAPER, (left + place[1] * scale, top + place[0] * scale), 4, 1)
        camera = map_view.camera
        first_row, first_column = camera.to_map(0, 0)
        last_row, last_column = camera.to_map(camera.width, camera.height)
        view = pygame.Rect(
            round(left + first_column * scale), round(top + first_row * scale),
            max(3, round((last_column - first_column) * scale)), max(3, round((last_row - first_row) * scale)),
        ).clip(pygame.Rect(left, top, *size))  # fmt: skip
        pygame.draw.rect(target, PAPER, view, 1)

        def go(x: float, y: float) -> None:
            map_view.look_at((y - top) / scale, (x - left) / scale)

        ui.hot(pane, hint="click or drag: look there (F6 hides the map)", drag=go)
