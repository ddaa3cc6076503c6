"""The first record: what was played, by which rules, from which beginning, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.errors import ConfigError
from nmmo.replay.compression import compressed
from nmmo.replay.container import FORMAT_VERSION
from nmmo.replay.errors import FormatVersionError, ReplayError
from nmmo.replay.packing import Fields, pack

BASES: Final = ("generated", "map", "zero")
"""What snapshots are differences from: the world just reset with the seed on the map that it generates, or on
the map that the file holds, or nothing but zeros."""

MOST_PLAYERS: Final = 65535
MOST_MONSTERS: Final = 2**24
LEAST_SIDE: Final = 32
MOST_SIDE: Final = 4096
MOST_VOCABULARY: Final = 31
MOST_TICK: Final = 2**31 - 1
MOST_NAMES: Final = 1024
MOST_STATE: Final = 2**32
NOBODY: Final = 0xFFFF
RENAMED_FIELDS: Final = {"rebirth": "respawn"}
"""Fields of ``nmmo.Config`` that had another name in files of this format, and their names of today."""


@dataclass(frozen=True)
class Header:
    """What a replay says of itself.

    Parameters
    ----------
    rules_version
        Of the rules that were played; an engine of another version cannot play the actions.
    engine
        Hash of the sources of the engine that recorded; for reports, it need not be the reader's.
    package
        Version of nmmo that recorded; for reports, too.
    config
        Every field of ``nmmo.Config``, by its name of today where it was renamed.
    seed
        Of the episode, 0 to 2**64 - 1.
    map_digest
        SHA-256 of the map as ``nmmo.Map.digest`` computes it.
    base
        What the snapshots are differences from: "generated", "map" or "zero".
    state_bytes
        Length of an engine's snapshot of this world.
    start
        Ticks that had been played when the recording began; 0 for one that began at a reset.
    names
        Who plays; at most 1,024 different names.
    slots
        For each player's slot the number of its name, uint16 [n_players]; 65,535: not known.
    notes
        What the caller wants kept: short names, and short strings or whole numbers.
    """

    rules_version: int
    engine: str
    package: str
    config: Mapping[str, Any]
    seed: int
    map_digest: str
    base: str
    state_bytes: int
    start: int
    names: tuple[str, ...] = ()
    slots: NDArray[np.uint16] | None = None
    notes: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def n_players(self) -> int:
        """Slots of players."""
        return int(self.config["n_players"])

    @property
    def n_monsters(self) -> int:
        """Monsters, dead ones included."""
        return int(self.config["n_monsters"])

    @property
    def vocabulary(self) -> int:
        """Tokens that a player can say; 0: there is no speech."""
        return int(self.config["vocabulary"])

    @property
    def height(self) -> int:
        """Rows of tiles."""
        return int(self.config["height"])

    @property
    def width(self) -> int:
        """Columns of tiles."""
        return int(self.config["width"])

    @property
    def most_events_in_a_tick(self) -> int:
        """More than any tick of such a world can leave."""
        return 32 * self.n_players + 16 * self.n_monsters

    def make_config(self) -> Config:
        """Return the configuration, as this version understands it.

        Raises
        ------
        nmmo.replay.ReplayError
            If this version cannot make a world of it.
        """
        try:
            return Config.from_dict(self.config)
        except ConfigError as error:
            raise ReplayError(f"this version of nmmo cannot make the replay's world: {error}") from None

    def player(self, slot: int) -> str | None:
        """Return who plays a slot, where that is known."""
        if self.slots is None or self.slots[slot] == NOBODY:
            return None
        return self.names[int(self.slots[slot])]

    def packed(self) -> bytes:
        """Return the record's payload."""
        values: dict[str, Any] = {
            "format": FORMAT_VERSION,
            "rules": self.rules_version,
            "engine": self.engine,
            "package": self.package,
            "config": dict(self.config),
            "seed": self.seed,
            "map": self.map_digest,
            "base": self.base,
            "state_bytes": self.state_bytes,
            "start": self.start,
        }
        if self.slots is not None:
            values["names"] = list(self.names)
            values["slots"] = compressed(self.slots.astype("<u2"))
        if self.notes:
            values["notes"] = dict(self.notes)
        return pack(values)

    @classmethod
    def read(cls, payload: bytes, offset: int) -> Self:
        """Read it from the record's payload.

        Raises
        ------
        nmmo.replay.FormatVersionError
            If it is of another format.
        nmmo.replay.DamagedError
            If it contradicts itself.
        """
        fields = Fields(payload, offset)
        version = fields.integer("format", 1, 2**31)
        if version != FORMAT_VERSION:
            raise FormatVersionError(
                f"the replay has format {version}; this version of nmmo reads format {FORMAT_VERSION}", offset
            )
        config = {RENAMED_FIELDS.get(name, name): value for name, value in fields.mapping("config").items()}
        ranges = {
            "n_players": (1, MOST_PLAYERS),
            "n_monsters": (0, MOST_MONSTERS),
            "height": (LEAST_SIDE, MOST_SIDE),
            "width": (LEAST_SIDE, MOST_SIDE),
            "vocabulary": (0, MOST_VOCABULARY),
        }
        for name, (least, most) in ranges.items():
            value = config.get(name)
            if type(value) is not int or not least <= value <= most:
                raise fields.damaged(f"the configuration's {name} is not a number of {least}..{most}")
        for name, value in config.items():
            if not isinstance(name, str) or not isinstance(value, (bool, int, float, str, type(None))):
                raise fields.damaged(f"the configuration's {str(name)[:80]!r} is not a plain value")
        base = fields.text("base")
        if base not in BASES:
            raise fields.damaged(f"'base' is {base[:80]!r}, none of {', '.join(BASES)}")
        names, slots = _read_players(fields, config["n_players"])
        notes = fields.mapping("notes") if "notes" in fields else {}
        _check_notes(notes, fields.damaged)
        return cls(
            rules_version=fields.integer("rules", 0, 2**31),
            engine=fields.text("engine"),
            package=fields.text("package"),
            config=config,
            seed=fields.integer("seed", 0, 2**64 - 1),
            map_digest=fields.text("map"),
            base=base,
            state_bytes=fields.integer("state_bytes", 1, MOST_STATE),
            start=fields.integer("start", 0, MOST_TICK),
            names=names,
            slots=slots,
            notes=notes,
        )


def _read_players(fields: Fields, n_players: int) -> tuple[tuple[str, ...], NDArray[np.uint16] | None]:
    if "slots" not in fields:
        return (), None
    names = fields.array("names")
    if not all(isinstance(name, str) for name in names):
        raise fields.damaged("'names' are not all strings")
    slots = np.frombuffer(fields.unpacked("slots", 2 * n_players), "<u2").astype(np.uint16)
    if np.any((slots >= len(names)) & (slots != NOBODY)):
        raise fields.damaged("'slots' has a number without a name")
    return tuple(names), slots


def _check_notes(notes: Mapping[Any, Any], error: Any) -> None:
    for name, value in notes.items():
        if not isinstance(name, str) or type(value) not in (str, int):
            raise error("notes are strings or whole numbers by name")


def named_players(
    players: Sequence[str] | Mapping[str, Iterable[int]] | None, n_players: int
) -> tuple[tuple[str, ...], NDArray[np.uint16] | None]:
    """Return who plays which slot, as a header keeps it.

    Parameters
    ----------
    players
        A name for each slot, or the slots of each name, or None where it is not known.
    n_players
        Number of slots.

    Raises
    ------
    TypeError, ValueError
        If they are not as described.
    """
    if players is None:
        return (), None
    if isinstance(players, str):
        raise TypeError("players must be a name for each slot, or slots by name; got one string")
    slots = np.full(n_players, NOBODY, np.uint16)
    if isinstance(players, Mapping):
        names = list(players)
        for number, chosen in enumerate(players.values()):
            for slot in chosen:
                if not 0 <= int(slot) < n_players:
                    raise ValueError(f"slot {slot} of {names[number]!r} is out of range 0..{n_players - 1}")
                slots[int(slot)] = number
    else:
        if len(players) != n_players:
            raise ValueError(f"players must have a name for each of {n_players} slots; got {len(players)}")
        names = sorted(set(players))
        numbers = {name: number for number, name in enumerate(names)}
        slots[:] = [numbers[name] for name in players]
    if not all(isinstance(name, str) and 0 < len(name) <= 256 for name in names):
        raise ValueError("a player's name must be a string of 1 to 256 characters")
    if len(names) > MOST_NAMES:
        raise ValueError(f"there are {len(names):,} names; a replay has at most {MOST_NAMES:,}")
    return tuple(names), slots


def checked_notes(notes: Mapping[str, str | int] | None) -> dict[str, str | int]:
    """Return a caller's notes.

    Raises
    ------
    TypeError
        If they are not short strings or whole numbers by name.
    """
    found = dict(notes or {})
    _check_notes(found, TypeError)
    if len(found) > 64 or any(len(str(part)) > 1024 for pair in found.items() for part in pair):
        raise TypeError("at most 64 notes, of at most 1,024 characters each")
    return found
