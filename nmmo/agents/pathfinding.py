"""Ways through a view: a breadth-first search for every agent at once, on rows of bits.

A view's row of tiles is one unsigned integer, a bit a tile; a step of the search is a few shifts of all
rows of all agents. The search goes backward, from what is wanted to the agent, so that one search serves
many wants: a want of lesser value joins the flood some steps later, as if it stood that much further away.

The idea of flooding sets of squares by shifts comes from chess programs' bitboards.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["NORTH_EAST_SOUTH_WEST", "Pathfinder"]

Bits: TypeAlias = NDArray[np.unsignedinteger[Any]]
Integers: TypeAlias = NDArray[np.int32]

NORTH_EAST_SOUTH_WEST: Final = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]], np.int32)
"""Row and column steps of the four directions, in the order of the actions."""

_FEW: Final = 48
"""Agents up to which one long integer is faster than an array."""
_LOOK_EVERY: Final = 4  # steps between looks whether every agent is reached: a look costs a step


class Pathfinder:
    """Searches in views of one size.

    Sets of tiles are unsigned integers [view_rows + 2, n]: a row of the view to a row, between two empty
    ones; bit c of agent i's integer is column c of its view. Rows first, so that a step to the north
    or south is a slice.

    Parameters
    ----------
    view_rows, view_columns
        The size of a view; at most 31 × 31.
    """

    def __init__(self, view_rows: int, view_columns: int) -> None:
        self.view_rows = view_rows
        self.view_columns = view_columns
        self.bits: Any = np.uint16 if view_columns <= 16 else np.uint32
        self._width = np.dtype(self.bits).itemsize * 8
        self.centre_row = view_rows // 2 + 1
        self.centre_bit = view_columns // 2
        self.whole = self.bits((1 << view_columns) - 1)
        self._row_of_place = (np.arange(view_rows * view_columns) // view_columns + 1).astype(np.int64)
        column = np.arange(view_rows * view_columns) % view_columns
        self._bit_of_place = (1 << column).astype(self.bits)
        self._little = np.dtype(self.bits).newbyteorder("<")
        self._squares: dict[int, Bits] = {}
        self._rings: dict[int, tuple[int, list[int], dict[int, tuple[int, int]]]] = {}

    def empty(self, n: int) -> Bits:
        """Return an empty set of tiles of n views."""
        return np.zeros((self.view_rows + 2, n), self.bits)

    def from_planes(self, planes: NDArray[np.bool_]) -> Bits:
        """Set of tiles from planes, bool [n, tiles]."""
        n = len(planes)
        packed = np.packbits(
            planes.reshape(n, self.view_rows, self.view_columns), axis=-1, bitorder="little"
        )  # [n, rows, bytes]
        if packed.shape[2] != self._width // 8:
            found = np.zeros((n, self.view_rows, self._width // 8), np.uint8)
            found[:, :, : packed.shape[2]] = packed
            packed = found
        tiles = self.empty(n)
        tiles[1:-1] = packed.view(self._little)[:, :, 0].T
        return tiles

    def from_places(
        self, n: int, classes: int, kind: NDArray[Any], owner: NDArray[np.int64], place: NDArray[np.int64]
    ) -> Bits:
        """Set of single tiles by class, [classes, view_rows + 2, n].

        Parameters
        ----------
        kind, owner, place : integer [k]
            The class, the agent and the tile of each.
        """
        rows = self.view_rows + 2
        index = (kind * rows + self._row_of_place[place]) * n + owner
        sets = np.zeros(classes * rows * n, self.bits)
        np.bitwise_or.at(sets, index, self._bit_of_place[place])
        return sets.reshape(classes, rows, n)

    def squares(self, n: int, radius: int, owner: NDArray[np.int64], place: NDArray[np.int64]) -> Bits:
        """Return the tiles within a distance of some places.

        Parameters
        ----------
        n
            Agents.
        radius
            The distance.
        owner, place : int64 [k]
            The agent and the tile of each place.
        """
        if radius not in self._squares:
            self._squares[radius] = self._squares_of(radius)
        tiles = np.zeros((n, self.view_rows + 2), self.bits)
        np.bitwise_or.at(tiles, owner, self._squares[radius][place])
        return tiles.T

    def _squares_of(self, radius: int) -> Bits:
        """Return the square around every tile, [tiles, view_rows + 2]."""
        row, column = np.divmod(np.arange(self.view_rows * self.view_columns), self.view_columns)
        low = np.maximum(column - radius, 0)
        high = np.minimum(column + radius + 1, self.view_columns)
        segment = ((1 << high) - (1 << low)).astype(self.bits)
        rows = np.arange(-1, self.view_rows + 1)
        inside = (abs(rows - row[:, None]) <= radius) & (rows >= 0) & (rows < self.view_rows)
        found: Bits = segment[:, None] * inside
        return found

    def has(self, tiles: Bits, row: int, column: int) -> NDArray[np.bool_]:
        """Return whether each agent's set holds the tile at (row, column) from it; False outside the view."""
        at_row, at_bit = self.centre_row + row, self.centre_bit + column
        if not (0 <= at_row < len(tiles) and 0 <= at_bit < self._width):
            return np.zeros(tiles.shape[1], np.bool_)
        held: NDArray[np.bool_] = (tiles[at_row] >> self.bits(at_bit) & self.bits(1)).astype(np.bool_)
        return held

    def first_steps(
        self, walkable: Bits, wants: Bits, delays: NDArray[np.int64] | range, most: int
    ) -> tuple[Integers, Integers]:
        """Return the first step of the shortest way to what each agent wants most.

        Parameters
        ----------
        walkable : [view_rows + 2, n]
            Where each agent would walk. Wanted tiles themselves need not be among them.
        wants : [classes, view_rows + 2, n]
            What is wanted, by class.
        delays : ascending integers [classes]
            By how many steps a class is put back.
        most
            Steps after which the search gives up.

        Returns
        -------
        direction : int32 [n]
            0 to 3, north, east, south, west; -1 where nothing wanted can be reached.
        distance : int32 [n]
            Steps to it, delay included.
        """
        n = walkable.shape[1]
        starts = {int(delay): kind for kind, delay in enumerate(delays)}
        if n <= _FEW:
            return self._few_first_steps(walkable, wants, starts, most)
        history = self._flooded(walkable, wants, starts, most)
        bit = self.centre_bit
        one = self.bits(1)
        # Bits 0-3: whether the flood stands north, east, south, west of the agent.
        beside = (
            (history[:, 0] >> self.bits(bit) & one)
            | (history[:, 1] >> self.bits(bit) & self.bits(2))
            | ((history[:, 2] >> self.bits(bit) & one) << self.bits(2))
            | ((history[:, 1] >> self.bits(bit - 1) & one) << self.bits(3))
        )
        found = beside != 0
        when = found.argmax(axis=0)
        code = np.take_along_axis(beside, when[None], axis=0)[0].astype(np.int32)
        direction = np.where(code > 0, _FIRST_DIRECTION[code], -1).astype(np.int32)
        return direction, when.astype(np.int32)

    def _all_reached(self, beside: Bits) -> bool:
        """Return whether the flood stands next to every agent. beside: [3, n], the rows around the agent's."""
        around = self.bits(0b101 << (self.centre_bit - 1))
        middle = self.bits(1 << self.centre_bit)
        return bool(((beside[1] & around) | ((beside[0] | beside[2]) & middle)).all())

    def _flooded(self, walkable: Bits, wants: Bits, starts: dict[int, int], most: int) -> Bits:
        """Return the flood in the three rows around each agent, step by step: [steps, 3, n]."""
        flood = np.zeros_like(walkable)
        sideways, other = np.empty_like(flood), np.empty_like(flood)
        centre = self.centre_row
        history = np.empty((most + 1, 3, walkable.shape[1]), self.bits)
        for step in range(most + 1):
            if step in starts:
                np.bitwise_or(flood, wants[starts[step]], out=flood)
            history[step] = flood[centre - 1 : centre + 2]
            if step == most or (step % _LOOK_EVERY == _LOOK_EVERY - 1 and self._all_reached(history[step])):
                break
            np.left_shift(flood, 1, out=sideways)
            np.right_shift(flood, 1, out=other)
            np.bitwise_or(sideways, other, out=sideways)
            np.bitwise_or(sideways[1:-1], flood[:-2], out=sideways[1:-1])
            np.bitwise_or(sideways[1:-1], flood[2:], out=sideways[1:-1])
            np.bitwise_and(sideways, walkable, out=sideways)
            np.bitwise_or(flood, sideways, out=flood)
        return history[: step + 1]

    def _few_first_steps(
        self, walkable: Bits, wants: Bits, starts: dict[int, int], most: int
    ) -> tuple[Integers, Integers]:
        """Do the same as ``first_steps``, on all sets as one long Python integer: for few agents, far fewer calls.

        A view is an odd number of columns wide, so that the highest bit of a row is always empty and
        nothing crosses from one agent to the next.
        """
        n = walkable.shape[1]
        if n not in self._rings:
            self._rings[n] = self._ring(n)
        waiting, ring_of, meaning = self._rings[n]
        down = n * self._width
        ground = int.from_bytes(walkable.astype(self._little, copy=False).tobytes(), "little")
        raw = wants.astype(self._little, copy=False).tobytes()
        size = len(raw) // len(wants)
        directions, distances = [-1] * n, [0] * n
        flood = 0
        for step in range(most + 1):
            if step in starts:
                at = starts[step] * size
                flood |= int.from_bytes(raw[at : at + size], "little")
            arrived = flood & waiting
            while arrived:  # from the lowest bit, so north before west, east, south
                agent, direction = meaning[(arrived & -arrived).bit_length() - 1]
                directions[agent], distances[agent] = direction, step
                waiting &= ~ring_of[agent]
                arrived &= waiting
            if not waiting:
                break
            flood |= (flood << 1 | flood >> 1 | flood << down | flood >> down) & ground
        return np.array(directions, np.int32), np.array(distances, np.int32)

    def _ring(self, n: int) -> tuple[int, list[int], dict[int, tuple[int, int]]]:
        """Return the four tiles around n agents: all bits, each agent's, and whose a bit is, in which direction."""
        ring_of, meaning = [0] * n, {}
        for agent in range(n):
            for direction, (row, column) in enumerate(NORTH_EAST_SOUTH_WEST.tolist()):
                bit = ((self.centre_row + row) * n + agent) * self._width + self.centre_bit + column
                ring_of[agent] |= 1 << bit
                meaning[bit] = (agent, direction)
        return sum(ring_of), ring_of, meaning


_FIRST_DIRECTION: Final = np.array(
    [-1] + [next(d for d in range(4) if code >> d & 1) for code in range(1, 16)], np.int32
)
