"""The panel of leaders: who has the highest score, and how agents or teams do."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.art.palette import FAINT, GOLD, PAPER, TEAMS, team_colours
from nmmo.render.backend import Colour, pygame
from nmmo.render.panels.panel import Panel, PanelContext

__all__ = ["LeadersPanel"]

LEADERS: Final = 12

Group = tuple[str, NDArray[np.bool_], Colour]
"""A name, which slots belong to it (shape [n_players]), and its colour."""


class LeadersPanel(Panel):
    """The players with the highest score, and the mean score of agents or teams."""

    name = "leaders"
    key = "l"
    label = "leaders"
    description = "leaders"

    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw the table of players, and below it that of groups, as far as there is room."""
        inner = context.ui.panel(box, "Leaders")
        y = _draw_players(context, inner)
        if y is not None:
            _draw_groups(context, pygame.Rect(inner.x, y, inner.width, inner.bottom - y))


def _draw_players(context: PanelContext, inner: pygame.Rect) -> int | None:
    """Draw the leading players. Returns the y below them; None where no room is left."""
    ui, players = context.ui, context.scene.players
    x, y, width = inner.x, inner.y, inner.width
    alive = players["alive"] == 1
    age, score = players["self"]["age"].astype(np.int64), players["score"].astype(np.int64)
    order = np.lexsort((np.arange(len(players)), -age, -score))
    order = order[alive[order]][:LEADERS]
    for label, right in (("combat", 0.62), ("harvest", 0.82), ("score", 1.0)):
        ui.text.draw(ui.target, label, x + width * right, y, "small", FAINT, "right")
    y += 18
    for slot in order.tolist():
        if y + 22 > inner.bottom:
            return None
        me = players["self"][slot]
        row = pygame.Rect(x - 4, y - 2, width + 8, 21)

        def follow(slot: int = slot) -> None:
            context.select(slot, follow=True)

        if ui.hot(row, follow, f"player {slot}: click to follow"):
            pygame.draw.rect(ui.target, (44, 44, 60), row, border_radius=3)
        pygame.draw.circle(ui.target, team_colours(int(me["team"]), slot)[0], (x + 6, y + 7), 6)
        ui.line(f"{slot}  {context.source.name_of(slot)}", x + 18, y, most=int(width * 0.45))
        for number, right, colour in (
            (me["combat_level"], 0.62, PAPER),
            (me["harvest_level"], 0.82, PAPER),
            (players["score"][slot], 1.0, GOLD),
        ):
            ui.text.draw(ui.target, str(number), x + width * right, y, "normal", colour, "right")
        y += 21
    return y + 8


def _draw_groups(context: PanelContext, inner: pygame.Rect) -> None:
    """Draw how many of each team or agent live, and their mean score, the best first."""
    ui, players = context.ui, context.scene.players
    by_team = context.scene.config.team_size > 1
    groups = _teams(context) if by_team else _agents(context)
    x, y, width = inner.x, inner.y, inner.width
    if not groups or y + 40 >= inner.bottom:
        return
    alive = players["alive"] == 1
    y = ui.line("by team" if by_team else "by agent: living, mean score", x, y, FAINT, "small")
    rows = []
    for name, members, colour in groups:
        living = members & alive
        mean = float(players["score"][living].mean()) if living.any() else 0.0
        rows.append((mean, int(living.sum()), name, colour))
    for mean, count, name, colour in sorted(rows, reverse=True):
        if y + 20 > inner.bottom:
            break
        pygame.draw.rect(ui.target, colour, (x, y + 2, 10, 10))
        ui.line(name, x + 18, y, most=int(width * 0.5))
        ui.text.draw(ui.target, f"{count}", x + width * 0.72, y, "normal", PAPER, "right")
        ui.text.draw(ui.target, f"{mean:.2f}", x + width, y, "normal", GOLD, "right")
        y += 20


def _teams(context: PanelContext) -> list[Group]:
    config = context.scene.config
    team_of_slot = np.arange(len(context.scene.players)) // config.team_size + 1
    return [
        (f"team {team}", team_of_slot == team, TEAMS[(team - 1) % len(TEAMS)]) for team in range(1, config.n_teams + 1)
    ]


def _agents(context: PanelContext) -> list[Group]:
    """Return the agents by name, where there are several."""
    names = np.array([context.source.name_of(slot) for slot in range(len(context.scene.players))])
    different = sorted(set(names.tolist()) - {""})
    if len(different) < 2:
        return []
    return [(name, names == name, TEAMS[number % len(TEAMS)]) for number, name in enumerate(different)]
