"""The page of keys."""

from __future__ import annotations

from collections.abc import Sequence

from nmmo.render.art.palette import ACCENT, PAPER
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui
from nmmo.render.window.key_bindings import MOUSE_BINDINGS, KeyBinding

__all__ = ["draw_help_page"]


def draw_help_page(ui: Ui, box: pygame.Rect, bindings: Sequence[KeyBinding], by_hand: bool) -> None:
    """Draw all keys and what they do.

    Parameters
    ----------
    ui
        Draws.
    box
        Where.
    bindings
        The window's keys.
    by_hand
        Whether somebody plays by hand: some keys do something only then, or only otherwise.
    """
    modes = ("always", "play" if by_hand else "watch")
    inner = ui.panel(box, "Keys and mouse", solid=True)
    lines = [(label, description) for label, description, mode in MOUSE_BINDINGS if mode in modes]
    lines += [(binding.label, binding.description) for binding in bindings if binding.mode in modes]
    columns = 2 if inner.width > 560 else 1
    rows = -(-len(lines) // columns)
    step = max(13, min(24, (inner.height - 4) // max(rows, 1)))
    width = inner.width // columns
    fits = all(ui.text.width(description) <= width - 148 for _, description in lines)
    size = "normal" if step >= 18 and fits else "small"
    indent = 132 if size == "normal" else 112
    for number, (label, description) in enumerate(lines):
        x = inner.x + number // rows * width
        y = inner.y + 4 + number % rows * step
        ui.line(label, x, y, ACCENT, size)
        ui.line(description, x + indent, y, PAPER, size, width - indent - 8)
