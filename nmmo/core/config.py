"""The configuration of a world. Ranges, defaults and meanings are the engine's."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeAlias

import numpy as np

from nmmo import schema
from nmmo.core import _engine
from nmmo.core.errors import ConfigError, UnknownFieldError
from nmmo.core.records import Field, Table, fields_of, record_dtype
from nmmo.schema import Where

__all__ = ["Config", "ConfigLike", "Respawn", "unknown_field"]

Respawn: TypeAlias = Literal["same_tick", "next_tick", "on_request"]

_HINTS: Final = {  # what a field is called elsewhere
    "episode_length": "horizon",
    "max_cycles": "horizon",
    "max_episode_length": "horizon",
    "max_episode_steps": "horizon",
    "max_steps": "horizon",
    "map_height": "height",
    "map_width": "width",
    "n_agents": "n_players",
    "num_agents": "n_players",
    "num_npcs": "n_monsters",
    "num_players": "n_players",
    "player_n": "n_players",
    "npc_n": "n_monsters",
    "rebirth": "respawn",
    "teams": "team_size",
}
_RESPAWN_MODES: Final = ("same_tick", "next_tick", "on_request")  # in the order of enum nmmo_respawn
_BOOLEANS: Final = frozenset({"survival", "fog"})
_FIELDS: Final[dict[str, Field]] = {field.name: field for field in fields_of(Table.CONFIG)}


def _from_engine(name: str, value: float | int) -> Any:
    """Return a field's value as Python knows it."""
    if name in _BOOLEANS:
        return bool(value)
    if name == "respawn":
        return _RESPAWN_MODES[int(value)]
    if name == "map_seed":
        return None if value == -1 else int(value)
    if _FIELDS[name].type == "f":
        return _as_float32(value)
    return int(value)


def _as_float32(value: float) -> float:
    """Return the shortest decimal number that the engine reads as the same float32."""
    return float(str(np.float32(value)))


def _field(name: str) -> Any:
    described = _FIELDS[name]
    default = _from_engine(name, described.default)
    return schema.setting(default, described.doc, least=described.minimum, most=described.maximum)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    __doc__ = "\n".join(
        [
            'What is fixed when a world is made. The defaults are the preset "large".',
            "",
            "Parameters",
            "----------",
            *(f"{field.name}\n    {field.doc}" for field in _FIELDS.values()),
            "",
            "Raises",
            "------",
            "nmmo.ConfigError",
            "    If a field is unknown (``nmmo.UnknownFieldError``, which is a TypeError too) or out of its range, or",
            "    fields contradict one another.",
        ]
    )

    PRESETS: ClassVar[tuple[str, ...]] = ("small", "medium", "large", "huge", "survival", "battle")

    map_seed: int | None = _field("map_seed")
    n_maps: int = _field("n_maps")
    height: int = _field("height")
    width: int = _field("width")
    n_players: int = _field("n_players")
    n_monsters: int = _field("n_monsters")
    team_size: int = _field("team_size")
    lives: int = _field("lives")
    respawn: Respawn = _field("respawn")  # noqa: RUF009 - it is a dataclasses.field
    horizon: int = _field("horizon")
    stagnation_ticks: int = _field("stagnation_ticks")
    view_row_radius: int = _field("view_row_radius")
    view_column_radius: int = _field("view_column_radius")
    ore_density: int = _field("ore_density")
    tree_density: int = _field("tree_density")
    crystal_density: int = _field("crystal_density")
    herb_density: int = _field("herb_density")
    fish_density: int = _field("fish_density")
    node_regrow_ticks: int = _field("node_regrow_ticks")
    monster_return_ticks: int = _field("monster_return_ticks")
    protection_ticks: int = _field("protection_ticks")
    pvp_min_danger: int = _field("pvp_min_danger")
    listing_ticks: int = _field("listing_ticks")
    vocabulary: int = _field("vocabulary")
    survival: bool = _field("survival")
    fog: bool = _field("fog")
    fog_start: int = _field("fog_start")
    fog_period: int = _field("fog_period")
    fog_final: int = _field("fog_final")
    w_combat: float = _field("w_combat")
    w_harvest: float = _field("w_harvest")
    w_progress: float = _field("w_progress")
    w_equipment: float = _field("w_equipment")
    w_gold: float = _field("w_gold")
    w_explore: float = _field("w_explore")
    w_death: float = _field("w_death")

    def __new__(cls, *_: Any, **fields: Any) -> Config:
        # Before the generated __init__, whose TypeError would not say what was meant.
        for name in fields:
            if name not in _FIELDS:
                raise unknown_field(name)
        return object.__new__(cls)

    def __post_init__(self) -> None:
        schema.check(self, Where(ConfigError))
        if self.map_seed == -1:  # the engine's way to say None
            object.__setattr__(self, "map_seed", None)
        for name, field in _FIELDS.items():
            if field.type == "f":
                object.__setattr__(self, name, _as_float32(getattr(self, name)))
        _engine.config_check(self.to_bytes())

    @property
    def n_teams(self) -> int:
        """Number of teams; 0 where everybody is alone (``team_size`` 1)."""
        return self.n_players // self.team_size if self.team_size > 1 else 0

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Config:
        """Return a configuration by name.

        Parameters
        ----------
        name
            One of ``Config.PRESETS``: "small", "medium", "large", "huge", "survival", "battle".
        **changes
            Fields that differ from the preset.

        Raises
        ------
        nmmo.ConfigError
            If there is no such preset, or as by ``Config``.
        """
        packed = _engine.config_preset(name) if isinstance(name, str) and name in cls.PRESETS else None
        if packed is None:
            raise ConfigError(f"there is no preset {name!r}; {schema.nearest(name, cls.PRESETS)}")
        config = cls.from_bytes(packed)
        return config.replace(**changes) if changes else config

    def replace(self, **changes: Any) -> Config:
        """Return the same configuration with some fields changed.

        Raises
        ------
        nmmo.ConfigError
            As by ``Config``.
        """
        return type(self)(**{**self.to_dict(), **changes})

    def to_dict(self) -> dict[str, Any]:
        """Return all fields by name, as plain Python values."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Config:
        """Return the configuration with these fields; others have their defaults.

        Parameters
        ----------
        fields
            Values by name. An entry ``preset`` names the preset that the others differ from.

        Raises
        ------
        nmmo.ConfigError
            As by ``Config``.
        """
        return cls.read(fields, Where(ConfigError))

    @classmethod
    def read(cls, fields: Any, where: Where, preset: str = "large") -> Config:
        """Return the configuration that a section of a file describes.

        Parameters
        ----------
        fields
            As for ``from_dict``.
        where
            The place that errors name, and their class.
        preset
            The preset where the section names none.
        """
        given = dict(fields) if isinstance(fields, Mapping) else fields
        name = given.pop("preset", preset) if isinstance(given, dict) else preset
        if name not in cls.PRESETS:
            where.fail(f"{where.name('preset')} = {name!r} is not a preset; {schema.nearest(name, cls.PRESETS)}")
        return schema.build(cls, given, where, defaults=cls.preset(name).to_dict())

    def to_toml(self) -> str:
        """Return all fields as TOML, each with its meaning as a comment.

        A ``map_seed`` of None has no line, because TOML has no such value.
        """
        return schema.to_toml(self)

    @classmethod
    def from_toml(cls, text: str) -> Config:
        """Return the configuration that TOML describes, with fields as for ``from_dict``.

        Raises
        ------
        nmmo.ConfigError
            If the text is not TOML, or as by ``Config``.
        """
        where = Where(ConfigError)
        return cls.read(schema.parse_toml(text, where), where)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the configuration to a file, as TOML."""
        Path(path).write_text(self.to_toml(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Config:
        """Read a configuration from a TOML file.

        Raises
        ------
        nmmo.ConfigError
            As by ``from_toml``; the message names the file.
        OSError
            If the file cannot be read.
        """
        where = Where(ConfigError, os.fspath(path))
        return cls.read(schema.parse_toml(Path(path).read_bytes(), where), where)

    @property
    def world_bytes(self) -> int:
        """Bytes of memory that a world of this configuration takes, without its observations and other outputs."""
        return _engine.config_world_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        """Return the fields as the engine's ``struct nmmo_config`` (engine/nmmo.h), little-endian."""
        record = np.zeros((), record_dtype(Table.CONFIG))
        for name in _FIELDS:
            value = getattr(self, name)
            if name == "respawn":
                value = _RESPAWN_MODES.index(value)
            elif value is None:
                value = -1
            record[name] = value
        return record.tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> Config:
        """Return the configuration that ``to_bytes`` of an engine of the same layout returned.

        Raises
        ------
        ValueError
            If the bytes are too few or too many.
        nmmo.ConfigError
            If they are no valid configuration.
        """
        if len(packed) != record_dtype(Table.CONFIG).itemsize:
            raise ValueError(f"{len(packed)} bytes are no configuration")
        record = np.frombuffer(packed, record_dtype(Table.CONFIG))[0]
        return cls(**{name: _from_engine(name, record[name].item()) for name in _FIELDS})


ConfigLike: TypeAlias = Config | Mapping[str, Any]
"""A configuration, or its fields by name as ``Config.from_dict`` takes them: from JSON, YAML, TOML or Hydra."""


def unknown_field(name: str, others: Iterable[str] = ()) -> UnknownFieldError:
    """Return the error of a keyword argument that nobody knows, in Python's own words and with the nearest name.

    Parameters
    ----------
    name
        The argument.
    others
        What might have been meant besides fields of the configuration.
    """
    meant = f"did you mean {_HINTS[name]!r}?" if name in _HINTS else schema.nearest(name, [*others, *_FIELDS])
    return UnknownFieldError(f"unexpected keyword argument {name!r}; {meant}")


def config_or_default(config: ConfigLike | None) -> Config:
    """Return the configuration; for a mapping the one that it describes, for None that of the preset "large".

    Raises
    ------
    TypeError
        If it is none of these.
    nmmo.ConfigError
        If a mapping describes no configuration.
    """
    if config is None:
        return Config()
    if isinstance(config, Mapping):
        return Config.from_dict(config)
    if not isinstance(config, Config):
        raise TypeError(f"config must be an nmmo.Config, a dict of its fields or None; got {type(config).__name__}")
    return config
