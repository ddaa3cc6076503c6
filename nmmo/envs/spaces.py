"""Observations in named parts, and the spaces of observations, masks and actions.

All layouts come from the published dtype: a part whose record holds bytes only keeps them as its last
axis; a part of mixed widths becomes one row of int64 columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.content import N_ACTIONS
from nmmo.core.dtypes import observation_dtype

__all__ = ["DictObservation", "action_masks", "action_space", "mask_space", "row_space"]

_MASK = "mask"
_UNUSED = "reserved"


def action_space(config: Config) -> spaces.Discrete | spaces.MultiDiscrete[Any]:
    """Return one agent's actions: ``Discrete(n_actions)``, or with a vocabulary pairs of action and token."""
    if config.vocabulary:
        return spaces.MultiDiscrete([N_ACTIONS, config.vocabulary + 1])
    return spaces.Discrete(N_ACTIONS)


def row_space(config: Config) -> spaces.Box:
    """Return one agent's flat observation: the bytes of its row."""
    return spaces.Box(0, 255, (observation_dtype(config).itemsize,), np.uint8)


def mask_space(config: Config) -> spaces.Space[Any]:
    """Return one agent's mask, in the form in which ``action_space.sample(mask)`` takes it."""
    actions = spaces.Box(0, 1, (N_ACTIONS,), np.int8)
    if config.vocabulary:
        return spaces.Tuple((actions, spaces.Box(0, 1, (config.vocabulary + 1,), np.int8)))
    return actions


def action_masks(rows: NDArray[np.uint8], row: np.dtype[np.void]) -> NDArray[np.int8]:
    """Return a view of the masks in some rows of a dtype, int8 [n, n_actions]: Gymnasium's ``sample`` wants int8."""
    masks: NDArray[np.int8] = rows.view(row)[:, 0][_MASK].view(np.int8)
    return masks


def _columns(record: np.dtype[Any]) -> list[tuple[str, int, np.dtype[Any]]]:
    """Return the fields of a record: name, how many columns it has, and of which type."""
    found = []
    for name in record.names or ():
        if name != _UNUSED:
            field = record[name]
            found.append((name, int(np.prod(field.shape, dtype=int)), field.base))
    return found


def _is_bytes(record: np.dtype[Any]) -> bool:
    """Return whether a record is nothing but adjacent bytes, one a field."""
    fields = [record[name] for name in record.names or ()]
    return len(fields) == record.itemsize and all(field == np.uint8 for field in fields)


class DictObservation:
    """Turns rows of observation into named arrays.

    Parameters
    ----------
    config
        Of the world whose rows they are.

    Attributes
    ----------
    space : gymnasium.spaces.Dict
        Of one agent. Keys: ``tiles`` uint8 [rows, columns, 8], ``self`` int64 [k], ``inventory`` uint8
        [slots, 4], ``listings`` uint8 [listings, 5], ``market`` uint8 [2, item types, tiers].
    names : dict of str to tuple of str
        What the columns of a part's last axis are, as in ``nmmo.observation_dtype``; an array's elements
        are distinguished by ``[i]``. ``market`` has no names: its axes are asked and last paid, item type,
        tier.

    Examples
    --------
    >>> import nmmo
    >>> parts = nmmo.envs.DictObservation(nmmo.Config())
    >>> parts.space["tiles"].shape
    (11, 15, 8)
    >>> parts.names["inventory"]
    ('type', 'tier', 'quantity', 'worn')
    """

    def __init__(self, config: Config) -> None:
        self._row = observation_dtype(config)
        self.names: dict[str, tuple[str, ...]] = {}
        found: dict[str, spaces.Space[Any]] = {}
        for name in self._row.names or ():
            if name == _MASK:
                continue
            part = self._row[name]
            record = part.base
            if record.names is None:
                found[name] = spaces.Box(0, 255, part.shape, np.uint8)
            elif _is_bytes(record):
                found[name] = spaces.Box(0, 255, (*part.shape, record.itemsize), np.uint8)
                self.names[name] = record.names
            else:
                columns = _columns(record)
                high = np.concatenate([[np.iinfo(kind).max] * count for _, count, kind in columns])
                found[name] = spaces.Box(np.zeros(len(high), np.int64), high.astype(np.int64), dtype=np.int64)
                self.names[name] = tuple(
                    field if not record[field].shape else f"{field}[{index}]"
                    for field, count, _ in columns
                    for index in range(count)
                )
        self.space = spaces.Dict(found)

    def split(self, rows: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        """Return the parts of some rows.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
            C-contiguous.

        Returns
        -------
        dict of str to ndarray
            For each part an array [n, ...]. DictObservation of uint8 are views of the rows, those of int64 are fresh.
        """
        records = rows.view(self._row)[:, 0]
        found: dict[str, NDArray[Any]] = {}
        for name, space in self.space.spaces.items():
            part = records[name]
            if part.dtype.names is None:
                found[name] = part
            elif space.dtype == np.uint8:
                found[name] = part.view(np.uint8).reshape((len(rows), *(space.shape or ())))
            else:
                columns = np.empty((len(rows), *(space.shape or ())), np.int64)
                at = 0
                for field, count, _ in _columns(part.dtype):
                    columns[:, at : at + count] = part[field].reshape(len(rows), count)
                    at += count
                found[name] = columns
        return found

    def each(self, rows: NDArray[np.uint8]) -> list[dict[str, NDArray[Any]]]:
        """Return the parts of every single row: one dict a row."""
        split = self.split(rows)
        names = list(split)
        return [dict(zip(names, parts, strict=True)) for parts in zip(*split.values(), strict=True)]
