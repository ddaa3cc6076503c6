"""Which panel is open, and what panels may use and ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nmmo.render.art.sprite_cache import SpriteCache
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui
from nmmo.render.panels import Panel, PanelContext
from nmmo.render.sources.source import Source
from nmmo.render.window.map_view import MapView

__all__ = ["PanelHost"]


class PanelHost:
    """Holds the window's panels, of which at most one is open.

    Parameters
    ----------
    panels
        One instance each.
    source, ui, sprites, map_view, seek, act
        What panels may use: see ``PanelContext``.

    Attributes
    ----------
    available
        The panels that have a button now: some exist only while somebody plays by hand, or while nobody does.
    current
        The open panel; None: all are closed.
    """

    def __init__(
        self,
        panels: Sequence[Panel],
        source: Source,
        ui: Ui,
        sprites: SpriteCache,
        map_view: MapView,
        seek: Callable[[int], None],
        act: Callable[[int], None],
    ) -> None:
        self._panels = {panel.name: panel for panel in panels}
        mode = "watch" if source.human is None else "play"
        self.available = [panel for panel in panels if panel.mode in ("always", mode)]
        self.current: Panel | None = None
        self._source, self._ui, self._sprites, self._map_view = source, ui, sprites, map_view
        self._seek, self._act = seek, act

    def open(self, name: str) -> None:
        """Open a panel in place of the one that is open.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        self.current = self._panels[name]

    def toggle(self, panel: Panel) -> None:
        """Open a panel, or close it."""
        if self.current is panel:
            self.close()
        else:
            self.current = panel
            panel.on_open(self._context())

    def close(self) -> None:
        """Close the panel that is open."""
        self.current = None

    def show_selected(self) -> None:
        """Show what is known of who is selected, unless the panel that is open does."""
        human = self._source.human
        own = human is not None and self._map_view.options.selected == human.slot
        if self.current is None or self.current.name != "policy":
            self.open("inventory" if own else "inspect")

    def draw(self, box: pygame.Rect) -> None:
        """Draw the panel that is open."""
        if self.current is not None:
            self.current.draw(self._context(), box)

    def _context(self) -> PanelContext:
        return PanelContext(
            source=self._source,
            selected=self._map_view.options.selected,
            human=self._source.human,
            ui=self._ui,
            sprites=self._sprites,
            select=self._map_view.select,
            seek=self._seek,
            act=self._act,
            open_panel=self.open,
        )
