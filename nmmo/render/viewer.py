"""The window: shows a source of scenes, and lets a person look around, go through time, or play."""

from __future__ import annotations

import io
import math
import os
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import Action
from nmmo.render import minimap, panels, timeline
from nmmo.render.camera import Camera
from nmmo.render.errors import NoDisplay
from nmmo.render.keys import KEYS
from nmmo.render.library import new_surface, pygame
from nmmo.render.palette import ACCENT, GOLD, INK, PAPER
from nmmo.render.person import Person
from nmmo.render.renderer import Renderer, Shown, tile_under
from nmmo.render.source import LiveSource, ReplaySource, Source
from nmmo.render.ui import Ui

__all__ = ["SPEEDS", "Viewer"]

SPEEDS: Final = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, math.inf)
"""Times the usual pace; the last is as fast as it goes."""
USUAL_PACE: Final = 4.0
"""Ticks a second."""
FRAMES_A_SECOND: Final = 60
IDLE_FRAMES: Final = 30
FAST_BUDGET: Final = 0.02  # seconds of a frame for ticks, at full speed
MOST_NEW_CHUNKS: Final = 3  # of ground, in a frame: the rest follows in the next ones
PANEL_WIDTH: Final = 336
LEAST_FOR_BARS: Final = (360, 240)  # smaller windows show the map alone
LEAST_WINDOW: Final = (64, 48)
_INVISIBLE: Final = ("offscreen", "dummy", "evdev")
_TURNS: Final = 0.0  # the pace of a game that waits for the person
_WALK: Final = {
    pygame.K_UP: (-1, 0), pygame.K_w: (-1, 0), pygame.K_DOWN: (1, 0), pygame.K_s: (1, 0),
    pygame.K_LEFT: (0, -1), pygame.K_a: (0, -1), pygame.K_RIGHT: (0, 1), pygame.K_d: (0, 1),
}  # fmt: skip
_DIGITS: Final = (
    pygame.K_1, pygame.K_2, pygame.K_3, pygame.K_4, pygame.K_5, pygame.K_6, pygame.K_7, pygame.K_8, pygame.K_9,
    pygame.K_0, pygame.K_MINUS, pygame.K_EQUALS,
)  # fmt: skip


class Viewer:
    """A window.

    Parameters
    ----------
    source
        What is shown.
    person
        Who plays a slot by hand; None: everybody watches.
    size
        Of the window, in pixels.
    pictures
        The folder in which screenshots are saved.
    speed
        Times the usual pace of 4 ticks a second. 0, when playing: the world waits for the person.

    Raises
    ------
    NoDisplay
        If no window can be opened.
    """

    def __init__(
        self,
        source: Source,
        person: Person | None = None,
        size: tuple[int, int] = (1280, 720),
        pictures: Path | None = None,
        speed: float = 1.0,
    ) -> None:
        self.source, self.person = source, person
        self.pictures = Path() if pictures is None else pictures
        try:
            pygame.display.init()
            if pygame.display.get_driver() in _INVISIBLE and not os.environ.get("SDL_VIDEODRIVER"):
                pygame.display.quit()  # SDL takes such a driver where there is no display
                raise NoDisplay("no window can be opened")
            self.target = pygame.display.set_mode(_usable(size), pygame.RESIZABLE)
        except pygame.error as error:
            raise NoDisplay(f"no window can be opened ({error})") from None
        pygame.key.set_repeat(320, 60)
        self.renderer = Renderer()
        self.ui = Ui(self.target, self.renderer.text)
        self.shown = Shown()
        self.camera = Camera(0, 0, 1.0, *self.target.get_size())
        self.camera.fit(source.scene.height, source.scene.width)
        self.playing = True
        self.speed = speed
        self.panel: str | None = None
        self.helping = False
        self.mapped = True
        self.following = False
        self.search: str | None = None
        self.chosen_slot = 0
        self.chosen_item = 1
        self.running = True
        self._minimap = minimap.Minimap()
        self._due = 0.0  # ticks that should have been shown by now, beyond those that were
        self._message = ("", 0.0)
        self._dragging: tuple[int, int] | None = None
        self._dragged = False
        self._full = False
        self._figures: tuple[int, NDArray[np.float64]] = (-1, np.zeros((0, 4)))
        self._titled = 0.0
        self._shown_tick = source.scene.tick
        self._walked = -1.0
        if person is not None:
            self.select(person.slot, follow=True)
            self.panel = "inspect"
            if isinstance(source, LiveSource):
                source.choose = person.choose
            self.camera.zoom = 48.0
            self.say("You play. ? shows the keys; Tab lets the policy play.")
        else:
            self.say("? shows all keys")

    # ---- the loop

    def run(self) -> None:
        """Show the window until it is closed."""
        clock = pygame.time.Clock()
        last = time.perf_counter()
        try:
            while self.running:
                for event in pygame.event.get():
                    self._handle(event)
                now = time.perf_counter()
                self._advance(now - last)
                self._pan(now - last)
                last = now
                self.draw()
                pygame.display.flip()
                busy = self.playing or self._dragging is not None or pygame.key.get_focused()
                clock.tick(FRAMES_A_SECOND if busy else IDLE_FRAMES)
        finally:
            pygame.display.quit()

    @property
    def _waits(self) -> bool:
        """Whether the world waits for the person's next action."""
        return self.person is not None and self.speed == _TURNS and not self.person.by_policy

    def _advance(self, passed: float) -> None:
        """Step as many ticks as the pace asks for."""
        if not self.playing:
            self._due = 0.0
            return
        if self._waits:
            assert self.person is not None
            self._due = 0.0
            if self.person.busy and passed and time.perf_counter() - self._walked > 0.14:
                self._walked = time.perf_counter()
                self._step()
            return
        if math.isinf(self.speed):
            until = time.perf_counter() + FAST_BUDGET
            while time.perf_counter() < until and self._step():
                pass
            return
        pace = (self.speed or 1.0) * USUAL_PACE
        self._due = min(self._due + passed * pace, 1.0 + FAST_BUDGET * 2 * pace)
        until = time.perf_counter() + 2 * FAST_BUDGET
        while self._due >= 1.0 and time.perf_counter() < until:
            self._due -= 1.0
            if not self._step():
                break

    def _step(self) -> bool:
        from nmmo.agents.errors import AgentError

        try:
            stepped = self.source.step()
        except AgentError as error:
            self.say(str(error), 20)
            stepped = False
        if not stepped:
            self.playing = False
            problem = self.source.problem if isinstance(self.source, ReplaySource) else None
            if problem:
                self.say(problem, 20)
            elif self.source.at_end:
                self.say("the end")
        return stepped

    # ---- drawing

    def draw(self) -> None:
        """Draw the window's present content."""
        self.target = pygame.display.get_surface() or self.target
        width, height = self.target.get_size()
        self.ui.begin(self.target, pygame.mouse.get_pos())
        bars = width >= LEAST_FOR_BARS[0] and height >= LEAST_FOR_BARS[1]
        side = self._panel_box(width, height) if bars else None
        self._aim(width, height, side)
        smooth = self.playing and not math.isinf(self.speed) and self.speed <= 4 and not self._waits
        part = min(max(self._due, 0.0), 1.0) if smooth else 1.0
        pace = USUAL_PACE if self._waits else min(self.speed * USUAL_PACE, 60.0) if self.playing else 1.0
        self.shown.linger = min(max(0.9 * pace, 1.6), 24.0)
        self.shown.heat_map = self.source.history.heat
        self.renderer.draw(
            self.target, self.source.scene, self.camera,
            before=self.source.before, part=part, shown=self.shown, most_new_chunks=MOST_NEW_CHUNKS,
        )  # fmt: skip
        if bars:
            self._draw_top(width)
            bottom = pygame.Rect(8, height - timeline.HEIGHT - 8, width - 16, timeline.HEIGHT)
            timeline.draw(self, bottom)
            if self.mapped and width >= 520 and height >= 400:
                edge = min(190, width // 4, height // 3)
                self._minimap.draw(self, pygame.Rect(8, bottom.y - edge - 8, edge, edge))
            if side is not None:
                self._draw_panel(side)
        if self.helping:
            panels.help_page(self, self.target.get_rect().inflate(-min(80, width // 8), -min(60, height // 8)))
        if self.search is not None:
            self._draw_search(width)
        self._draw_message(width, height)
        self.ui.show_hint()
        self._title()

    def _panel_box(self, width: int, height: int) -> pygame.Rect | None:
        if self.panel is None:
            return None
        wide = min(PANEL_WIDTH, width - 16)
        return pygame.Rect(width - wide - 8, 44, wide, height - timeline.HEIGHT - 44 - 16)

    def _aim(self, width: int, height: int, side: pygame.Rect | None) -> None:
        """Point the camera; what is followed stands in the middle of the free part of the window."""
        scene = self.source.scene
        self.camera.width, self.camera.height = width, height
        if self.following and self.shown.selected is not None:
            place = scene.place_of(self.shown.selected)
            if place is not None:
                shift = side.width / 2 / self.camera.zoom if side is not None and side.width < width * 0.6 else 0.0
                goal = place[0] + 0.5, place[1] + 0.5 + shift
                far = max(abs(goal[0] - self.camera.row), abs(goal[1] - self.camera.column))
                share = 1.0 if far > 12 else 0.25  # glide with steps, jump to another life
                self.camera.row += (goal[0] - self.camera.row) * share
                self.camera.column += (goal[1] - self.camera.column) * share
                return
        self.camera.clamp(scene.height, scene.width)

    def _draw_top(self, width: int) -> None:
        scene = self.source.scene
        box = pygame.Rect(8, 6, width - 16, 32)
        self.ui.panel(box)
        buttons = [
            ("help", "?", self.toggle_help, "all keys (?)"),
            ("leaders", "leaders", self.panel_leaders, "who leads (L)"),
            ("charts", "charts", self.panel_charts, "population, score (C)"),
            ("market", "market", self.panel_market, "prices, offers (M)"),
            ("inspect", "you" if self.person else "inspect", self.panel_inspect, "who is selected (I)"),
        ]
        right = box.right - 6
        for name, label, call, hint in buttons:
            wide = self.ui.text.width(label) + 18
            if right - wide < box.x + 120:
                break
            on = self.helping if name == "help" else self.panel == name
            self.ui.button(pygame.Rect(right - wide, box.y + 5, wide, 22), label, call, hint, on=on)
            right -= wide + 5
        for label, on, call, hint in (
            ("view", self.shown.view, self.toggle_view, "layer: what the selected player sees (F4)"),
            ("heat", self.shown.heat, self.toggle_heat, "layer: where players walked (F3)"),
            ("danger", self.shown.danger, self.toggle_danger, "layer: danger (F2)"),
        ):
            wide = self.ui.text.width(label) + 18
            if right - wide < box.x + 330:
                break
            self.ui.button(pygame.Rect(right - wide - 12, box.y + 5, wide, 22), label, call, hint, on=on)
            right -= wide + 5
        alive = scene.players["alive"] == 1
        score = float(scene.players["score"][alive].mean()) if alive.any() else 0.0
        words = f"{int(alive.sum()):,} of {len(alive):,} players living"
        if right > box.x + 480:
            words += f", mean score {score:.2f}"
        if self.person is not None:
            words = (
                ("the policy plays" if self.person.by_policy else "you play")
                + f" slot {self.person.slot} (Tab)   "
                + words
            )
        elif right > box.x + 620:
            words = f"{self.source.title}   {words}"
        self.ui.line(words, box.x + 12, box.y + 10, GOLD if self.person else PAPER, most=right - box.x - 24)

    def _draw_panel(self, box: pygame.Rect) -> None:
        if self.panel == "market":
            panels.market(self, box)
        elif self.panel == "charts":
            panels.charts(self, box)
        elif self.panel == "leaders":
            panels.leaders(self, box)
        elif self.person is not None and self.shown.selected in (None, self.person.slot):
            panels.inventory(self, box)
        else:
            panels.inspect(self, box)

    def _draw_search(self, width: int) -> None:
        box = pygame.Rect(0, 0, min(360, width - 20), 62)
        box.midtop = width // 2, 52
        inner = self.ui.panel(box)
        most = len(self.source.scene.players) - 1
        self.ui.line(f"go to player 0 to {most}, Enter", inner.x, inner.y, ACCENT, "small")
        self.ui.line(f"{self.search}_", inner.x, inner.y + 18, PAPER, "large")

    def _draw_message(self, width: int, height: int) -> None:
        words, until = self._message
        if not words or time.perf_counter() > until:
            return
        most = max(width - 40, 40)
        while words and self.ui.text.width(words) > most:
            words = words[:-2].rstrip("…") + "…" if len(words) > 2 else ""
        made = self.renderer.text.rendered(words, 18, PAPER)
        box = made.get_rect().inflate(24, 12)
        box.midtop = width // 2, 48
        back = new_surface(*box.size, alpha=True)
        pygame.draw.rect(back, (*INK, 220), back.get_rect(), border_radius=6)
        self.target.blit(back, box)
        self.target.blit(made, made.get_rect(center=box.center))

    def _title(self) -> None:
        now = time.perf_counter()
        if now - self._titled > 0.2:
            self._titled = now
            what = ""
            if self.person is not None:
                what = " - the policy plays" if self.person.by_policy else " - you play"
            pygame.display.set_caption(f"{self.source.title}{what} - tick {self.source.scene.tick}")

    def figures(self) -> NDArray[np.float64]:
        """The history's figures, made into an array when they have changed."""
        version = self.source.history.version
        if self._figures[0] != version:
            self._figures = version, self.source.history.figures()
        return self._figures[1]

    def say(self, words: str, seconds: float = 5.0) -> None:
        """Show a message for a while."""
        self._message = words, time.perf_counter() + seconds

    # ---- input

    def _handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.running = False
        elif event.type == pygame.KEYDOWN:
            self._key(event)
        elif event.type == pygame.KEYUP:
            self._hold()
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 2, 3):
            self._mouse_down(event)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 2, 3):
            self._mouse_up(event)
        elif event.type == pygame.MOUSEMOTION:
            self._mouse_moved(event)
        elif event.type == pygame.MOUSEWHEEL:
            x, y = pygame.mouse.get_pos()
            if not self.ui.covers(x, y):
                self._zoom(1 if event.y > 0 else -1, x, y)
        elif event.type == pygame.VIDEORESIZE and min(event.w, event.h) < min(LEAST_WINDOW):
            self.target = pygame.display.set_mode(_usable((event.w, event.h)), pygame.RESIZABLE)

    def _key(self, event: pygame.event.Event) -> None:
        if self.search is not None:
            self._search_key(event)
            return
        if event.key == pygame.K_q and not event.mod & pygame.KMOD_CTRL:
            return
        if self.person is not None and not self.person.by_policy and event.key in _DIGITS:
            self.act(Action.USE_1 + _DIGITS.index(event.key))
            return
        if event.key in _WALK:
            self._hold()
            if self.person is not None and not self.person.by_policy and self._live():
                # A tap counts, too, even if the key is up again before the next tick.
                step = _WALK[event.key]
                moves = {(-1, 0): 0, (0, 1): 1, (1, 0): 2, (0, -1): 3}
                first = Action.RUN_NORTH if event.mod & pygame.KMOD_SHIFT else Action.MOVE_NORTH
                self.person.want(first + moves[step])
            return
        when = "play" if self.person is not None else "watch"
        for key in KEYS:
            if event.key in key.codes and key.when in ("always", when):
                if key.does == "open_search" and event.mod & pygame.KMOD_SHIFT:
                    continue  # a question mark, on most keyboards
                getattr(self, key.does)()
                return
        if event.key == pygame.K_SLASH:
            self.toggle_help()

    def _hold(self) -> None:
        """What the keys for walking say at the moment."""
        if self.person is None:
            return
        pressed = pygame.key.get_pressed()
        held = [step for code, step in _WALK.items() if pressed[code]]
        self.person.held = held[0] if held and not self.person.by_policy else None
        self.person.running = bool(pygame.key.get_mods() & pygame.KMOD_SHIFT)

    def _pan(self, passed: float) -> None:
        if self.person is not None or self.search is not None:
            return
        pressed = pygame.key.get_pressed()
        reach = 900 * passed / self.camera.zoom
        for code, (down, right) in _WALK.items():
            if pressed[code]:
                self.following = False
                self.camera.row += down * reach
                self.camera.column += right * reach

    def _mouse_down(self, event: pygame.event.Event) -> None:
        x, y = event.pos
        if self.ui.press(x, y, right=event.button == 3):
            return
        if event.button == 1:
            self._dragging, self._dragged = (x, y), False
        elif event.button == 3:
            self._pick(x, y)

    def _mouse_moved(self, event: pygame.event.Event) -> None:
        x, y = event.pos
        if event.buttons[0] and self.ui.move(x, y):
            return
        if self._dragging is not None:
            moved = x - self._dragging[0], y - self._dragging[1]
            if self._dragged or max(map(abs, moved)) > 4:
                self._dragged = True
                self.following = False
                self.camera.column -= moved[0] / self.camera.zoom
                self.camera.row -= moved[1] / self.camera.zoom
                self._dragging = x, y

    def _mouse_up(self, event: pygame.event.Event) -> None:
        self.ui.release()
        if event.button != 1 or self._dragging is None:
            return
        dragged, self._dragging = self._dragged, None
        if not dragged:
            self._click(*event.pos)

    def _click(self, x: int, y: int) -> None:
        if self.person is None or self.person.by_policy:
            self._pick(x, y)
            return
        if not self._live():
            return
        row, column = tile_under(self.camera, x, y)
        scene = self.source.scene
        if not (0 <= row < scene.height and 0 <= column < scene.width):
            return
        who = scene.entity_at(row, column)
        self.person.go_to(row, column, who if who != self.person.slot else None)

    def _pick(self, x: int, y: int) -> None:
        """Select who stands at a pixel, or near it where bodies are small."""
        scene = self.source.scene
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
            far = np.maximum(np.abs(rows + 0.4 - row), np.abs(columns + 0.5 - column))
            far = np.where(alive == 1, far, np.inf)
            at = int(np.argmin(far))
            if far[at] <= reach and (best is None or far[at] < best[0]):
                best = float(far[at]), offset + at
        if best is not None:
            self.select(best[1])
            self.panel = "inspect"
        elif self.person is None:
            self.shown.selected = None
            self.following = False

    def _search_key(self, event: pygame.event.Event) -> None:
        assert self.search is not None
        if event.key == pygame.K_ESCAPE:
            self.search = None
        elif event.key == pygame.K_BACKSPACE:
            self.search = self.search[:-1]
        elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            given, self.search = self.search, None
            if given and int(given) < len(self.source.scene.players):
                self.select(int(given), follow=True)
                self.panel = "inspect"
            elif given:
                self.say(f"there is no player {given}")
        elif event.unicode in tuple("0123456789") and len(self.search) < 6:
            self.search += event.unicode

    # ---- what keys and buttons do

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        self.playing = not self.playing
        if self.playing and self.source.at_end and isinstance(self.source, ReplaySource):
            self.source.seek(self.source.first)

    def step_forth(self) -> None:
        """A tick on."""
        self.playing = False
        self._step()

    def step_back(self) -> None:
        """A tick back."""
        self.scrub(self.source.scene.tick - 1)

    def scrub(self, tick: int) -> None:
        """Show a tick, and pause."""
        self.playing = False
        self.renderer.effects.clear()
        self.source.seek(tick)
        problem = self.source.problem if isinstance(self.source, ReplaySource) else None
        if problem:
            self.say(problem, 20)

    def go_first(self) -> None:
        """To the first tick."""
        self.scrub(self.source.first)

    def go_last(self) -> None:
        """To the last tick; of a live world to the present, which then goes on."""
        self.scrub(self.source.last)
        self.playing = isinstance(self.source, LiveSource)

    def faster(self) -> None:
        """The next higher speed."""
        self.speed = next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1])

    def slower(self) -> None:
        """The next lower speed; below the lowest, a game waits for the person."""
        least = _TURNS if self.person is not None else SPEEDS[0]
        self.speed = next((speed for speed in reversed(SPEEDS) if speed < self.speed), least)

    def speed_name(self) -> str:
        """The speed in words."""
        if self.person is not None and self.speed == _TURNS:
            return "waits for you"
        if math.isinf(self.speed):
            return "as fast as it goes"
        times = f"1/{round(1 / self.speed)}" if self.speed < 1 else f"{self.speed:.0f}"
        return f"{times}×, {self.speed * USUAL_PACE:g} ticks/s"

    def zoom_in(self) -> None:
        """Nearer."""
        self._zoom(1, self.camera.width // 2, self.camera.height // 2)

    def zoom_out(self) -> None:
        """Farther."""
        self._zoom(-1, self.camera.width // 2, self.camera.height // 2)

    def _zoom(self, steps: int, x: float, y: float) -> None:
        scene = self.source.scene
        self.camera.zoom_by(steps, x, y, scene.height, scene.width)

    def show_all(self) -> None:
        """The whole map."""
        self.following = False
        self.camera.fit(self.source.scene.height, self.source.scene.width)

    def look_at(self, row: float, column: float) -> None:
        """Move the view."""
        self.following = False
        self.camera.row, self.camera.column = row, column

    def select(self, entity: int, follow: bool = False) -> None:
        """Select somebody, and on request follow."""
        self.shown.selected = entity
        if follow:
            self.following = True
            if self.camera.zoom < 16:
                self.camera.zoom = 32.0

    def select_next(self) -> None:
        """Select the next living player."""
        living = np.flatnonzero(self.source.scene.players["alive"] == 1)
        if not len(living):
            self.say("nobody lives")
            return
        now = self.shown.selected if self.shown.selected is not None else -1
        later = living[living > now]
        self.select(int(later[0] if len(later) else living[0]), follow=True)
        self.panel = "inspect"

    def toggle_follow(self) -> None:
        """Follow who is selected, or stop."""
        if self.shown.selected is None:
            self.say("select somebody first: click, or N")
        else:
            self.following = not self.following

    def open_search(self) -> None:
        """Ask for a slot."""
        self.search = ""

    def _open(self, name: str) -> None:
        self.panel = None if self.panel == name else name

    def panel_inspect(self) -> None:
        """Show who is selected; a person's own things when playing."""
        if self.person is not None:
            self.shown.selected = self.person.slot
        self._open("inspect")

    def panel_market(self) -> None:
        """Show the market."""
        self._open("market")

    def panel_charts(self) -> None:
        """Show charts."""
        self._open("charts")

    def panel_leaders(self) -> None:
        """Show the leaders."""
        self._open("leaders")

    def toggle_danger(self) -> None:
        """The layer of danger."""
        self.shown.danger = not self.shown.danger

    def toggle_heat(self) -> None:
        """The layer of traffic."""
        self.shown.heat = not self.shown.heat

    def toggle_view(self) -> None:
        """The layer of what the selected player sees."""
        self.shown.view = not self.shown.view
        if self.shown.view and self.shown.selected is None:
            self.say("select a player to see its view")

    def toggle_map(self) -> None:
        """The small map."""
        self.mapped = not self.mapped

    def toggle_help(self) -> None:
        """The page of keys."""
        self.helping = not self.helping

    def toggle_full(self) -> None:
        """Full screen, or back."""
        self._full = not self._full
        try:
            flags = pygame.FULLSCREEN if self._full else pygame.RESIZABLE
            self.target = pygame.display.set_mode((0, 0) if self._full else (1280, 720), flags)
        except pygame.error as error:
            self.say(f"no full screen: {error}")

    def save_screenshot(self) -> None:
        """Save a picture of the window."""
        stem = f"nmmo-tick-{self.source.scene.tick}"
        path = self.pictures / f"{stem}.png"
        number = 2
        while path.exists():
            path = self.pictures / f"{stem}-{number}.png"
            number += 1
        try:
            self.pictures.mkdir(parents=True, exist_ok=True)
            packed = io.BytesIO()
            pygame.image.save(self.target, packed, "picture.png")
            part = path.with_name(path.name + ".part")
            part.write_bytes(packed.getvalue())
            os.replace(part, path)
            self.say(f"saved {path}")
        except (OSError, pygame.error) as error:
            self.say(f"the picture could not be saved: {error}")

    def escape(self) -> None:
        """Close what is open, the uppermost first."""
        if self.helping:
            self.helping = False
        elif self.panel is not None:
            self.panel = None
        else:
            self.following = False
            self.shown.selected = None

    def quit_by_key(self) -> None:
        """End."""
        self.running = False

    # ---- playing by hand

    def _live(self) -> bool:
        if isinstance(self.source, LiveSource) and not self.source.live:
            self.say("this is the past: End goes to the present")
            return False
        return True

    def act(self, action: int) -> None:
        """The person chooses an action for the next tick."""
        if self.person is None or not self._live():
            return
        if self.person.by_policy:
            self.say("the policy plays: Tab takes over")
        elif not self.person.can(int(action)):
            self.say(f"{panels.words(Action(int(action)).name)} is not possible now")
        else:
            self.person.want(int(action))

    def hand_over(self) -> None:
        """Let the policy play, or take over."""
        if self.person is None:
            return
        self.person.by_policy = not self.person.by_policy
        self.person.held = self.person.wanted = self.person.goal = None
        self.say("the policy plays: Tab takes over" if self.person.by_policy else "you play")

    def attack_monster(self) -> None:
        """Attack the nearest monster."""
        self.act(Action.ATTACK_MONSTER)

    def attack_player(self) -> None:
        """Attack the nearest player."""
        self.act(Action.ATTACK_PLAYER)

    def wait_a_tick(self) -> None:
        """Let a tick pass."""
        if self._live() and self.person is not None and not self.person.by_policy:
            self.person.want(Action.WAIT)


def _usable(size: tuple[int, int]) -> tuple[int, int]:
    return max(LEAST_WINDOW[0], size[0]), max(LEAST_WINDOW[1], size[1])


def display_hint() -> str:
    """What to do where there is no display."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display here; a video needs none: nmmo view REPLAY --export out.mp4"
    return "a video needs no display: nmmo view REPLAY --export out.mp4"
