"""States of the world within a replay, kept as differences from one that can be made again: the beginning."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.errors import MapError
from nmmo.core.world import World
from nmmo.replay.compression import compressed
from nmmo.replay.header import LEAST_SIDE, MOST_SIDE, MOST_TICK, Header
from nmmo.replay.packing import Fields, pack

SNAPSHOT_TICKS: Final = 256
"""Ticks between snapshots: a seek plays half of them on average."""

PIECE_BYTES: Final = 256 * 1024

State = NDArray[np.uint8]


@dataclass
class Snapshot:
    """The state after some ticks.

    Attributes
    ----------
    tick
        Ticks played.
    cut
        Whether it does not follow from what is before: the state was changed from outside, or it is not that
        of a reset.
    difference
        From the base, compressed.
    """

    tick: int
    cut: bool
    difference: bytes

    def packed(self) -> bytes:
        """Return the record's payload."""
        return pack({"tick": self.tick, "cut": self.cut, "state": self.difference})


def snapshot_place(fields: Fields) -> tuple[int, bool]:
    """Return the ticks played at a snapshot, and whether it does not follow from what is before."""
    return fields.integer("tick", 0, MOST_TICK), fields.flag("cut")


def difference(state: bytes, base: State, buffer: State) -> bytes:
    """Return the compressed difference of an engine's snapshot from the base. The buffer, as large, is overwritten."""
    return compressed(np.bitwise_xor(np.frombuffer(state, np.uint8), base, out=buffer))


def read_state(payload: bytes, offset: int, base: State, out: State | None = None) -> State:
    """Read the engine's snapshot of a record into ``out`` if given; only the engine can check whether it is one.

    Raises
    ------
    nmmo.replay.DamagedError
        If the record contradicts itself or has another size than the base.
    """
    return np.bitwise_xor(read_difference(payload, offset, base), base, out=out)


def read_difference(payload: bytes, offset: int, base: State) -> State:
    """Return the difference from the base that a record holds. Raises as ``read_state``."""
    return np.frombuffer(Fields(payload, offset).unpacked("state", len(base)), np.uint8)


def is_difference(state: bytes, found: State, base: State) -> bool:
    """Return whether a state differs from the base by exactly this. It is compared in pieces that fit into caches."""
    given = np.frombuffer(state, np.uint8)
    if len(given) != len(base):
        return False
    pieces = (slice(first, first + PIECE_BYTES) for first in range(0, len(base), PIECE_BYTES))
    return all(np.array_equal(given[piece] ^ base[piece], found[piece]) for piece in pieces)


# ---- the base ----------------------------------------------------------------------------------------


def map_digest(words: NDArray[np.uint32]) -> str:
    """Return the same as ``nmmo.Map.digest``, also of words that are no map by its rules."""
    digest = hashlib.sha256(np.array(words.shape, "<u4").tobytes())
    digest.update(np.ascontiguousarray(words, "<u4").tobytes())
    return digest.hexdigest()


def pack_map(words: NDArray[np.uint32]) -> bytes:
    """Return the payload of the record that holds the map."""
    height, width = words.shape
    return pack({"height": height, "width": width, "words": compressed(words.astype("<u4", copy=False))})


def read_map(payload: bytes, offset: int, header: Header) -> NDArray[np.uint32]:
    """Return the map, uint32 [height, width], whose digest is the header's.

    Raises
    ------
    nmmo.replay.DamagedError
        If the record contradicts itself or the header.
    """
    fields = Fields(payload, offset)
    height = fields.integer("height", LEAST_SIDE, MOST_SIDE)
    width = fields.integer("width", LEAST_SIDE, MOST_SIDE)
    if (height, width) != (header.height, header.width):
        raise fields.damaged(f"the map has {height} x {width} tiles, the world {header.height} x {header.width}")
    words = np.frombuffer(fields.unpacked("words", height * width * 4), "<u4").reshape(height, width)
    if map_digest(words) != header.map_digest:
        raise fields.damaged("the map's digest is not the header's")
    return words.astype(np.uint32)


def make_base(config: Config, seed: int, base: str, words: NDArray[np.uint32] | None, state_bytes: int) -> State:
    """Return the state that snapshots are differences from.

    Raises
    ------
    nmmo.MapError
        If nobody can be born on the map.
    """
    if base == "zero":
        return np.zeros(state_bytes, np.uint8)
    arguments: dict[str, Any] = {"map": words} if base == "map" else {}
    with World(config, seed, **arguments) as world:  # a new one: a used one keeps traces in unused places
        world.reset(seed)
        return np.frombuffer(world.snapshot(), np.uint8)


@dataclass
class Beginning:
    """How a recording begins, found from its first state alone."""

    base: str
    words: NDArray[np.uint32]
    map_digest: str
    state: State
    """Of the base."""
    reset: bool
    """Whether the first state is that of a reset, so that configuration, seed and map are enough."""
    same: bool
    """Whether it is so to the last byte: an automatic reset keeps the statistics."""


def find_beginning(config: Config, seed: int, first: bytes) -> Beginning:
    """Return the base that suits a recording whose first state is given."""
    with World.from_snapshot(first) as world:
        words, hashes = world.map(), world.hash()
    digest = map_digest(words)
    state = make_base(config, seed, "generated", None, len(first))
    base = "generated"
    made, made_hashes = _map_and_hashes(state)
    if not np.array_equal(made, words):
        try:
            state = make_base(config, seed, "map", words, len(first))
            base = "map"
            _, made_hashes = _map_and_hashes(state)
        except MapError:  # a drawing may be too small for everybody to be born on
            state = make_base(config, seed, "zero", None, len(first))
            base = "zero"
            made_hashes = {}
    return Beginning(base, words, digest, state, made_hashes == hashes, state.tobytes() == first)


def _map_and_hashes(state: State) -> tuple[NDArray[np.uint32], dict[str, int]]:
    with World.from_snapshot(state.tobytes()) as world:
        return world.map(), world.hash()
