"""The bar at the foot of the window: time, what happened when, and the speed."""

from __future__ import annotations

from typing import Final

import numpy as np

from nmmo.render.art.palette import ACCENT, BAD, FAINT, PANEL_EDGE, PAPER, WARNING
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui
from nmmo.render.sources.history import MARKED
from nmmo.render.sources.source import Source
from nmmo.render.window.playback import Playback

__all__ = ["HEIGHT", "draw_timeline"]

HEIGHT: Final = 58
_COLOURS: Final = (BAD, WARNING, ACCENT)  # in the order of MARKED: deaths, level-ups, sales


def draw_timeline(ui: Ui, box: pygame.Rect, playback: Playback) -> None:
    """Draw buttons, the speed, and the bar of time; a click or drag on the bar seeks."""
    source = playback.source
    ui.panel(box)
    x, y = box.x + 10, box.y + 6
    for label, call, hint in (
        ("|<", playback.seek_first, "to the first tick (Home)"),
        ("<", playback.step_back, "one tick back (,)"),
        ("pause" if playback.playing else "play", playback.toggle_pause, "pause, continue (Space)"),
        (">", playback.step_forward, "one tick forward (.)"),
        (">|", playback.seek_last, "to the end, or the present (End)"),
    ):
        width = 56 if label in ("play", "pause") else 28
        ui.button(pygame.Rect(x, y, width, 22), label, call, hint, on=label == "pause")
        x += width + 4
    if box.width >= 560:
        x += 8
        ui.button(pygame.Rect(x, y, 24, 22), "−", playback.slower, "slower ([)")
        shown = ui.text.rendered(playback.speed.name, 18, PAPER)
        ui.target.blit(shown, shown.get_rect(center=(x + 24 + 66, y + 11)))
        ui.button(pygame.Rect(x + 156, y, 24, 22), "+", playback.faster, "faster (])")
        x += 190
    _legend(ui, source, box, x, y)

    bar = pygame.Rect(box.x + 12, box.bottom - 24, box.width - 24, 16)
    first, last = source.first_tick, max(source.last_tick, source.first_tick + 1)
    pygame.draw.rect(ui.target, (14, 14, 22), bar, border_radius=4)
    _marks(ui, source, bar, first, last)
    pygame.draw.rect(ui.target, PANEL_EDGE, bar, 1, border_radius=4)
    if source.scan_progress < 1:  # how far the marks are complete
        pygame.draw.line(ui.target, ACCENT, bar.bottomleft, (bar.x + source.scan_progress * bar.width, bar.bottom), 2)

    def place(tick: int) -> int:
        return round(bar.x + (tick - first) / (last - first) * (bar.width - 1))

    if source.target_tick is not None:
        at = place(source.target_tick)
        pygame.draw.rect(ui.target, ACCENT, (at - 3, bar.y - 3, 7, bar.height + 6), 1)
    at = place(source.scene.tick)
    pygame.draw.line(ui.target, PAPER, (at, bar.y - 3), (at, bar.bottom + 2), 3)

    def seek(mouse_x: float, mouse_y: float) -> None:
        share = min(max((mouse_x - bar.x) / max(bar.width - 1, 1), 0.0), 1.0)
        playback.seek(round(first + share * (last - first)))

    under = min(max((ui.mouse[0] - bar.x) / max(bar.width - 1, 1), 0.0), 1.0)
    ui.hot(bar.inflate(8, 8), hint=f"tick {round(first + under * (last - first)):,}: click or drag", drag=seek)


def _legend(ui: Ui, source: Source, box: pygame.Rect, x: int, y: int) -> None:
    """Draw the tick, and what the marks mean."""
    tick = f"tick {source.scene.tick:,}" + (f" of {source.last_tick:,}" if box.width >= 480 else "")
    right = box.right - 12 - ui.text.draw(ui.target, tick, box.right - 12, y + 4, "normal", PAPER, "right")
    if box.width < 760:
        return
    for name, colour in zip(MARKED, _COLOURS, strict=True):
        pygame.draw.rect(ui.target, colour, (x, y + 7, 8, 8))
        x += 12 + ui.text.draw(ui.target, name, x + 12, y + 5, "small", FAINT) + 8
    if source.scan_progress < 1 and right - x > 150:
        progress = f"reading the game: {source.scan_progress:.0%}"
        ui.text.draw(ui.target, progress, right - 18, y + 5, "small", ACCENT, "right")


def _marks(ui: Ui, source: Source, bar: pygame.Rect, first: int, last: int) -> None:
    """Draw how much happened in each part of the time."""
    curves = source.history.curves()
    if not len(curves.ticks) or bar.width < 8:
        return
    wide = bar.width - 2
    unit = wide / (last - first)
    columns = np.clip(((curves.ticks - first) * unit).astype(np.int64), 0, wide - 1)
    width = int(curves.width * unit) + 1
    lane = bar.height // 3
    for kind, colour in enumerate(_COLOURS):
        sums = np.bincount(columns, curves.marks[:, kind], wide)
        most = float(sums.max()) or 1.0
        for column in np.flatnonzero(sums).tolist():
            high = max(1, round(lane * (sums[column] / most) ** 0.5))
            bottom = bar.y + lane * (kind + 1)
            ui.target.fill(colour, (bar.x + 1 + column, bottom - high, min(width, wide - column), high))
