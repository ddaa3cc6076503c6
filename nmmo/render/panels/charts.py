"""The panel of charts: population, score and events over the whole game."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nmmo.render.history import MARKED
from nmmo.render.library import pygame
from nmmo.render.palette import ACCENT, BAD, FAINT, GOLD, GOOD, WARNING

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["charts"]


def charts(viewer: Viewer, box: pygame.Rect) -> None:
    """Curves over time; a click on one goes to that tick."""
    ui, source = viewer.ui, viewer.source
    inner = ui.panel(box, "Charts")
    if source.scanned < 1:
        told = f"reading the game: {source.scanned:.0%}"
        ui.text.draw(viewer.target, told, inner.right, inner.y - 20, "small", FAINT, "right")
    curves = source.history.curves()
    span = max(1, len(curves.ticks) // 60)  # smooth: counts of single ticks jump about
    events = []
    for column, (name, colour) in enumerate(zip(MARKED, (BAD, WARNING, ACCENT), strict=True)):
        counts = curves.marks[:, column]
        if len(counts) >= span > 1:
            counts = np.convolve(np.pad(counts, (span // 2, (span - 1) // 2), "edge"), np.ones(span) / span, "valid")
        events.append((name, counts, colour))
    height = (inner.height - 8) // 3
    for number, (title, series) in enumerate(
        (
            ("", [("players living", curves.living, ACCENT)]),
            ("", [("mean score", curves.mean_score, GOOD), ("best", curves.best_score, GOLD)]),
            ("a tick", events),
        )
    ):
        place = pygame.Rect(inner.x, inner.y + number * (height + 4), inner.width, height)
        ui.chart(place, curves.ticks, series, unit=title, now=source.scene.tick, go=viewer.scrub)
