"""The window: shows a source of scenes, and lets a person look around, go through time, or play."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import numpy as np

from nmmo.agents.errors import AgentError
from nmmo.core.enums import Action
from nmmo.render import minimap, panels, timeline, top_bar
from nmmo.render.camera import Camera
from nmmo.render.display import open_window
from nmmo.render.errors import NoDisplay
from nmmo.render.hands import Hands
from nmmo.render.library import pygame
from nmmo.render.live_source import LiveSource
from nmmo.render.messages import Messages
from nmmo.render.pace import SPEEDS, TURNS, USUAL_PACE, Pace
from nmmo.render.palette import ACCENT, PAPER
from nmmo.render.person import Person
from nmmo.render.renderer import Renderer, Shown
from nmmo.render.screenshot import save_picture
from nmmo.render.source import Source
from nmmo.render.ui import Ui

__all__ = ["Viewer"]

FRAMES_A_SECOND: Final = 60
IDLE_FRAMES: Final = 30
FAST_BUDGET: Final = 0.02  # seconds of a frame for ticks, at full speed
SLOW_BUDGET: Final = 0.04  # the same at a chosen pace
TRAVEL_BUDGET: Final = 0.04  # seconds of a frame for going to another tick
SCAN_BUDGETS: Final = (0.002, 0.01)  # least and most seconds of a frame for reading the rest of a replay
SPARE: Final = 0.002  # seconds of a frame that are left to others
MOST_NEW_CHUNKS: Final = 3  # of ground, in a frame: the rest follows in the next ones
TAP: Final = 0.14  # seconds from one step of a held key to the next, where the world waits for the person
PANEL_WIDTH: Final = 336
LEAST_FOR_BARS: Final = (360, 240)  # smaller windows show the map alone
LEAST_WINDOW: Final = (64, 48)


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
        self.target = open_window(_usable(size), pygame.RESIZABLE)
        pygame.key.set_repeat(320, 60)
        self.renderer = Renderer()
        self.ui = Ui(self.target, self.renderer.text)
        self.hands = Hands(self)
        self.pace = Pace(speed, SPEEDS[0] if person is None else TURNS)
        self.shown = Shown()
        self.camera = Camera(0, 0, 1.0, *self.target.get_size())
        self.camera.fit(source.scene.height, source.scene.width)
        self.playing = True
        self.panel: str | None = None
        self.helping = False
        self.mapped = True
        self.following = False
        self.chosen_slot = 0
        self.chosen_item = 1
        self.running = True
        self._minimap = minimap.Minimap()
        self._messages = Messages()
        self._full = False
        self._titled = 0.0
        self._walked = -1.0
        self._told: str | None = None
        if person is not None:
            self.select(person.slot, follow=True)
            self.panel = "inspect"
            if isinstance(source, LiveSource):
                source.choose = person.choose
            self.camera.zoom = 48.0
            self.say("You play. ? shows the keys; Tab lets the policy play.")
        else:
            self.say(source.notice or "? shows all keys", 5 if source.notice is None else 20)

    # ---- the loop

    def run(self) -> None:
        """Show the window until it is closed."""
        clock = pygame.time.Clock()
        last = time.perf_counter()
        try:
            while self.running:
                begun = time.perf_counter()
                for event in pygame.event.get():
                    self.hands.handle(event)
                self._advance(begun - last)
                self.hands.pan(begun - last)
                last = begun
                self.draw()
                pygame.display.flip()
                least, most = SCAN_BUDGETS
                left = 1 / FRAMES_A_SECOND - SPARE - (time.perf_counter() - begun)
                self.work(TRAVEL_BUDGET, min(max(left, least), most))
                busy = self.playing or self.hands.dragging or pygame.key.get_focused()
                clock.tick(FRAMES_A_SECOND if busy else IDLE_FRAMES)
        finally:
            pygame.display.quit()

    def work(self, travel: float, scan: float) -> None:
        """Go on with what takes long; seconds, as for ``Source.work``."""
        self.source.work(travel, scan)
        problem = self.source.problem
        if problem is not None and problem != self._told:
            self.say(problem, 20)
        self._told = problem

    @property
    def waits(self) -> bool:
        """Whether the world waits for the person's next action."""
        return self.person is not None and self.pace.speed == TURNS and not self.person.by_policy

    def _advance(self, passed: float) -> None:
        """Step as many ticks as the pace asks for."""
        if not self.playing or self.source.aimed is not None:
            self.pace.due = 0.0
        elif self.waits:
            assert self.person is not None
            self.pace.due = 0.0
            if self.person.busy and passed and time.perf_counter() - self._walked > TAP:
                self._walked = time.perf_counter()
                self._step()
        elif self.pace.unlimited:
            until = time.perf_counter() + FAST_BUDGET
            while time.perf_counter() < until and self._step():
                pass
        else:
            self.pace.pass_time(passed)
            until = time.perf_counter() + SLOW_BUDGET
            while time.perf_counter() < until and self.pace.take_tick() and self._step():
                pass

    def _step(self) -> bool:
        try:
            stepped = self.source.step()
        except AgentError as error:
            self.say(str(error), 20)
            stepped = False
        if not stepped:
            self.playing = False
            if self.source.at_end:
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
        self._draw_world()
        if bars:
            top_bar.draw(self, width)
            bottom = pygame.Rect(8, height - timeline.HEIGHT - 8, width - 16, timeline.HEIGHT)
            timeline.draw(self, bottom)
            if self.mapped and width >= 520 and height >= 400:
                edge = min(190, width // 4, height // 3)
                self._minimap.draw(self, pygame.Rect(8, bottom.y - edge - 8, edge, edge))
            if side is not None:
                panels.draw(self, side)
        if self.helping:
            panels.help_page(self, self.target.get_rect().inflate(-min(80, width // 16), -min(60, height // 12)))
        if self.hands.search is not None:
            self._draw_search(width)
        if not self.helping:
            right = side.x if side is not None and side.x > width // 3 else width
            self._messages.draw(self.target, self.ui.text, 0, right, 48 if bars else 4)
        self.ui.show_hint()
        self._title()

    def _draw_world(self) -> None:
        source, shown = self.source, self.shown
        gliding = self.playing and self.pace.smooth and not self.waits and source.aimed is None
        part = min(max(self.pace.due, 0.0), 1.0) if gliding else 1.0
        pace = USUAL_PACE if self.waits else min(self.pace.ticks_a_second, 60.0) if self.playing else 1.0
        shown.linger = min(max(0.9 * pace, 1.6), 24.0)
        shown.heat_map = source.traffic.heat
        shown.moment = time.perf_counter()
        self.renderer.draw(
            self.target, source.scene, self.camera,
            before=source.before, part=part, shown=shown, most_new_chunks=MOST_NEW_CHUNKS,
        )  # fmt: skip

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

    def _draw_search(self, width: int) -> None:
        box = pygame.Rect(0, 0, min(360, width - 20), 62)
        box.midtop = width // 2, 52
        inner = self.ui.panel(box)
        most = len(self.source.scene.players) - 1
        self.ui.line(f"go to player 0 to {most}, Enter", inner.x, inner.y, ACCENT, "small")
        self.ui.line(f"{self.hands.search}_", inner.x, inner.y + 18, PAPER, "large")

    def _title(self) -> None:
        now = time.perf_counter()
        if now - self._titled > 0.2:
            self._titled = now
            what = ""
            if self.person is not None:
                what = " - the policy plays" if self.person.by_policy else " - you play"
            pygame.display.set_caption(f"{self.source.title}{what} - tick {self.source.scene.tick}")

    def say(self, words: str, seconds: float = 5.0) -> None:
        """Show a message for a while."""
        self._messages.say(words, seconds)

    # ---- time: what keys and buttons do

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        self.playing = not self.playing
        if self.playing and self.source.at_end and not self.source.live:
            self.source.aim(self.source.first)

    def step_forth(self) -> None:
        """A tick on."""
        self.playing = False
        if self.source.aimed is None:
            self._step()
        else:
            self.scrub(self.source.aimed + 1)

    def step_back(self) -> None:
        """A tick back."""
        aimed = self.source.aimed
        self.scrub((self.source.scene.tick if aimed is None else aimed) - 1)

    def scrub(self, tick: int) -> None:
        """Show a tick as soon as it is ready, and pause."""
        self.playing = False
        self.renderer.effects.clear()
        self._told = None  # the same mistake is told again
        self.source.aim(tick)
        self.work(TRAVEL_BUDGET, 0.0)

    def go_first(self) -> None:
        """To the first tick."""
        self.scrub(self.source.first)

    def go_last(self) -> None:
        """To the last tick; of a live world to the present, which then goes on."""
        self.scrub(self.source.last)
        self.playing = isinstance(self.source, LiveSource)

    def faster(self) -> None:
        """The next higher speed."""
        self.pace.faster()

    def slower(self) -> None:
        """The next lower speed; below the lowest, a game waits for the person."""
        self.pace.slower()

    # ---- place: what keys and buttons do

    def zoom_in(self) -> None:
        """Nearer."""
        self.zoom(1, self.camera.width // 2, self.camera.height // 2)

    def zoom_out(self) -> None:
        """Farther."""
        self.zoom(-1, self.camera.width // 2, self.camera.height // 2)

    def zoom(self, steps: int, x: float, y: float) -> None:
        """Nearer or farther by some steps; the point of the map at a pixel stays there."""
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
        if self.panel != "mind":
            self.panel = "inspect"

    def toggle_follow(self) -> None:
        """Follow who is selected, or stop."""
        if self.shown.selected is None:
            self.say("select somebody first: click, or N")
        else:
            self.following = not self.following

    def open_search(self) -> None:
        """Ask for a slot."""
        self.hands.search = ""

    # ---- panels and layers

    def _open(self, name: str) -> None:
        self.panel = None if self.panel == name else name

    def panel_inspect(self) -> None:
        """Show who is selected; a person's own things when playing."""
        if self.person is not None and self.panel != "mind":
            self.shown.selected = self.person.slot
        self._open("inspect")

    def panel_mind(self) -> None:
        """Show what the selected player sees and thinks."""
        if self.shown.selected is None and self.person is not None:
            self.shown.selected = self.person.slot
        self._open("mind")

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

    def escape(self) -> None:
        """Close what is open, the uppermost first."""
        if self.helping:
            self.helping = False
        elif self.panel is not None:
            self.panel = None
        else:
            self.following = False
            self.shown.selected = None

    # ---- the window itself

    def resized(self, width: int, height: int) -> None:
        """The window has another size; it is not let become too small to use."""
        if width < LEAST_WINDOW[0] or height < LEAST_WINDOW[1]:
            self.target = open_window(_usable((width, height)), pygame.RESIZABLE)

    def toggle_full(self) -> None:
        """Full screen, or back."""
        self._full = not self._full
        try:
            flags = pygame.FULLSCREEN if self._full else pygame.RESIZABLE
            self.target = open_window((0, 0) if self._full else (1280, 720), flags)
        except NoDisplay as error:
            self.say(f"no full screen: {error}")

    def save_screenshot(self) -> None:
        """Save a picture of the window."""
        try:
            path = save_picture(self.target, self.pictures, f"nmmo-tick-{self.source.scene.tick}")
            self.say(f"saved {path}")
        except (OSError, pygame.error) as error:
            self.say(f"the picture could not be saved: {error}")

    def quit_by_key(self) -> None:
        """End."""
        self.running = False

    # ---- playing by hand

    def is_live(self) -> bool:
        """Whether the present is shown; if not, it is said how to get there."""
        if isinstance(self.source, LiveSource) and not self.source.live:
            self.say("this is the past: End goes to the present")
            return False
        return True

    def act(self, action: int) -> None:
        """The person chooses an action for the next tick."""
        if self.person is None or not self.is_live():
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
        if self.is_live() and self.person is not None and not self.person.by_policy:
            self.person.want(Action.WAIT)


def _usable(size: tuple[int, int]) -> tuple[int, int]:
    return max(LEAST_WINDOW[0], size[0]), max(LEAST_WINDOW[1], size[1])
