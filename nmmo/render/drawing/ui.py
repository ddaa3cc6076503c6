"""Buttons, panels and charts, drawn again with every frame: what is drawn is what can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.art.palette import ACCENT, FAINT, INK, PANEL, PANEL_EDGE, PAPER, lighter
from nmmo.render.backend import Colour, new_surface, pygame
from nmmo.render.drawing.text import Text

__all__ = ["Ui"]

_ALPHA: Final = 226

Call = Callable[[], None]


@dataclass
class _Hot:
    box: pygame.Rect
    left: Call | None
    right: Call | None
    drag: Callable[[float, float], None] | None
    hint: str


@dataclass
class Ui:
    """Draws parts of the window, and knows what a click on them does.

    Attributes
    ----------
    target
        The window's surface.
    text
        Draws text.
    mouse
        Where the mouse is.
    """

    target: pygame.Surface
    text: Text
    mouse: tuple[int, int] = (-1, -1)
    hint: str = ""
    _hot: list[_Hot] = field(default_factory=list)
    _backs: dict[tuple[int, int, bool], pygame.Surface] = field(default_factory=dict)
    _dragged: Callable[[float, float], None] | None = None

    def begin(self, target: pygame.Surface, mouse: tuple[int, int]) -> None:
        """Begin a frame."""
        self.target, self.mouse, self.hint = target, mouse, ""
        self._hot.clear()

    # ---- the mouse

    def _over(self, x: int, y: int) -> _Hot | None:
        return next((hot for hot in reversed(self._hot) if hot.box.collidepoint(x, y)), None)

    def covers(self, x: int, y: int) -> bool:
        """Return whether a point belongs to a panel or button, not to the map."""
        return self._over(x, y) is not None

    def press(self, x: int, y: int, right: bool = False) -> bool:
        """Handle a mouse button that went down. Returns whether something took it."""
        hot = self._over(x, y)
        if hot is None:
            return False
        if right and hot.right is not None:
            hot.right()
        elif hot.drag is not None:
            self._dragged = hot.drag
            hot.drag(x, y)
        elif not right and hot.left is not None:
            hot.left()
        return True

    def move(self, x: int, y: int) -> bool:
        """Handle a mouse that moved with its button down. Returns whether something is being dragged."""
        if self._dragged is not None:
            self._dragged(x, y)
        return self._dragged is not None

    def release(self) -> None:
        """Handle a button that went up."""
        self._dragged = None

    def hot(
        self,
        box: pygame.Rect,
        left: Call | None = None,
        hint: str = "",
        right: Call | None = None,
        drag: Callable[[float, float], None] | None = None,
    ) -> bool:
        """Make a place clickable. Returns whether the mouse is over it."""
        self._hot.append(_Hot(box, left, right, drag, hint))
        inside = box.collidepoint(self.mouse)
        if inside and hint:
            self.hint = hint
        return inside

    # ---- parts

    def panel(self, box: pygame.Rect, title: str = "", solid: bool = False) -> pygame.Rect:
        """Draw a dark pane. Returns the space within it, below the title. ``solid``: nothing shines through."""
        key = *box.size, solid
        if key not in self._backs:
            if len(self._backs) > 40:
                self._backs.clear()
            back = new_surface(*box.size, alpha=True)
            pygame.draw.rect(back, (*PANEL, 255 if solid else _ALPHA), back.get_rect(), border_radius=7)
            pygame.draw.rect(back, (*PANEL_EDGE, 255), back.get_rect(), 1, border_radius=7)
            self._backs[key] = back
        self.target.blit(self._backs[key], box)
        self.hot(box)
        inner = box.inflate(-20, -16)
        if title:
            self.text.draw(self.target, title, inner.x, inner.y, "large", PAPER)
            inner = pygame.Rect(inner.x, inner.y + 26, inner.width, inner.height - 26)
        return inner

    def button(
        self, box: pygame.Rect, label: str, left: Call, hint: str = "", on: bool = False, able: bool = True
    ) -> None:
        """Draw a button with a label."""
        over = self.hot(box, left if able else None, hint)
        fill: Colour = (58, 92, 128) if on else (56, 56, 76)
        if over and able:
            fill = lighter(fill, 0.18)
        pygame.draw.rect(self.target, fill if able else (38, 38, 50), box, border_radius=5)
        pygame.draw.rect(self.target, ACCENT if on else PANEL_EDGE, box, 1, border_radius=5)
        made = self.text.rendered(label, 18, PAPER if able else FAINT)
        self.target.blit(made, made.get_rect(center=box.center))

    def line(self, words: str, x: int, y: int, colour: Colour = PAPER, size: str = "normal", most: int = 0) -> int:
        """Draw a line of text, cut where it would be too wide. Returns the y below it."""
        if most:
            shown = words
            while shown and self.text.width(shown, size) > most:
                shown = shown[:-2] if shown.endswith("…") else shown[:-1]
                shown = shown.rstrip("…") + "…" if shown not in ("", "…") else ""
            words = shown
        if words:
            self.text.draw(self.target, words, x, y, size, colour)
        return y + self.text.height(size) + 1

    def gauge(self, box: pygame.Rect, share: float, colour: Colour, label: str = "") -> None:
        """Draw a bar that is filled to a share, 0 to 1."""
        pygame.draw.rect(self.target, INK, box, border_radius=3)
        inner = box.inflate(-2, -2)
        inner.width = round(inner.width * min(max(share, 0.0), 1.0))
        if inner.width > 0:
            pygame.draw.rect(self.target, colour, inner, border_radius=2)
        if label:
            made = self.text.rendered(label, 15, PAPER, outlined=True)
            self.target.blit(made, made.get_rect(center=box.center))

    def chart(
        self,
        box: pygame.Rect,
        x: NDArray[np.float64],
        series: Sequence[tuple[str, NDArray[np.float64], Colour]],
        *,
        now: int,
        unit: str = "",
        seek: Callable[[int], None] | None = None,
    ) -> None:
        """Draw curves over ticks.

        Parameters
        ----------
        box
            Where.
        x : ndarray of float64, shape [n]
            Ticks, ascending.
        series
            Name, values [n] and colour of each curve.
        now
            The tick that is shown: it is marked, and each name is followed by its value there.
        unit
            What follows the names.
        seek
            Called with the tick that is clicked.
        """
        target = self.target
        pygame.draw.rect(target, (14, 14, 22), box, border_radius=4)
        plot = pygame.Rect(box.x + 6, box.y + 22, box.width - 12, box.height - 42)
        at = box.x + 8
        at_now = min(max(int(np.searchsorted(x, now, "right")) - 1, 0), max(len(x) - 1, 0))
        for name, values, colour in series:
            number = f"{float(values[at_now]):,.4g}" if len(values) else "-"
            at += self.text.draw(target, f"{name} {number}", at, box.y + 5, "small", colour) + 12
        if unit:
            self.text.draw(target, unit, at, box.y + 5, "small", FAINT)
        if len(x) < 2 or plot.height < 8 or plot.width < 16:
            self.text.draw(target, "nothing to show yet", plot.centerx, plot.centery - 6, "small", FAINT, "middle")
            return
        low_x, high_x = float(x[0]), float(x[-1])
        most = max((float(values.max()) for _, values, _ in series if len(values)), default=1.0) or 1.0
        least = min(0.0, min((float(values.min()) for _, values, _ in series if len(values)), default=0.0))
        for part in (0.0, 0.5, 1.0):
            y = round(plot.bottom - part * plot.height)
            pygame.draw.line(target, (44, 44, 60), (plot.x, y), (plot.right, y))
        self.text.draw(target, f"tick {low_x:,.0f}", plot.x, plot.bottom + 4, "small", FAINT)
        self.text.draw(target, f"{high_x:,.0f}", plot.right, plot.bottom + 4, "small", FAINT, "right")
        span = max(high_x - low_x, 1.0)
        chosen = np.linspace(0, len(x) - 1, min(len(x), plot.width)).astype(np.int64)
        for _, values, colour in series:
            if len(values) != len(x):
                continue
            across = plot.x + (x[chosen] - low_x) / span * plot.width
            up = plot.bottom - (values[chosen] - least) / max(most - least, 1e-9) * plot.height
            pygame.draw.lines(target, colour, False, list(zip(across.tolist(), up.tolist(), strict=True)), 2)
        self.text.draw(target, f"{most:,.4g}", plot.right, plot.y + 1, "small", FAINT, "right", outlined=True)
        share = min(max((now - low_x) / span, 0.0), 1.0)
        pygame.draw.line(
            target, PAPER, (plot.x + share * plot.width, plot.y), (plot.x + share * plot.width, plot.bottom)
        )
        if seek is not None:

            def clicked(mouse_x: float, _: float) -> None:
                part = min(max((mouse_x - plot.x) / plot.width, 0.0), 1.0)
                seek(round(low_x + part * span))

            self.hot(plot, hint="click or drag: go to that tick", drag=clicked)

    def show_hint(self) -> None:
        """Show what a click at the mouse does."""
        if not self.hint:
            return
        made = self.text.rendered(self.hint, 17, INK)
        box = made.get_rect().inflate(12, 8)
        box.topleft = self.mouse[0] + 14, self.mouse[1] + 16
        box.clamp_ip(self.target.get_rect())
        pygame.draw.rect(self.target, (250, 244, 214), box, border_radius=4)
        pygame.draw.rect(self.target, INK, box, 1, border_radius=4)
        self.target.blit(made, made.get_rect(center=box.center))
