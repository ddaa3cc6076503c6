"""What several panels have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import ObjectKind, Skill
from nmmo.render.library import Colour, pygame
from nmmo.render.palette import BAD, FAINT, GOLD, GOOD, PAPER, WARNING, team_colours

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["bag", "heading", "health_colour", "item_box", "item_name", "nobody", "skills", "words"]

STAMINA: Final[Colour] = (92, 142, 214)
_COMBAT: Final[Colour] = (88, 78, 150)
_HARVEST: Final[Colour] = (70, 120, 84)
_TAB: Final = 48


def words(name: str) -> str:
    """A name of the engine's as people write it."""
    return name.lower().replace("_", " ")


def item_name(kind: int, tier: int, quantity: int = 1) -> str:
    """An item as people write it."""
    return f"{words(ObjectKind(kind).name)} {tier}" + (f" ×{quantity}" if quantity > 1 else "")


def health_colour(health: int) -> Colour:
    """Green, yellow or red."""
    return GOOD if health > 50 else WARNING if health > 25 else BAD


def nobody(viewer: Viewer, box: pygame.Rect) -> None:
    """How to select somebody."""
    inner = viewer.ui.panel(box, "Nobody selected")
    y = inner.y + 4
    for line in ("Click a player or a monster,", "press N for the next player,", "or / to search one by slot."):
        y = viewer.ui.line(line, inner.x, y, FAINT)


def heading(viewer: Viewer, box: pygame.Rect, slot: int) -> pygame.Rect:
    """A panel about a player: its team's disc, its name, and the two pages. Returns the place below."""
    ui = viewer.ui
    team = int(viewer.source.scene.players["self"]["team"][slot])
    inner = ui.panel(box)
    pygame.draw.circle(viewer.target, team_colours(team, slot)[0], (inner.x + 8, inner.y + 9), 8)
    own = viewer.person is not None and slot == viewer.person.slot
    name = viewer.source.name_of(slot)
    title = f"You · player {slot}" if own else f"Player {slot}" + (f" · {name}" if name else "")
    tabs = 2 * _TAB + 4
    ui.line(title, inner.x + 22, inner.y, PAPER, "large", inner.width - 22 - tabs - 8)
    for number, (label, call, on, hint) in enumerate(
        (
            ("body", viewer.panel_inspect, viewer.panel != "mind", "what it is and has (I)"),
            ("mind", viewer.panel_mind, viewer.panel == "mind", "what it sees and thinks (P)"),
        )
    ):
        tab = pygame.Rect(inner.right - tabs + number * (_TAB + 4), inner.y - 3, _TAB, 22)
        ui.button(tab, label, _nothing if on else call, hint, on=on)
    return pygame.Rect(inner.x, inner.y + 26, inner.width, inner.height - 26)


def _nothing() -> None:
    """The page is open already."""


def skills(viewer: Viewer, me: Any, x: int, y: int, width: int, bottom: int) -> int:
    """Two columns of gauges, as far as there is room. Returns the y below."""
    half = width // 2 - 4
    for skill in Skill:
        left, row = (x, skill) if skill < 4 else (x + half + 8, skill - 4)
        if y + row * 19 + 16 > bottom:
            continue
        viewer.ui.gauge(
            pygame.Rect(left, y + row * 19, half, 16),
            me["progress"][skill] / 256,
            _COMBAT if skill < 3 else _HARVEST,
            f"{words(skill.name)} {int(me['level'][skill])}",
        )
    return y + 4 * 19 + 5


def bag(viewer: Viewer, items: NDArray[np.void], x: int, y: int, width: int) -> int:
    """Twelve slots as icons; what is worn has a light rim. Returns the y below."""
    side = min(40, (width - 5 * 4) // 6)
    for number, item in enumerate(items):
        box = pygame.Rect(x + number % 6 * (side + 4), y + number // 6 * (side + 4), side, side)
        item_box(viewer, box, item, number)
    return y + 2 * (side + 4) + 4


def item_box(viewer: Viewer, box: pygame.Rect, item: Any, number: int) -> None:
    """A slot of an inventory and what is in it."""
    target = viewer.target
    pygame.draw.rect(target, (44, 44, 60), box, border_radius=4)
    if item["type"]:
        target.blit(
            viewer.renderer.sprites.icon(int(item["type"]), int(item["tier"]), box.width - 6),
            (box.x + 3, box.y + 3),
            special_flags=pygame.BLEND_PREMULTIPLIED,
        )
        if item["quantity"] > 1:
            viewer.ui.text.draw(
                target, str(item["quantity"]), box.right - 3, box.bottom - 12, "small", PAPER, "right", outlined=True
            )
        name = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"]))
        viewer.ui.hot(box, hint=name + (" (worn)" if item["worn"] else ""))
    pygame.draw.rect(target, GOLD if item["worn"] else (70, 70, 92), box, 2 if item["worn"] else 1, border_radius=4)
    viewer.ui.text.draw(target, str(number + 1), box.x + 3, box.y + 2, "small", FAINT)
