"""The bar at the window's head: what is shown, and buttons for panels and layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nmmo.render.art.palette import GOLD, PAPER
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui
from nmmo.render.sources.source import Source
from nmmo.render.window.map_view import MapView
from nmmo.render.window.panel_host import PanelHost

__all__ = ["draw_top_bar"]


def draw_top_bar(
    ui: Ui,
    width: int,
    source: Source,
    map_view: MapView,
    panels: PanelHost,
    toggle_help: Callable[[], None],
    help_open: bool,
) -> None:
    """Draw the bar of a window of some width. Where it is narrow, layers' buttons go first, and then words."""
    box = pygame.Rect(8, 6, width - 16, 32)
    ui.panel(box)
    buttons: list[tuple[str, bool, Callable[[], None], str]] = [("?", help_open, toggle_help, "all keys (?)")]
    for panel in reversed(panels.available):
        hint = f"{panel.description} ({panel.key.upper()})" if panel.key else panel.description
        buttons.append((panel.label, panels.current is panel, partial(panels.toggle, panel), hint))
    right = box.right - 6
    for label, on, call, hint in buttons:
        button = ui.text.width(label) + 18
        if right - button < box.x + 120:
            break
        ui.button(pygame.Rect(right - button, box.y + 5, button, 22), label, call, hint, on=on)
        right -= button + 5
    options = map_view.options
    for label, on, call, hint in (
        ("view", options.view, map_view.toggle_view, "layer: what the selected player sees (F4)"),
        ("heat", options.heat, map_view.toggle_heat, "layer: where players walked lately (F3)"),
        ("danger", options.danger, map_view.toggle_danger, "layer: danger (F2)"),
    ):
        button = ui.text.width(label) + 18
        if right - button < box.x + 330:
            break
        ui.button(pygame.Rect(right - button - 12, box.y + 5, button, 22), label, call, hint, on=on)
        right -= button + 5
    text = _summary(source, right - box.x)
    ui.line(text, box.x + 12, box.y + 10, PAPER if source.human is None else GOLD, most=right - box.x - 24)


def _summary(source: Source, room: int) -> str:
    """Return what is shown, in as many words as there is room for, in pixels."""
    players, human = source.scene.players, source.human
    alive = players["alive"] == 1
    words = f"{int(alive.sum()):,} of {len(alive):,} players living"
    if room > 480:
        score = float(players["score"][alive].mean()) if alive.any() else 0.0
        words += f", mean score {score:.2f}"
    if human is not None:
        return f"{'the policy plays' if human.autopilot else 'you play'} slot {human.slot} (Tab)   {words}"
    return f"{source.title}   {words}" if room > 620 else words
