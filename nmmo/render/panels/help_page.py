"""The page of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmmo.render.keys import KEYS, MOUSE
from nmmo.render.library import pygame
from nmmo.render.palette import ACCENT, PAPER

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["help_page"]


def help_page(viewer: Viewer, box: pygame.Rect) -> None:
    """All keys and what they do."""
    when = ("always", "play" if viewer.person is not None else "watch")
    inner = viewer.ui.panel(box, "Keys and mouse", solid=True)
    lines = [(shown, doc) for shown, doc, then in MOUSE if then in when]
    lines += [(key.shown, key.doc) for key in KEYS if key.when in when]
    columns = 2 if inner.width > 560 else 1
    rows = -(-len(lines) // columns)
    step = max(13, min(24, (inner.height - 4) // max(rows, 1)))
    width = inner.width // columns
    fits = all(viewer.ui.text.width(doc) <= width - 148 for _, doc in lines)
    size = "normal" if step >= 18 and fits else "small"
    indent = 132 if size == "normal" else 112
    for number, (shown, doc) in enumerate(lines):
        x = inner.x + number // rows * width
        y = inner.y + 4 + number % rows * step
        viewer.ui.line(shown, x, y, ACCENT, size)
        viewer.ui.line(doc, x + indent, y, PAPER, size, width - indent - 8)
