"""The panel of leaders: who has the highest score, and how agents or teams do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nmmo.render.library import Colour, pygame
from nmmo.render.palette import FAINT, GOLD, PAPER, TEAMS, team_colours

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["leaders"]


def leaders(viewer: Viewer, box: pygame.Rect) -> None:
    """Who has the highest score, and how agents or teams do."""
    ui, scene, source = viewer.ui, viewer.source.scene, viewer.source
    inner = ui.panel(box, "Leaders")
    x, y, width = inner.x, inner.y, inner.width
    players = scene.players
    alive = players["alive"] == 1
    order = np.lexsort(
        (
            np.arange(len(players)),
            -players["self"]["age"].astype(np.int64),
            -players["score"].astype(np.int64),
        )
    )
    order = order[alive[order]][:12]
    for label, right in (("combat", 0.62), ("harvest", 0.82), ("score", 1.0)):
        ui.text.draw(viewer.target, label, x + width * right, y, "small", FAINT, "right")
    y += 18
    for slot in order.tolist():
        if y + 22 > inner.bottom:
            return
        me = players["self"][slot]
        row = pygame.Rect(x - 4, y - 2, width + 8, 21)

        def pick(slot: int = slot) -> None:
            viewer.select(slot, follow=True)

        if ui.hot(row, pick, f"player {slot}: click to follow"):
            pygame.draw.rect(viewer.target, (44, 44, 60), row, border_radius=3)
        pygame.draw.circle(viewer.target, team_colours(int(me["team"]), slot)[0], (x + 6, y + 7), 6)
        ui.line(f"{slot}  {source.name_of(slot)}", x + 18, y, most=int(width * 0.45))
        for number, right in (
            (me["combat_level"], 0.62),
            (me["harvest_level"], 0.82),
            (players["score"][slot], 1.0),
        ):
            ui.text.draw(
                viewer.target,
                str(number),
                x + width * right,
                y,
                "normal",
                GOLD if right == 1.0 else PAPER,
                "right",
            )
        y += 21
    y += 8
    groups: list[tuple[str, NDArray[np.bool_], Colour]] = []
    if scene.config.team_size > 1:
        groups = [
            (
                f"team {team}",
                (np.arange(len(players)) // scene.config.team_size == team - 1),
                TEAMS[(team - 1) % 8],
            )
            for team in range(1, scene.config.n_teams + 1)
        ]
    else:
        names = [source.name_of(slot) for slot in range(len(players))]
        different = sorted(set(names) - {""})
        table = np.array(names)
        groups = (
            [(name, table == name, TEAMS[number % 8]) for number, name in enumerate(different)]
            if len(different) > 1
            else []
        )
    if groups and y + 40 < inner.bottom:
        y = ui.line("by team" if scene.config.team_size > 1 else "by agent: living, mean score", x, y, FAINT, "small")
        told = []
        for name, chosen, colour in groups:
            living = chosen & alive
            mean = float(players["score"][living].mean()) if living.any() else 0.0
            told.append((mean, int(living.sum()), name, colour))
        for mean, count, name, colour in sorted(told, reverse=True):
            if y + 20 > inner.bottom:
                break
            pygame.draw.rect(viewer.target, colour, (x, y + 2, 10, 10))
            ui.line(name, x + 18, y, most=int(width * 0.5))
            ui.text.draw(viewer.target, f"{count}", x + width * 0.72, y, "normal", PAPER, "right")
            ui.text.draw(viewer.target, f"{mean:.2f}", x + width, y, "normal", GOLD, "right")
            y += 20
