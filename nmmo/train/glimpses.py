"""Looking for something among the tiles in view, by attention."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nmmo.train.fused import MOST_CHANNELS, fusible, glimpsed
from nmmo.train.recurrent import linear

__all__ = ["Glimpses"]

PLACE_CHANNELS = 8
"""Numbers learned of a place in the view, besides those of ``_places``."""


class Glimpses(nn.Module):
    """Attention (Vaswani et al. 2017) over the tiles in view, with a few queries from what is known otherwise.

    A wide layer reads what lies where, but it cannot pick: the nearest of the trees in view, say, and which way
    it is. Each query weighs the tiles by what is on them and by where they are, and learns what is there and
    where that is.

    Parameters
    ----------
    rows, columns
        Of the view.
    channels
        Of an embedded tile.
    queries
        How many.
    known
        Width of what the queries are made of.
    width
        Of the result.
    """

    place: Tensor

    def __init__(self, rows: int, columns: int, channels: int, queries: int, known: int, width: int) -> None:
        super().__init__()
        self.tiles, self.channels, self.queries = rows * columns, channels, queries
        self.of_known = nn.Linear(known, queries * channels)
        place = torch.from_numpy(_places(rows, columns))
        self.register_buffer("place", place, persistent=False)
        steps = torch.from_numpy(_steps(rows, columns))
        self.nearness = nn.Parameter(-0.3 * steps.expand(queries, -1).clone())  # the near counts more at first
        self.landmarks = nn.Parameter(0.3 * torch.randn(self.tiles, PLACE_CHANNELS))
        self.into = nn.Linear(queries * (channels + place.shape[1] + PLACE_CHANNELS), width, bias=False)

    def forward(self, seen: Tensor, known: Tensor) -> Tensor:
        """What was looked for: of tiles [rows, tiles * channels] and known [rows, known] a [rows, width]."""
        tiles = seen.view(len(seen), self.tiles, self.channels)
        queries = linear(self.of_known, known).view(len(seen), self.queries, self.channels)
        if fusible(self.nearness) and self.channels <= MOST_CHANNELS:
            what, weights = glimpsed(tiles, queries, self.nearness)
        else:
            weights = (queries @ tiles.transpose(1, 2) + self.nearness.to(seen.dtype)).softmax(-1)
            what = weights @ tiles
        where = weights.flatten(0, 1) @ self.places().to(seen.dtype)
        found = torch.cat([what, where.view(len(seen), self.queries, -1)], -1)
        return linear(self.into, found.flatten(1))

    def places(self) -> Tensor:
        """What is told of where a tile is, [tiles, numbers]."""
        return torch.cat([self.place, self.landmarks], 1)


def _offsets(rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of each tile of a view from its middle."""
    row, column = np.mgrid[:rows, :columns]
    return (row - rows // 2).ravel(), (column - columns // 2).ravel()


def _steps(rows: int, columns: int) -> NDArray[np.float32]:
    """How many steps each tile of a view is away, if nothing is in the way."""
    row, column = _offsets(rows, columns)
    return (np.abs(row) + np.abs(column)).astype(np.float32)


def _places(rows: int, columns: int) -> NDArray[np.float32]:
    """Where the tiles of a view are, float32 [tiles, numbers]: the side, how far, and how soon it can be reached."""
    row, column = _offsets(rows, columns)
    steps, far = np.abs(row) + np.abs(column), np.maximum(np.abs(row), np.abs(column))
    numbers = (
        np.sign(row), np.sign(column), row / 8, column / 8,
        np.sign(row) * (np.abs(row) > np.abs(column)), np.sign(column) * (np.abs(column) > np.abs(row)),
        steps == 0, steps == 1, far == 1, far <= 3, steps / 16,
    )  # fmt: skip
    return np.stack(numbers, 1).astype(np.float32)
