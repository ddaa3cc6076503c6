"""The bar at the foot of the window: time, what happened when, and the speed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nmmo.render.history import MARKED
from nmmo.render.library import pygame
from nmmo.render.palette import ACCENT, BAD, FAINT, PANEL_EDGE, PAPER, WARNING

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["HEIGHT", "draw"]

HEIGHT: Final = 58
_COLOURS: Final = (BAD, WARNING, ACCENT)  # as MARKED: deaths, level-ups, sales


def draw(viewer: Viewer, box: pygame.Rect) -> None:
    """Draw it."""
    ui, source = viewer.ui, viewer.source
    ui.panel(box)
    x, y = box.x + 10, box.y + 6
    for label, call, hint in (
        ("|<", viewer.go_first, "to the first tick (Home)"),
        ("<", viewer.step_back, "a tick back (,)"),
        ("pause" if viewer.playing else "play", viewer.toggle_pause, "pause, go on (Space)"),
        (">", viewer.step_forth, "a tick on (.)"),
        (">|", viewer.go_last, "to the end, or the present (End)"),
    ):
        width = 56 if label in ("play", "pause") else 28
        ui.button(pygame.Rect(x, y, width, 22), label, call, hint, on=label == "pause")
        x += width + 4
    if box.width >= 560:
        x += 8
        ui.button(pygame.Rect(x, y, 24, 22), "−", viewer.slower, "slower ([)")
        shown = ui.text.rendered(viewer.pace.name, 18, PAPER)
        ui.target.blit(shown, shown.get_rect(center=(x + 24 + 66, y + 11)))
        ui.button(pygame.Rect(x + 156, y, 24, 22), "+", viewer.faster, "faster (])")
        x += 190
    _legend(viewer, box, x, y)

    bar = pygame.Rect(box.x + 12, box.bottom - 24, box.width - 24, 16)
    first, last = source.first, max(source.last, source.first + 1)
    pygame.draw.rect(ui.target, (14, 14, 22), bar, border_radius=4)
    _marks(viewer, bar, first, last)
    pygame.draw.rect(ui.target, PANEL_EDGE, bar, 1, border_radius=4)
    if source.scanned < 1:  # how far the marks are complete
        pygame.draw.line(ui.target, ACCENT, bar.bottomleft, (bar.x + source.scanned * bar.width, bar.bottom), 2)

    def place(tick: int) -> int:
        return round(bar.x + (tick - first) / (last - first) * (bar.width - 1))

    if source.aimed is not None:
        at = place(source.aimed)
        pygame.draw.rect(ui.target, ACCENT, (at - 3, bar.y - 3, 7, bar.height + 6), 1)
    at = place(source.scene.tick)
    pygame.draw.line(ui.target, PAPER, (at, bar.y - 3), (at, bar.bottom + 2), 3)

    def go(mouse_x: float, mouse_y: float) -> None:
        share = min(max((mouse_x - bar.x) / max(bar.width - 1, 1), 0.0), 1.0)
        viewer.scrub(round(first + share * (last - first)))

    under = min(max((ui.mouse[0] - bar.x) / max(bar.width - 1, 1), 0.0), 1.0)
    ui.hot(bar.inflate(8, 8), hint=f"tick {round(first + under * (last - first)):,}: click or drag", drag=go)


def _legend(viewer: Viewer, box: pygame.Rect, x: int, y: int) -> None:
    """The tick, and what the marks mean."""
    ui, source = viewer.ui, viewer.source
    tick = f"tick {source.scene.tick:,}" + (f" of {source.last:,}" if box.width >= 480 else "")
    right = box.right - 12 - ui.text.draw(ui.target, tick, box.right - 12, y + 4, "normal", PAPER, "right")
    if box.width < 760:
        return
    for name, colour in zip(MARKED, _COLOURS, strict=True):
        pygame.draw.rect(ui.target, colour, (x, y + 7, 8, 8))
        x += 12 + ui.text.draw(ui.target, name, x + 12, y + 5, "small", FAINT) + 8
    if source.scanned < 1 and right - x > 150:
        told = f"reading the game: {source.scanned:.0%}"
        ui.text.draw(ui.target, told, right - 18, y + 5, "small", ACCENT, "right")


def _marks(viewer: Viewer, bar: pygame.Rect, first: int, last: int) -> None:
    """How much happened in each part of the time."""
    curves = viewer.source.history.curves()
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
            viewer.target.fill(colour, (bar.x + 1 + column, bottom - high, min(width, wide - column), high))
