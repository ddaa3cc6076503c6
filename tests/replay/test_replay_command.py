"""`nmmo replay`: what its commands print, and their exit statuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from conftest import choices, played, tiny

import nmmo
from nmmo.cli import main
from nmmo.cli.replay import COMMANDS
from nmmo.replay import Recorder, Replay


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def replay_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: object) -> Outcome:
        status = main(["replay", *map(str, arguments)])
        return Outcome(status, *capsys.readouterr())

    return run


def test_help(replay_command):
    done = replay_command("--help")
    assert done.status == 0
    for name in COMMANDS:
        assert f"  {name}" in done.out
        assert replay_command(name, "--help").out.startswith(f"usage: nmmo replay {name}")
    assert replay_command().status == 2
    mistaken = replay_command("verfy")
    assert mistaken.status == 2 and "did you mean 'verify'?" in mistaken.err


def test_info(replay_command, tmp_path):
    path = tmp_path / "game.nmr"
    world = nmmo.World(tiny(), 9)
    rng = np.random.default_rng(0)
    with Recorder(world, path, state=True, players={"me": [0, 1], "them": [2]}, notes={"match": 3}):
        world.reset()
        for tick in range(140):
            if tick == 100:
                world.edit.set(0, gold=3)
            world.step(choices(world, rng))
    done = replay_command("info", path)
    assert done.status == 0 and done.err == ""
    for part in ("0 to 140, 140 in the file", "6 players, 8 monsters", "seed       9", "this engine's",
                 "me: 2 slots", "them: 1 slots", "match: 3", "after ticks 100", "with a reset",
                 "states     ticks 0 to 140"):  # fmt: skip
        assert part in done.out
    done = replay_command("info", path, "--config")
    toml = done.out[done.out.index("# ") :]
    assert nmmo.Config.from_toml(toml) == tiny()
    path.write_bytes(path.read_bytes()[:-40])
    cut = replay_command("info", path)
    assert cut.status == 1 and "nmmo replay recover" in cut.out


def test_verify(replay_command, tmp_path):
    good, edited, cut = tmp_path / "good.nmr", tmp_path / "edited.nmr", tmp_path / "cut.nmr"
    played(good, tiny(), 150)
    world = nmmo.World(tiny(), 9)
    with Recorder(world, edited):
        world.reset()
        world.edit.set(0, gold=3)
        world.step([0] * 6)
    data = good.read_bytes()
    cut.write_bytes(data[:-100])
    assert replay_command("verify", good).out == (
        f"{good}: verified: 150 ticks came out as recorded, 1 whole states compared\n"
    )
    assert replay_command("verify", "--pure", good).status == 0
    assert replay_command("verify", edited).status == 0
    done = replay_command("verify", "--pure", good, edited)
    assert done.status == 1 and "set from outside after ticks 0" in done.out
    assert replay_command("verify", "--pure", cut).status == 1
    damaged = bytearray(data)
    damaged[len(data) // 2] ^= 1
    cut.write_bytes(damaged)
    done = replay_command("verify", cut)
    assert done.status == 1 and "byte " in done.out
    assert replay_command("verify", tmp_path / "none.nmr").status == 2
    assert "none.nmr: there is no such file" in replay_command("verify", tmp_path / "none.nmr").err


def test_recover(replay_command, tmp_path):
    path, saved = tmp_path / "game.nmr", tmp_path / "saved.nmr"
    played(path, tiny(), 150)
    path.write_bytes(path.read_bytes()[:-100])
    done = replay_command("recover", path, "-o", saved)
    assert done.status == 0 and "150 ticks" in done.out
    with Replay(saved) as replay:
        assert replay.complete
    assert replay_command("recover", path, "-o", saved).status == 2
    assert replay_command("recover", path, "-o", saved, "--overwrite").status == 0
    assert replay_command("recover", __file__, "-o", tmp_path / "x.nmr").status == 2


def test_export(replay_command, tmp_path):
    path = tmp_path / "game.nmr"
    played(path, tiny(), 60)
    for what, rows in ((["--statistics"], 61), (["--agent", "2", "--start", "10", "--stop", "20"], 10)):
        out = tmp_path / f"{rows}.csv"
        done = replay_command("export", path, *what, "-o", out)
        assert done.status == 0 and done.out == f"{out}: {rows} rows\n"
        assert len(out.read_text().splitlines()) == rows + 1
    assert replay_command("export", path, "--events", "-o", tmp_path / "events.csv").status == 0
    states = tmp_path / "states.nmr"
    assert replay_command("export", path, "--state", "-o", states).status == 0
    with Replay(states) as replay:
        assert replay.state(60).tick == 60
    for wrong, message in (
        (["--agent", "6", "-o", tmp_path / "a.csv"], "no agent 6"),
        (["--events", "-o", tmp_path / "a.txt"], "must end in .csv or .parquet"),
        (["--events", "-o", states], "there already"),
        (["--events", "--start", "61", "-o", tmp_path / "a.csv"], "0 to 60"),
        (["--state", "--start", "5", "-o", tmp_path / "a.nmr"], "whole replay"),
        (["-o", tmp_path / "a.csv"], "required"),
    ):
        done = replay_command("export", path, *wrong)
        assert done.status == 2 and message in done.err, wrong
        assert done.err.count("\n") == 1


def test_diff(replay_command, tmp_path):
    one, other = tmp_path / "one.nmr", tmp_path / "other.nmr"
    played(one, tiny(), 60)
    played(other, tiny(), 60, play=2)
    same = replay_command("diff", one, one)
    assert same.status == 0 and same.out == "the replays agree: 60 ticks\n"
    done = replay_command("diff", one, other)
    assert done.status == 1
    assert "tick 1: the states differ, in" in done.out and "players choose otherwise" in done.out
    assert "players: players[" in done.out
    played(other, tiny(), 60, seed=1, overwrite=True)
    assert "seed: 0 / 1" in replay_command("diff", one, other).out


def test_a_huge_world_is_refused(replay_command, tmp_path):
    path = tmp_path / "game.nmr"
    played(path, tiny(), 5)
    done = replay_command("export", path, "--statistics", "-o", tmp_path / "a.csv", "--max-world-mb", "1")
    assert done.status == 2 or done.status == 0
    with Replay(path, max_world_bytes=1000) as replay, pytest.raises(ValueError, match="max_world_bytes"):
        replay.world_at(1)
