"""The records that the engine publishes: their fields, and dtypes made from the engine's own descriptions."""

from __future__ import annotations

import enum
import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from nmmo.core import _engine

__all__ = ["Field", "Table", "fields_of", "filled", "record_dtype"]

_SCALARS = {
    "B": "u1", "H": "<u2", "I": "<u4", "Q": "<u8",
    "b": "i1", "h": "<i2", "i": "<i4", "q": "<i8",
    "f": "<f4", "d": "<f8",
}  # fmt: skip


_NUMBERS = {name: value for name, _, value in _engine.constants()}


def _meant(name: str) -> str:
    """Return what a name in braces stands for: LOT for a number, ground for "0 void, 1 grass ..."."""
    if name in _NUMBERS:
        return str(_NUMBERS[name])
    return ", ".join(f"{number} {member}" for number, (member, _) in enumerate(_engine.members(name)))


def filled(doc: str) -> str:
    """Fill a text of the engine's: constants and members of enumerations replace their names in braces."""
    return re.sub(r"\{(\w+)\}", lambda found: _meant(found[1]), doc)


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
    ITEM_CONTENT = 14
    YIELD = 15
    NODE_CONTENT = 16
    MONSTER_CONTENT = 17
    ELEMENT_CONTENT = 18
    VERB_CONTENT = 19
    GROUP_CONTENT = 20


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
    minimum: float
    """Of a configuration field: the smallest value, the largest, and the default."""
    maximum: float
    default: float


@cache
def fields_of(table: Table) -> tuple[Field, ...]:
    """Return the fields of a published record, in order."""
    fields, _ = _engine.table_fields(int(table))
    return tuple(Field(*field)._replace(doc=filled(field[1])) for field in fields)


@cache
def record_dtype(table: Table) -> np.dtype[np.void]:
    """Return the structured dtype of a published record.

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
