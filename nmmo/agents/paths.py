"""Ways through a view: a breadth-first search for every agent at once, on rows of bits.

A view's row of tiles is one unsigned integer, a bit a tile; a step of the search is a few shifts of all
rows of all agents. The search goes backward, from what is wanted to the agent, so that one search serves
many wants: a want of lesser worth joins the flood some steps later, as if it stood that much further away.

The idea of flooding sets of squares by shifts comes from chess programs' bitboards.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["NORTH_EAST_SOUTH_WEST", "Paths"]

Bits: TypeAlias = NDArray[np.unsignedinteger[Any]]
Integers: TypeAlias = NDArray[np.int32]

NORTH_EAST_SOUTH_WEST: Final = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]], np.int32)
"""Row and column steps of the four directions, in the order of the actions."""

_FEW: Final = 48
"""Agents up to which one long integer is faster than an array."""
_LOOK_EVERY: Final = 4  # steps between looks whether every agent is reached: a look costs a step


class Paths:
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

    def empty(self, n: int) -> Bits:
        """No tile of n views."""
        return np.zeros((self.view_rows + 2, n), self.bits)

    def from_planes(self, planes: NDArray[np.bool_]) -> Bits:
        """Sets of tiles from planes, bool [n, tiles]."""
        n = len(planes)
        packed = np.packbits(
            planes.reshape(n, self.view_rows, self.view_columns), axis=-1, bitorder="little"
        )  # [n, rows, bytes]
        if packed.shape[2] != self._width // 8:
            found = np.zeros((n, self.view_rows, self._width // 8), np.uint8)
            found[:, :, : packed.shape[2]] = packed
            packed = found
        tiles = self.empty(n)
        tiles[1:-1] = packed.view(np.dtype(self.bits).newbyteorder("<"))[:, :, 0].T
        return tiles

    def from_places(
        self, n: int, classes: int, kind: NDArray[Any], owner: NDArray[np.int64], place: NDArray[np.int64]
    ) -> Bits:
        """Sets of single tiles by class, [classes, view_rows + 2, n].

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

    def squares(self, n: int, radius: int, owner: NDArray[np.int64], row: Integers, column: Integers) -> Bits:
        """The tiles within a distance of some places.

        Parameters
        ----------
        n
            Agents.
        radius
            The distance.
        owner : int64 [k]
            The agent of each place.
        row, column : int32 [k]
            Where it is, from the agent.
        """
        tiles = self.empty(n)
        if len(owner) == 0:
            return tiles
        low = np.clip(column + self.centre_bit - radius, 0, self._width - 1).astype(np.uint64)
        high = np.clip(column + self.centre_bit + radius + 1, 0, self._width).astype(np.uint64)
        one = np.uint64(1)
        segment = (((one << high) - one) & ~((one << low) - one)).astype(self.bits) & self.whole
        reach = np.arange(-radius, radius + 1)
        rows = row[:, None] + self.centre_row + reach
        inside = (rows >= 1) & (rows <= self.view_rows)
        index = (np.clip(rows, 0, self.view_rows + 1) * n + owner[:, None]).reshape(-1)
        bits = np.where(inside, segment[:, None], 0).astype(self.bits)
        np.bitwise_or.at(tiles.reshape(-1), index, bits.reshape(-1))
        return tiles

    def has(self, tiles: Bits, row: int, column: int) -> NDArray[np.bool_]:
        """Whether each agent's set holds the tile at (row, column) from it; False outside the view."""
        at_row, at_bit = self.centre_row + row, self.centre_bit + column
        if not (0 <= at_row < len(tiles) and 0 <= at_bit < self._width):
            return np.zeros(tiles.shape[1], np.bool_)
        held: NDArray[np.bool_] = (tiles[at_row] >> self.bits(at_bit) & self.bits(1)).astype(np.bool_)
        return held

    def first_steps(
        self, walkable: Bits, wants: Bits, delays: NDArray[np.int64] | range, most: int
    ) -> tuple[Integers, Integers]:
        """The first step of the shortest way to what each agent wants most.

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
        search = self._flooded_whole if n <= _FEW else self._flooded
        history = search(walkable, wants, starts, most)
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
        """Whether the flood stands next to every agent. beside: [3, n], the rows around the agent's."""
        around = self.bits(0b101 << (self.centre_bit - 1))
        middle = self.bits(1 << self.centre_bit)
        return bool(((beside[1] & around) | ((beside[0] | beside[2]) & middle)).all())

    def _flooded(self, walkable: Bits, wants: Bits, starts: dict[int, int], most: int) -> Bits:
        """The flood in the three rows around each agent, step by step: [steps, 3, n]."""
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

    def _flooded_whole(self, walkable: Bits, wants: Bits, starts: dict[int, int], most: int) -> Bits:
        """As ``_flooded``, on all sets as one long Python integer: for few agents, far fewer calls.

        A view is an odd number of columns wide, so that the highest bit of a row is always empty and
        nothing crosses from one agent to the next.
        """
        n = walkable.shape[1]
        down = n * self._width
        ground = _as_integer(walkable)
        wanted = {step: _as_integer(wants[kind]) for step, kind in starts.items()}
        below, only = (self.centre_row - 1) * down, (1 << 3 * down) - 1
        flood = 0
        seen: list[bytes] = []
        for step in range(most + 1):
            if step in wanted:
                flood |= wanted[step]
            seen.append((flood >> below & only).to_bytes(3 * down // 8, "little"))
            if step == most:
                break
            if step % _LOOK_EVERY == _LOOK_EVERY - 1 and self._all_reached(self._rows(seen[-1:], n)[0]):
                break
            flood |= (flood << 1 | flood >> 1 | flood << down | flood >> down) & ground
        return self._rows(seen, n)

    def _rows(self, seen: list[bytes], n: int) -> Bits:
        return np.frombuffer(b"".join(seen), np.dtype(self.bits).newbyteorder("<")).reshape(-1, 3, n)


def _as_integer(tiles: Bits) -> int:
    """A set of tiles [rows, n] as one integer, the first row lowest."""
    return int.from_bytes(tiles.astype(tiles.dtype.newbyteorder("<"), copy=False).tobytes(), "little")


_FIRST_DIRECTION: Final = np.array(
    [-1] + [next(d for d in range(4) if code >> d & 1) for code in range(1, 16)], np.int32
)
