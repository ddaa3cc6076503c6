"""Turns a scene into pixels. One renderer draws live worlds and replays, near and far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import EventKind, ObjectKind
from nmmo.render.camera import Camera
from nmmo.render.effects import Effects
from nmmo.render.glints import Glints
from nmmo.render.layers import Layers
from nmmo.render.library import Colour, new_surface, pygame
from nmmo.render.overview import Overview
from nmmo.render.palette import ACCENT, BAD, GOOD, INK, PAPER, TEMPERS, WARNING, team_colours
from nmmo.render.pen import LEFT, TOP
from nmmo.render.player_art import looks_of
from nmmo.render.scene import Scene
from nmmo.render.sprites import Sprites
from nmmo.render.terrain import Terrain
from nmmo.render.text import Text

__all__ = ["Renderer", "Shown"]

TICK_SECONDS: Final = 0.25
HOP: Final = 0.09
"""How high bodies hop when they walk, in tiles."""
FLASH: Final = (0.12, 0.5)
"""From which part of a tick to which whoever was struck lights up."""


@dataclass
class Shown:
    """What is drawn beside the world itself.

    Attributes
    ----------
    selected
        The entity that is marked: a slot, or the number of players + the number of a monster.
    danger, heat, view
        Layers: danger, where players walked, what the selected player sees.
    heat_map : ndarray of float32, shape [height, width], or None
        How much was walked on each tile.
    linger
        Ticks for which hits, deaths and so on stay visible.
    labels
        Whether numbers and levels stand over heads, where there is room.
    moment
        Seconds, for what moves by itself, such as light on water. None: a quarter of a second a tick.
    """

    selected: int | None = None
    danger: bool = False
    heat: bool = False
    view: bool = False
    heat_map: NDArray[np.float32] | None = field(default=None, repr=False)
    linger: float = 2.0
    labels: bool = True
    moment: float | None = None


class Renderer:
    """Draws scenes of one world. It keeps what is costly to draw; a scene of another world is no harm."""

    def __init__(self) -> None:
        self.text = Text()
        self.sprites = Sprites()
        self.effects = Effects()
        self._layers = Layers()
        self._glints = Glints()
        self._terrain: Terrain | None = None
        self._overview: Overview | None = None
        self._west: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._scene: Scene | None = None

    # ---- what is kept

    def overview_of(self, scene: Scene) -> Overview:
        """The picture of the whole map."""
        if self._overview is None or not self._overview.is_of(scene.ground, scene.danger):
            self._overview = Overview(scene.ground, scene.danger, scene.things)
        return self._overview

    def _terrain_of(self, scene: Scene) -> Terrain:
        if self._terrain is None:
            self._terrain = Terrain(scene.ground, scene.danger)
        else:
            self._terrain.update(scene.ground, scene.danger)
        return self._terrain

    def _note(self, scene: Scene, before: Scene | None) -> None:
        """Takes a new scene: where everybody looks, and what happened."""
        if scene is self._scene:
            return
        self._scene = scene
        self.effects.note(scene, before)
        slots = len(scene.players)
        if len(self._west) != slots:
            self._west = np.arange(slots) % 3 == 1
        if before is not None and len(before.players) == slots:
            moved = scene.players["self"]["column"].astype(np.int64) - before.players["self"]["column"]
            self._west = np.where((moved != 0) & (np.abs(moved) <= 2), moved < 0, self._west)

    # ---- drawing

    def draw(
        self,
        target: pygame.Surface,
        scene: Scene,
        camera: Camera,
        *,
        before: Scene | None = None,
        part: float = 1.0,
        shown: Shown | None = None,
        most_new_chunks: int | None = None,
    ) -> bool:
        """Draw a scene.

        Parameters
        ----------
        target
            Of the camera's size; is covered whole.
        scene
            What to draw.
        camera
            From where.
        before, part
            The scene a tick earlier, and how much of the way from there has passed, 0 to 1: bodies are drawn
            between their places.
        shown
            Layers and marks. Default: none.
        most_new_chunks
            How much new ground may be drawn in this call; None: all that is needed.

        Returns
        -------
        bool
            Whether all ground was drawn.
        """
        shown = Shown() if shown is None else shown
        self._note(scene, before)
        whole = True
        if camera.detailed:
            zoom = int(camera.zoom)

            def from_afar() -> None:
                self.overview_of(scene).draw(target, camera.zoom, camera.left, camera.top)

            terrain = self._terrain_of(scene)
            whole = terrain.draw(target, zoom, camera.left, camera.top, most_new_chunks, from_afar)
            moment = (scene.tick + part) * TICK_SECONDS if shown.moment is None else shown.moment
            self._glints.draw(target, scene, camera, moment)
        else:
            self.overview_of(scene).draw(target, camera.zoom, camera.left, camera.top)
        self._layers.draw_ground(target, scene, camera, shown.danger, shown.heat_map if shown.heat else None, self.text)
        players, monsters = self._places(scene, before, part)
        if shown.selected is not None:
            self._mark(target, scene, camera, shown.selected, players, monsters)
        if camera.detailed:
            struck = self._struck(scene, part)
            self._bodies(target, scene, camera, players, monsters, shown, struck)
        else:
            self._dots(target, scene, camera, players, monsters)
        if shown.selected is not None and not camera.detailed:
            self._beacon(target, scene, camera, shown.selected, players, monsters)
        self._layers.draw_fog(target, scene, camera)
        slot = shown.selected
        if shown.view and slot is not None and slot < len(scene.players) and scene.players["alive"][slot]:
            self._layers.draw_view(target, scene, camera, float(players[0][slot]), float(players[1][slot]))
        now = scene.tick - 1 + part
        if camera.zoom >= 3:
            self.effects.draw(target, camera, self.text, now, shown.linger)
        return whole

    def _places(self, scene: Scene, before: Scene | None, part: float) -> tuple[Any, Any]:
        """Rows, columns and heights above ground of players and of monsters, between two ticks."""
        me = scene.players["self"]
        players = _between(me["row"], me["column"], before.players["self"] if before else None, part)
        monsters = _between(scene.monsters["row"], scene.monsters["column"], before.monsters if before else None, part)
        return players, monsters

    # ---- far away

    def _dots(self, target: pygame.Surface, scene: Scene, camera: Camera, players: Any, monsters: Any) -> None:
        zoom = camera.zoom
        sprites = self.sprites
        half = zoom / 2
        blits: list[tuple[pygame.Surface, tuple[float, float]]] = []
        side = 2 if zoom < 2.2 else 3 if zoom < 3 else max(4, round(zoom))
        alive = scene.monsters["alive"] == 1
        for temper, colour in TEMPERS.items():
            chosen = alive & (scene.monsters["temper"] == temper)
            blits += _dotted(sprites.dot(colour, side, side > 3), camera, monsters, chosen, half, side)
        side = max(5, min(9, round(zoom * 1.3 + 2)))
        alive = scene.players["alive"] == 1
        teams = scene.players["self"]["team"]
        numbers = np.where(teams > 0, teams - 1, np.arange(len(teams))) % 8
        for number in range(8):
            colour = team_colours(number + 1, 0)[0]
            chosen = alive & (numbers == number)
            blits += _dotted(sprites.dot(colour, side), camera, players, chosen, half, side)
        target.fblits(blits)

    def _beacon(
        self, target: pygame.Surface, scene: Scene, camera: Camera, entity: int, players: Any, monsters: Any
    ) -> None:
        place = _place_of(scene, entity, players, monsters)
        if place is not None:
            x, y = camera.to_screen(place[0] + 0.5, place[1] + 0.5)
            for radius, colour in ((12, INK), (10, PAPER), (8, ACCENT)):
                pygame.draw.circle(target, colour, (x, y), radius, 2)

    # ---- near

    def _bodies(
        self,
        target: pygame.Surface,
        scene: Scene,
        camera: Camera,
        players: Any,
        monsters: Any,
        shown: Shown,
        struck: frozenset[int],
    ) -> None:
        """Nodes, items and bodies, from north to south; who was just struck lights up."""
        zoom = int(camera.zoom)
        first_row, last_row, first_column, last_column = camera.tiles(scene.height, scene.width)
        first_row, first_column = max(0, first_row - 1), max(0, first_column - 1)
        left, top = camera.left + LEFT * zoom, camera.top + TOP * zoom
        drawn: list[tuple[float, pygame.Surface, tuple[float, float]]] = []
        lit: list[tuple[pygame.Surface, tuple[float, float]]] = []
        slots = len(scene.players)
        sprites = self.sprites

        window = slice(first_row, last_row), slice(first_column, last_column)
        things = scene.things[window]
        rows, columns = np.nonzero(things)
        kinds = things[rows, columns].tolist()
        tiers = scene.tiers[window][rows, columns].tolist()
        biomes = (scene.ground[window][rows, columns] & 3).tolist()
        for row, column, kind, tier, biome in zip(rows.tolist(), columns.tolist(), kinds, tiers, biomes, strict=True):
            row, column = row + first_row, column + first_column
            is_item = kind < ObjectKind.ORE
            sprite = sprites.item(kind, tier, zoom) if is_item else sprites.node(kind, tier, biome, zoom)
            drawn.append((row, sprite, (column * zoom - left, row * zoom - top)))

        bars: list[tuple[float, float, int, Colour]] = []
        labels: list[tuple[str, float, float, Colour]] = []
        box = first_row - 1, last_row, first_column - 1, last_column
        seen = _inside(scene.monsters["alive"], monsters, box)
        some = scene.monsters[seen]
        for number, row, column, lift, temper, style, element, tier, health, level, fights in zip(
            seen.tolist(), monsters[0][seen].tolist(), monsters[1][seen].tolist(), monsters[2][seen].tolist(),
            some["temper"].tolist(), some["style"].tolist(),
            some["element"].tolist(), some["tier"].tolist(), some["health"].tolist(), some["level"].tolist(),
            some["combat_ticks"].tolist(), strict=True,
        ):  # fmt: skip
            x, y = column * zoom - left, (row - lift) * zoom - top
            sprite = sprites.monster(temper, style, element, tier, zoom)
            drawn.append((row + 0.2, sprite, (x, y)))
            if slots + number in struck:
                lit.append((sprite, (x, y)))
            if health < 100 or fights:
                bars.append((x, y, health, TEMPERS[temper]))
            if zoom >= 48 and shown.labels:
                labels.append((str(level), x, y, TEMPERS[temper]))

        seen = _inside(scene.players["alive"], players, box)
        some = scene.players[seen]
        me = some["self"]
        worn_types, worn_tiers = me["worn_type"].tolist(), me["worn_tier"].tolist()
        for at, (row, column, lift, slot, team, element, health, fights, level, token) in enumerate(
            zip(
                players[0][seen].tolist(), players[1][seen].tolist(), players[2][seen].tolist(), seen.tolist(),
                me["team"].tolist(), me["element"].tolist(), me["health"].tolist(), me["combat_ticks"].tolist(),
                some["score"].tolist(), some["token"].tolist(), strict=True,
            )
        ):  # fmt: skip
            looks = looks_of(slot, team, worn_types[at], worn_tiers[at], element, bool(self._west[slot]))
            x, y = column * zoom - left, (row - lift) * zoom - top
            sprite = sprites.player(looks, zoom)
            drawn.append((row + 0.3, sprite, (x, y)))
            if slot in struck:
                lit.append((sprite, (x, y)))
            if health < 100 or fights or slot == shown.selected:
                bars.append((x, y, health, looks.tunic))
            if zoom >= 32 and shown.labels:
                labels.append((f"{slot} · {level}", x, y, PAPER))
            if token:
                drawn.append((1e9, self._bubble(token, zoom), (x + zoom * 0.9, y - zoom * 0.35)))

        drawn.sort(key=_by_row)
        target.fblits([(sprite, place) for _, sprite, place in drawn], pygame.BLEND_PREMULTIPLIED)
        target.fblits(lit, pygame.BLEND_RGB_ADD)  # upon themselves: premultiplied, the rest of a sprite adds nothing
        if zoom >= 12:
            self._bars(target, zoom, bars)
        for words, x, y, colour in labels:
            above = 0.02 * zoom - (14 if zoom >= 48 else 10)
            self.text.draw(target, words, x + 0.75 * zoom, y + above, "small", colour, "middle", outlined=True)

    def _struck(self, scene: Scene, part: float) -> frozenset[int]:
        """Who lights up because it was hit a moment ago."""
        if not FLASH[0] <= part <= FLASH[1]:
            return frozenset()
        events = scene.events
        return frozenset(events["target"][events["kind"] == EventKind.HIT].tolist())

    def _bars(self, target: pygame.Surface, zoom: int, bars: list[tuple[float, float, int, Colour]]) -> None:
        width, height = round(zoom * 0.8), max(3, round(zoom / 9))
        for x, y, health, colour in bars:
            left, top = round(x + zoom * 0.35), round(y + zoom * 1.5)
            target.fill(INK, (left - 1, top - 1, width + 2, height + 2))
            tone = GOOD if health > 50 else WARNING if health > 25 else BAD
            target.fill((70, 62, 74), (left, top, width, height))
            target.fill(tone, (left, top, max(1, width * health // 100) if health else 0, height))
            target.fill(colour, (left - 1 - height // 2, top, max(1, height // 2), height))

    def _bubble(self, token: int, zoom: int) -> pygame.Surface:
        """A word somebody spoke, by its number."""
        words = self.text.rendered(str(token), 15 if zoom < 32 else 20 if zoom < 64 else 26, INK)
        width, height = (
            max(words.get_width() + 8, round(zoom * 0.5)),
            max(words.get_height() + 4, round(zoom * 0.4)),
        )
        made = new_surface(width, height + 6, alpha=True)
        for grown, colour in ((0, INK), (1, (255, 255, 250))):
            pygame.draw.rect(
                made, colour, (grown, grown, width - 2 * grown, height - 2 * grown), border_radius=height // 3
            )
            pygame.draw.polygon(
                made,
                colour,
                [(5 + grown, height - 2), (width // 2, height - 2), (4 + grown, height + 5 - 2 * grown)],
            )
        made.blit(words, ((width - words.get_width()) // 2, (height - words.get_height()) // 2))
        return made

    def _mark(
        self, target: pygame.Surface, scene: Scene, camera: Camera, entity: int, players: Any, monsters: Any
    ) -> None:
        place = _place_of(scene, entity, players, monsters)
        if place is None or not camera.detailed:
            return
        zoom = camera.zoom
        x, y = camera.to_screen(place[0] + 0.88, place[1] + 0.5)
        for grown, colour in ((2, INK), (0, PAPER)):
            box = pygame.Rect(0, 0, round(zoom * 1.1) + grown, round(zoom * 0.46) + grown)
            box.center = round(x), round(y)
            pygame.draw.ellipse(target, colour, box, max(2, round(zoom / 14)) + grown)


def _by_row(drawn: tuple[float, pygame.Surface, tuple[float, float]]) -> float:
    return drawn[0]


def _between(
    rows: NDArray[Any], columns: NDArray[Any], before: NDArray[Any] | None, part: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Places on the way from one tick to the next; who came farther than two tiles is there at once.

    The third array is how high each hops meanwhile, in tiles.
    """
    to_row, to_column = rows.astype(np.float32), columns.astype(np.float32)
    if before is None or part >= 1.0 or len(before) != len(rows):
        return to_row, to_column, np.zeros_like(to_row)
    from_row, from_column = before["row"].astype(np.float32), before["column"].astype(np.float32)
    near = (np.abs(to_row - from_row) <= 2) & (np.abs(to_column - from_column) <= 2)
    share = np.where(near, np.float32(part), np.float32(1.0))
    walks = near & ((to_row != from_row) | (to_column != from_column))
    lift = np.where(walks, np.float32(HOP * math.sin(math.pi * part)), np.float32(0))
    return from_row + (to_row - from_row) * share, from_column + (to_column - from_column) * share, lift


def _inside(
    alive: NDArray[Any],
    places: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    box: tuple[int, int, int, int],
) -> NDArray[np.int64]:
    rows, columns, _ = places
    return np.flatnonzero(
        (alive == 1) & (rows >= box[0]) & (rows <= box[1]) & (columns >= box[2]) & (columns <= box[3])
    )


def _dotted(
    dot: pygame.Surface,
    camera: Camera,
    places: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    chosen: NDArray[np.bool_],
    half: float,
    side: int,
) -> list[tuple[pygame.Surface, tuple[float, float]]]:
    zoom = camera.zoom
    x = places[1][chosen] * zoom + (half - camera.left - side / 2)
    y = places[0][chosen] * zoom + (half - camera.top - side / 2)
    seen = (x > -side) & (x < camera.width) & (y > -side) & (y < camera.height)
    return [(dot, place) for place in zip(x[seen].tolist(), y[seen].tolist(), strict=True)]


def _place_of(scene: Scene, entity: int, players: Any, monsters: Any) -> tuple[float, float] | None:
    if scene.place_of(entity) is None:
        return None
    slots = len(scene.players)
    rows, columns, _ = players if entity < slots else monsters
    at = entity if entity < slots else entity - slots
    return float(rows[at]), float(columns[at])


def tile_under(camera: Camera, x: float, y: float) -> tuple[int, int]:
    """Row and column of the tile at a pixel of the view."""
    row, column = camera.to_map(x, y)
    return math.floor(row), math.floor(column)
