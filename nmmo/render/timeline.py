"""The bar at the foot of the window: time, what happened when, and the speed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nmmo.render.library import pygame
from nmmo.render.palette import ACCENT, BAD, FAINT, PANEL_EDGE, PAPER, WARNING

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["HEIGHT", "draw"]

HEIGHT: Final = 58
_COLOURS: Final = (BAD, WARNING, ACCENT)  # deaths, level-ups, sales


def draw(viewer: Viewer, box: pygame.Rect) -> None:
    """Draw it."""
    ui, source = viewer.ui, viewer.source
    ui.panel(box)
    x, y = box.x + 10, box.y + 6
    wide = box.width >= 560
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
    if wide:
        x += 8
        ui.button(pygame.Rect(x, y, 24, 22), "−", viewer.slower, "slower ([)")
        shown = ui.text.rendered(viewer.speed_name(), 18, PAPER)
        ui.target.blit(shown, shown.get_rect(center=(x + 24 + 66, y + 11)))
        ui.button(pygame.Rect(x + 156, y, 24, 22), "+", viewer.faster, "faster (])")
        x += 190
    tick = f"tick {source.scene.tick:,}" + (f" of {source.last:,}" if box.width >= 480 else "")
    ui.text.draw(ui.target, tick, box.right - 12, y + 4, "normal", PAPER, "right")
    if box.width >= 760:
        at = x
        for name, colour in zip(("deaths", "level-ups", "sales"), _COLOURS, strict=True):
            pygame.draw.rect(ui.target, colour, (at, y + 7, 8, 8))
            at += 12 + ui.text.draw(ui.target, name, at + 12, y + 5, "small", FAINT) + 8

    bar = pygame.Rect(box.x + 12, box.bottom - 24, box.width - 24, 16)
    first, last = source.first, max(source.last, source.first + 1)
    pygame.draw.rect(ui.target, (14, 14, 22), bar, border_radius=4)
    _marks(viewer, bar, first, last)
    pygame.draw.rect(ui.target, PANEL_EDGE, bar, 1, border_radius=4)
    part = (source.scene.tick - first) / (last - first)
    at = round(bar.x + part * (bar.width - 1))
    pygame.draw.line(ui.target, PAPER, (at, bar.y - 3), (at, bar.bottom + 2), 3)

    def go(mouse_x: float, mouse_y: float) -> None:
        share = min(max((mouse_x - bar.x) / max(bar.width - 1, 1), 0.0), 1.0)
        viewer.scrub(round(first + share * (last - first)))

    under = min(max((ui.mouse[0] - bar.x) / max(bar.width - 1, 1), 0.0), 1.0)
    ui.hot(bar.inflate(8, 8), hint=f"tick {round(first + under * (last - first)):,}: click or drag", drag=go)


def _marks(viewer: Viewer, bar: pygame.Rect, first: int, last: int) -> None:
    """How much happened in each part of the time."""
    marks = viewer.source.history.marks
    if not marks or bar.width < 8:
        return
    ticks = np.fromiter(marks.keys(), np.int64, len(marks))
    counts = np.array(list(marks.values()), np.float64)
    columns = np.clip((ticks - first) * (bar.width - 2) // max(last - first, 1), 0, bar.width - 2)
    lane = bar.height // 3
    for kind, colour in enumerate(_COLOURS):
        sums = np.bincount(columns, counts[:, kind], bar.width)
        most = float(sums.max()) or 1.0
        for column in np.flatnonzero(sums).tolist():
            high = max(2, round(lane * (sums[column] / most) ** 0.5))
            bottom = bar.y + lane * (kind + 1)
            pygame.draw.line(viewer.target, colour, (bar.x + 1 + column, bottom - high), (bar.x + 1 + column, bottom))
