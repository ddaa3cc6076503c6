"""The panel of whoever is selected: everything that is known of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nmmo.core.actions import PRICES
from nmmo.core.enums import Action, Biome, Element, Skill
from nmmo.render.library import pygame
from nmmo.render.palette import BAD, FAINT, GOLD, PAPER, TEMPERS, WARNING
from nmmo.render.panels.parts import STAMINA, bag, heading, health_colour, nobody, skills, words
from nmmo.render.panels.view import view

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["inspect"]

_TEMPERS: Final = {2: "passive", 3: "neutral", 4: "hostile"}
_STATES: Final = ("absent", "dead", "idle", "after a target", "walking home")


def inspect(viewer: Viewer, box: pygame.Rect) -> None:
    """Everything about the selected player or monster."""
    scene, entity = viewer.source.scene, viewer.shown.selected
    if entity is None:
        nobody(viewer, box)
    elif entity < len(scene.players):
        _player(viewer, box, entity)
    elif entity - len(scene.players) < len(scene.monsters):
        _monster(viewer, box, entity - len(scene.players))


def _monster(viewer: Viewer, box: pygame.Rect, number: int) -> None:
    ui, monster = viewer.ui, viewer.source.scene.monsters[number]
    temper, state = int(monster["temper"]), int(monster["state"])
    inner = ui.panel(box, f"Monster {number}")
    x, y = inner.x, inner.y
    doing = _STATES[state] if state < len(_STATES) else ""
    if not monster["alive"]:
        ui.line(f"{doing}; back in {monster['timer']} ticks", x, y, FAINT)
        return
    sprite = viewer.renderer.sprites.monster(
        temper, int(monster["style"]), int(monster["element"]), int(monster["tier"]), 64
    )
    viewer.target.blit(sprite, (inner.right - 96, y - 34), special_flags=pygame.BLEND_PREMULTIPLIED)
    y = ui.line(_TEMPERS.get(temper, ""), x, y, TEMPERS.get(temper, PAPER))
    y = ui.line(f"level {monster['level']}, tier {monster['tier']}", x, y)
    style, element = Skill(int(monster["style"])).name, Element(int(monster["element"])).name
    y = ui.line(f"{words(style)}, element {words(element)}", x, y)
    ui.gauge(pygame.Rect(x, y + 4, inner.width, 18), monster["health"] / 100, BAD, f"health {monster['health']}")
    y += 30
    y = ui.line(doing, x, y)
    if monster["target"] >= 0:
        y = ui.line(f"target: player {monster['target']}", x, y, WARNING)
    y = ui.line(f"at row {monster['row']}, column {monster['column']}", x, y, FAINT)
    ui.line(f"home: row {monster['home_row']}, column {monster['home_column']}", x, y, FAINT)


def _player(viewer: Viewer, box: pygame.Rect, slot: int) -> None:
    ui, source = viewer.ui, viewer.source
    player = source.scene.players[slot]
    me = player["self"]
    inner = heading(viewer, box, slot)
    x, y, width = inner.x, inner.y, inner.width
    if not player["alive"]:
        ui.line("no body at the moment", x, y, FAINT)
        return
    team = int(me["team"])
    y = ui.line(
        f"{f'team {team}, ' if team else ''}score {player['score']} (best {player['best_score']}), "
        f"life {player['life']}, age {me['age']}",
        x, y, GOLD, most=width,
    )  # fmt: skip
    half = width // 2 - 4
    right = x + half + 8
    health, stamina = int(me["health"]), int(me["stamina"])
    ui.gauge(pygame.Rect(x, y, half, 17), health / 100, health_colour(health), f"health {health}")
    ui.gauge(pygame.Rect(right, y, half, 17), stamina / 100, STAMINA, f"stamina {stamina}")
    y += 22
    if source.scene.config.survival:
        ui.gauge(pygame.Rect(x, y, half, 17), me["food"] / 100, (206, 140, 70), f"food {me['food']}")
        ui.gauge(pygame.Rect(right, y, half, 17), me["water"] / 100, (70, 160, 220), f"water {me['water']}")
        y += 22
    element = f", {words(Element(int(me['element'])).name)}" if me["element"] else ""
    style = words(Skill(int(me["style"])).name)
    y = ui.line(f"attack {player['attack']}, defence {player['defence']}, {style}{element}", x, y, most=width)
    asks = PRICES[max(int(me["price_step"]), 1) - 1]
    y = ui.line(f"gold {me['gold']}, asks {asks}, net sales {player['net_sales']}", x, y, most=width)
    notes = [
        f"row {me['row']}, column {me['column']}", f"danger {me['danger']}", words(Biome(int(me["biome"])).name),
    ]  # fmt: skip
    if me["combat_ticks"]:
        notes.append("in combat")
    if me["protection_ticks"]:
        notes.append(f"protected {me['protection_ticks']}")
    y = ui.line(", ".join(notes), x, y, FAINT, "small", width) + 3
    y = skills(viewer, me, x, y, width, box.bottom)
    y = bag(viewer, player["inventory"], x, y, width)
    room = box.bottom - y - 12
    trace = source.trace_of(slot)
    count = min(len(trace), max(0, (room - 18) // 16 - (9 if room > 290 else 0)))
    if count > 0:
        y = ui.line("last actions", x, y, FAINT, "small")
        for tick, action in trace[:count]:
            y = ui.line(f"{tick:>6}  {words(Action(action).name)}", x, y, size="small")
    view(viewer, slot, pygame.Rect(x, y + 4, width, box.bottom - y - 14))
