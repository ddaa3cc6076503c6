"""Pictures of a world as arrays, for environments, notebooks and videos. No display is opened."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.arguments import as_integer
from nmmo.core.reader import WorldReader
from nmmo.render.backend import new_surface, pygame
from nmmo.render.drawing.camera import MIN_TILE_ZOOM, ZOOMS, Camera
from nmmo.render.drawing.draw_options import DrawOptions
from nmmo.render.drawing.renderer import Renderer
from nmmo.render.scene import Scene

__all__ = ["Painter", "frame"]

WIDTH: Final = 1280
HEIGHT: Final = 720
MIN_SIDE: Final = 16
MAX_SIDE: Final = 8192


class Painter:
    """Draws one picture after another of the same world, each much faster than the first.

    Parameters
    ----------
    width, height
        Of the pictures, in pixels.

    Raises
    ------
    TypeError, ValueError
        If they are no integers, or out of range.
    ImportError
        If pygame-ce is not installed.
    """

    def __init__(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.width = as_integer(width, "width", MIN_SIDE, MAX_SIDE)
        self.height = as_integer(height, "height", MIN_SIDE, MAX_SIDE)
        self._renderer = Renderer()
        self._target = new_surface(self.width, self.height)
        self._previous: Scene | None = None

    def paint(
        self,
        world: WorldReader,
        *,
        slot: int | None = None,
        centre: tuple[float, float] | None = None,
        zoom: float | None = None,
        options: DrawOptions | None = None,
    ) -> NDArray[np.uint8]:
        """Draw the world's present moment.

        Parameters
        ----------
        world
            An ``nmmo.World``, one of an ``nmmo.Worlds``, or a replay frame's.
        slot
            The player to look at: it is marked, and in the middle unless ``centre`` says otherwise. Where
            it has no body, the whole map is shown.
        centre
            Row and column of the middle, in tiles.
        zoom
            Pixels per tile. From 6 on the nearest of ``ZOOMS`` not above is taken. Default: 32 around a slot
            or a centre, else as large as shows the whole map.
        options
            Layers and marks.

        Returns
        -------
        ndarray of uint8, shape [height, width, 3]
            Fresh.

        Raises
        ------
        ValueError
            If there is no such slot, or the zoom is not positive.
        """
        return self.paint_scene(Scene.of(world), slot=slot, centre=centre, zoom=zoom, options=options)

    def paint_scene(
        self,
        scene: Scene,
        *,
        slot: int | None = None,
        centre: tuple[float, float] | None = None,
        zoom: float | None = None,
        options: DrawOptions | None = None,
    ) -> NDArray[np.uint8]:
        """Draw a scene. Parameters, returned array and errors: as for ``paint``."""
        camera = self._camera(scene, slot, centre, zoom)
        marks = DrawOptions(selected=slot) if options is None else options
        previous = self._previous if self._previous is not None and self._previous.tick == scene.tick - 1 else None
        self._previous = scene
        self._renderer.draw(self._target, scene, camera, previous=previous, options=marks)
        return pixels_of(self._target)

    def _camera(self, scene: Scene, slot: int | None, centre: tuple[float, float] | None, zoom: float | None) -> Camera:
        if slot is not None:
            slot = as_integer(slot, "slot", 0, len(scene.players) - 1)
        if zoom is not None and not zoom > 0:
            raise ValueError(f"zoom = {zoom} is not positive")
        camera = Camera(0.0, 0.0, 1.0, self.width, self.height)
        camera.fit(scene.height, scene.width)
        place = scene.position_of(slot) if slot is not None else None
        middle = centre if centre is not None else None if place is None else (place[0] + 0.5, place[1] + 0.5)
        if middle is not None:
            camera.row, camera.column = middle
            camera.zoom = 32.0
        if zoom is not None:
            camera.zoom = (
                float(max(level for level in ZOOMS if level <= zoom)) if zoom >= MIN_TILE_ZOOM else float(zoom)
            )
        camera.clamp(scene.height, scene.width)
        return camera


def pixels_of(surface: pygame.Surface) -> NDArray[np.uint8]:
    """Return a surface as a fresh array, uint8 [height, width, 3]."""
    width, height = surface.get_size()
    # Much faster than copying pygame's own view, whose axes are swapped.
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(height, width, 3).copy()


def frame(
    world: WorldReader,
    width: int = WIDTH,
    height: int = HEIGHT,
    *,
    slot: int | None = None,
    centre: tuple[float, float] | None = None,
    zoom: float | None = None,
    options: DrawOptions | None = None,
) -> NDArray[np.uint8]:
    """Draw one picture of a world. ``Painter`` draws many of them faster.

    Parameters, returned array and errors: as for ``Painter`` and ``Painter.paint``.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.render import frame
    >>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
    >>> observations, info = world.reset()
    >>> frame(world, 320, 200, slot=0).shape
    (200, 320, 3)
    """
    return Painter(width, height).paint(world, slot=slot, centre=centre, zoom=zoom, options=options)
