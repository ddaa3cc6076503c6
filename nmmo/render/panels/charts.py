"""The panel of charts: population, score and events over the whole game."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.render.art.palette import ACCENT, BAD, FAINT, GOLD, GOOD, WARNING
from nmmo.render.backend import Colour, pygame
from nmmo.render.panels.panel import Panel, PanelContext
from nmmo.render.sources.history import MARKED, Curves

__all__ = ["ChartsPanel"]

_COLOURS = (BAD, WARNING, ACCENT)  # in the order of MARKED


class ChartsPanel(Panel):
    """Curves over time; a click on one seeks that tick."""

    name = "charts"
    key = "c"
    label = "charts"
    description = "charts over the whole game"

    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw three charts, one below the other."""
        ui, source = context.ui, context.source
        inner = ui.panel(box, "Charts")
        if source.scan_progress < 1:
            progress = f"reading the game: {source.scan_progress:.0%}"
            ui.text.draw(ui.target, progress, inner.right, inner.y - 20, "small", FAINT, "right")
        curves = source.history.curves()
        height = (inner.height - 8) // 3
        for number, (unit, series) in enumerate(
            (
                ("", [("players living", curves.living, ACCENT)]),
                ("", [("mean score", curves.mean_score, GOOD), ("best", curves.best_score, GOLD)]),
                ("per tick", _events(curves)),
            )
        ):
            place = pygame.Rect(inner.x, inner.y + number * (height + 4), inner.width, height)
            ui.chart(place, curves.ticks, series, unit=unit, now=source.scene.tick, seek=context.seek)


def _events(curves: Curves) -> list[tuple[str, NDArray[np.float64], Colour]]:
    """Return events per tick, smoothed: counts of single ticks jump about."""
    span = max(1, len(curves.ticks) // 60)
    series = []
    for column, (name, colour) in enumerate(zip(MARKED, _COLOURS, strict=True)):
        counts = curves.marks[:, column]
        if len(counts) >= span > 1:
            counts = np.convolve(np.pad(counts, (span // 2, (span - 1) // 2), "edge"), np.ones(span) / span, "valid")
        series.append((name, counts, colour))
    return series
