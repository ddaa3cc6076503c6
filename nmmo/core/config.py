"""The configuration of a world. Ranges, defaults and meanings are the engine's."""

from __future__ import annotations

import dataclasses
import difflib
import math
import operator
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeAlias

import numpy as np

from nmmo.core import _engine
from nmmo.core.dtypes import Field, Table, fields_of, record_dtype
from nmmo.core.errors import ConfigError

__all__ = ["Config", "Rebirth"]

Rebirth: TypeAlias = Literal["same_tick", "next_tick", "on_request"]

_REBIRTHS: Final = ("same_tick", "next_tick", "on_request")  # in the order of enum nmmo_rebirth
_BOOLEANS: Final = frozenset({"survival", "fog"})
_FIELDS: Final[dict[str, Field]] = {field.name: field for field in fields_of(Table.CONFIG)}


def _from_engine(name: str, value: float | int) -> Any:
    """A field's value as Python knows it."""
    if name in _BOOLEANS:
        return bool(value)
    if name == "rebirth":
        return _REBIRTHS[int(value)]
    if name == "map_seed":
        return None if value == -1 else int(value)
    if _FIELDS[name].type == "f":
        return _as_float32(value)
    return int(value)


def _as_float32(value: float) -> float:
    """The shortest decimal number that the engine reads as the same float32."""
    return float(str(np.float32(value)))


def _field(name: str) -> Any:
    described = _FIELDS[name]
    return dataclasses.field(
        default=_from_engine(name, described.preset),
        metadata={"doc": described.doc, "least": described.least, "most": described.most},
    )


def _unknown(names: list[str]) -> ConfigError:
    parts = []
    for name in names:
        near = difflib.get_close_matches(name, _FIELDS, 1)
        parts.append(f"{name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    return ConfigError(f"unknown configuration field {', '.join(parts)}")


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
            "    If a field is unknown or out of its range, or fields contradict one another.",
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
    rebirth: Rebirth = _field("rebirth")  # noqa: RUF009 - it is a dataclasses.field
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
        unknown = [name for name in fields if name not in _FIELDS]
        if unknown:
            raise _unknown(unknown)
        return object.__new__(cls)

    def __post_init__(self) -> None:
        for name in _FIELDS:
            object.__setattr__(self, name, _checked(name, getattr(self, name)))
        _engine.config_check(self._packed())

    @property
    def n_teams(self) -> int:
        """Number of teams; 0 where everybody is alone (``team_size`` 1)."""
        return self.n_players // self.team_size if self.team_size > 1 else 0

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Config:
        """A configuration by name.

        Parameters
        ----------
        name
            One of ``Config.PRESETS``: "small", "medium", "large", "huge", "survival", "battle".
        **changes
            Fields that shall differ from the preset.

        Raises
        ------
        nmmo.ConfigError
            If there is no such preset, or as by ``Config``.
        """
        packed = _engine.config_preset(name) if isinstance(name, str) and name in cls.PRESETS else None
        if packed is None:
            near = difflib.get_close_matches(str(name), cls.PRESETS, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise ConfigError(f"there is no preset {name!r}{hint}; there are {', '.join(cls.PRESETS)}")
        config = cls._unpacked(packed)
        return config.replace(**changes) if changes else config

    def replace(self, **changes: Any) -> Config:
        """The same configuration with some fields changed.

        Raises
        ------
        nmmo.ConfigError
            As by ``Config``.
        """
        return type(self)(**{**self.to_dict(), **changes})

    def to_dict(self) -> dict[str, Any]:
        """All fields by name, as plain Python values."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Config:
        """The configuration with these fields; others have their defaults.

        Raises
        ------
        nmmo.ConfigError
            As by ``Config``.
        """
        return cls(**fields)

    def to_toml(self) -> str:
        """All fields as TOML, each with its meaning as a comment.

        A ``map_seed`` of None has no line, because TOML has no such value.
        """
        lines = []
        for name, value in self.to_dict().items():
            lines.append(f"# {_FIELDS[name].doc}")
            if value is None:
                lines.append(f"# {name} is not set")
            elif isinstance(value, bool):
                lines.append(f"{name} = {str(value).lower()}")
            elif isinstance(value, str):
                lines.append(f'{name} = "{value}"')
            else:
                lines.append(f"{name} = {value!r}")
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, text: str) -> Config:
        """The configuration that TOML describes; fields that it does not name have their defaults.

        Raises
        ------
        nmmo.ConfigError
            If the text is no TOML, or as by ``Config``.
        """
        try:
            return cls.from_dict(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"this is not TOML: {error}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the configuration to a file, as TOML."""
        Path(path).write_text(self.to_toml(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Config:
        """Reads a configuration from a TOML file.

        Raises
        ------
        nmmo.ConfigError
            As by ``from_toml``; the message names the file.
        OSError
            If the file cannot be read.
        """
        try:
            return cls.from_toml(Path(path).read_text(encoding="utf-8"))
        except ConfigError as error:
            raise ConfigError(f"{os.fspath(path)}: {error}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{os.fspath(path)}: this is not TOML: it is not UTF-8") from None

    def _packed(self) -> bytes:
        """The fields as the engine's ``struct nmmo_config``."""
        record = np.zeros((), record_dtype(Table.CONFIG))
        for name in _FIELDS:
            value = getattr(self, name)
            if name == "rebirth":
                value = _REBIRTHS.index(value)
            elif value is None:
                value = -1
            record[name] = value
        return record.tobytes()

    @classmethod
    def _unpacked(cls, packed: bytes) -> Config:
        record = np.frombuffer(packed, record_dtype(Table.CONFIG))[0]
        return cls(**{name: _from_engine(name, record[name].item()) for name in _FIELDS})


def config_or_default(config: Config | None) -> Config:
    """The configuration; for None, that of the preset "large".

    Raises
    ------
    TypeError
        If it is neither.
    """
    if config is None:
        return Config()
    if not isinstance(config, Config):
        raise TypeError(f"config must be an nmmo.Config or None; got {type(config).__name__}")
    return config


def _checked(name: str, value: Any) -> Any:
    """The value as a plain Python one of the field's type, if it fits into the engine's field."""
    field = _FIELDS[name]
    if name == "rebirth":
        if value not in _REBIRTHS:
            raise ConfigError(f"rebirth = {value!r} is none of {', '.join(_REBIRTHS)}")
        return str(value)
    if name in _BOOLEANS:
        if not isinstance(value, (bool, np.bool_)):
            raise ConfigError(f"{name} = {value!r} must be True or False")
        return bool(value)
    if name == "map_seed" and value is None:
        return None
    if isinstance(value, (bool, np.bool_, str)):
        raise ConfigError(f"{name} = {value!r} must be a number")
    if field.type == "f":
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ConfigError(f"{name} = {value!r} must be a number") from None
        if not math.isfinite(number) or not field.least <= number <= field.most:
            raise ConfigError(f"{name} = {value!r} is out of range {field.least:g}..{field.most:g}")
        return _as_float32(number)
    try:
        integer = operator.index(value)
    except TypeError:
        raise ConfigError(f"{name} = {value!r} must be an integer") from None
    if not field.least <= integer <= field.most:
        raise ConfigError(f"{name} = {integer} is out of range {int(field.least)}..{int(field.most)}")
    return None if name == "map_seed" and integer == -1 else integer
