"""The panel of what a player sees, may do, and thinks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import Action
from nmmo.render.art.palette import ACCENT, FAINT, GOLD, PAPER, WARNING
from nmmo.render.backend import Colour, pygame
from nmmo.render.panels.components import draw_heading, draw_nobody_selected, words
from nmmo.render.panels.observed_tiles import draw_observed_tiles
from nmmo.render.panels.panel import Panel, PanelContext
from nmmo.render.sources.source import Insight

__all__ = ["PolicyPanel"]

LIKELIEST: Final = 10
_BAR: Final[Colour] = (64, 108, 156)
_POSSIBLE: Final[Colour] = (96, 172, 118)
_IMPOSSIBLE: Final[Colour] = (46, 46, 60)


class PolicyPanel(Panel):
    """The last action's probabilities and value, the mask, the observed tiles, the last actions."""

    name = "policy"
    key = "p"
    label = "policy"
    description = "what the selected player sees and thinks"

    def on_open(self, context: PanelContext) -> None:
        """Select the player that is played by hand, if nobody is selected."""
        if context.selected is None and context.human is not None:
            context.select(context.human.slot)

    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw what is known of the selected player's last action."""
        ui, source, slot = context.ui, context.source, context.selected
        if slot is None:
            draw_nobody_selected(context, box)
            return
        if slot >= len(source.scene.players):
            inner = ui.panel(box, "A monster")
            ui.line("Monsters follow the rules, not a policy.", inner.x, inner.y + 4, FAINT)
            return
        inner = draw_heading(context, box, slot, "policy")
        x, y, width = inner.x, inner.y, inner.width
        actions = source.action_history_of(slot)
        y = _action_probabilities(context, source.insight_of(slot), actions[0][1] if actions else None, x, y, width)
        row = source.observation_of(slot)
        if row is not None:
            y = _mask(context, row["mask"], x, y + 4, width)
            rows, columns = row["tiles"].shape
            side = min(width // columns, 16)
            seen = pygame.Rect(x, y + 4, width, min(rows * side + 18, inner.bottom - y - 4))
            draw_observed_tiles(context, slot, seen)
            y = seen.bottom
        count = min(len(actions), (inner.bottom - y - 24) // 14)
        if count > 0:
            y = ui.line("last actions", x, y + 6, FAINT, "small")
            for tick, action in actions[:count]:
                y = ui.line(f"{tick:>6}  {words(Action(action).name)}", x, y, size="small") - 1


def _action_probabilities(
    context: PanelContext, insight: Insight | None, chosen: int | None, x: int, y: int, width: int
) -> int:
    """Draw what the policy reports about its last action. Returns the y below."""
    ui = context.ui
    if insight is None or insight.problem is not None:
        text = insight.problem if insight is not None and insight.problem else _why_nothing(context)
        colour = FAINT if insight is None else WARNING
        for line in ui.text.wrapped(text, width, "small"):
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
        pygame.draw.rect(context.ui.target, (30, 30, 42), bar, border_radius=3)
        filled = pygame.Rect(x, y, round(width * min(max(chance, 0.0), 1.0)), 14)
        if filled.width:
            pygame.draw.rect(context.ui.target, _BAR, filled, border_radius=3)
        name = words(Action(action).name)
        colour = GOLD if action == chosen else PAPER
        context.ui.text.draw(context.ui.target, name, x + 6, y + 2, "small", colour, outlined=True)
        shown = f"{chance:.1%}" if chance >= 0.0005 else "< 0.1%"
        context.ui.text.draw(context.ui.target, shown, bar.right - 6, y + 2, "small", colour, "right", outlined=True)
        ui.hot(bar, hint=f"{name}: {shown}" + (", what it did" if action == chosen else ""))
        y += 16
    return y


def _why_nothing(context: PanelContext) -> str:
    """Return why there are no probabilities."""
    source = context.source
    if not source.live:
        return "A replay holds what was done, not what was thought."
    if source.at_present:
        return "This agent reports no probabilities: trained policies do (nmmo watch RUN)."
    return "Probabilities are known of the present only: End goes there."


def _mask(context: PanelContext, mask: NDArray[np.uint8], x: int, y: int, width: int) -> int:
    """Draw a square for each action, lit where it is possible. Returns the y below."""
    ui = context.ui
    y = ui.line(f"possible now: {int(np.count_nonzero(mask))} of {len(mask)} actions", x, y, FAINT, "small")
    step = 13
    in_a_row = max(1, width // step)
    for action, possible in enumerate(mask.tolist()):
        square = pygame.Rect(x + action % in_a_row * step, y + action // in_a_row * step, step - 2, step - 2)
        pygame.draw.rect(context.ui.target, _POSSIBLE if possible else _IMPOSSIBLE, square, border_radius=2)
        ui.hot(square, hint=words(Action(action).name) + ("" if possible else ": not possible"))
    return y + -(-len(mask) // in_a_row) * step + 2
