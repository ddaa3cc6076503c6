"""Keyboard and mouse: turns events into what the window's parts do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from nmmo.core.enums import Action
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui
from nmmo.render.window.human_controls import HumanControls
from nmmo.render.window.key_bindings import KeyBinding
from nmmo.render.window.map_view import MapView
from nmmo.render.window.panel_host import PanelHost
from nmmo.render.window.search_box import SearchBox

__all__ = ["InputHandler"]

PAN_SPEED: Final = 900.0
"""Pixels per second."""
DRAG_PIXELS: Final = 4
"""A click that moves farther is a drag."""
_WALK: Final = {
    pygame.K_UP: (-1, 0), pygame.K_w: (-1, 0), pygame.K_DOWN: (1, 0), pygame.K_s: (1, 0),
    pygame.K_LEFT: (0, -1), pygame.K_a: (0, -1), pygame.K_RIGHT: (0, 1), pygame.K_d: (0, 1),
}  # fmt: skip
_STEPS: Final = {(-1, 0): 0, (0, 1): 1, (1, 0): 2, (0, -1): 3}  # in the order of the actions
_DIGITS: Final = (
    pygame.K_1, pygame.K_2, pygame.K_3, pygame.K_4, pygame.K_5, pygame.K_6, pygame.K_7, pygame.K_8, pygame.K_9,
    pygame.K_0, pygame.K_MINUS, pygame.K_EQUALS,
)  # fmt: skip


class InputHandler:
    """Handles events.

    Parameters
    ----------
    ui, map_view, panels, controls, search
        The window's parts that react to keys and the mouse.
    bindings
        What other keys do.
    quit_window
        Called when the window is closed.
    resized
        Called with the window's new width and height.
    """

    def __init__(
        self,
        ui: Ui,
        map_view: MapView,
        panels: PanelHost,
        controls: HumanControls,
        search: SearchBox,
        bindings: Sequence[KeyBinding],
        quit_window: Callable[[], None],
        resized: Callable[[int, int], None],
    ) -> None:
        self._ui, self._map_view, self._panels = ui, map_view, panels
        self._controls, self._search = controls, search
        mode = "watch" if controls.human is None else "play"
        self._bindings = {
            key: binding for binding in bindings if binding.mode in ("always", mode) for key in binding.keys
        }
        self._quit, self._resized = quit_window, resized
        self._drag_from: tuple[int, int] | None = None
        self._dragged = False
        self._pressed_keys: set[int] = set()  # another event of a key in here is a repetition

    @property
    def dragging(self) -> bool:
        """Whether the map is held by the mouse."""
        return self._drag_from is not None

    def handle(self, event: pygame.event.Event) -> None:
        """Handle one event."""
        if event.type == pygame.QUIT:
            self._quit()
        elif event.type == pygame.KEYDOWN:
            self._key(event, event.key in self._pressed_keys)
            self._pressed_keys.add(event.key)
        elif event.type == pygame.KEYUP:
            self._pressed_keys.discard(event.key)
            self._hold()
        elif event.type == pygame.WINDOWFOCUSLOST:
            self._pressed_keys.clear()  # another window receives their release
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 2, 3):
            self._mouse_down(event)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 2, 3):
            self._mouse_up(event)
        elif event.type == pygame.MOUSEMOTION:
            self._mouse_moved(event)
        elif event.type == pygame.MOUSEWHEEL:
            x, y = pygame.mouse.get_pos()
            if not self._ui.covers(x, y):
                self._map_view.zoom(1 if event.y > 0 else -1, x, y)
        elif event.type == pygame.VIDEORESIZE:
            self._resized(event.w, event.h)

    # ---- keys

    def _key(self, event: pygame.event.Event, repeated: bool) -> None:
        if self._search.is_open:
            self._search.handle_key(event)
        elif event.key == pygame.K_q and not event.mod & pygame.KMOD_CTRL:
            pass
        elif self._controls.steering is not None and event.key in _DIGITS:
            if not repeated:
                self._controls.act(Action.USE_1 + _DIGITS.index(event.key))
        elif event.key in _WALK:
            self._hold()
            # A tap counts, too, even if the key is up again before the next tick.
            self._controls.walk(_STEPS[_WALK[event.key]], bool(event.mod & pygame.KMOD_SHIFT))
        else:
            asks = event.key == pygame.K_SLASH and event.mod & pygame.KMOD_SHIFT  # "?" on most keyboards
            binding = self._bindings.get(pygame.K_QUESTION if asks else event.key)
            if binding is not None and (binding.repeats or not repeated):
                binding.run()

    def _hold(self) -> None:
        """Tell the human's controls which walking keys are held."""
        pressed = pygame.key.get_pressed()
        held = [direction for key, direction in _WALK.items() if pressed[key]]
        self._controls.hold(held[0] if held else None, bool(pygame.key.get_mods() & pygame.KMOD_SHIFT))

    def pan(self, seconds: float) -> None:
        """Move the map while keys are held; seconds since the last call."""
        if self._controls.human is not None or self._search.is_open:
            return
        pressed = pygame.key.get_pressed()
        distance = PAN_SPEED * seconds / self._map_view.camera.zoom
        for key, (down, right) in _WALK.items():
            if pressed[key]:
                self._map_view.pan(down * distance, right * distance)

    # ---- mouse

    def _mouse_down(self, event: pygame.event.Event) -> None:
        x, y = event.pos
        if self._ui.press(x, y, right=event.button == 3):
            return
        if event.button == 1:
            self._drag_from, self._dragged = (x, y), False
        elif event.button == 3:
            self._select_at(x, y)

    def _mouse_moved(self, event: pygame.event.Event) -> None:
        x, y = event.pos
        if event.buttons[0] and self._ui.move(x, y):
            return
        if self._drag_from is not None:
            moved = x - self._drag_from[0], y - self._drag_from[1]
            if self._dragged or max(map(abs, moved)) > DRAG_PIXELS:
                self._dragged = True
                zoom = self._map_view.camera.zoom
                self._map_view.pan(-moved[1] / zoom, -moved[0] / zoom)
                self._drag_from = x, y

    def _mouse_up(self, event: pygame.event.Event) -> None:
        self._ui.release()
        if event.button != 1 or self._drag_from is None:
            return
        dragged, self._drag_from = self._dragged, None
        if not dragged:
            self._click(*event.pos)

    def _click(self, x: int, y: int) -> None:
        if self._controls.steering is None:
            self._select_at(x, y)
            return
        tile = self._map_view.tile_at(x, y)
        if tile is not None:
            self._controls.go_to(*tile)

    def _select_at(self, x: int, y: int) -> None:
        """Select who stands at a pixel; nobody there: select nobody, unless somebody plays by hand."""
        entity = self._map_view.entity_near(x, y)
        if entity is not None:
            self._map_view.select(entity)
            self._panels.show_selected()
        elif self._controls.human is None:
            self._map_view.deselect()
