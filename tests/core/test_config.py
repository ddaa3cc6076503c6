"""Configurations: what they accept, what they refuse and in which words, and round trips."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nmmo
from nmmo.core import _engine
from nmmo.core.records import Table, fields_of, record_dtype

ALL = fields_of(Table.CONFIG)


def test_fields_are_those_of_the_engine_in_its_order() -> None:
    assert [field.name for field in dataclasses.fields(nmmo.Config)] == [field.name for field in ALL]


def test_annotations_agree_with_the_engines_types() -> None:
    kinds = {"i": "int", "q": "int | None", "f": "float"}
    for mine, theirs in zip(dataclasses.fields(nmmo.Config), ALL, strict=True):
        expected = {"respawn": "Respawn", "survival": "bool", "fog": "bool"}.get(mine.name, kinds[theirs.type])
        assert mine.type == expected, mine.name


def test_defaults_are_the_preset_large() -> None:
    assert nmmo.Config() == nmmo.Config.preset("large")
    assert nmmo.Config().height == 512
    assert nmmo.Config().n_players == 1024
    assert nmmo.Config().map_seed is None


def test_every_field_is_documented() -> None:
    assert nmmo.Config.__doc__ is not None
    for field in ALL:
        assert field.doc
        assert field.name in nmmo.Config.__doc__
        assert field.doc in nmmo.Config.__doc__


@pytest.mark.parametrize("name", nmmo.Config.PRESETS)
def test_presets_exist_and_survive_every_round_trip(name: str, tmp_path: Path) -> None:
    config = nmmo.Config.preset(name)
    assert nmmo.Config.from_dict(config.to_dict()) == config
    assert nmmo.Config.from_toml(config.to_toml()) == config
    assert pickle.loads(pickle.dumps(config)) == config
    assert copy.deepcopy(config) == config
    assert nmmo.Config.from_bytes(config.to_bytes()) == config
    config.save(tmp_path / "config.toml")
    assert nmmo.Config.load(tmp_path / "config.toml") == config
    assert hash(config) == hash(nmmo.Config.preset(name))


def test_presets_differ() -> None:
    made = [nmmo.Config.preset(name) for name in nmmo.Config.PRESETS]
    assert len(set(made)) == len(made)
    assert nmmo.Config.preset("survival").survival
    assert nmmo.Config.preset("battle").fog
    assert nmmo.Config.preset("small", n_players=7).n_players == 7


def test_unknown_preset_suggests_the_nearest() -> None:
    with pytest.raises(nmmo.ConfigError, match=r"'larg'.*did you mean 'large'"):
        nmmo.Config.preset("larg")
    with pytest.raises(nmmo.ConfigError, match="there are small, medium"):
        nmmo.Config.preset("qqq")


@pytest.mark.parametrize(
    "make",
    [
        lambda: nmmo.Config(heigth=64),  # type: ignore[call-arg]
        lambda: nmmo.Config().replace(heigth=64),
        lambda: nmmo.Config.from_dict({"heigth": 64}),
        lambda: nmmo.Config.from_toml("heigth = 64"),
        lambda: nmmo.Config.preset("small", heigth=64),
    ],
)
def test_unknown_field_suggests_the_nearest(make: Any) -> None:
    with pytest.raises(nmmo.ConfigError, match=r"'heigth'.*did you mean 'height'"):
        make()


def test_config_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"n_players = 70000 is out of range 1\.\.65535"):
        nmmo.Config(n_players=70000)


# Neighbours that keep the other fields' checks quiet while one field goes to its ends.
ROOM = {"height": 4096, "width": 4096, "n_players": 1, "n_monsters": 0}


@pytest.mark.parametrize("field", [field for field in ALL if field.name not in ("survival", "fog", "respawn")])
def test_ranges_are_closed_and_end_where_the_engine_says(field: Any) -> None:
    room: dict[str, Any] = {name: value for name, value in ROOM.items() if name != field.name}
    step = 1 if field.type in "iq" else 0.5
    convert: Any = int if field.type in "iq" else float
    for value in (convert(field.minimum), convert(field.maximum)):
        if field.name == "team_size" and value > 1:
            room["n_players"] = value  # it must divide
        if field.name == "n_maps":
            room["map_seed"] = 0  # the first of them must be named
        if field.name == "n_monsters" and value:
            value -= 1  # there is one player, and a quarter of the largest map is the limit
        config = nmmo.Config(**{**room, field.name: value})
        kept = getattr(config, field.name)
        assert kept == (None if field.name == "map_seed" and value == -1 else value)
    for value in (convert(field.minimum - step), convert(field.maximum) + step):
        with pytest.raises(nmmo.ConfigError, match=f"{field.name} = .* is out of range"):
            nmmo.Config(**{**room, field.name: value})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_players": 1.0}, "n_players = 1.0 must be a whole number"),
        ({"n_players": True}, "n_players = True must be a whole number"),
        ({"n_players": "7"}, "n_players = '7' must be a whole number"),
        ({"n_players": None}, "n_players = None must be a whole number"),
        ({"n_players": 10**30}, "out of range"),
        ({"map_seed": 2**63}, "out of range"),
        ({"map_seed": 1.5}, "must be a whole number"),
        ({"map_seed": -2}, "out of range"),
        ({"survival": 1}, "survival = 1 must be true or false"),
        ({"fog": "yes"}, "must be true or false"),
        ({"respawn": "soon"}, "respawn = 'soon' is not a choice; there are same_tick, next_tick, on_request"),
        ({"respawn": 0}, "is not a choice"),
        ({"w_gold": float("nan")}, "w_gold = nan is out of range"),
        ({"w_gold": float("inf")}, "w_gold = inf is out of range"),
        ({"w_gold": "1"}, "must be a number"),
        ({"w_gold": None}, "must be a number"),
        ({"team_size": 7}, "team_size = 7 does not divide n_players = 1024"),
        ({"team_size": 2}, "at most 255 teams"),
        ({"height": 32, "width": 32}, "more than a quarter"),
    ],
)
def test_bad_values_are_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(nmmo.ConfigError, match=message):
        nmmo.Config(**fields)


def test_numpy_numbers_become_plain_ones() -> None:
    config = nmmo.Config(n_players=np.int32(5), w_gold=np.float32(0.5), fog=np.bool_(True))  # type: ignore[arg-type]
    assert type(config.n_players) is int
    assert type(config.w_gold) is float
    assert config.fog is True


def test_minus_one_is_no_map_seed() -> None:
    assert nmmo.Config(map_seed=-1) == nmmo.Config(map_seed=None)
    assert nmmo.Config(map_seed=0).map_seed == 0
    assert nmmo.Config(map_seed=0) != nmmo.Config()


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        nmmo.Config().height = 64  # type: ignore[misc]


def test_replace_leaves_the_original_and_checks() -> None:
    config = nmmo.Config()
    assert config.replace(height=256).height == 256
    assert config.height == 512
    with pytest.raises(nmmo.ConfigError):
        config.replace(height=1)


def test_n_teams() -> None:
    assert nmmo.Config().n_teams == 0
    assert nmmo.Config(team_size=8).n_teams == 128
    assert nmmo.Config(team_size=1024).n_teams == 1


def test_toml_is_readable_and_refused_with_the_files_name(tmp_path: Path) -> None:
    text = nmmo.Config(map_seed=3).to_toml()
    assert "map_seed = 3" in text
    assert "# Playable rows of tiles." in text
    path = tmp_path / "bad.toml"
    path.write_text("height = ", encoding="utf-8")
    with pytest.raises(nmmo.ConfigError, match=r"bad\.toml: this is not TOML"):
        nmmo.Config.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(nmmo.ConfigError, match=r"bad\.toml: .*UTF-8"):
        nmmo.Config.load(path)
    path.write_text("n_players = 0", encoding="utf-8")
    with pytest.raises(nmmo.ConfigError, match=r"bad\.toml: n_players = 0 is out of range"):
        nmmo.Config.load(path)
    with pytest.raises(FileNotFoundError):
        nmmo.Config.load(tmp_path / "none.toml")


@given(st.floats(-1000, 1000, allow_nan=False))
def test_weights_are_what_the_engine_will_use(weight: float) -> None:
    config = nmmo.Config(w_gold=weight)
    assert np.float32(config.w_gold) == np.float32(weight)
    assert nmmo.Config.from_bytes(config.to_bytes()) == config
    assert nmmo.Config.from_toml(config.to_toml()) == config


def test_packed_puts_every_field_where_the_engine_reads_it() -> None:
    config = nmmo.Config(map_seed=9, n_players=33, respawn="on_request", fog=True, w_death=-0.5)
    record = np.frombuffer(config.to_bytes(), record_dtype(Table.CONFIG))[0]
    assert (record["map_seed"], record["n_players"], record["respawn"], record["fog"]) == (9, 33, 2, 1)
    assert record["w_death"] == np.float32(-0.5)
    # The engine's own reading: the layout follows from the radii.
    layout = _engine.config_layout(nmmo.Config(view_row_radius=3, view_column_radius=4).to_bytes())
    assert (layout["view_rows"], layout["view_columns"]) == (7, 9)
