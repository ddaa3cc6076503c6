"""The bar at the window's head: what is shown, and buttons for panels and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmmo.render.library import pygame
from nmmo.render.palette import GOLD, PAPER

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["draw"]


def draw(viewer: Viewer, width: int) -> None:
    """Draw it. Where the window is narrow, layers' buttons go first, and then words."""
    scene, ui, person = viewer.source.scene, viewer.ui, viewer.person
    box = pygame.Rect(8, 6, width - 16, 32)
    ui.panel(box)
    panels = [
        ("help", "?", viewer.toggle_help, "all keys (?)"),
        ("leaders", "leaders", viewer.panel_leaders, "who leads (L)"),
        ("charts", "charts", viewer.panel_charts, "population, score (C)"),
        ("market", "market", viewer.panel_market, "prices, offers (M)"),
        ("mind", "mind", viewer.panel_mind, "what the selected player sees and thinks (P)"),
        ("inspect", "you" if person else "inspect", viewer.panel_inspect, "who is selected (I)"),
    ]
    right = box.right - 6
    for name, label, call, hint in panels:
        wide = ui.text.width(label) + 18
        if right - wide < box.x + 120:
            break
        on = viewer.helping if name == "help" else viewer.panel == name
        ui.button(pygame.Rect(right - wide, box.y + 5, wide, 22), label, call, hint, on=on)
        right -= wide + 5
    for label, on, call, hint in (
        ("view", viewer.shown.view, viewer.toggle_view, "layer: what the selected player sees (F4)"),
        ("heat", viewer.shown.heat, viewer.toggle_heat, "layer: where players walked lately (F3)"),
        ("danger", viewer.shown.danger, viewer.toggle_danger, "layer: danger (F2)"),
    ):
        wide = ui.text.width(label) + 18
        if right - wide < box.x + 330:
            break
        ui.button(pygame.Rect(right - wide - 12, box.y + 5, wide, 22), label, call, hint, on=on)
        right -= wide + 5
    alive = scene.players["alive"] == 1
    score = float(scene.players["score"][alive].mean()) if alive.any() else 0.0
    words = f"{int(alive.sum()):,} of {len(alive):,} players living"
    if right > box.x + 480:
        words += f", mean score {score:.2f}"
    if person is not None:
        words = ("the policy plays" if person.by_policy else "you play") + f" slot {person.slot} (Tab)   " + words
    elif right > box.x + 620:
        words = f"{viewer.source.title}   {words}"
    ui.line(words, box.x + 12, box.y + 10, GOLD if person else PAPER, most=right - box.x - 24)
