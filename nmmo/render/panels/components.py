"""Parts that several panels are made of."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.actions import PRICES
from nmmo.core.enums import Action, ObjectKind, Skill
from nmmo.render.art.palette import BAD, FAINT, GOLD, GOOD, PAPER, WARNING, team_colours
from nmmo.render.backend import Colour, pygame
from nmmo.render.panels.panel import PanelContext

__all__ = [
    "STAMINA", "draw_asking_price", "draw_heading", "draw_inventory", "draw_item", "draw_nobody_selected",
    "draw_skills", "health_colour", "item_name", "words",
]  # fmt: skip

STAMINA: Final[Colour] = (92, 142, 214)
_COMBAT: Final[Colour] = (88, 78, 150)
_HARVEST: Final[Colour] = (70, 120, 84)
_TAB: Final = 48


def words(name: str) -> str:
    """Return a name of the engine as plain words."""
    return name.lower().replace("_", " ")


def item_name(kind: int, tier: int, quantity: int = 1) -> str:
    """Return an item as plain words, for example "sword 3"."""
    return f"{words(ObjectKind(kind).name)} {tier}" + (f" ×{quantity}" if quantity > 1 else "")


def health_colour(health: int) -> Colour:
    """Return green, yellow or red."""
    return GOOD if health > 50 else WARNING if health > 25 else BAD


def draw_nobody_selected(context: PanelContext, box: pygame.Rect) -> None:
    """Draw a panel that says how to select somebody."""
    inner = context.ui.panel(box, "Nobody selected")
    y = inner.y + 4
    for line in ("Click a player or a monster,", "press N for the next player,", "or / to search one by slot."):
        y = context.ui.line(line, inner.x, y, FAINT)


def draw_heading(context: PanelContext, box: pygame.Rect, slot: int, panel: str) -> pygame.Rect:
    """Draw the head of a panel about a player: team, name and the two tabs. Returns the space below."""
    ui = context.ui
    team = int(context.scene.players["self"]["team"][slot])
    inner = ui.panel(box)
    pygame.draw.circle(context.ui.target, team_colours(team, slot)[0], (inner.x + 8, inner.y + 9), 8)
    own = context.human is not None and slot == context.human.slot
    name = context.source.name_of(slot)
    title = f"You · player {slot}" if own else f"Player {slot}" + (f" · {name}" if name else "")
    tabs = 2 * _TAB + 4
    ui.line(title, inner.x + 22, inner.y, PAPER, "large", inner.width - 22 - tabs - 8)
    for number, (label, name, hint) in enumerate(
        (
            ("body", "inventory" if own else "inspect", "what it is and has (I)"),
            ("policy", "policy", "what it sees and thinks (P)"),
        )
    ):
        tab = pygame.Rect(inner.right - tabs + number * (_TAB + 4), inner.y - 3, _TAB, 22)

        def open_tab(name: str = name) -> None:
            context.select(slot)
            context.open_panel(name)

        ui.button(tab, label, open_tab, hint, on=name == panel)
    return pygame.Rect(inner.x, inner.y + 26, inner.width, inner.height - 26)


def draw_skills(context: PanelContext, me: Any, x: int, y: int, width: int, bottom: int) -> int:
    """Draw the levels of skills in two columns, as far as there is room. Returns the y below."""
    half = width // 2 - 4
    for skill in Skill:
        left, row = (x, skill) if skill < 4 else (x + half + 8, skill - 4)
        if y + row * 19 + 16 > bottom:
            continue
        context.ui.gauge(
            pygame.Rect(left, y + row * 19, half, 16),
            me["progress"][skill] / 256,
            _COMBAT if skill < 3 else _HARVEST,
            f"{words(skill.name)} {int(me['level'][skill])}",
        )
    return y + 4 * 19 + 5


def draw_inventory(context: PanelContext, items: NDArray[np.void], x: int, y: int, width: int) -> int:
    """Draw the slots of an inventory as icons; what is worn has a golden rim. Returns the y below."""
    side = min(40, (width - 5 * 4) // 6)
    for number, item in enumerate(items):
        box = pygame.Rect(x + number % 6 * (side + 4), y + number // 6 * (side + 4), side, side)
        draw_item(context, box, item, number)
    return y + 2 * (side + 4) + 4


def draw_item(context: PanelContext, box: pygame.Rect, item: Any, number: int) -> None:
    """Draw a slot of an inventory and what is in it."""
    target = context.ui.target
    pygame.draw.rect(target, (44, 44, 60), box, border_radius=4)
    if item["type"]:
        target.blit(
            context.sprites.icon(int(item["type"]), int(item["tier"]), box.width - 6),
            (box.x + 3, box.y + 3),
            special_flags=pygame.BLEND_PREMULTIPLIED,
        )
        if item["quantity"] > 1:
            context.ui.text.draw(
                target, str(item["quantity"]), box.right - 3, box.bottom - 12, "small", PAPER, "right", outlined=True
            )
        name = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"]))
        context.ui.hot(box, hint=name + (" (worn)" if item["worn"] else ""))
    pygame.draw.rect(target, GOLD if item["worn"] else (70, 70, 92), box, 2 if item["worn"] else 1, border_radius=4)
    context.ui.text.draw(target, str(number + 1), box.x + 3, box.y + 2, "small", FAINT)


def draw_asking_price(context: PanelContext, me: Any, x: int, y: int, width: int) -> int:
    """Draw the asking price and the buttons that change it. Returns the y below."""
    human = context.human
    assert human is not None
    ui = context.ui
    ui.line(f"you ask {PRICES[max(int(me['price_step']), 1) - 1]} gold", x, y + 5)
    for at, (label, action) in enumerate((("−", Action.PRICE_DOWN), ("+", Action.PRICE_UP))):
        box = pygame.Rect(x + width - 68 + at * 36, y, 32, 26)
        ui.button(
            box,
            label,
            partial(context.act, action),
            "the price at which you sell, and the most you pay",
            able=human.is_possible(action),
        )
    return y + 34
