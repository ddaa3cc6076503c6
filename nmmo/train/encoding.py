"""What a policy reads from a row of observation.

Offsets and widths come from the published dtype (``nmmo.observation_dtype``). What is written here is only
the *meaning* of each field: a kind to tell apart, or a quantity and its scale. A field that the engine adds
stops construction with its name, so that no policy overlooks one by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nmmo
from nmmo.core.content import NUMBER

__all__ = ["Bytes", "Encoding", "Numbers", "Records", "encoding_for"]

BYTE_VALUES = 256


@dataclass(frozen=True)
class Bits:
    """Some bits of a byte, as a kind (one feature for each value but 0) or as a quantity."""

    shift: int
    width: int
    values: int = 0
    """Of a kind: how many there are, the nothing 0 included. 0: it is a quantity."""
    most: int = 1
    """Of a quantity: what is scaled to 1."""

    @property
    def features(self) -> int:
        return self.values - 1 if self.values else 1

    def code(self) -> NDArray[np.float32]:
        """Return the features of every value of the byte, float32 [256, features]."""
        number = np.arange(BYTE_VALUES) >> self.shift & ((1 << self.width) - 1)
        if self.values:
            made: NDArray[np.float32] = (number[:, None] == np.arange(1, self.values)).astype(np.float32)
        else:
            made = np.minimum(number[:, None] / self.most, 1.0).astype(np.float32)
        return made


def _kind(values: int, shift: int = 0, width: int = 8) -> Bits:
    return Bits(shift, width, values=values)


def _quantity(most: int, shift: int = 0, width: int = 8) -> Bits:
    return Bits(shift, width, most=most)


UNUSED = "reserved"  # the name of bytes that are always 0
ITEM_TYPES = NUMBER.ITEM_TYPES
LEVELS = NUMBER.LEVELS
TIERS = NUMBER.TIERS
PRICE_STEPS = len(nmmo.PRICES)

# How the bytes of a record are read; the docs of the dtypes' fields say the same in words.
TILE: dict[str, tuple[Bits, ...]] = {
    "ground": (_kind(len(nmmo.GroundKind), 2, 6), _kind(len(nmmo.Biome), 0, 2)),
    "object": (_kind(len(nmmo.ObjectKind)),),
    "tier": (_quantity(TIERS, 0, 4), _quantity(TIERS, 4, 4)),
    "occupant": (_kind(len(nmmo.Occupant), 0, 3), _quantity(NUMBER.MAX_TOKEN, 3, 5)),
    "level": (_quantity(LEVELS, 0, 6), _quantity(3, 6, 2)),
    "health": (_quantity(NUMBER.FULL_HEALTH),),
    "style": (_kind(NUMBER.STYLES, 0, 2), _kind(len(nmmo.Element), 2, 3), _quantity(1, 5, 1)),
    "team": (_kind(3),),  # once it is made relative: 0 none, 1 one's own, 2 another
}
ITEM: dict[str, tuple[Bits, ...]] = {
    "type": (_kind(ITEM_TYPES + 1),),
    "tier": (_quantity(TIERS),),
    "quantity": (_quantity(NUMBER.LOT), _quantity(NUMBER.STACK_LIMIT)),
    "worn": (_quantity(1),),
}
LISTING: dict[str, tuple[Bits, ...]] = {
    "type": (_kind(ITEM_TYPES + 1),),
    "tier": (_quantity(TIERS),),
    "quantity": (_quantity(NUMBER.LOT), _quantity(NUMBER.STACK_LIMIT)),
    "price_step": (_quantity(PRICE_STEPS),),
    "ticks_left_8": (_quantity(255),),
}

# Of oneself: (way, number): "linear" divides by the number and stops at 1, "log" maps 0..number to 0..1,
# "kind" tells the values 0..number - 1 apart. Several ways may read one field. A field that is not here is linear over
# the range of its type.
OWN: dict[str, tuple[tuple[str, int], ...]] = {
    "row": (),  # where on the map: it would only help to learn the training maps by heart
    "column": (),
    "gold": (("log", 1000), ("linear", 50)),
    "health": (("linear", NUMBER.FULL_HEALTH),),
    "stamina": (("linear", NUMBER.FULL_STAMINA), ("linear", NUMBER.RUN_STAMINA)),
    "food": (("linear", NUMBER.FULL_FOOD),),
    "water": (("linear", NUMBER.FULL_FOOD),),
    "level": (("linear", LEVELS), ("linear", NUMBER.LEVELS_PER_TIER)),
    "progress": (("linear", 256),),
    "combat_level": (("linear", LEVELS), ("linear", NUMBER.LEVELS_PER_TIER)),
    "harvest_level": (("linear", LEVELS), ("linear", NUMBER.LEVELS_PER_TIER)),
    "worn_type": (("linear", 1),),
    "worn_tier": (("linear", TIERS),),
    "style": (("kind", NUMBER.STYLES),),
    "element": (("kind", len(nmmo.Element)),),
    "price_step": (("linear", PRICE_STEPS),),
    "combat_ticks": (("linear", NUMBER.COMBAT_TICKS),),
    "protection_ticks": (("linear", 32),),
    "stagnation_left": (("linear", 2048), ("linear", 64)),
    "team": (),  # tiles say who is on one's own side
    "danger": (("kind", TIERS + 1),),
    "biome": (("kind", len(nmmo.Biome)),),
    "monster_protection_ticks": (("linear", NUMBER.MONSTER_PROTECTION_TICKS),),
    "fog_distance": (("linear", 32),),
    "fog_damage": (("linear", NUMBER.FOG_DAMAGE_LIMIT),),
    "lives_left": (("linear", 8),),
    "age": (("log", 2048), ("linear", 64)),
}


@dataclass(frozen=True)
class Records:
    """An array of small records in the row, each byte of them read by a code table."""

    name: str
    offset: int
    """Of the first record in the row, in bytes."""
    count: int
    record_bytes: int
    codes: NDArray[np.float32]
    """Features of the value v of byte b of a record: row ``b * 256 + v``; a record's features are the sum
    over its bytes. float32 [record_bytes * 256, features]."""

    @property
    def end(self) -> int:
        return self.offset + self.count * self.record_bytes


@dataclass(frozen=True)
class Numbers:
    """A record of whole numbers of several widths, read as quantities and kinds."""

    offset: int
    length: int
    weights: NDArray[np.float32]
    """What each byte counts in each number (little-endian), float32 [length, numbers]."""
    linear: NDArray[np.float32]
    """One column a feature: ``min(number * scale, 1)``, float32 [numbers, features], one entry a column."""
    log: NDArray[np.float32]
    """``log(1 + number) * scale``, likewise."""
    kinds: NDArray[np.int64]
    """[features, 2]: a feature is 1 where the number ``[0]`` equals ``[1]``."""

    @property
    def features(self) -> int:
        return int(self.linear.shape[1] + self.log.shape[1] + len(self.kinds))


@dataclass(frozen=True)
class Bytes:
    """Bytes that are quantities of one scale."""

    offset: int
    count: int
    scale: float

    @property
    def end(self) -> int:
        return self.offset + self.count


@dataclass(frozen=True)
class Encoding:
    """How to read the rows of one configuration."""

    row_bytes: int
    view_rows: int
    """Rows of tiles in view; columns are their number divided by it."""
    tiles: Records
    inventory: Records
    listings: Records
    own: Numbers
    market: Bytes
    mask: Bytes
    health: int
    """Offset of one's own health, which is 0 only in the row of a slot without a body."""
    team: int
    """Offset of one's own team; -1 where the configuration has no teams."""
    tile_team: int
    """Which byte of a tile is the occupant's team."""


def _records(name: str, row: np.dtype[np.void], meaning: dict[str, tuple[Bits, ...]]) -> Records:
    base, shape = row[name].subdtype or (row[name], ())
    _same_names(name, base, meaning)
    codes = np.zeros((base.itemsize * BYTE_VALUES, sum(b.features for parts in meaning.values() for b in parts)))
    column = 0
    for field, parts in meaning.items():
        layout, at = _fields(base)[field][:2]
        if layout != np.uint8:
            raise TypeError(f"{name}.{field} is {layout}, not a byte: nmmo.train.encoding cannot read it")
        for part in parts:
            codes[at * BYTE_VALUES : (at + 1) * BYTE_VALUES, column : column + part.features] = part.code()
            column += part.features
    offset = int(_fields(row)[name][1])
    return Records(name, offset, int(np.prod(shape)), base.itemsize, codes.astype(np.float32))


def _numbers(name: str, row: np.dtype[np.void], meaning: dict[str, tuple[tuple[str, int], ...]]) -> Numbers:
    record = row[name]
    for field in record.names or ():
        if field not in meaning:
            meaning = meaning | {field: () if field == UNUSED else (("linear", _range_of(record[field])),)}
    _same_names(name, record, meaning)
    weights: list[NDArray[np.float32]] = []
    linear: list[tuple[int, float]] = []
    log: list[tuple[int, float]] = []
    kinds: list[tuple[int, int]] = []
    for field, ways in meaning.items():
        layout, at = _fields(record)[field][:2]
        element, shape = layout.subdtype or (layout, ())
        for index in range(int(np.prod(shape)) if ways else 0):
            column = np.zeros(record.itemsize, np.float32)
            start = at + index * element.itemsize
            column[start : start + element.itemsize] = 256.0 ** np.arange(element.itemsize)
            for way, number in ways:
                if way == "linear":
                    linear.append((len(weights), 1 / number))
                elif way == "log":
                    log.append((len(weights), 1 / np.log1p(number)))
                else:
                    kinds += [(len(weights), value) for value in range(number)]
            weights.append(column)

    def columns(entries: list[tuple[int, float]]) -> NDArray[np.float32]:
        made = np.zeros((len(weights), len(entries)), np.float32)
        for feature, (number, scale) in enumerate(entries):
            made[number, feature] = scale
        return made

    offset = int(_fields(row)[name][1])
    return Numbers(offset, record.itemsize, np.stack(weights, axis=1), columns(linear), columns(log), np.array(kinds))


def _range_of(layout: np.dtype[Any]) -> int:
    """Return the largest value of an unsigned field, or of the entries of an array of them."""
    return int(np.iinfo(layout.base).max)


def _fields(record: Any) -> Any:
    """Return a structured dtype's fields: dtype and offset by name."""
    return record.fields


def _same_names(name: str, record: np.dtype[np.void], meaning: Mapping[str, object]) -> None:
    names = set(record.names or ())
    if names != set(meaning):
        fields = ", ".join(sorted(names ^ set(meaning)))
        raise TypeError(
            f"the observation's {name!r} and nmmo.train.encoding differ in {fields}: say there how to read them"
        )


def _bytes(name: str, row: np.dtype[np.void], most: int) -> Bytes:
    layout, offset = _fields(row)[name][:2]
    return Bytes(int(offset), int(layout.itemsize), 1 / most)


def encoding_for(config: nmmo.Config) -> Encoding:
    """Return how a policy reads the rows of a configuration.

    Parameters
    ----------
    config
        Its view radii decide the offsets, its teams whether tiles tell friend from foe.

    Raises
    ------
    TypeError
        If the published dtype has a field that nothing here says how to read.
    """
    row = nmmo.observation_dtype(config)
    expected = {"tiles", "self", "inventory", "listings", "market", "mask"}
    _same_names("row", row, dict.fromkeys(expected))
    own, own_offset = _fields(row)["self"][:2]
    return Encoding(
        row_bytes=row.itemsize,
        view_rows=2 * config.view_row_radius + 1,
        tiles=_records("tiles", row, TILE),
        inventory=_records("inventory", row, ITEM),
        listings=_records("listings", row, LISTING),
        own=_numbers("self", row, OWN),
        market=_bytes("market", row, PRICE_STEPS),
        mask=_bytes("mask", row, 1),
        health=int(own_offset + _fields(own)["health"][1]),
        team=int(own_offset + _fields(own)["team"][1]) if config.team_size > 1 else -1,
        tile_team=int(_fields(row["tiles"].base)["team"][1]),
    )
