"""The panel of the market: offers, prices and volumes by item."""

from __future__ import annotations

from functools import partial

from nmmo.core.actions import PRICES
from nmmo.core.content import ACTIONS, ITEMS
from nmmo.core.enums import ObjectKind
from nmmo.render.art.palette import ACCENT, FAINT, GOLD, PAPER
from nmmo.render.backend import pygame
from nmmo.render.panels.components import draw_asking_price, words
from nmmo.render.panels.panel import Panel, PanelContext

__all__ = ["MarketPanel"]


class MarketPanel(Panel):
    """Offers and prices by item; somebody who plays by hand gets buttons to buy."""

    name = "market"
    key = "m"
    label = "market"
    description = "market: prices, volumes, offers"

    def __init__(self) -> None:
        self._chosen = 1  # item type

    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw a line per item, and the prices of the chosen one over time."""
        ui, source, human = context.ui, context.source, context.human
        inner = ui.panel(box, "Market")
        x, y, width = inner.x, inner.y, inner.width
        listings = source.listings()
        y = ui.line(
            f"{len(listings):,} offers of {int(listings['quantity'].sum()) if len(listings) else 0:,} pieces",
            x,
            y,
            FAINT,
        )
        if human is not None and source.scene.players["alive"][human.slot]:
            y = draw_asking_price(context, source.scene.players["self"][human.slot], x, y, width)
        chart_height = 120 if inner.bottom - y > len(ITEMS) * 17 + 150 else 0
        step = max(15, min(22, (inner.bottom - y - chart_height - 22) // len(ITEMS)))
        for label, right in (("offered", 0.62), ("cheapest", 0.83), ("sold", 1.0)):
            shift = 44 if human is not None else 0
            ui.text.draw(ui.target, label, x + (width - shift) * right, y, "small", FAINT, "right")
        y += 18
        for kind in range(1, len(ITEMS) + 1):
            if y + step > inner.bottom:
                break
            own = listings[listings["type"] == kind]
            sold = source.history.sold(kind)
            row = pygame.Rect(x, y, width, step - 1)

            def pick(kind: int = kind) -> None:
                self._chosen = kind

            over = ui.hot(row, pick, f"{words(ObjectKind(kind).name)}: click for its prices")
            if kind == self._chosen:
                pygame.draw.rect(ui.target, (52, 60, 86), row, border_radius=3)
            elif over:
                pygame.draw.rect(ui.target, (44, 44, 60), row, border_radius=3)
            ui.target.blit(context.sprites.icon(kind, 2, step - 1), (x, y), special_flags=pygame.BLEND_PREMULTIPLIED)
            middle = y + (step - 13) // 2
            ui.line(words(ObjectKind(kind).name), x + step + 4, middle, size="small")
            shift = 44 if human is not None else 0
            numbers = (
                (str(int(own["quantity"].sum())) if len(own) else "-", 0.62),
                (str(PRICES[int(own["price_step"].min()) - 1]) if len(own) else "-", 0.83),
                (f"{sold:,}" if sold else "-", 1.0),
            )
            for shown, right in numbers:
                ui.text.draw(ui.target, shown, x + (width - shift) * right, middle, "small", PAPER, "right")
            if human is not None:
                action = ACTIONS.buy.first + kind - 1
                ui.button(
                    pygame.Rect(x + width - 38, y, 38, step - 1),
                    "buy",
                    partial(context.act, action),
                    "the best of it that you can pay",
                    able=human.is_possible(action),
                )
            y += step
        if chart_height and inner.bottom - y > 90:
            ticks, prices, pieces = source.history.prices(self._chosen)
            place = pygame.Rect(x, y + 6, width, inner.bottom - y - 6)
            name = words(ObjectKind(self._chosen).name)
            ui.chart(
                place, ticks, [(f"{name} price", prices, GOLD), ("pieces", pieces, ACCENT)],
                now=source.scene.tick, seek=context.seek,
            )  # fmt: skip
