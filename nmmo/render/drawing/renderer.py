"""Turns a scene into pixels. One renderer draws live worlds and replays, near and far."""

from __future__ import annotations

from typing import Final

from nmmo.render.art.sprite_cache import SpriteCache
from nmmo.render.backend import pygame
from nmmo.render.drawing.bodies import Bodies
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.draw_options import DrawOptions
from nmmo.render.drawing.effects import Effects
from nmmo.render.drawing.layers import Layers
from nmmo.render.drawing.markers import draw_beacon, draw_dots, draw_selection
from nmmo.render.drawing.overview import Overview
from nmmo.render.drawing.positions import Positions
from nmmo.render.drawing.terrain import Terrain
from nmmo.render.drawing.text import Text
from nmmo.render.drawing.water_animation import WaterAnimation
from nmmo.render.scene import Scene

__all__ = ["Renderer"]

TICK_SECONDS: Final = 0.25
MIN_ZOOM_FOR_EFFECTS: Final = 3


class Renderer:
    """Draws scenes of one world, and keeps what is expensive to draw. A scene of another world may follow."""

    def __init__(self) -> None:
        self.text = Text()
        self.sprites = SpriteCache()
        self.effects = Effects()
        self._bodies = Bodies(self.sprites, self.text)
        self._layers = Layers()
        self._water_animation = WaterAnimation()
        self._terrain: Terrain | None = None
        self._overview: Overview | None = None
        self._scene: Scene | None = None

    def overview_of(self, scene: Scene) -> Overview:
        """Return the picture of the whole map."""
        if self._overview is None or not self._overview.is_of(scene.ground, scene.danger):
            self._overview = Overview(scene.ground, scene.danger, scene.objects)
        return self._overview

    def draw(
        self,
        target: pygame.Surface,
        scene: Scene,
        camera: Camera,
        *,
        previous: Scene | None = None,
        fraction: float = 1.0,
        options: DrawOptions | None = None,
        max_new_chunks: int | None = None,
    ) -> bool:
        """Draw a scene.

        Parameters
        ----------
        target
            Of the camera's size; every pixel is drawn.
        scene
            What to draw.
        camera
            The part of the map that is shown.
        previous, fraction
            The scene one tick earlier, and how much of the way from there has passed, 0 to 1: bodies are drawn
            between their places.
        options
            Layers and marks. Default: none.
        max_new_chunks
            How many pieces of ground may be drawn for the first time in this call; None: all that are needed.

        Returns
        -------
        bool
            Whether all ground was drawn.
        """
        options = DrawOptions() if options is None else options
        if scene is not self._scene:
            self._scene = scene
            self.effects.note(scene, previous)
            self._bodies.note(scene, previous)
        whole = self._draw_ground(target, scene, camera, fraction, options, max_new_chunks)
        self._layers.draw_ground(
            target, scene, camera, options.danger, options.heat_map if options.heat else None, self.text
        )
        positions = Positions.between(previous, scene, fraction)
        slot = options.selected
        place = positions.of(scene, slot) if slot is not None else None
        if camera.detailed:
            if place is not None:
                draw_selection(target, camera, place)
            self._bodies.draw(target, scene, camera, positions, fraction, options)
        else:
            draw_dots(target, scene, camera, positions, self.sprites)
            if place is not None:
                draw_beacon(target, camera, place)
        self._layers.draw_fog(target, scene, camera)
        if options.view and slot is not None and slot < len(scene.players) and place is not None:
            self._layers.draw_view(target, scene, camera, *place)
        if camera.zoom >= MIN_ZOOM_FOR_EFFECTS:
            self.effects.draw(target, camera, self.text, scene.tick - 1 + fraction, options.linger)
        return whole

    def _draw_ground(
        self,
        target: pygame.Surface,
        scene: Scene,
        camera: Camera,
        fraction: float,
        options: DrawOptions,
        max_new_chunks: int | None,
    ) -> bool:
        """Draw the ground. Returns whether it was drawn whole."""

        def draw_overview() -> None:
            self.overview_of(scene).draw(target, camera.zoom, camera.left, camera.top)

        if not camera.detailed:
            draw_overview()
            return True
        if self._terrain is None:
            self._terrain = Terrain(scene.ground, scene.danger)
        else:
            self._terrain.update(scene.ground, scene.danger)
        zoom = int(camera.zoom)
        whole = self._terrain.draw(target, zoom, camera.left, camera.top, max_new_chunks, draw_overview)
        moment = (scene.tick + fraction) * TICK_SECONDS if options.moment is None else options.moment
        self._water_animation.draw(target, scene, camera, moment)
        return whole
