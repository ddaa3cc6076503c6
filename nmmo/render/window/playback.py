"""Time in the window: playing, pausing, stepping and seeking."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from nmmo.agents.errors import AgentError
from nmmo.render.sources.source import Source
from nmmo.render.window.messages import Messages
from nmmo.render.window.playback_speed import SPEEDS, TURNS, USUAL_PACE, PlaybackSpeed

__all__ = ["SCAN_BUDGETS", "SEEK_BUDGET", "Playback"]

FAST_BUDGET: Final = 0.02
"""Seconds per frame for ticks, at full speed."""
SLOW_BUDGET: Final = 0.04
"""Seconds per frame for ticks, at a chosen speed."""
SEEK_BUDGET: Final = 0.04
"""Seconds per frame for a seek."""
SCAN_BUDGETS: Final = (0.002, 0.01)
"""The least and the most seconds per frame for reading the rest of a replay."""
REPEAT_SECONDS: Final = 0.14
"""Seconds between two steps of a held key, where the world waits for the human."""


class Playback:
    """Advances a source as time passes, and does what the keys and buttons of the timeline ask for.

    Parameters
    ----------
    source
        What is played.
    speed
        A multiple of the usual pace; ``TURNS``: the world waits for the human.
    messages
        Where problems are shown.
    on_seek
        Called before a seek.

    Attributes
    ----------
    speed : PlaybackSpeed
        How fast time passes.
    playing
        False while paused.
    """

    def __init__(self, source: Source, speed: float, messages: Messages, on_seek: Callable[[], None]) -> None:
        self.source = source
        self.speed = PlaybackSpeed(speed, SPEEDS[0] if source.human is None else TURNS)
        self.playing = True
        self._messages, self._on_seek = messages, on_seek
        self._last_step = -1.0  # of a human for whom the world waits
        self._reported_problem: str | None = None

    # ---- as time passes

    @property
    def waits_for_human(self) -> bool:
        """Whether the world waits for the human's next action."""
        human = self.source.human
        return human is not None and self.speed.factor == TURNS and not human.autopilot

    @property
    def fraction(self) -> float:
        """How far bodies are drawn on their way from the previous tick to the present one, 0 to 1."""
        if not self.playing or not self.speed.smooth or self.waits_for_human or self.source.target_tick is not None:
            return 1.0
        return min(max(self.speed.due, 0.0), 1.0)

    @property
    def ticks_per_second(self) -> float:
        """The pace at which ticks are shown."""
        if self.waits_for_human:
            return USUAL_PACE
        return min(self.speed.ticks_per_second, 60.0) if self.playing else 1.0

    def advance(self, seconds: float) -> None:
        """Step as many ticks as are due after some seconds."""
        if not self.playing or self.source.target_tick is not None:
            self.speed.due = 0.0
        elif self.waits_for_human:
            self._advance_turns(seconds)
        elif self.speed.unlimited:
            until = time.perf_counter() + FAST_BUDGET
            while time.perf_counter() < until and self._step():
                pass
        else:
            self.speed.pass_time(seconds)
            until = time.perf_counter() + SLOW_BUDGET
            while time.perf_counter() < until and self.speed.take_tick() and self._step():
                pass

    def _advance_turns(self, seconds: float) -> None:
        human = self.source.human
        assert human is not None
        self.speed.due = 0.0
        if human.has_action and seconds and time.perf_counter() - self._last_step > REPEAT_SECONDS:
            self._last_step = time.perf_counter()
            self._step()

    def _step(self) -> bool:
        try:
            stepped = self.source.step()
        except AgentError as error:
            self._messages.show(str(error), 20)
            stepped = False
        if not stepped:
            self.playing = False
            if self.source.at_end:
                self._messages.show("the end")
        return stepped

    def run_pending(self, seek_seconds: float, scan_seconds: float) -> None:
        """Continue work that takes longer than a frame; parameters as for ``Source.run_pending``."""
        self.source.run_pending(seek_seconds, scan_seconds)
        problem = self.source.problem
        if problem is not None and problem != self._reported_problem:
            self._messages.show(problem, 20)
        self._reported_problem = problem

    # ---- what keys and buttons ask for

    def toggle_pause(self) -> None:
        """Pause or continue; a recording that is over begins again."""
        self.playing = not self.playing
        if self.playing and self.source.at_end and not self.source.live:
            self.source.start_seek(self.source.first_tick)

    def step_forward(self) -> None:
        """Show the next tick, and pause."""
        self.playing = False
        if self.source.target_tick is None:
            self._step()
        else:
            self.seek(self.source.target_tick + 1)

    def step_back(self) -> None:
        """Show the previous tick, and pause."""
        target = self.source.target_tick
        self.seek((self.source.scene.tick if target is None else target) - 1)

    def seek(self, tick: int) -> None:
        """Show a tick as soon as it is ready, and pause."""
        self.playing = False
        self._on_seek()
        self._reported_problem = None  # the same problem is reported again
        self.source.start_seek(tick)
        self.run_pending(SEEK_BUDGET, 0.0)

    def seek_first(self) -> None:
        """Show the first tick."""
        self.seek(self.source.first_tick)

    def seek_last(self) -> None:
        """Show the last tick; of a live world the present, which then continues."""
        self.seek(self.source.last_tick)
        self.playing = self.source.live

    def faster(self) -> None:
        """Choose the next higher speed."""
        self.speed.faster()

    def slower(self) -> None:
        """Choose the next lower speed; below the lowest, a game waits for the human."""
        self.speed.slower()
