"""Reading rows of observation: one's own state, and what stands in view.

Everything works on all rows at once and needs NumPy alone, so that an agent in a sandbox can use it.
The dense part of a view, 11 × 15 tiles, is touched as rarely as possible: ``ObservationReader`` picks the
few tiles that hold something out of the tile words in one comparison, and everything after that works on this short
list (``Entities``). What concerns the ground goes into rows of bits (``nmmo.agents.pathfinding``).
"""

from __future__ import annotations

import math
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Entities", "ObservationReader"]

Bytes: TypeAlias = NDArray[np.uint8]
Integers: TypeAlias = NDArray[np.int32]
Indices: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]

_TILE_PARTS: Final = (
    ("object", 0, 8), ("tier", 0, 4), ("tier", 4, 4), ("occupant", 0, 3), ("level", 0, 6), ("level", 6, 2),
    ("health", 0, 7), ("style", 0, 2), ("style", 2, 3), ("team", 0, 8),
)  # fmt: skip
"""What each row of ``Entities.table`` from ``object`` on is: the field of a tile, its first bit there, its width."""


class Entities:
    """What stands in the views: an entry for each tile with an object or a body, in order of rows.

    Parameters
    ----------
    table : int64 [15, k]
        The attributes below, one to a row, in their order.

    Attributes
    ----------
    owner : int64 [k]
        The row that sees it; ascending.
    place : int64 [k]
        The tile of the view, 0..tiles - 1, in reading order.
    row, column : int64 [k]
        Where it stands, from the viewer: positive to the south and to the east.
    distance : int64 [k]
        The larger of both, the distance that counts for reach.
    object, tier, danger, occupant, level, gear, health, style, element, team : int64 [k]
        The fields of the tile; ``tier`` is the object's, ``danger`` the ground's.
    """

    def __init__(self, table: Indices) -> None:
        self.table = table
        (
            self.owner, self.place, self.row, self.column, self.distance, self.object, self.tier, self.danger,
            self.occupant, self.level, self.gear, self.health, self.style, self.element, self.team,
        ) = table  # fmt: skip

    def __len__(self) -> int:
        return len(self.owner)

    def where(self, chosen: Booleans) -> Entities:
        """Return those chosen. chosen: bool [k]."""
        return Entities(self.table[:, chosen])


class ObservationReader:
    """Reads rows of one layout.

    Parameters
    ----------
    observation
        The structured dtype of a row, ``nmmo.observation_dtype(config)``.

    Attributes
    ----------
    view_rows, view_columns : int
        The size of a view in tiles.
    tile_bytes : uint8 [n, tiles, 8]
        The tiles as they are, a view of the rows. Filled by ``read``, like what follows.
    self_bytes : int32 [bytes, n]
        The bytes of one's own state, field by field; the attributes below are made of them.
    item_type, item_tier, item_quantity, item_worn : int32 [n, inventory slots]
        The inventory. Filled by ``read_inventory``, like what follows.
    cheapest, last_sale : uint8 [item types, tiers]
        The market's board: price steps by item type - 1 and tier - 1; 0 none. It is the same for everybody.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.agents.observation_reader import ObservationReader
    >>> world = nmmo.World(nmmo.Config.preset("small"), seed=3)
    >>> rows, _ = world.reset()
    >>> reader = ObservationReader(nmmo.observation_dtype(world.config))
    >>> entities = reader.read(rows)
    >>> reader.health[:3].tolist()
    [100, 100, 100]
    """

    def __init__(self, observation: np.dtype[Any]) -> None:
        fields = observation.fields
        if fields is None or not {"tiles", "self", "inventory", "market"} <= set(fields):
            raise ValueError(
                "observation must be the structured dtype of a row: take setting.observation, "
                "or nmmo.observation_dtype(config)"
            )
        self.view_rows, self.view_columns = (int(length) for length in fields["tiles"][0].shape)
        self.tiles = self.view_rows * self.view_columns
        self.row_bytes = observation.itemsize
        own: Any
        own, self._self_at = fields["self"][:2]
        self._self_bytes = own.itemsize
        self._own = {name: int(field[1]) for name, field in own.fields.items()}
        self._wide = {name: own[name].itemsize for name in own.names}
        tile: Any = fields["tiles"][0].base.fields
        self._tile_at = {name: int(field[1]) for name, field in tile.items()}
        self._part_at = np.array([[8 * self._tile_at[name] + bit] for name, bit, _ in _TILE_PARTS], np.uint64)
        self._part_mask = np.array([[(1 << width) - 1] for *_, width in _TILE_PARTS], np.uint64)
        parts = [name for name, *_ in _TILE_PARTS]
        held = [parts.index("object"), parts.index("occupant")]
        self._held_bits = np.bitwise_or.reduce((self._part_mask << self._part_at)[held, 0])
        self._inventory_at = fields["inventory"][1]
        self._listings_at = fields["listings"][1]
        self._market_at = fields["market"][1]
        places = np.arange(self.tiles)
        row = places // self.view_columns - self.view_rows // 2
        column = places % self.view_columns - self.view_columns // 2
        self._where: Indices = np.stack([row, column, np.maximum(abs(row), abs(column))])
        self.centre = self.tiles // 2
        self._slots = fields["inventory"][0].shape[0]
        self._listings, self._listing_bytes = fields["listings"][0].shape[0], fields["listings"][0].base.itemsize
        self._board = fields["market"][0].shape
        self._none = np.zeros(self._board[1:], np.uint8)
        self.cheapest: Bytes = self._none
        self.last_sale: Bytes = self._none

    def read(self, rows: Bytes) -> Entities:
        """Read the rows of a tick.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
            As an agent is given them. They are not kept.

        Returns
        -------
        Entities
            All nodes, items, players and monsters in view, oneself left out.

        Raises
        ------
        ValueError
            If the rows have another shape or type than the layout's.
        """
        if rows.ndim != 2 or rows.shape[1] != self.row_bytes or rows.dtype != np.uint8:
            raise ValueError(f"rows must be uint8 [n, {self.row_bytes}]; got {rows.dtype.name} {list(rows.shape)}")
        tile_bytes = rows[:, : 8 * self.tiles]
        self.tile_bytes = tile_bytes.reshape(len(rows), self.tiles, 8)
        self._read_self(rows)
        return self._read_entities(tile_bytes.view("<u8"))

    @property
    def ground(self) -> Bytes:
        """Kind of ground of every tile, uint8 [n, tiles]: 0 void, 1-3 walkable, 4 stone, 5 water."""
        found: Bytes = self.tile_bytes[:, :, self._tile_at["ground"]] >> np.uint8(2)
        return found

    @property
    def danger(self) -> Bytes:
        """Danger of every tile, uint8 [n, tiles]; 0 in the void."""
        found: Bytes = self.tile_bytes[:, :, self._tile_at["tier"]] >> np.uint8(4)
        return found

    def _read_self(self, rows: Bytes) -> None:
        raw = rows[:, self._self_at : self._self_at + self._self_bytes]
        own = raw.T.astype(np.int32, order="C")
        at, several = self._own, self._field_bytes
        self.self_bytes: Integers = own
        self.row: Integers = self._field_integer("row")
        self.column: Integers = self._field_integer("column")
        self.health: Integers = own[at["health"]]
        self.stamina: Integers = own[at["stamina"]]
        self.food: Integers = own[at["food"]]
        self.water: Integers = own[at["water"]]
        self.levels: Integers = several("level")
        self.combat_level: Integers = own[at["combat_level"]]
        self.harvest_level: Integers = own[at["harvest_level"]]
        self.worn_type: Integers = several("worn_type")
        self.worn_tier: Integers = several("worn_tier")
        self.style: Integers = own[at["style"]]
        self.element: Integers = own[at["element"]]
        self.price_step: Integers = own[at["price_step"]]
        self.combat_ticks: Integers = own[at["combat_ticks"]]
        self.team: Integers = own[at["team"]]
        self.danger_here: Integers = own[at["danger"]]
        self.biome: Integers = own[at["biome"]]
        self.fog_distance: Integers = own[at["fog_distance"]]
        self.fog_damage: Integers = own[at["fog_damage"]]

    def _field_bytes(self, field: str) -> Integers:
        """Return a field of several bytes, one by one: int32 [k, n]."""
        start = self._own[field]
        found: Integers = self.self_bytes[start : start + self._wide[field]]
        return found

    def _field_integer(self, field: str) -> Integers:
        """Return a number of several bytes, the lowest first: int32 [n]."""
        found: Integers = self.self_bytes[self._own[field]]
        for byte, value in enumerate(self._field_bytes(field)[1:], 1):
            found = found | value << 8 * byte
        return found

    @property
    def gold(self) -> Integers:
        """Gold carried, int32 [n]."""
        return self._field_integer("gold")

    @property
    def age(self) -> Integers:
        """Ticks of this life, int32 [n]."""
        return self._field_integer("age")

    def read_inventory(self, rows: Bytes) -> None:
        """Read inventory and market too, which change slowly. Call it after ``read``, with the same rows."""
        start = self._inventory_at
        slots = rows[:, start : start + 4 * self._slots].astype(np.int32).reshape(len(rows), self._slots, 4)
        self.item_type: Integers = slots[:, :, 0]
        self.item_tier: Integers = slots[:, :, 1]
        self.item_quantity: Integers = slots[:, :, 2]
        self.item_worn: Integers = slots[:, :, 3]
        self._read_market(rows)

    def _read_market(self, rows: Bytes) -> None:
        bodied = int(self.health.argmax()) if len(rows) else 0
        if not len(rows) or not self.health[bodied]:
            self.cheapest = self.last_sale = self._none
            return
        board = rows[bodied, self._market_at : self._market_at + math.prod(self._board)].reshape(self._board)
        self.cheapest, self.last_sale = board[0].copy(), board[1].copy()

    def own_listings(self, rows: Bytes) -> Integers:
        """Return one's own listings, read only when asked for.

        Returns
        -------
        ndarray of int32, shape [n, listings, 5]
            Item type, tier, pieces, price step, and ticks left / 8 of each; 0 where there is none.
        """
        start = self._listings_at
        count, size = self._listings, self._listing_bytes
        return rows[:, start : start + count * size].astype(np.int32).reshape(len(rows), count, size)

    def _read_entities(self, words: NDArray[np.uint64]) -> Entities:
        held = words & self._held_bits
        held[:, self.centre] = 0  # one sees oneself at the centre
        table = np.empty((5 + len(_TILE_PARTS), np.count_nonzero(held)), np.int64)
        owner, place = np.divmod(held.reshape(-1).nonzero()[0], self.tiles, out=(table[0], table[1]))
        self._where.take(place, axis=1, out=table[2:5])
        np.bitwise_and(words[owner, place] >> self._part_at, self._part_mask, out=table[5:], casting="unsafe")
        return Entities(table)
