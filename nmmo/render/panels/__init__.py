"""The panels at the window's right side, one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmmo.render.library import pygame
from nmmo.render.panels.charts import charts
from nmmo.render.panels.help_page import help_page
from nmmo.render.panels.inspect import inspect
from nmmo.render.panels.inventory import inventory
from nmmo.render.panels.leaders import leaders
from nmmo.render.panels.market import market
from nmmo.render.panels.mind import mind
from nmmo.render.panels.parts import words

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["draw", "help_page", "words"]

_PANELS = {"market": market, "charts": charts, "leaders": leaders, "mind": mind}


def draw(viewer: Viewer, box: pygame.Rect) -> None:
    """Draw the panel that is open."""
    own = viewer.person is not None and viewer.shown.selected in (None, viewer.person.slot)
    usual = inventory if own else inspect
    _PANELS.get(viewer.panel or "", usual)(viewer, box)
