"""Keyboard and mouse: what the window makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nmmo.core.enums import Action
from nmmo.render.keys import KEYS
from nmmo.render.library import pygame
from nmmo.render.renderer import tile_under

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["Hands"]

PAN: Final = 900.0  # pixels a second
DRAG: Final = 4  # pixels from which a click is a drag
_WALK: Final = {
    pygame.K_UP: (-1, 0), pygame.K_w: (-1, 0), pygame.K_DOWN: (1, 0), pygame.K_s: (1, 0),
    pygame.K_LEFT: (0, -1), pygame.K_a: (0, -1), pygame.K_RIGHT: (0, 1), pygame.K_d: (0, 1),
}  # fmt: skip
_STEPS: Final = {(-1, 0): 0, (0, 1): 1, (1, 0): 2, (0, -1): 3}  # in the order of the actions
_DIGITS: Final = (
    pygame.K_1, pygame.K_2, pygame.K_3, pygame.K_4, pygame.K_5, pygame.K_6, pygame.K_7, pygame.K_8, pygame.K_9,
    pygame.K_0, pygame.K_MINUS, pygame.K_EQUALS,
)  # fmt: skip


class Hands:
    """Turns events into what a viewer does.

    Attributes
    ----------
    search
        The digits typed so far, while a player is being searched; None: nobody is.
    dragging
        Whether the map is held by the mouse.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.search: str | None = None
        self._held: tuple[int, int] | None = None
        self._dragged = False
        self._down: set[int] = set()  # keys: of one that is down already, what comes is a repetition

    @property
    def dragging(self) -> bool:
        """Whether the map is held by the mouse."""
        return self._held is not None

    def handle(self, event: pygame.event.Event) -> None:
        """Take an event."""
        viewer = self._viewer
        if event.type == pygame.QUIT:
            viewer.running = False
        elif event.type == pygame.KEYDOWN:
            self._key(event, event.key in self._down)
            self._down.add(event.key)
        elif event.type == pygame.KEYUP:
            self._down.discard(event.key)
            self._hold()
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._down.clear()  # another window is told that they are up
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 2, 3):
            self._mouse_down(event)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 2, 3):
            self._mouse_up(event)
        elif event.type == pygame.MOUSEMOTION:
            self._mouse_moved(event)
        elif event.type == pygame.MOUSEWHEEL:
            x, y = pygame.mouse.get_pos()
            if not viewer.ui.covers(x, y):
                viewer.zoom(1 if event.y > 0 else -1, x, y)
        elif event.type == pygame.VIDEORESIZE:
            viewer.resized(event.w, event.h)

    # ---- keys

    @property
    def _by_hand(self) -> bool:
        person = self._viewer.person
        return person is not None and not person.by_policy

    def _key(self, event: pygame.event.Event, repeated: bool) -> None:
        viewer = self._viewer
        if self.search is not None:
            self._search_key(event)
            return
        if event.key == pygame.K_q and not event.mod & pygame.KMOD_CTRL:
            return
        if self._by_hand and event.key in _DIGITS:
            if not repeated:
                viewer.act(Action.USE_1 + _DIGITS.index(event.key))
            return
        if event.key in _WALK:
            self._walk(event)
            return
        when = "play" if viewer.person is not None else "watch"
        for key in KEYS:
            if event.key in key.codes and key.when in ("always", when):
                if key.does == "open_search" and event.mod & pygame.KMOD_SHIFT:
                    continue  # a question mark, on most keyboards
                if key.repeats or not repeated:
                    getattr(viewer, key.does)()
                return
        if event.key == pygame.K_SLASH and not repeated:
            viewer.toggle_help()

    def _walk(self, event: pygame.event.Event) -> None:
        self._hold()
        person = self._viewer.person
        if person is not None and not person.by_policy and self._viewer.is_live():
            # A tap counts, too, even if the key is up again before the next tick.
            first = Action.RUN_NORTH if event.mod & pygame.KMOD_SHIFT else Action.MOVE_NORTH
            person.want(first + _STEPS[_WALK[event.key]])

    def _hold(self) -> None:
        """What the keys for walking say at the moment."""
        person = self._viewer.person
        if person is None:
            return
        pressed = pygame.key.get_pressed()
        held = [step for code, step in _WALK.items() if pressed[code]]
        person.held = held[0] if held and not person.by_policy else None
        person.running = bool(pygame.key.get_mods() & pygame.KMOD_SHIFT)

    def pan(self, passed: float) -> None:
        """Move the map while keys are held; seconds passed since the last call."""
        viewer = self._viewer
        if viewer.person is not None or self.search is not None:
            return
        pressed = pygame.key.get_pressed()
        reach = PAN * passed / viewer.camera.zoom
        for code, (down, right) in _WALK.items():
            if pressed[code]:
                viewer.following = False
                viewer.camera.row += down * reach
                viewer.camera.column += right * reach

    def _search_key(self, event: pygame.event.Event) -> None:
        viewer = self._viewer
        assert self.search is not None
        if event.key == pygame.K_ESCAPE:
            self.search = None
        elif event.key == pygame.K_BACKSPACE:
            self.search = self.search[:-1]
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            given, self.search = self.search, None
            if given and int(given) < len(viewer.source.scene.players):
                viewer.select(int(given), follow=True)
                viewer.panel = "inspect"
            elif given:
                viewer.say(f"there is no player {given}")
        elif event.unicode in tuple("0123456789") and len(self.search) < 6:
            self.search += event.unicode

    # ---- mouse

    def _mouse_down(self, event: pygame.event.Event) -> None:
        x, y = event.pos
        if self._viewer.ui.press(x, y, right=event.button == 3):
            return
        if event.button == 1:
            self._held, self._dragged = (x, y), False
        elif event.button == 3:
            self._pick(x, y)

    def _mouse_moved(self, event: pygame.event.Event) -> None:
        x, y = event.pos
        viewer = self._viewer
        if event.buttons[0] and viewer.ui.move(x, y):
            return
        if self._held is not None:
            moved = x - self._held[0], y - self._held[1]
            if self._dragged or max(map(abs, moved)) > DRAG:
                self._dragged = True
                viewer.following = False
                viewer.camera.column -= moved[0] / viewer.camera.zoom
                viewer.camera.row -= moved[1] / viewer.camera.zoom
                self._held = x, y

    def _mouse_up(self, event: pygame.event.Event) -> None:
        self._viewer.ui.release()
        if event.button != 1 or self._held is None:
            return
        dragged, self._held = self._dragged, None
        if not dragged:
            self._click(*event.pos)

    def _click(self, x: int, y: int) -> None:
        viewer = self._viewer
        person = viewer.person
        if person is None or person.by_policy:
            self._pick(x, y)
            return
        if not viewer.is_live():
            return
        row, column = tile_under(viewer.camera, x, y)
        scene = viewer.source.scene
        if not (0 <= row < scene.height and 0 <= column < scene.width):
            return
        who = scene.entity_at(row, column)
        person.go_to(row, column, who if who != person.slot else None)

    def _pick(self, x: int, y: int) -> None:
        """Select who stands at a pixel, or near it where bodies are small."""
        viewer = self._viewer
        scene = viewer.source.scene
        row, column = viewer.camera.to_map(x, y)
        reach = max(0.75, 9 / viewer.camera.zoom)
        me = scene.players["self"]
        best: tuple[float, int] | None = None
        for offset, rows, columns, alive in (
            (0, me["row"], me["column"], scene.players["alive"]),
            (len(scene.players), scene.monsters["row"], scene.monsters["column"], scene.monsters["alive"]),
        ):
            if not len(rows):
                continue
            far = np.maximum(np.abs(rows + 0.4 - row), np.abs(columns + 0.5 - column))
            far = np.where(alive == 1, far, np.inf)
            at = int(np.argmin(far))
            if far[at] <= reach and (best is None or far[at] < best[0]):
                best = float(far[at]), offset + at
        if best is not None:
            viewer.select(best[1])
            if viewer.panel != "mind":
                viewer.panel = "inspect"
        elif viewer.person is None:
            viewer.shown.selected = None
            viewer.following = False
