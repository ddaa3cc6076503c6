"""The tiles that a player observes, drawn small."""

from __future__ import annotations

from typing import Final

import numpy as np

from nmmo.render.art.palette import FAINT, GROUND, INK, PAPER, TEMPERS, VOID, team_colours
from nmmo.render.backend import Colour, new_surface, pygame
from nmmo.render.panels.panel import PanelContext

__all__ = ["draw_observed_tiles"]

_SOMEBODY: Final[Colour] = (206, 206, 216)
"""The colour of other players where there are no teams: an observation does not say who they are."""


def draw_observed_tiles(context: PanelContext, slot: int, box: pygame.Rect) -> None:
    """Draw the tiles of a player's own observation, as large as there is room for."""
    row = context.source.observation_of(slot)
    if row is None or box.height < 60:
        return
    tiles = row["tiles"]
    rows, columns = tiles.shape
    side = min(box.width // columns, (box.height - 18) // rows)
    if side < 4:
        return
    context.ui.line("what it sees", box.x, box.y, FAINT, "small")
    small = new_surface(columns, rows)
    table = np.zeros((256, 3), np.uint8)
    table[:] = VOID
    for number, colour in GROUND.items():
        table[number] = colour
    pygame.surfarray.blit_array(small, table[tiles["ground"]].swapaxes(0, 1))
    frame = pygame.Rect(box.x + (box.width - columns * side) // 2, box.y + 18, columns * side, rows * side)
    context.ui.target.blit(pygame.transform.scale(small, frame.size), frame)
    for at_row, at_column in zip(*(found.tolist() for found in np.nonzero(tiles["object"])), strict=True):
        kind, tier = int(tiles["object"][at_row, at_column]), int(tiles["tier"][at_row, at_column]) & 15
        icon = context.sprites.icon(kind, max(1, tier), side)
        context.ui.target.blit(
            icon, (frame.x + at_column * side, frame.y + at_row * side), special_flags=pygame.BLEND_PREMULTIPLIED
        )
    for at_row, at_column in zip(*(found.tolist() for found in np.nonzero(tiles["occupant"] & 7)), strict=True):
        who = int(tiles["occupant"][at_row, at_column]) & 7
        team = int(tiles["team"][at_row, at_column])
        own = (at_row, at_column) == (rows // 2, columns // 2)
        body: Colour = TEMPERS[who] if who in TEMPERS else team_colours(team, slot)[0] if own or team else _SOMEBODY
        middle = frame.x + at_column * side + side // 2, frame.y + at_row * side + side // 2
        pygame.draw.circle(context.ui.target, PAPER if own else INK, middle, side // 2)
        pygame.draw.circle(context.ui.target, body, middle, max(1, side // 2 - 1))
    pygame.draw.rect(context.ui.target, INK, frame.inflate(2, 2), 1)
