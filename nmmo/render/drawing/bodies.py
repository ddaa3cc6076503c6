"""Nodes, items, monsters and players, seen from nearby."""

from __future__ import annotations

from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import EventKind, ObjectKind
from nmmo.render.art.palette import BAD, GOOD, INK, PAPER, TEMPERS, WARNING
from nmmo.render.art.players import appearance_of
from nmmo.render.art.sprite_cache import SpriteCache
from nmmo.render.art.sprite_painter import LEFT, TOP
from nmmo.render.backend import Colour, new_surface, pygame
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.draw_options import DrawOptions
from nmmo.render.drawing.positions import Positions
from nmmo.render.drawing.text import Text
from nmmo.render.scene import Scene

__all__ = ["Bodies"]

FLASH: Final = (0.12, 0.5)
"""The part of a tick during which a body that was hit lights up."""
MIN_ZOOM_FOR_BARS: Final = 12
MIN_ZOOM_FOR_PLAYER_LABELS: Final = 32
MIN_ZOOM_FOR_MONSTER_LABELS: Final = 48
_IN_FRONT: Final = 1e9  # sorts behind every row

Window = tuple[int, int, int, int]
"""Of tiles: first row, row behind the last, first column, column behind the last."""


class Bodies:
    """Draws what stands on the ground, from north to south.

    Parameters
    ----------
    sprites, text
        Draw sprites and labels.
    """

    def __init__(self, sprites: SpriteCache, text: Text) -> None:
        self._sprites, self._text = sprites, text
        self._west: NDArray[np.bool_] = np.zeros(0, np.bool_)  # by slot: faces west
        self._sorted: list[tuple[float, pygame.Surface, tuple[float, float]]] = []  # row, sprite, place
        self._flashes: list[tuple[pygame.Surface, tuple[float, float]]] = []
        self._bars: list[tuple[float, float, int, Colour]] = []  # x, y, health, colour
        self._labels: list[tuple[str, float, float, Colour]] = []

    def note(self, scene: Scene, previous: Scene | None) -> None:
        """Take a new scene: players look where they walk."""
        slots = len(scene.players)
        if len(self._west) != slots:
            self._west = np.arange(slots) % 3 == 1
        if previous is not None and len(previous.players) == slots:
            moved = scene.players["self"]["column"].astype(np.int64) - previous.players["self"]["column"]
            self._west = np.where((moved != 0) & (np.abs(moved) <= 2), moved < 0, self._west)

    def draw(
        self,
        target: pygame.Surface,
        scene: Scene,
        camera: Camera,
        positions: Positions,
        fraction: float,
        options: DrawOptions,
    ) -> None:
        """Draw the bodies in view; who was just hit lights up.

        Parameters
        ----------
        target, scene, camera, fraction, options
            As for ``Renderer.draw``.
        positions
            Where bodies are at this fraction of the tick.
        """
        for collected in (self._sorted, self._flashes, self._bars, self._labels):
            collected.clear()
        first_row, last_row, first_column, last_column = camera.tiles(scene.height, scene.width)
        window = max(0, first_row - 1), last_row, max(0, first_column - 1), last_column
        flashing = _flashing(scene, fraction)
        self._add_objects(scene, camera, window)
        self._add_monsters(scene, camera, positions, window, flashing, options)
        self._add_players(scene, camera, positions, window, flashing, options)

        self._sorted.sort(key=itemgetter(0))
        target.fblits([(sprite, place) for _, sprite, place in self._sorted], pygame.BLEND_PREMULTIPLIED)
        target.fblits(self._flashes, pygame.BLEND_RGB_ADD)  # on themselves: premultiplied, margins add nothing
        zoom = int(camera.zoom)
        if zoom >= MIN_ZOOM_FOR_BARS:
            self._draw_bars(target, zoom)
        for words, x, y, colour in self._labels:
            above = 0.02 * zoom - (14 if zoom >= 48 else 10)
            self._text.draw(target, words, x + 0.75 * zoom, y + above, "small", colour, "middle", outlined=True)

    # ---- collecting what is drawn

    def _add_objects(self, scene: Scene, camera: Camera, window: Window) -> None:
        zoom, (left, top) = int(camera.zoom), _origin(camera)
        first_row, last_row, first_column, last_column = window
        view = slice(first_row, last_row), slice(first_column, last_column)
        objects = scene.objects[view]
        rows, columns = np.nonzero(objects)
        for row, column, kind, tier, biome in zip(
            (rows + first_row).tolist(), (columns + first_column).tolist(), objects[rows, columns].tolist(),
            scene.tiers[view][rows, columns].tolist(), (scene.ground[view][rows, columns] & 3).tolist(), strict=True,
        ):  # fmt: skip
            is_item = kind < ObjectKind.ORE
            sprite = self._sprites.item(kind, tier, zoom) if is_item else self._sprites.node(kind, tier, biome, zoom)
            self._sorted.append((row, sprite, (column * zoom - left, row * zoom - top)))

    def _add_monsters(
        self,
        scene: Scene,
        camera: Camera,
        positions: Positions,
        window: Window,
        flashing: frozenset[int],
        options: DrawOptions,
    ) -> None:
        zoom, (left, top) = int(camera.zoom), _origin(camera)
        slots = positions.players
        visible = _visible(scene.monsters["alive"], positions, window, slots)
        monsters = scene.monsters[visible - slots]
        for entity, row, column, lift, temper, style, element, tier, health, level, combat_ticks in zip(
            visible.tolist(), positions.rows[visible].tolist(), positions.columns[visible].tolist(),
            positions.lifts[visible].tolist(), monsters["temper"].tolist(), monsters["style"].tolist(),
            monsters["element"].tolist(), monsters["tier"].tolist(), monsters["health"].tolist(),
            monsters["level"].tolist(), monsters["combat_ticks"].tolist(), strict=True,
        ):  # fmt: skip
            x, y = column * zoom - left, (row - lift) * zoom - top
            sprite = self._sprites.monster(temper, style, element, tier, zoom)
            self._sorted.append((row + 0.2, sprite, (x, y)))
            if entity in flashing:
                self._flashes.append((sprite, (x, y)))
            if health < 100 or combat_ticks:
                self._bars.append((x, y, health, TEMPERS[temper]))
            if zoom >= MIN_ZOOM_FOR_MONSTER_LABELS and options.labels:
                self._labels.append((str(level), x, y, TEMPERS[temper]))

    def _add_players(
        self,
        scene: Scene,
        camera: Camera,
        positions: Positions,
        window: Window,
        flashing: frozenset[int],
        options: DrawOptions,
    ) -> None:
        zoom, (left, top) = int(camera.zoom), _origin(camera)
        visible = _visible(scene.players["alive"], positions, window, 0)
        players = scene.players[visible]
        me = players["self"]
        for slot, row, column, lift, team, worn_type, worn_tier, element, health, combat_ticks, score, token in zip(
            visible.tolist(), positions.rows[visible].tolist(), positions.columns[visible].tolist(),
            positions.lifts[visible].tolist(), me["team"].tolist(), me["worn_type"].tolist(),
            me["worn_tier"].tolist(), me["element"].tolist(), me["health"].tolist(), me["combat_ticks"].tolist(),
            players["score"].tolist(), players["token"].tolist(), strict=True,
        ):  # fmt: skip
            appearance = appearance_of(slot, team, worn_type, worn_tier, element, bool(self._west[slot]))
            x, y = column * zoom - left, (row - lift) * zoom - top
            sprite = self._sprites.player(appearance, zoom)
            self._sorted.append((row + 0.3, sprite, (x, y)))
            if slot in flashing:
                self._flashes.append((sprite, (x, y)))
            if health < 100 or combat_ticks or slot == options.selected:
                self._bars.append((x, y, health, appearance.tunic))
            if zoom >= MIN_ZOOM_FOR_PLAYER_LABELS and options.labels:
                self._labels.append((f"{slot} · {score}", x, y, PAPER))
            if token:
                self._sorted.append((_IN_FRONT, self._bubble(token, zoom), (x + zoom * 0.9, y - zoom * 0.35)))

    # ---- parts

    def _draw_bars(self, target: pygame.Surface, zoom: int) -> None:
        width, height = round(zoom * 0.8), max(3, round(zoom / 9))
        for x, y, health, colour in self._bars:
            left, top = round(x + zoom * 0.35), round(y + zoom * 1.5)
            target.fill(INK, (left - 1, top - 1, width + 2, height + 2))
            tone = GOOD if health > 50 else WARNING if health > 25 else BAD
            target.fill((70, 62, 74), (left, top, width, height))
            target.fill(tone, (left, top, max(1, width * health // 100) if health else 0, height))
            target.fill(colour, (left - 1 - height // 2, top, max(1, height // 2), height))

    def _bubble(self, token: int, zoom: int) -> pygame.Surface:
        """Return the speech bubble of a token."""
        words = self._text.rendered(str(token), 15 if zoom < 32 else 20 if zoom < 64 else 26, INK)
        width = max(words.get_width() + 8, round(zoom * 0.5))
        height = max(words.get_height() + 4, round(zoom * 0.4))
        bubble = new_surface(width, height + 6, alpha=True)
        for inset, colour in ((0, INK), (1, (255, 255, 250))):
            box = inset, inset, width - 2 * inset, height - 2 * inset
            pygame.draw.rect(bubble, colour, box, border_radius=height // 3)
            tip = [(5 + inset, height - 2), (width // 2, height - 2), (4 + inset, height + 5 - 2 * inset)]
            pygame.draw.polygon(bubble, colour, tip)
        bubble.blit(words, ((width - words.get_width()) // 2, (height - words.get_height()) // 2))
        return bubble


def _origin(camera: Camera) -> tuple[float, float]:
    """Return the map's pixel at the view's corner, shifted so that a tile's pixel gives the corner of its sprite."""
    zoom = int(camera.zoom)
    return camera.left + LEFT * zoom, camera.top + TOP * zoom


def _visible(alive: NDArray[np.uint8], positions: Positions, window: Window, first_entity: int) -> NDArray[np.int64]:
    """Return the entities that live within or beside a window, of those that begin with the first."""
    entities = slice(first_entity, first_entity + len(alive))
    rows, columns = positions.rows[entities], positions.columns[entities]
    first_row, last_row, first_column, last_column = window
    inside = (rows >= first_row - 1) & (rows <= last_row) & (columns >= first_column - 1) & (columns <= last_column)
    return first_entity + np.flatnonzero((alive == 1) & inside)


def _flashing(scene: Scene, fraction: float) -> frozenset[int]:
    """Return who lights up because it was hit a moment ago."""
    if not FLASH[0] <= fraction <= FLASH[1]:
        return frozenset()
    events = scene.events
    return frozenset(events["target"][events["kind"] == EventKind.HIT].tolist())
