"""Reading rows of observation: the numbers of the game, one's own state, and what stands in view.

Everything works on all rows at once and needs NumPy alone, so that an agent in a sandbox can use it.
The dense part of a view, 11 × 15 tiles, is touched as rarely as possible: ``Senses`` picks the few tiles
that hold something out of the tile words in one comparison, and everything after that works on this short
list (``Things``). What concerns the ground goes into rows of bits (``nmmo.agents.paths``).
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ATTACK_MONSTER",
    "ATTACK_PLAYER",
    "BUY",
    "DROP",
    "MOVE",
    "PRICE_DOWN",
    "PRICE_UP",
    "RUN",
    "SELL",
    "USE",
    "WAIT",
    "Senses",
    "Things",
]

Bytes: TypeAlias = NDArray[np.uint8]
Integers: TypeAlias = NDArray[np.int32]
Indices: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]

# ---- the numbers of the game, as docs/rules.md gives them ------------------------------------------

WAIT: Final = 0
MOVE: Final = 1
"""MOVE + 0, 1, 2, 3: north, east, south, west; RUN likewise."""
RUN: Final = 5
ATTACK_MONSTER: Final = 9
ATTACK_PLAYER: Final = 10
USE: Final = 11
"""USE + inventory slot 0..11; SELL and DROP likewise."""
SELL: Final = 23
DROP: Final = 35
BUY: Final = 47
"""BUY + item type - 1."""
PRICE_UP: Final = 67
PRICE_DOWN: Final = 68

HELM, CHEST, LEGS, SWORD, BOW, STAFF, PICKAXE, AXE, CHISEL, SICKLE, ROD = range(1, 12)
EARTH_GEM, FIRE_GEM, AIR_GEM, WATER_GEM, WHETSTONE, ARROW, RUNE, RATION, POTION = range(12, 21)
ITEM_TYPES: Final = 20
ORE: Final = 21
"""Ripe nodes are ORE + 0..4, in the order of the professions; depleted ones 5 more."""
PLAYER, PASSIVE, NEUTRAL, HOSTILE = range(1, 5)
"""Occupants of a tile; 0 is nobody."""
GRASS, DIRT, STONE, WATER = 1, 3, 4, 5
"""Kinds of ground; 1..3 can be walked on."""
STYLES: Final = 3
PROFESSIONS: Final = 5
INVENTORY: Final = 12
HAND: Final = 3
"""Among the places of equipment: head, body, legs, hand, gem, ammunition."""

_SELF_BYTES: Final = 64
# A tile word with its bytes from the lowest: ground, object, tier and danger, occupant, level, health ...
_OBJECT_BITS: Final = np.uint64(0x1F << 8)
_OCCUPANT_BITS: Final = np.uint64(0x07 << 24)
_FIELD_AT: Final = np.array([8, 16, 20, 24, 32, 38, 40, 48, 50, 56], np.uint64)[:, None]
_FIELD_BITS: Final = np.array([31, 15, 15, 7, 63, 3, 127, 3, 7, 255], np.uint64)[:, None]
"""Where each row of ``Things.table`` from ``object`` on stands in a tile word, and how wide it is."""


class Things:
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

    def where(self, chosen: Booleans) -> Things:
        """Those chosen. chosen: bool [k]."""
        return Things(self.table[:, chosen])


class Senses:
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
    self_bytes : int32 [64, n]
        The bytes of one's own state, field by field; the attributes below are made of them.
    item_type, item_tier, item_quantity, item_worn : int32 [n, 12]
        The inventory. Filled by ``read_pockets``, like what follows.
    cheapest, last_sale : uint8 [20, 5]
        The market's board: price steps by item type - 1 and tier - 1; 0 none. It is the same for everybody.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.agents.perception import Senses
    >>> world = nmmo.World(nmmo.Config.preset("small"), seed=3)
    >>> rows, _ = world.reset()
    >>> senses = Senses(nmmo.observation_dtype(world.config))
    >>> things = senses.read(rows)
    >>> senses.health[:3].tolist()
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
        self._self_at = fields["self"][1]
        self._inventory_at = fields["inventory"][1]
        self._listings_at = fields["listings"][1]
        self._market_at = fields["market"][1]
        places = np.arange(self.tiles)
        row = places // self.view_columns - self.view_rows // 2
        column = places % self.view_columns - self.view_columns // 2
        self._where: Indices = np.stack([row, column, np.maximum(abs(row), abs(column))])
        self.centre = self.tiles // 2
        self._none = np.zeros((20, 5), np.uint8)
        self.cheapest: Bytes = self._none
        self.last_sale: Bytes = self._none

    def read(self, rows: Bytes) -> Things:
        """Reads the rows of a tick.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
            As an agent is given them. They are not kept.

        Returns
        -------
        Things
            All nodes, items, players and monsters in view, oneself left out.

        Raises
        ------
        ValueError
            If the rows have another shape or type than the layout's.
        """
        if rows.ndim != 2 or rows.shape[1] != self.row_bytes or rows.dtype != np.uint8:
            raise ValueError(
                f"rows must be uint8 [n, {self.row_bytes}]; got {rows.dtype.name} {list(rows.shape)}"
            )
        tile_bytes = rows[:, : 8 * self.tiles]
        self.tile_bytes = tile_bytes.reshape(len(rows), self.tiles, 8)
        self._read_self(rows)
        return self._read_things(tile_bytes.view("<u8"))

    @property
    def ground(self) -> Bytes:
        """Kind of ground of every tile, uint8 [n, tiles]: 0 void, 1-3 walkable, 4 stone, 5 water."""
        found: Bytes = self.tile_bytes[:, :, 0] >> np.uint8(2)
        return found

    @property
    def danger(self) -> Bytes:
        """Danger of every tile, uint8 [n, tiles]; 0 in the void."""
        found: Bytes = self.tile_bytes[:, :, 2] >> np.uint8(4)
        return found

    def _read_self(self, rows: Bytes) -> None:
        raw = rows[:, self._self_at : self._self_at + _SELF_BYTES]
        places = raw[:, :4].view("<u2").T.astype(np.int32)
        self.row: Integers = places[0]
        self.column: Integers = places[1]
        own = raw.T.astype(np.int32, order="C")
        self.self_bytes: Integers = own
        self.health, self.stamina, self.food, self.water = own[8:12]
        self.levels: Integers = own[12:20]
        self.combat_level: Integers = own[28]
        self.harvest_level: Integers = own[29]
        self.worn_type: Integers = own[30:36]
        self.worn_tier: Integers = own[36:42]
        self.style: Integers = own[42]
        self.element: Integers = own[43]
        self.price_step: Integers = own[44]
        self.combat_ticks: Integers = own[45]
        self.team: Integers = own[50]
        self.danger_here: Integers = own[51]
        self.biome: Integers = own[52]
        self.fog_distance: Integers = own[54]
        self.fog_damage: Integers = own[55]

    @property
    def gold(self) -> Integers:
        """Gold carried, int32 [n]."""
        own = self.self_bytes
        found: Integers = own[4] | own[5] << 8 | own[6] << 16 | own[7] << 24
        return found

    @property
    def age(self) -> Integers:
        """Ticks of this life, int32 [n]."""
        own = self.self_bytes
        found: Integers = own[60] | own[61] << 8 | own[62] << 16 | own[63] << 24
        return found

    def read_pockets(self, rows: Bytes) -> None:
        """Reads inventory and market too, which change slowly. Call it after ``read``, with the same rows."""
        start = self._inventory_at
        slots = rows[:, start : start + 4 * INVENTORY].astype(np.int32).reshape(len(rows), INVENTORY, 4)
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
        board = rows[bodied, self._market_at : self._market_at + 200].reshape(2, 20, 5)
        self.cheapest, self.last_sale = board[0].copy(), board[1].copy()

    def own_listings(self, rows: Bytes) -> Integers:
        """One's own listings, read only when asked for.

        Returns
        -------
        ndarray of int32, shape [n, 4, 5]
            Item type, tier, pieces, price step, and ticks left / 8 of each; 0 where there is none.
        """
        start = self._listings_at
        return rows[:, start : start + 20].astype(np.int32).reshape(len(rows), 4, 5)

    def _read_things(self, words: NDArray[np.uint64]) -> Things:
        held = words & (_OBJECT_BITS | _OCCUPANT_BITS)
        held[:, self.centre] = 0  # one sees oneself at the centre
        table = np.empty((15, np.count_nonzero(held)), np.int64)
        owner, place = np.divmod(held.reshape(-1).nonzero()[0], self.tiles, out=(table[0], table[1]))
        self._where.take(place, axis=1, out=table[2:5])
        np.bitwise_and(words[owner, place] >> _FIELD_AT, _FIELD_BITS, out=table[5:], casting="unsafe")
        return Things(table)
