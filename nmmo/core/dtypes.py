"""NumPy dtypes of everything that the engine publishes, made from the engine's own descriptions."""

from __future__ import annotations

import enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nmmo.core import _engine

if TYPE_CHECKING:
    from nmmo.core.config import Config

_SCALARS = {
    "B": "u1", "H": "<u2", "I": "<u4", "Q": "<u8",
    "b": "i1", "h": "<i2", "i": "<i4", "q": "<i8",
    "f": "<f4", "d": "<f8",
}  # fmt: skip


class Table(enum.IntEnum):
    """The records that the engine describes; the numbers are those of ``enum nmmo_table``."""

    CONFIG = 0
    TILE = 1
    SELF = 2
    ITEM = 3
    OWN_LISTING = 4
    PLAYER = 5
    MONSTER = 6
    NODE = 7
    GROUND_ITEM = 8
    LISTING = 9
    EVENT = 10
    STATISTICS = 11
    LIVES = 12
    LIVING = 13


class Field(NamedTuple):
    """One field of a published record."""

    name: str
    doc: str
    offset: int
    type: str
    """B H I Q unsigned, b h i q signed, f float32, d float64, T a record of ``table``."""
    table: int
    rows: int
    columns: int
    least: float
    """Of a configuration field: the least value, the greatest, and the default."""
    most: float
    preset: float


@cache
def fields_of(table: Table) -> tuple[Field, ...]:
    """The fields of a published record, in order."""
    fields, _ = _engine.table_fields(int(table))
    return tuple(Field(*field) for field in fields)


@cache
def record_dtype(table: Table) -> np.dtype[np.void]:
    """The structured dtype of a published record.

    Parameters
    ----------
    table
        Which record.

    Returns
    -------
    numpy.dtype
        Little-endian, with the offsets and the size that the engine uses.
    """
    _, record_bytes = _engine.table_fields(int(table))
    fields = fields_of(table)
    return np.dtype(
        {
            "names": [field.name for field in fields],
            "formats": [_format(field) for field in fields],
            "offsets": [field.offset for field in fields],
            "itemsize": record_bytes,
        }
    )


def _format(field: Field) -> Any:
    element: Any = record_dtype(Table(field.table)) if field.type == "T" else _SCALARS[field.type]
    shape = tuple(length for length in (field.rows, field.columns) if length)
    return (element, shape) if shape else element


def observation_dtype(config: Config | None = None) -> np.dtype[np.void]:
    """The structured dtype of one row of observation.

    Parameters
    ----------
    config
        Its view radii decide the shape of ``tiles``. Default: the preset "large".

    Returns
    -------
    numpy.dtype
        Little-endian; its itemsize is a row's bytes. Fields: ``tiles`` [rows, columns], ``self``,
        ``inventory`` [12], ``listings`` [4], ``market`` [2, 20, 5] (price step of the cheapest listing,
        and of the last sale, by item type - 1 and tier - 1; 0 none), ``mask`` [69].

    Examples
    --------
    >>> import nmmo
    >>> nmmo.observation_dtype()["tiles"].shape
    (11, 15)
    """
    from nmmo.core.config import Config

    return _observation_dtype((Config() if config is None else config)._packed())


@lru_cache(maxsize=64)
def _observation_dtype(packed: bytes) -> np.dtype[np.void]:
    layout = _engine.config_layout(packed)
    formats = {
        "tiles": (record_dtype(Table.TILE), (layout["view_rows"], layout["view_columns"])),
        "self": record_dtype(Table.SELF),
        "inventory": (record_dtype(Table.ITEM), (_engine.INVENTORY_SLOTS,)),
        "listings": (record_dtype(Table.OWN_LISTING), (_engine.OWN_LISTINGS,)),
        "market": ("u1", (2, _engine.ITEM_TYPES, _engine.TIERS)),
        "mask": ("u1", (_engine.ACTIONS,)),
    }
    return np.dtype(
        {
            "names": list(formats),
            "formats": list(formats.values()),
            "offsets": [layout[name] for name in formats],
            "itemsize": layout["row_bytes"],
        }
    )


def world_dtypes(config: Config) -> dict[Any, np.dtype[np.void]]:
    """The dtypes that a world hands out, by the engine's table numbers."""
    found: dict[Any, np.dtype[np.void]] = {
        int(table): record_dtype(table)
        for table in (
            Table.PLAYER,
            Table.MONSTER,
            Table.NODE,
            Table.GROUND_ITEM,
            Table.LISTING,
            Table.EVENT,
            Table.STATISTICS,
            Table.LIVING,
        )
    }
    found["tile"] = record_dtype(Table.TILE)
    found["observation"] = observation_dtype(config)
    return found
