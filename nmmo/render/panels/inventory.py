"""The panel of a person who plays: what he has, and what can be done with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nmmo.core.actions import PRICES
from nmmo.core.enums import Action, Biome
from nmmo.render.library import pygame
from nmmo.render.palette import ACCENT, BAD, FAINT, GOLD, WARNING
from nmmo.render.panels.parts import STAMINA, heading, health_colour, item_box, item_name, skills, words

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["asking", "inventory"]


def inventory(viewer: Viewer, box: pygame.Rect) -> None:
    """What the person has, and what can be done with it."""
    person = viewer.person
    assert person is not None
    ui, player = viewer.ui, viewer.source.scene.players[person.slot]
    me = player["self"]
    inner = heading(viewer, box, person.slot)
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
    chosen = viewer.chosen_slot
    side = min(48, (width - 3 * 6) // 4)
    for number, item in enumerate(player["inventory"]):
        place = pygame.Rect(x + number % 4 * (side + 6), y + number // 4 * (side + 6), side, side)

        def choose(number: int = number) -> None:
            viewer.chosen_slot = number

        def use(number: int = number) -> None:
            viewer.act(Action.USE_1 + number)

        item_box(viewer, place, item, number)
        hint = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"])) if item["type"] else "empty"
        ui.hot(place, choose, f"{hint}: click to choose, right click to use", right=use)
        if number == chosen:
            pygame.draw.rect(viewer.target, ACCENT, place.inflate(4, 4), 2, border_radius=6)
    y += 3 * (side + 6) + 2
    item = player["inventory"][chosen]
    what = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"])) if item["type"] else "nothing"
    y = ui.line(f"slot {chosen + 1}: {what}", x, y, ACCENT, most=width)
    third = (width - 12) // 3
    for at, (label, first, hint) in enumerate(
        (
            ("use", Action.USE_1, "wear it, take it off, eat or drink it"),
            ("sell", Action.SELL_1, "list up to 12 pieces at your asking price"),
            ("drop", Action.DROP_1, "lay it on the ground"),
        )
    ):
        action = int(first) + chosen
        ui.button(
            pygame.Rect(x + at * (third + 6), y, third, 28),
            label,
            partial(viewer.act, action),
            hint,
            able=person.can(action),
        )
    y += 36
    y = asking(viewer, me, x, y, width)
    skills(viewer, me, x, y, width, box.bottom - 6)


def asking(viewer: Viewer, me: Any, x: int, y: int, width: int) -> int:
    """The asking price and the buttons that change it. Returns the y below."""
    person = viewer.person
    assert person is not None
    ui = viewer.ui
    ui.line(f"you ask {PRICES[max(int(me['price_step']), 1) - 1]} gold", x, y + 5)
    for at, (label, action) in enumerate((("−", Action.PRICE_DOWN), ("+", Action.PRICE_UP))):
        box = pygame.Rect(x + width - 68 + at * 36, y, 32, 26)
        ui.button(
            box,
            label,
            partial(viewer.act, action),
            "the price at which you sell, and the most you pay",
            able=person.can(action),
        )
    return y + 34
