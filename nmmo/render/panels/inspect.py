"""The panel of the selected player or monster: everything that is known of its body."""

from __future__ import annotations

from typing import Final

from nmmo.core.actions import PRICES
from nmmo.core.content import names
from nmmo.core.enums import Action, Biome, Element, Occupant, Skill
from nmmo.render.art.palette import BAD, FAINT, GOLD, PAPER, TEMPERS, WARNING
from nmmo.render.backend import pygame
from nmmo.render.panels.components import (
    STAMINA,
    draw_heading,
    draw_inventory,
    draw_nobody_selected,
    draw_skills,
    health_colour,
    words,
)
from nmmo.render.panels.observed_tiles import draw_observed_tiles
from nmmo.render.panels.panel import Panel, PanelContext

__all__ = ["InspectPanel"]

_STATES: Final = names("monster_state")


class InspectPanel(Panel):
    """Everything that is known of the selected player or monster."""

    name = "inspect"
    key = "i"
    label = "inspect"
    description = "who is selected"
    mode = "watch"

    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw what is known of who is selected."""
        scene, entity = context.scene, context.selected
        if entity is None:
            draw_nobody_selected(context, box)
        elif entity < len(scene.players):
            _player(context, box, entity)
        elif entity - len(scene.players) < len(scene.monsters):
            _monster(context, box, entity - len(scene.players))


def _monster(context: PanelContext, box: pygame.Rect, number: int) -> None:
    ui, monster = context.ui, context.scene.monsters[number]
    temper, state = int(monster["temper"]), int(monster["state"])
    inner = ui.panel(box, f"Monster {number}")
    x, y = inner.x, inner.y
    doing = words(_STATES[state]) if state < len(_STATES) else ""
    if not monster["alive"]:
        ui.line(f"{doing}; back in {monster['timer']} ticks", x, y, FAINT)
        return
    sprite = context.sprites.monster(temper, int(monster["style"]), int(monster["element"]), int(monster["tier"]), 64)
    ui.target.blit(sprite, (inner.right - 96, y - 34), special_flags=pygame.BLEND_PREMULTIPLIED)
    y = ui.line(words(Occupant(temper).name), x, y, TEMPERS.get(temper, PAPER))
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


def _player(context: PanelContext, box: pygame.Rect, slot: int) -> None:
    ui, source = context.ui, context.source
    player = source.scene.players[slot]
    me = player["self"]
    inner = draw_heading(context, box, slot, "inspect")
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
    y = draw_skills(context, me, x, y, width, box.bottom)
    y = draw_inventory(context, player["inventory"], x, y, width)
    room = box.bottom - y - 12
    actions = source.action_history_of(slot)
    count = min(len(actions), max(0, (room - 18) // 16 - (9 if room > 290 else 0)))
    if count > 0:
        y = ui.line("last actions", x, y, FAINT, "small")
        for tick, action in actions[:count]:
            y = ui.line(f"{tick:>6}  {words(Action(action).name)}", x, y, size="small")
    draw_observed_tiles(context, slot, pygame.Rect(x, y + 4, width, box.bottom - y - 14))
