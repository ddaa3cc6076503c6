"""The panel of what a player sees, may do, and thinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import Action
from nmmo.render.library import Colour, pygame
from nmmo.render.palette import ACCENT, FAINT, GOLD, PAPER, WARNING
from nmmo.render.panels.parts import heading, nobody, words
from nmmo.render.panels.view import view
from nmmo.render.source import Insight

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["mind"]

LIKELIEST: Final = 10
_BAR: Final[Colour] = (64, 108, 156)
_POSSIBLE: Final[Colour] = (96, 172, 118)
_IMPOSSIBLE: Final[Colour] = (46, 46, 60)


def mind(viewer: Viewer, box: pygame.Rect) -> None:
    """The last choice's probabilities and value, the mask, the view, the last actions."""
    ui, source, slot = viewer.ui, viewer.source, viewer.shown.selected
    if slot is None:
        nobody(viewer, box)
        return
    if slot >= len(source.scene.players):
        inner = ui.panel(box, "A monster")
        ui.line("Monsters follow the rules, not a policy.", inner.x, inner.y + 4, FAINT)
        return
    inner = heading(viewer, box, slot)
    x, y, width = inner.x, inner.y, inner.width
    trace = source.trace_of(slot)
    y = _choice(viewer, source.insight_of(slot), trace[0][1] if trace else None, x, y, width)
    row = source.row_of(slot)
    if row is not None:
        y = _mask(viewer, row["mask"], x, y + 4, width)
        rows, columns = row["tiles"].shape
        side = min(width // columns, 16)
        seen = pygame.Rect(x, y + 4, width, min(rows * side + 18, inner.bottom - y - 4))
        view(viewer, slot, seen)
        y = seen.bottom
    count = min(len(trace), (inner.bottom - y - 24) // 14)
    if count > 0:
        y = ui.line("last actions", x, y + 6, FAINT, "small")
        for tick, action in trace[:count]:
            y = ui.line(f"{tick:>6}  {words(Action(action).name)}", x, y, size="small") - 1


def _choice(viewer: Viewer, insight: Insight | None, chosen: int | None, x: int, y: int, width: int) -> int:
    """What the policy thought of its last choice. Returns the y below."""
    ui = viewer.ui
    if insight is None or insight.problem is not None:
        told = insight.problem if insight is not None and insight.problem else _why_nothing(viewer)
        colour = FAINT if insight is None else WARNING
        for line in ui.text.wrapped(told, width, "small"):
            y = ui.line(line, x, y, colour, "small")
        return y
    if insight.value is not None:
        y = ui.line(f"expects a return of {insight.value:+.2f}", x, y, ACCENT)
    if insight.probabilities is None:
        return y
    y = ui.line("how likely its last choice was", x, y, FAINT, "small")
    for action in np.argsort(-insight.probabilities, kind="stable")[:LIKELIEST].tolist():
        chance = float(insight.probabilities[action])
        bar = pygame.Rect(x, y, width, 14)
        pygame.draw.rect(viewer.target, (30, 30, 42), bar, border_radius=3)
        filled = pygame.Rect(x, y, round(width * min(max(chance, 0.0), 1.0)), 14)
        if filled.width:
            pygame.draw.rect(viewer.target, _BAR, filled, border_radius=3)
        name = words(Action(action).name)
        colour = GOLD if action == chosen else PAPER
        viewer.ui.text.draw(viewer.target, name, x + 6, y + 2, "small", colour, outlined=True)
        shown = f"{chance:.1%}" if chance >= 0.0005 else "< 0.1%"
        viewer.ui.text.draw(viewer.target, shown, bar.right - 6, y + 2, "small", colour, "right", outlined=True)
        ui.hot(bar, hint=f"{name}: {shown}" + (", what it did" if action == chosen else ""))
        y += 16
    return y


def _why_nothing(viewer: Viewer) -> str:
    """Why there are no probabilities."""
    source = viewer.source
    if source.live:
        return "This agent tells no probabilities: trained policies do (nmmo watch RUN)."
    if source.aimed is None and hasattr(source, "world"):
        return "Probabilities are known of the present alone: End goes there."
    return "A replay holds what was done, not what was thought."


def _mask(viewer: Viewer, mask: NDArray[np.uint8], x: int, y: int, width: int) -> int:
    """A square for each action, lit where it is possible. Returns the y below."""
    ui = viewer.ui
    y = ui.line(f"possible now: {int(np.count_nonzero(mask))} of {len(mask)} actions", x, y, FAINT, "small")
    step = 13
    in_a_row = max(1, width // step)
    for action, possible in enumerate(mask.tolist()):
        square = pygame.Rect(x + action % in_a_row * step, y + action // in_a_row * step, step - 2, step - 2)
        pygame.draw.rect(viewer.target, _POSSIBLE if possible else _IMPOSSIBLE, square, border_radius=2)
        ui.hot(square, hint=words(Action(action).name) + ("" if possible else ": not possible"))
    return y + -(-len(mask) // in_a_row) * step + 2
