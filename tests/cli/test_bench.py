"""`nmmo bench`: that it measures what it says. How fast anything is, no test may ask."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nmmo
from nmmo.cli import bench


def test_quick_run_writes_json(nmmo_command, tmp_path):
    file = tmp_path / "bench.json"
    done = nmmo_command("bench", "--quick", "--ticks", "20", "--repeats", "2", "--json", str(file))
    assert done.status == 0, done.err
    results = json.loads(file.read_text())
    assert set(results) == {
        "preset", "conditions", "throughput", "view_copy_limit", "engine_share_of_view_copy_limit",
        "phases", "resets", "memory_bytes",
    }  # fmt: skip
    assert results["preset"] == "small"
    conditions = results["conditions"]
    assert conditions["ticks"] == 20
    assert conditions["repeats"] == 2
    assert conditions["agents"] == 64
    assert 0.9 < conditions["living_share"] <= 1
    for key in (
        "processor",
        "cores",
        "compiler",
        "flags",
        "engine",
        "nmmo",
        "python",
        "numpy",
        "system",
        "config",
        "seed",
    ):
        assert conditions[key]
    assert len(results["throughput"]) == 5
    assert [phase["name"] for phase in results["phases"]] == [
        "upkeep", "players", "monsters", "bodies", "deaths", "rewards", "births", "observations",
    ]  # fmt: skip
    for row in [*results["throughput"], results["view_copy_limit"], *results["phases"]]:
        assert len(row["values"]) == 2
        assert 0 <= row["least"] <= row["median"] <= row["most"]
    assert all(len(reset["values"]) == 2 * bench.RESETS for reset in results["resets"])
    share = results["throughput"][0]["median"] / results["view_copy_limit"]["median"]
    assert results["engine_share_of_view_copy_limit"] == pytest.approx(share)
    assert results["memory_bytes"]["observations"] == 64 * results["memory_bytes"]["row"]
    assert "load" in conditions
    assert "Throughput" in done.out and conditions["processor"] in done.out


def test_replay_of_another_game_is_noticed():
    with nmmo.World(nmmo.Config.preset("small")) as world:
        recording = bench.record(world, seed=1, warm_up=5, ticks=10)
        assert bench.replay(world, recording, lambda actions: bench.step_each(world, actions)) > 0
        with pytest.raises(bench.GameDiffers):
            bench.replay(world, recording, lambda actions: bench.step_each(world, np.zeros_like(actions)))


def test_world_that_ends_shortens_the_recording():
    config = nmmo.Config.preset("small").replace(horizon=30)
    with nmmo.World(config) as world:
        recording = bench.record(world, seed=1, warm_up=10, ticks=100)
        assert recording.measured.shape == (20, 64)
        with pytest.raises(bench.TooShort):
            bench.record(world, seed=1, warm_up=30, ticks=5)


def test_every_way_plays_the_recorded_game():
    ways = bench.ways(nmmo.Config.preset("small"), seed=0, warm_up=3, ticks=5)
    for way in ways:
        way.measure()  # raises GameDiffers otherwise
        assert way.measurement.values
        way.game.close()
