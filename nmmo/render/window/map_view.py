"""What the window shows of the map: camera, selection and layers."""

from __future__ import annotations

import math

import numpy as np

from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.draw_options import DrawOptions
from nmmo.render.sources.source import Source
from nmmo.render.window.messages import Messages

__all__ = ["MapView"]


class MapView:
    """The camera over a source's map, who is selected, and which layers are drawn.

    Parameters
    ----------
    source
        What is shown.
    width, height
        Of the window, in pixels.
    messages
        Where hints are shown.

    Attributes
    ----------
    camera
        Shows the whole map at first.
    options
        Selection and layers.
    following
        Whether the camera follows who is selected.
    """

    def __init__(self, source: Source, width: int, height: int, messages: Messages) -> None:
        self._source, self._messages = source, messages
        self.options = DrawOptions()
        self.following = False
        self.camera = Camera(0, 0, 1.0, width, height)
        self.camera.fit(source.scene.height, source.scene.width)

    # ---- camera

    def zoom_in(self) -> None:
        """Zoom in on the middle of the window."""
        self.zoom(1, self.camera.width // 2, self.camera.height // 2)

    def zoom_out(self) -> None:
        """Zoom out from the middle of the window."""
        self.zoom(-1, self.camera.width // 2, self.camera.height // 2)

    def zoom(self, levels: int, x: float, y: float) -> None:
        """Zoom in or out by some levels; the point of the map at a pixel stays there."""
        scene = self._source.scene
        self.camera.zoom_by(levels, x, y, scene.height, scene.width)

    def show_all(self) -> None:
        """Show the whole map."""
        self.following = False
        self.camera.fit(self._source.scene.height, self._source.scene.width)

    def look_at(self, row: float, column: float) -> None:
        """Move the camera to a point of the map, in tiles."""
        self.following = False
        self.camera.row, self.camera.column = row, column

    def pan(self, rows: float, columns: float) -> None:
        """Move the camera by some tiles."""
        self.look_at(self.camera.row + rows, self.camera.column + columns)

    def point_camera(self, width: int, height: int, covered: int) -> None:
        """Fit the camera to the window, and let it follow.

        Parameters
        ----------
        width, height
            Of the window, in pixels.
        covered
            How many pixels a panel covers at the right side: what is followed stands in the middle of the rest.
        """
        scene, camera = self._source.scene, self.camera
        camera.width, camera.height = width, height
        selected = self.options.selected
        place = scene.position_of(selected) if self.following and selected is not None else None
        if place is None:
            camera.clamp(scene.height, scene.width)
            return
        goal = place[0] + 0.5, place[1] + 0.5 + covered / 2 / camera.zoom
        distance = max(abs(goal[0] - camera.row), abs(goal[1] - camera.column))
        share = 1.0 if distance > 12 else 0.25  # glide with steps, jump to another life
        camera.row += (goal[0] - camera.row) * share
        camera.column += (goal[1] - camera.column) * share

    # ---- selection

    def select(self, entity: int, follow: bool = False) -> None:
        """Select a player or monster, and on request follow it."""
        self.options.selected = entity
        if follow:
            self.following = True
            if self.camera.zoom < 16:
                self.camera.zoom = 32.0

    def deselect(self) -> None:
        """Select nobody."""
        self.options.selected = None
        self.following = False

    def select_next(self) -> bool:
        """Select and follow the next living player. Returns whether there is one."""
        living = np.flatnonzero(self._source.scene.players["alive"] == 1)
        if not len(living):
            self._messages.show("nobody lives")
            return False
        current = self.options.selected if self.options.selected is not None else -1
        later = living[living > current]
        self.select(int(later[0] if len(later) else living[0]), follow=True)
        return True

    def toggle_follow(self) -> None:
        """Follow who is selected, or stop."""
        if self.options.selected is None:
            self._messages.show("select somebody first: click, or N")
        else:
            self.following = not self.following

    def tile_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return row and column of the tile at a pixel; None outside of the map."""
        row, column = map(math.floor, self.camera.to_map(x, y))
        scene = self._source.scene
        return (row, column) if 0 <= row < scene.height and 0 <= column < scene.width else None

    def entity_near(self, x: float, y: float) -> int | None:
        """Return who stands at a pixel, or near it where bodies are small; None: nobody."""
        scene = self._source.scene
        row, column = self.camera.to_map(x, y)
        reach = max(0.75, 9 / self.camera.zoom)
        me = scene.players["self"]
        best: tuple[float, int] | None = None
        for offset, rows, columns, alive in (
            (0, me["row"], me["column"], scene.players["alive"]),
            (len(scene.players), scene.monsters["row"], scene.monsters["column"], scene.monsters["alive"]),
        ):
            if not len(rows):
                continue
            distance = np.maximum(np.abs(rows + 0.4 - row), np.abs(columns + 0.5 - column))
            distance = np.where(alive == 1, distance, np.inf)
            at = int(np.argmin(distance))
            if distance[at] <= reach and (best is None or distance[at] < best[0]):
                best = float(distance[at]), offset + at
        return None if best is None else best[1]

    # ---- layers

    def toggle_danger(self) -> None:
        """Show or hide the layer of danger."""
        self.options.danger = not self.options.danger

    def toggle_heat(self) -> None:
        """Show or hide the layer of where players walked lately."""
        self.options.heat = not self.options.heat

    def toggle_view(self) -> None:
        """Show or hide the layer of what the selected player sees."""
        self.options.view = not self.options.view
        if self.options.view and self.options.selected is None:
            self._messages.show("select a player to see its view")
