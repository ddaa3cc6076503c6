"""NumPy dtypes of what a world of a configuration hands out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from nmmo.core import _engine
from nmmo.core.config import ConfigLike, config_or_default
from nmmo.core.content import NUMBER
from nmmo.core.records import Table, record_dtype

__all__ = ["observation_dtype", "world_dtypes"]


def observation_dtype(config: ConfigLike | None = None) -> np.dtype[np.void]:
    """Return the structured dtype of one row of observation.

    Parameters
    ----------
    config
        Its view radii decide the shape of ``tiles``. Default: the preset "large".

    Returns
    -------
    numpy.dtype
        Little-endian; its itemsize is a row's bytes. Fields: ``tiles`` [rows, columns], ``self``,
        ``inventory`` [inventory slots], ``listings`` [listings], ``market`` [2, item types, tiers] (price step of
        the cheapest listing, and of the last sale, by item type - 1 and tier - 1; 0 none), ``mask`` [actions].

    Examples
    --------
    >>> import nmmo
    >>> nmmo.observation_dtype()["tiles"].shape
    (11, 15)
    """
    return _observation_dtype(config_or_default(config).to_bytes())


@lru_cache(maxsize=64)
def _observation_dtype(packed: bytes) -> np.dtype[np.void]:
    layout = _engine.config_layout(packed)
    formats = {
        "tiles": (record_dtype(Table.TILE), (layout["view_rows"], layout["view_columns"])),
        "self": record_dtype(Table.SELF),
        "inventory": (record_dtype(Table.ITEM), (NUMBER.INVENTORY_SLOTS,)),
        "listings": (record_dtype(Table.OWN_LISTING), (NUMBER.LISTINGS,)),
        "market": ("u1", (2, NUMBER.ITEM_TYPES, NUMBER.TIERS)),
        "mask": ("u1", (NUMBER.ACTIONS,)),
    }
    return np.dtype(
        {
            "names": list(formats),
            "formats": list(formats.values()),
            "offsets": [layout[name] for name in formats],
            "itemsize": layout["row_bytes"],
        }
    )


def world_dtypes(config: ConfigLike) -> dict[Any, np.dtype[np.void]]:
    """Return the dtypes that a world hands out, by the engine's table numbers."""
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
