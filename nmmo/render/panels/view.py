"""What a player observes of the map, drawn small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nmmo.render.library import Colour, new_surface, pygame
from nmmo.render.palette import FAINT, GROUND, INK, PAPER, TEMPERS, VOID, team_colours

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["view"]

_SOMEBODY: Final[Colour] = (206, 206, 216)
"""Another player where there are no teams: an observation does not say who it is."""


def view(viewer: Viewer, slot: int, box: pygame.Rect) -> None:
    """The window of tiles that a player sees, from its own observation, as large as there is room for."""
    row = viewer.source.row_of(slot)
    if row is None or box.height < 60:
        return
    tiles = row["tiles"]
    rows, columns = tiles.shape
    side = min(box.width // columns, (box.height - 18) // rows)
    if side < 4:
        return
    viewer.ui.line("what it sees", box.x, box.y, FAINT, "small")
    small = new_surface(columns, rows)
    table = np.zeros((256, 3), np.uint8)
    table[:] = VOID
    for number, colour in GROUND.items():
        table[number] = colour
    pygame.surfarray.blit_array(small, table[tiles["ground"]].swapaxes(0, 1))
    frame = pygame.Rect(box.x + (box.width - columns * side) // 2, box.y + 18, columns * side, rows * side)
    viewer.target.blit(pygame.transform.scale(small, frame.size), frame)
    for at_row, at_column in zip(*(found.tolist() for found in np.nonzero(tiles["object"])), strict=True):
        kind, tier = int(tiles["object"][at_row, at_column]), int(tiles["tier"][at_row, at_column]) & 15
        icon = viewer.renderer.sprites.icon(kind, max(1, tier), side)
        viewer.target.blit(
            icon, (frame.x + at_column * side, frame.y + at_row * side), special_flags=pygame.BLEND_PREMULTIPLIED
        )
    for at_row, at_column in zip(*(found.tolist() for found in np.nonzero(tiles["occupant"] & 7)), strict=True):
        who = int(tiles["occupant"][at_row, at_column]) & 7
        team = int(tiles["team"][at_row, at_column])
        own = (at_row, at_column) == (rows // 2, columns // 2)
        body: Colour = TEMPERS[who] if who > 1 else team_colours(team, slot)[0] if own or team else _SOMEBODY
        middle = frame.x + at_column * side + side // 2, frame.y + at_row * side + side // 2
        pygame.draw.circle(viewer.target, PAPER if own else INK, middle, side // 2)
        pygame.draw.circle(viewer.target, body, middle, max(1, side // 2 - 1))
    pygame.draw.rect(viewer.target, INK, frame.inflate(2, 2), 1)
