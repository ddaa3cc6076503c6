"""Compares two worlds, table by table and field by field."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nmmo.core.reader import WorldReader
from nmmo.core.world import statistics_of

MOST_DIFFERENCES: Final = 64
_KEYS: Final = {
    "nodes": ("row", "column"),
    "ground_items": ("row", "column"),
    "listings": ("seller", "type", "tier"),
}
"""What identifies a record of a table whose order has no meaning."""


class FieldDifference(NamedTuple):
    """One field that differs between two worlds."""

    section: str
    """Of the state: clock, players, monsters, tiles, market."""
    table: str
    """An attribute of ``World``."""
    record: str
    """Which of the table's records: its number, or what identifies it."""
    field: str
    first: Any
    second: Any

    def __str__(self) -> str:
        where = f"{self.table}[{self.record}]" if self.record else self.table
        return f"{where}.{self.field}: {self.first} / {self.second}"


def compare_worlds(first: WorldReader, second: WorldReader, most: int = MOST_DIFFERENCES) -> list[FieldDifference]:
    """Return the fields in which two worlds of one configuration differ.

    Parameters
    ----------
    first, second
        The worlds.
    most
        How many differences to name.

    Returns
    -------
    list of FieldDifference
        In the order of sections, tables and records.
    """
    found: list[FieldDifference] = []
    for name in ("tick", "seed"):
        values = getattr(first, name), getattr(second, name)
        if values[0] != values[1]:
            found.append(FieldDifference("clock", name, "", "value", *values))
    _compare_records("players", "players", first.players, second.players, found, most)
    _compare_records("monsters", "monsters", first.monsters, second.monsters, found, most)
    _compare_tiles(first, second, found, most)
    for section, table in (("tiles", "nodes"), ("tiles", "ground_items"), ("market", "listings")):
        _compare_keyed(section, table, getattr(first, table), getattr(second, table), found, most)
    if not found:
        _compare_statistics(statistics_of(first), statistics_of(second), "", found, most)
    return found[:most]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def _flat(dtype: np.dtype[Any], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths to the fields of a structured dtype; those of arrays of records end at the array."""
    found = []
    for name in dtype.names or ():
        inner = dtype[name]
        if inner.names:
            found += _flat(inner, (*before, name))
        else:
            found.append((*before, name))
    return found


def _compare_records(
    section: str,
    table: str,
    first: NDArray[np.void],
    second: NDArray[np.void],
    found: list[FieldDifference],
    most: int,
    labels: list[str] | None = None,
) -> None:
    unequal = np.zeros(len(first), bool)
    paths = _flat(first.dtype)
    for path in paths:
        a, b = first, second
        for name in path:
            a, b = a[name], b[name]
        differs = a != b
        unequal |= differs if differs.ndim == 1 else differs.reshape(len(a), -1).any(axis=1)
    for number in np.flatnonzero(unequal).tolist():
        for path in paths:
            one, other = first[number], second[number]
            for name in path:
                one, other = one[name], other[name]
            if not np.array_equal(one, other):
                label = labels[number] if labels else str(number)
                found.append(FieldDifference(section, table, label, ".".join(path), _plain(one), _plain(other)))
        if len(found) >= most:
            return


def _compare_tiles(first: WorldReader, second: WorldReader, found: list[FieldDifference], most: int) -> None:
    one, other = first.tiles, second.tiles
    places = np.argwhere(one.view(np.uint64) != other.view(np.uint64))
    for row, column in places[:most].tolist():
        for name in one.dtype.names or ():
            if one[name][row, column] != other[name][row, column]:
                values = _plain(one[name][row, column]), _plain(other[name][row, column])
                found.append(FieldDifference("tiles", "tiles", f"{row}, {column}", name, *values))


def _compare_keyed(
    section: str,
    table: str,
    first: NDArray[np.void],
    second: NDArray[np.void],
    found: list[FieldDifference],
    most: int,
) -> None:
    keys = _KEYS[table]

    def by_key(records: NDArray[np.void]) -> dict[tuple[int, ...], int]:
        columns = [records[key].tolist() for key in keys]
        return {key: number for number, key in enumerate(zip(*columns, strict=True))}

    one, other = by_key(first), by_key(second)
    for key in sorted(one.keys() ^ other.keys()):
        label = ", ".join(f"{name} {value}" for name, value in zip(keys, key, strict=True))
        found.append(FieldDifference(section, table, label, "is there", key in one, key in other))
        if len(found) >= most:
            return
    shared = sorted(one.keys() & other.keys())
    labels = [", ".join(f"{name} {value}" for name, value in zip(keys, key, strict=True)) for key in shared]
    _compare_records(
        section,
        table,
        first[[one[key] for key in shared]],
        second[[other[key] for key in shared]],
        found,
        most,
        labels,
    )


def _compare_statistics(
    first: dict[str, Any], second: dict[str, Any], before: str, found: list[FieldDifference], most: int
) -> None:
    for name, one in first.items():
        other = second[name]
        if isinstance(one, dict):
            _compare_statistics(one, other, f"{before}{name}.", found, most)
        elif not np.array_equal(one, other) and len(found) < most:
            found.append(FieldDifference("clock", "statistics", "", before + name, _plain(one), _plain(other)))
