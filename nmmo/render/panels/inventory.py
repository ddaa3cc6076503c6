"""The inventory panel of somebody who plays by hand: what the player has, and what can be done with it."""

from __future__ import annotations

from functools import partial

from nmmo.core.content import NUMBER
from nmmo.core.enums import Action, Biome
from nmmo.render.art.palette import ACCENT, BAD, FAINT, GOLD, WARNING
from nmmo.render.backend import pygame
from nmmo.render.panels.components import (
    STAMINA,
    draw_asking_price,
    draw_heading,
    draw_item,
    draw_skills,
    health_colour,
    item_name,
    words,
)
from nmmo.render.panels.panel import Panel, PanelContext

__all__ = ["InventoryPanel"]


class InventoryPanel(Panel):
    """What the player that somebody plays by hand has, with buttons for what can be done with it."""

    name = "inventory"
    key = "i"
    label = "you"
    description = "your inventory"
    mode = "play"

    def __init__(self) -> None:
        self._chosen = 0  # inventory slot

    def on_open(self, context: PanelContext) -> None:
        """Select the player that is played by hand."""
        if context.human is not None:
            context.select(context.human.slot)

    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw condition, inventory, buttons and skills."""
        human = context.human
        assert human is not None
        ui, player = context.ui, context.scene.players[human.slot]
        me = player["self"]
        inner = draw_heading(context, box, human.slot, "inventory")
        x, y, width = inner.x, inner.y, inner.width
        if not player["alive"]:
            ui.line("You have no body at the moment.", x, y, WARNING)
            return
        y = ui.line(f"score {player['score']}: combat {me['combat_level']}, harvest {me['harvest_level']}", x, y, GOLD)
        health, stamina = int(me["health"]), int(me["stamina"])
        ui.gauge(pygame.Rect(x, y, width, 19), health / 100, health_colour(health), f"health {health}")
        ui.gauge(pygame.Rect(x, y + 22, width, 16), stamina / 100, STAMINA, f"stamina {stamina}")
        y += 43
        y = ui.line(f"attack {player['attack']}, defence {player['defence']}, gold {me['gold']}", x, y)
        y = ui.line(
            "in combat" if me["combat_ticks"] else f"danger {me['danger']}, {words(Biome(int(me['biome'])).name)}",
            x,
            y,
            BAD if me["combat_ticks"] else FAINT,
        )
        chosen = self._chosen
        side = min(48, (width - 3 * 6) // 4)
        for number, item in enumerate(player["inventory"]):
            place = pygame.Rect(x + number % 4 * (side + 6), y + number // 4 * (side + 6), side, side)

            def choose(number: int = number) -> None:
                self._chosen = number

            def use(number: int = number) -> None:
                context.act(Action.USE_1 + number)

            draw_item(context, place, item, number)
            hint = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"])) if item["type"] else "empty"
            ui.hot(place, choose, f"{hint}: click to choose, right click to use", right=use)
            if number == chosen:
                pygame.draw.rect(ui.target, ACCENT, place.inflate(4, 4), 2, border_radius=6)
        y += 3 * (side + 6) + 2
        item = player["inventory"][chosen]
        what = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"])) if item["type"] else "nothing"
        y = ui.line(f"slot {chosen + 1}: {what}", x, y, ACCENT, most=width)
        third = (width - 12) // 3
        for at, (label, first, hint) in enumerate(
            (
                ("use", Action.USE_1, "wear it, take it off, eat or drink it"),
                ("sell", Action.SELL_1, f"list up to {NUMBER.LOT} pieces at your asking price"),
                ("drop", Action.DROP_1, "lay it on the ground"),
            )
        ):
            action = int(first) + chosen
            ui.button(
                pygame.Rect(x + at * (third + 6), y, third, 28),
                label,
                partial(context.act, action),
                hint,
                able=human.is_possible(action),
            )
        y += 36
        y = draw_asking_price(context, me, x, y, width)
        draw_skills(context, me, x, y, width, box.bottom - 6)
