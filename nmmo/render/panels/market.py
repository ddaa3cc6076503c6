"""The panel of the market: offers, prices and volumes by item."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nmmo.core.actions import PRICES
from nmmo.core.enums import Action, ObjectKind
from nmmo.render.library import pygame
from nmmo.render.palette import ACCENT, FAINT, GOLD, PAPER
from nmmo.render.panels.inventory import asking
from nmmo.render.panels.parts import words

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["market"]


def market(viewer: Viewer, box: pygame.Rect) -> None:
    """Offers and prices by item; while playing, with buttons to buy."""
    ui, source, person = viewer.ui, viewer.source, viewer.person
    inner = ui.panel(box, "Market")
    x, y, width = inner.x, inner.y, inner.width
    listings = source.listings()
    y = ui.line(
        f"{len(listings):,} offers of {int(listings['quantity'].sum()) if len(listings) else 0:,} pieces",
        x,
        y,
        FAINT,
    )
    if person is not None and source.scene.players["alive"][person.slot]:
        y = asking(viewer, source.scene.players["self"][person.slot], x, y, width)
    chart_height = 120 if inner.bottom - y > 20 * 17 + 150 else 0
    step = max(15, min(22, (inner.bottom - y - chart_height - 22) // 20))
    for label, right in (("offered", 0.62), ("cheapest", 0.83), ("sold", 1.0)):
        shift = 44 if person is not None else 0
        ui.text.draw(viewer.target, label, x + (width - shift) * right, y, "small", FAINT, "right")
    y += 18
    for kind in range(1, 21):
        if y + step > inner.bottom:
            break
        own = listings[listings["type"] == kind]
        sold = source.history.sold(kind)
        row = pygame.Rect(x, y, width, step - 1)

        def pick(kind: int = kind) -> None:
            viewer.chosen_item = kind

        over = ui.hot(row, pick, f"{words(ObjectKind(kind).name)}: click for its prices")
        if kind == viewer.chosen_item:
            pygame.draw.rect(viewer.target, (52, 60, 86), row, border_radius=3)
        elif over:
            pygame.draw.rect(viewer.target, (44, 44, 60), row, border_radius=3)
        viewer.target.blit(
            viewer.renderer.sprites.icon(kind, 2, step - 1), (x, y), special_flags=pygame.BLEND_PREMULTIPLIED
        )
        middle = y + (step - 13) // 2
        ui.line(words(ObjectKind(kind).name), x + step + 4, middle, size="small")
        shift = 44 if person is not None else 0
        numbers = (
            (str(int(own["quantity"].sum())) if len(own) else "-", 0.62),
            (str(PRICES[int(own["price_step"].min()) - 1]) if len(own) else "-", 0.83),
            (f"{sold:,}" if sold else "-", 1.0),
        )
        for shown, right in numbers:
            ui.text.draw(viewer.target, shown, x + (width - shift) * right, middle, "small", PAPER, "right")
        if person is not None:
            action = int(Action.BUY_HELM) + kind - 1
            ui.button(
                pygame.Rect(x + width - 38, y, 38, step - 1),
                "buy",
                partial(viewer.act, action),
                "the best of it that you can pay",
                able=person.can(action),
            )
        y += step
    if chart_height and inner.bottom - y > 90:
        ticks, prices, pieces = source.history.prices(viewer.chosen_item)
        place = pygame.Rect(x, y + 6, width, inner.bottom - y - 6)
        name = words(ObjectKind(viewer.chosen_item).name)
        ui.chart(
            place, ticks, [(f"{name} price", prices, GOLD), ("pieces", pieces, ACCENT)],
            now=source.scene.tick, go=viewer.scrub,
        )  # fmt: skip
