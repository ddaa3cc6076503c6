"""Attention over the tiles in view."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nmmo.train.cpu_ops import MOST_CHANNELS, attend_to_tiles, supported
from nmmo.train.layers import Linear, ParameterKind

__all__ = ["TileAttention"]

PLACE_CHANNELS = 8
"""Numbers learned of a place in the view, besides those of ``_place_features``."""


class TileAttention(nn.Module):
    """Attention (Vaswani et al. 2017) over the tiles in view, with a few queries made from the rest of the encoding.

    A wide layer reads what is where, but it cannot pick: the nearest of the trees in view, for example, and which
    way it is. Each query weighs the tiles by what is on them and by where they are, and returns what is there and
    where that is.

    Parameters
    ----------
    rows, columns
        Size of the view in tiles.
    channels
        Size of an embedded tile.
    queries
        Number of queries.
    input_width
        Size of the encoding that the queries are made from.
    output_width
        Size of the result.
    """

    place_features: Tensor
    parameter_kinds: ClassVar[dict[str, ParameterKind]] = {"distance_bias": "embedding", "place_embedding": "embedding"}

    def __init__(
        self, rows: int, columns: int, channels: int, queries: int, input_width: int, output_width: int
    ) -> None:
        super().__init__()
        self.tiles, self.channels, self.queries = rows * columns, channels, queries
        self.query_layer = Linear(input_width, queries * channels)
        features = torch.from_numpy(_place_features(rows, columns))
        self.register_buffer("place_features", features, persistent=False)
        distances = torch.from_numpy(_distances(rows, columns))
        self.distance_bias = nn.Parameter(-0.3 * distances.expand(queries, -1).clone())  # the near counts more at first
        self.place_embedding = nn.Parameter(0.3 * torch.randn(self.tiles, PLACE_CHANNELS))
        self.output_layer = Linear(queries * (channels + features.shape[1] + PLACE_CHANNELS), output_width, bias=False)

    def forward(self, tiles: Tensor, encoded: Tensor) -> Tensor:
        """Attend to embedded tiles, [rows, tiles * channels], for encodings [rows, input_width].

        Returns
        -------
        Tensor
            [rows, output_width].
        """
        keys = tiles.view(len(tiles), self.tiles, self.channels)
        queries = self.query_layer(encoded).view(len(tiles), self.queries, self.channels)
        if supported(self.distance_bias) and self.channels <= MOST_CHANNELS:
            what, weights = attend_to_tiles(keys, queries, self.distance_bias)
        else:
            weights = (queries @ keys.transpose(1, 2) + self.distance_bias.to(tiles.dtype)).softmax(-1)
            what = weights @ keys
        where = weights.flatten(0, 1) @ self.places().to(tiles.dtype)
        found = torch.cat([what, where.view(len(tiles), self.queries, -1)], -1)
        attended: Tensor = self.output_layer(found.flatten(1))
        return attended

    def places(self) -> Tensor:
        """Return what the network knows about where a tile is, [tiles, numbers]."""
        return torch.cat([self.place_features, self.place_embedding], 1)


def _offsets(rows: int, columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of each tile of a view from its middle."""
    row, column = np.mgrid[:rows, :columns]
    return (row - rows // 2).ravel(), (column - columns // 2).ravel()


def _distances(rows: int, columns: int) -> NDArray[np.float32]:
    """Return how many steps each tile of a view is away, if nothing is in the way."""
    row, column = _offsets(rows, columns)
    return (np.abs(row) + np.abs(column)).astype(np.float32)


def _place_features(rows: int, columns: int) -> NDArray[np.float32]:
    """Return where the tiles of a view are, float32 [tiles, numbers]: direction, distance, and reach."""
    row, column = _offsets(rows, columns)
    steps, far = np.abs(row) + np.abs(column), np.maximum(np.abs(row), np.abs(column))
    numbers = (
        np.sign(row), np.sign(column), row / 8, column / 8,
        np.sign(row) * (np.abs(row) > np.abs(column)), np.sign(column) * (np.abs(column) > np.abs(row)),
        steps == 0, steps == 1, far == 1, far <= 3, steps / 16,
    )  # fmt: skip
    return np.stack(numbers, 1).astype(np.float32)
