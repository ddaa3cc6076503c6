"""Tables out of replays: events, statistics, one agent's life, as CSV and Parquet."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from conftest import played, tiny

import nmmo
from nmmo.replay import Replay
from nmmo.replay.export import save_table
from nmmo.replay.tables import agent_blocks, event_blocks, statistics_blocks


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_events(tmp_path):
    game = played(tmp_path / "game.nmr", tiny(n_monsters=60), 150)
    with Replay(tmp_path / "game.nmr") as replay:
        rows = save_table(event_blocks(replay, 0, 151), tmp_path / "events.csv")
    events = np.concatenate(game.events)
    found = rows_of(tmp_path / "events.csv")
    assert rows == len(found) == len(events)
    for row, event in zip(found, events, strict=True):
        assert int(row["tick"]) == event["tick"] and int(row["actor"]) == event["actor"]
        assert nmmo.EventKind[row["kind"].upper()] == event["kind"]
        assert nmmo.ObjectKind[row["item"].upper()] == event["item"]
    assert {row["kind"] for row in found} >= {"birth", "hit"}


def test_statistics(tmp_path):
    game = played(tmp_path / "game.nmr", tiny(), 100)
    with Replay(tmp_path / "game.nmr") as replay:
        assert save_table(statistics_blocks(replay, 10, 101), tmp_path / "statistics.csv") == 91
        final = replay.world_at(100).statistics()
    found = rows_of(tmp_path / "statistics.csv")
    assert [int(row["tick"]) for row in found] == list(range(10, 101))
    assert [int(row["births"]) for row in found] == game.statistics[10:]
    assert int(found[-1]["actions_wait"]) == final["actions"][0]
    assert int(found[-1]["living_lives"]) == final["living"]["lives"]
    assert int(found[-1]["harvests"]) == final["harvests"].sum()


def test_a_life(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 140)
    with Replay(path) as replay:
        assert save_table(agent_blocks(replay, 4, 0, 141), tmp_path / "life.csv") == 141
        found = rows_of(tmp_path / "life.csv")
        for tick in (0, 1, 77, 140):
            player, row = replay.world_at(tick).players[4], found[tick]
            own = player["self"]
            assert (int(row["row"]), int(row["column"])) == (own["row"], own["column"])
            assert int(row["gold"]) == own["gold"] and int(row["level_fishing"]) == own["level"][7]
            assert int(row["life"]) == player["life"]
            if tick:
                assert nmmo.Action[row["action"].upper()] == game.actions[tick - 1][4]
        world = nmmo.World(replay.config, 0)
        world.reset(0)
        rewards = [0.0]
        for actions in game.actions:
            world.step(actions)
            rewards.append(float(world.rewards[4]))
        assert [np.float32(row["reward"]) for row in found] == [np.float32(reward) for reward in rewards]
        with pytest.raises(ValueError, match="no agent 6"):
            next(agent_blocks(replay, 6, 0, 5))


def test_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: nmmo[tables]")
    played(tmp_path / "game.nmr", tiny(), 60)
    with Replay(tmp_path / "game.nmr") as replay:
        for name, blocks in (("csv", agent_blocks), ("parquet", agent_blocks)):
            assert save_table(blocks(replay, 1, 0, 61), tmp_path / f"life.{name}") == 61
    table = parquet.read_table(tmp_path / "life.parquet")
    plain = rows_of(tmp_path / "life.csv")
    assert table.column_names == list(plain[0])
    assert table["gold"].to_pylist() == [int(row["gold"]) for row in plain]
    assert table["action"].to_pylist() == [row["action"] for row in plain]


def test_without_pyarrow_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"nmmo\[tables\]"):
        save_table(iter([{"a": np.arange(3)}]), tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_fails_leaves_nothing(tmp_path):
    def blocks():
        yield {"a": np.arange(3)}
        raise KeyboardInterrupt

    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        save_table(blocks(), tmp_path / "a.csv")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"
    with pytest.raises(ValueError, match=r"\.csv or \.parquet"):
        save_table(blocks(), tmp_path / "a.xlsx")
