"""What a policy reads, against an independent reading of the named fields."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as reference
import torch

import nmmo
from nmmo.train import encoding
from nmmo.train.encoding import BYTE_VALUES, encoding_for
from nmmo.train.networks import Encoder, NumberFeatures
from nmmo.train.recipe import PolicyOptions


def played(config: nmmo.Config, ticks: int = 60) -> np.ndarray:
    """Return rows of a world after some random play."""
    world = nmmo.World(config, seed=3)
    world.reset()
    rng = np.random.default_rng(3)
    for _ in range(ticks):
        rows = world.step(nmmo.sample_actions(world.mask, rng), copy=True)[0]
    return rows


CONFIGS = {
    "small": nmmo.Config.preset("small"),
    "teams and fog": nmmo.Config.preset("battle"),
    "another view": nmmo.Config.preset("small", view_row_radius=2, view_column_radius=3),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_records_are_read_as_their_fields_say(name):
    config = CONFIGS[name]
    rows = played(config)
    found = encoding_for(config)
    structured = rows.view(nmmo.observation_dtype(config))[:, 0]
    encoder = Encoder(found, PolicyOptions())
    raw = torch.from_numpy(rows)
    readers = {
        "tiles": (found.tiles, reference.tile_features, encoder._tiles(raw)),
        "inventory": (
            found.inventory,
            reference.item_features,
            raw[:, found.inventory.offset : found.inventory.end],
        ),
        "listings": (
            found.listings,
            reference.listing_features,
            raw[:, found.listings.offset : found.listings.end],
        ),
    }
    for field, (records, read, part) in readers.items():
        values = part.numpy().reshape(len(rows), records.count, records.record_bytes)
        features = records.codes[values + BYTE_VALUES * np.arange(records.record_bytes)].sum(axis=2)
        for row in range(0, len(rows), 7):
            own = int(structured[row]["self"]["team"]) if config.team_size > 1 else None
            arguments = (own,) if field == "tiles" else ()
            theirs = [read(record, *arguments) for record in structured[row][field].reshape(-1)]
            np.testing.assert_allclose(features[row], theirs, atol=1e-6)
        assert features.any(), field


@pytest.mark.parametrize("name", CONFIGS)
def test_oneself_is_read_as_the_fields_say(name):
    config = CONFIGS[name]
    rows = played(config)
    own = encoding_for(config).own
    features = NumberFeatures(own)(torch.from_numpy(rows[:, own.offset : own.offset + own.length]))
    structured = rows.view(nmmo.observation_dtype(config))[:, 0]["self"]
    theirs = [reference.own_features(record) for record in structured]
    np.testing.assert_allclose(features.numpy(), theirs, atol=1e-5)


def test_wide_numbers_are_little_endian():
    config = nmmo.Config.preset("small")
    row = np.zeros(1, nmmo.observation_dtype(config))
    row["self"]["age"], row["self"]["gold"], row["self"]["stagnation_left"] = 1_000_000, 999, 1000
    own = encoding_for(config).own
    raw = row.view(np.uint8).reshape(1, -1)[:, own.offset : own.offset + own.length]
    np.testing.assert_allclose(
        NumberFeatures(own)(torch.from_numpy(raw))[0].numpy(),
        reference.own_features(row["self"][0]),
        rtol=1e-5,
    )


def test_where_on_the_map_one_stands_is_not_read():
    config = nmmo.Config.preset("small")
    own = encoding_for(config).own
    here, there = np.zeros((2, 1), nmmo.observation_dtype(config))
    there["self"]["row"], there["self"]["column"] = 77, 513
    here, there = (
        NumberFeatures(own)(
            torch.from_numpy(row.view(np.uint8).reshape(1, -1)[:, own.offset : own.offset + own.length])
        )
        for row in (here, there)
    )
    assert torch.equal(here, there)


@pytest.mark.parametrize(("field", "most"), [("water", 255), ("stagnation_left", 65535)])
def test_a_new_field_is_read_over_the_range_of_its_type(monkeypatch, field, most):
    monkeypatch.setattr(
        encoding, "OWN", {name: ways for name, ways in encoding.OWN.items() if name in ("gold", "style")}
    )
    config = nmmo.Config.preset("small")
    own = encoding_for(config).own
    empty = np.zeros(1, nmmo.observation_dtype(config))
    full = empty.copy()
    full["self"][field] = most
    read = NumberFeatures(own)
    none, all_ = (
        read(torch.from_numpy(row.view(np.uint8).reshape(1, -1)[:, own.offset : own.offset + own.length]))
        for row in (empty, full)
    )
    assert (all_ - none).abs().max() == pytest.approx(1)
    assert int((all_ != none).sum()) == 1


def test_a_part_of_a_tile_that_nothing_reads_is_named(monkeypatch):
    monkeypatch.setattr(encoding, "TILE", {name: ways for name, ways in encoding.TILE.items() if name != "team"})
    with pytest.raises(TypeError, match="team"):
        encoding_for(nmmo.Config.preset("small"))


def test_a_field_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setattr(encoding, "TILE", encoding.TILE | {"smell": encoding.TILE["health"]})
    with pytest.raises(TypeError, match="smell"):
        encoding_for(nmmo.Config.preset("small"))


def test_friend_and_foe_are_told_apart_by_ones_own_team():
    config = nmmo.Config.preset("battle")
    rows = np.zeros(3, nmmo.observation_dtype(config))
    rows["tiles"]["team"][:, 0, :3] = [0, 2, 5]
    rows["self"]["team"] = [2, 5, 1]
    found = encoding_for(config)
    tiles = Encoder(found, PolicyOptions())._tiles(torch.from_numpy(rows.view(np.uint8).reshape(3, -1)))
    tiles = tiles.view(3, -1, found.tiles.record_bytes)[:, :3, found.tile_team]
    assert tiles.tolist() == [[0, 1, 2], [0, 2, 1], [0, 2, 2]]
    assert (rows["tiles"]["team"][:, 0, :3] == [0, 2, 5]).all()  # the rows themselves are left alone
