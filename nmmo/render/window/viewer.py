"""The window: shows a source of scenes, and lets somebody look around, go through time, or play."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nmmo.render.backend import pygame
from nmmo.render.drawing.renderer import Renderer
from nmmo.render.drawing.ui import Ui
from nmmo.render.errors import NoDisplay
from nmmo.render.panels import load_panels
from nmmo.render.sources.source import Source
from nmmo.render.window import timeline
from nmmo.render.window.display import open_window
from nmmo.render.window.help_page import draw_help_page
from nmmo.render.window.human_controls import HumanControls
from nmmo.render.window.input_handler import InputHandler
from nmmo.render.window.key_bindings import KeyBinding, panel_bindings
from nmmo.render.window.map_view import MapView
from nmmo.render.window.messages import Messages
from nmmo.render.window.minimap import Minimap
from nmmo.render.window.panel_host import PanelHost
from nmmo.render.window.playback import SCAN_BUDGETS, SEEK_BUDGET, Playback
from nmmo.render.window.screenshot import save_picture
from nmmo.render.window.search_box import SearchBox
from nmmo.render.window.top_bar import draw_top_bar

__all__ = ["Viewer"]

FRAMES_PER_SECOND: Final = 60
IDLE_FRAMES_PER_SECOND: Final = 30
SPARE_SECONDS: Final = 0.002
"""Seconds of a frame that are left to other programs."""
MAX_NEW_CHUNKS: Final = 3
"""Pieces of ground that a frame may draw for the first time: the rest follows in the next ones."""
PANEL_WIDTH: Final = 336
MIN_SIZE_FOR_BARS: Final = (360, 240)
"""A smaller window shows the map alone."""
MIN_SIZE_FOR_MINIMAP: Final = (520, 400)
MIN_SIZE: Final = (64, 48)


class Viewer:
    """A window.

    Parameters
    ----------
    source
        What is shown. If it has a human player, the window is where that human plays.
    size
        Of the window, in pixels.
    pictures
        The folder in which screenshots are saved.
    speed
        A multiple of the usual pace of 4 ticks per second. 0, when playing: the world waits for the human.
    panels
        Panels of the user's own, each as ``module:attribute``.

    Attributes
    ----------
    playback : Playback
        Time: playing, pausing, seeking.
    map_view : MapView
        Camera, selection and layers.
    panels : PanelHost
        Which panel is open.
    running
        False ends ``run``.

    Raises
    ------
    NoDisplay
        If no window can be opened.
    PanelError
        If a panel cannot be added.
    """

    def __init__(
        self,
        source: Source,
        size: tuple[int, int] = (1280, 720),
        pictures: Path | None = None,
        speed: float = 1.0,
        panels: Sequence[str] = (),
    ) -> None:
        loaded = load_panels(panels)
        self.source = source
        self.pictures = Path() if pictures is None else pictures
        self.target = open_window(_usable(size), pygame.RESIZABLE)
        pygame.key.set_repeat(320, 60)
        self.renderer = Renderer()
        self.ui = Ui(self.target, self.renderer.text)
        self.messages = Messages()
        self.playback = Playback(source, speed, self.messages, on_seek=self.renderer.effects.clear)
        self.map_view = MapView(source, *self.target.get_size(), self.messages)
        self.controls = HumanControls(source, self.messages)
        self.panels = PanelHost(
            loaded, source, self.ui, self.renderer.sprites, self.map_view, self.playback.seek, self.controls.act
        )
        self.search = SearchBox(self._go_to_player)
        self.help_open = False
        self.minimap_open = True
        self.running = True
        self._bindings = self._key_bindings()
        self.input_handler = InputHandler(
            self.ui, self.map_view, self.panels, self.controls, self.search, self._bindings, self.quit, self._resized
        )
        self._minimap = Minimap()
        self._full_screen = False
        self._title_time = 0.0
        if source.human is not None:
            self.follow(source.human.slot)
            self.map_view.camera.zoom = 48.0
            self.messages.show("You play. ? shows the keys; Tab lets the policy play.")
        else:
            self.messages.show(source.notice or "? shows all keys", 5 if source.notice is None else 20)

    def _key_bindings(self) -> list[KeyBinding]:
        """Return what keys do, in the order of the help page."""
        playback, map_view, controls = self.playback, self.map_view, self.controls
        first = [
            KeyBinding((pygame.K_SPACE,), "Space", playback.toggle_pause, "pause, continue"),
            KeyBinding((pygame.K_PERIOD,), ".", playback.step_forward, "one tick forward", repeats=True),
            KeyBinding((pygame.K_COMMA,), ",", playback.step_back, "one tick back", repeats=True),
            KeyBinding((pygame.K_RIGHTBRACKET,), "]", playback.faster, "faster"),
            KeyBinding((pygame.K_LEFTBRACKET,), "[", playback.slower, "slower"),
            KeyBinding((pygame.K_HOME,), "Home", playback.seek_first, "to the first tick"),
            KeyBinding((pygame.K_END,), "End", playback.seek_last, "to the last tick, or the present"),
            KeyBinding((pygame.K_PAGEUP, pygame.K_KP_PLUS), "Page up", map_view.zoom_in, "zoom in", "always", True),
            KeyBinding(
                (pygame.K_PAGEDOWN, pygame.K_KP_MINUS), "Page down", map_view.zoom_out, "zoom out", repeats=True
            ),
            KeyBinding((pygame.K_F5,), "F5", map_view.show_all, "the whole map"),
            KeyBinding((pygame.K_f,), "F", map_view.toggle_follow, "follow who is selected"),
            KeyBinding((pygame.K_n,), "N", self.select_next, "select the next living player", "watch", repeats=True),
            KeyBinding((pygame.K_SLASH,), "/", self.search.open, "search a player by slot"),
        ]
        last = [
            KeyBinding((pygame.K_F2,), "F2", map_view.toggle_danger, "layer: danger"),
            KeyBinding((pygame.K_F3,), "F3", map_view.toggle_heat, "layer: where players walked lately"),
            KeyBinding((pygame.K_F4,), "F4", map_view.toggle_view, "layer: what who is selected sees"),
            KeyBinding((pygame.K_F6,), "F6", self.toggle_minimap, "the small map"),
            KeyBinding((pygame.K_TAB,), "Tab", controls.hand_over, "let the policy play, or play yourself", "play"),
            KeyBinding((pygame.K_e,), "E", controls.attack_monster, "attack the nearest monster", "play"),
            KeyBinding((pygame.K_r,), "R", controls.attack_player, "attack the nearest player", "play"),
            KeyBinding((pygame.K_RETURN, pygame.K_KP_ENTER), "Enter", controls.wait, "let a tick pass", "play"),
            KeyBinding((pygame.K_F11,), "F11", self.toggle_full_screen, "full screen"),
            KeyBinding((pygame.K_F12,), "F12", self.save_screenshot, "save a picture"),
            KeyBinding((pygame.K_QUESTION, pygame.K_F1, pygame.K_h), "?  F1  H", self.toggle_help, "this page"),
            KeyBinding((pygame.K_ESCAPE,), "Esc", self.escape, "close a panel, select nobody"),
            KeyBinding((pygame.K_q,), "Ctrl Q", self.quit, "quit"),
        ]
        return [*first, *panel_bindings(self.panels, first + last), *last]

    # ---- the loop

    def run(self) -> None:
        """Show the window until it is closed."""
        clock = pygame.time.Clock()
        last = time.perf_counter()
        try:
            while self.running:
                start = time.perf_counter()
                for event in pygame.event.get():
                    self.input_handler.handle(event)
                self.playback.advance(start - last)
                self.input_handler.pan(start - last)
                last = start
                self.draw()
                pygame.display.flip()
                least, most = SCAN_BUDGETS
                left = 1 / FRAMES_PER_SECOND - SPARE_SECONDS - (time.perf_counter() - start)
                self.playback.run_pending(SEEK_BUDGET, min(max(left, least), most))
                busy = self.playback.playing or self.input_handler.dragging or pygame.key.get_focused()
                clock.tick(FRAMES_PER_SECOND if busy else IDLE_FRAMES_PER_SECOND)
        finally:
            pygame.display.quit()

    # ---- drawing

    def draw(self) -> None:
        """Draw the window's present content."""
        self.target = pygame.display.get_surface() or self.target
        width, height = self.target.get_size()
        self.ui.begin(self.target, pygame.mouse.get_pos())
        bars = width >= MIN_SIZE_FOR_BARS[0] and height >= MIN_SIZE_FOR_BARS[1]
        side = self._panel_box(width, height) if bars and self.panels.current is not None else None
        self.map_view.point_camera(width, height, side.width if side is not None and side.width < width * 0.6 else 0)
        self._draw_world()
        if bars:
            self._draw_bars(width, height)
        if side is not None:
            self.panels.draw(side)
        if self.help_open:
            box = self.target.get_rect().inflate(-min(80, width // 16), -min(60, height // 12))
            draw_help_page(self.ui, box, self._bindings, self.source.human is not None)
        if self.search.is_open:
            self.search.draw(self.ui, width, len(self.source.scene.players) - 1)
        if not self.help_open:
            right = side.x if side is not None and side.x > width // 3 else width
            self.messages.draw(self.target, self.ui.text, 0, right, 48 if bars else 4)
        self.ui.show_hint()
        self._update_title()

    def _draw_world(self) -> None:
        source, playback, options = self.source, self.playback, self.map_view.options
        options.linger = min(max(0.9 * playback.ticks_per_second, 1.6), 24.0)
        options.heat_map = source.traffic.heat
        options.moment = time.perf_counter()
        self.renderer.draw(
            self.target, source.scene, self.map_view.camera,
            previous=source.previous, fraction=playback.fraction, options=options, max_new_chunks=MAX_NEW_CHUNKS,
        )  # fmt: skip

    def _draw_bars(self, width: int, height: int) -> None:
        ui, source = self.ui, self.source
        draw_top_bar(ui, width, source, self.map_view, self.panels, self.toggle_help, self.help_open)
        bottom = pygame.Rect(8, height - timeline.HEIGHT - 8, width - 16, timeline.HEIGHT)
        timeline.draw_timeline(ui, bottom, self.playback)
        if self.minimap_open and width >= MIN_SIZE_FOR_MINIMAP[0] and height >= MIN_SIZE_FOR_MINIMAP[1]:
            edge = min(190, width // 4, height // 3)
            box = pygame.Rect(8, bottom.y - edge - 8, edge, edge)
            self._minimap.draw(ui, box, source.scene, self.renderer, self.map_view)

    def _panel_box(self, width: int, height: int) -> pygame.Rect:
        panel_width = min(PANEL_WIDTH, width - 16)
        return pygame.Rect(width - panel_width - 8, 44, panel_width, height - timeline.HEIGHT - 44 - 16)

    def _update_title(self) -> None:
        now = time.perf_counter()
        if now - self._title_time > 0.2:
            self._title_time = now
            human, who = self.source.human, ""
            if human is not None:
                who = " - the policy plays" if human.autopilot else " - you play"
            pygame.display.set_caption(f"{self.source.title}{who} - tick {self.source.scene.tick}")

    # ---- what keys and buttons ask for

    def follow(self, slot: int) -> None:
        """Select a player, follow it, and show what is known of it."""
        self.map_view.select(slot, follow=True)
        self.panels.show_selected()

    def select_next(self) -> None:
        """Select and show the next living player."""
        if self.map_view.select_next():
            self.panels.show_selected()

    def _go_to_player(self, slot: int) -> None:
        if slot < len(self.source.scene.players):
            self.follow(slot)
        else:
            self.messages.show(f"there is no player {slot}")

    def toggle_minimap(self) -> None:
        """Show or hide the small map."""
        self.minimap_open = not self.minimap_open

    def toggle_help(self) -> None:
        """Show or hide the page of keys."""
        self.help_open = not self.help_open

    def escape(self) -> None:
        """Close what is open, the uppermost first; then select nobody."""
        if self.help_open:
            self.help_open = False
        elif self.panels.current is not None:
            self.panels.close()
        else:
            self.map_view.deselect()

    def quit(self) -> None:
        """Close the window."""
        self.running = False

    # ---- the window itself

    def _resized(self, width: int, height: int) -> None:
        """Keep the window from becoming too small to use."""
        if width < MIN_SIZE[0] or height < MIN_SIZE[1]:
            self.target = open_window(_usable((width, height)), pygame.RESIZABLE)

    def toggle_full_screen(self) -> None:
        """Show the window in full screen, or no longer."""
        self._full_screen = not self._full_screen
        try:
            flags = pygame.FULLSCREEN if self._full_screen else pygame.RESIZABLE
            self.target = open_window((0, 0) if self._full_screen else (1280, 720), flags)
        except NoDisplay as error:
            self.messages.show(f"no full screen: {error}")

    def save_screenshot(self) -> None:
        """Save a picture of the window."""
        try:
            path = save_picture(self.target, self.pictures, f"nmmo-tick-{self.source.scene.tick}")
            self.messages.show(f"saved {path}")
        except (OSError, pygame.error) as error:
            self.messages.show(f"the picture could not be saved: {error}")


def _usable(size: tuple[int, int]) -> tuple[int, int]:
    return max(MIN_SIZE[0], size[0]), max(MIN_SIZE[1], size[1])
