"""Rewards of one's own in training: every term is a metric, a failure is named, a resumed run goes on bit for bit."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_checkpoint import RECIPE
from test_train_command import STEPS, TINY

from nmmo.cli import main
from nmmo.train.metrics import read_metrics
from nmmo.train.recipe import Recipe, RecipeError
from nmmo.train.run_folder import newest_checkpoint
from nmmo.train.trainer import Trainer

MINE = """
import numpy as np
import nmmo


def north(tick):
    return (tick.after["self"]["row"].astype(int) < tick.before["self"]["row"]) & ~tick.ended


class Visits(nmmo.RewardFunction):
    def reset(self, world):
        self.seen = np.zeros((len(world.rewards), world.config.height), np.uint8)

    def __call__(self, tick):
        at = np.arange(len(tick)), tick.after["self"]["row"]
        new = self.seen[at] == 0
        self.seen[at] = 1
        return new

    def state_dict(self):
        return {"seen": self.seen}

    def load_state_dict(self, state):
        self.seen[:] = state["seen"]


class Fails:
    def __init__(self):
        self.ticks = 0

    def __call__(self, tick):
        self.ticks += 1
        if self.ticks > 50:
            raise RuntimeError("out of ideas")
        return tick.game
"""
QUIET = ["--run.tensorboard", "false", "--run.replay-minutes", "0"]


@pytest.fixture
def mine(tmp_path, monkeypatch) -> str:
    """Write a module into the present folder; each test has another, as nothing is imported twice."""
    name = f"mine_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))  # `nmmo train` adds to it
    return name


def train(*arguments: str | Path | int) -> int:
    return main(["train", *TINY, *QUIET, *map(str, arguments)])


def test_every_term_is_a_metric(mine, tmp_path):
    reward = f"game,{mine}:north=0.5,alive=0.01"
    assert train("--train.total-timesteps", 3 * STEPS, "--train.reward", reward, "--folder", "run") == 0
    lines = read_metrics(tmp_path / "run")
    assert len(lines) == 3
    for line in lines:
        terms = {name.removeprefix("reward/"): value for name, value in line.items() if name.startswith("reward/")}
        assert set(terms) == {"game", f"{mine}:north", "alive", "shaping"}
        assert 0 < terms["alive"] <= 0.01
        assert 0 < terms[f"{mine}:north"] < 0.5
        assert sum(terms.values()) == pytest.approx(line["reward"], abs=1e-5)


def test_without_one_the_games_is_the_metric(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert train("--train.total-timesteps", STEPS, "--train.shaping-coef", "0", "--folder", "run") == 0
    (line,) = read_metrics(tmp_path / "run")
    assert {name for name in line if name.startswith("reward")} == {"reward", "reward/game"}
    assert line["reward/game"] == pytest.approx(line["reward"], abs=1e-6)


def test_what_it_remembers_is_in_the_checkpoint(mine, tmp_path, monkeypatch):
    """Two updates, a checkpoint and two more are four updates, to the last bit."""
    monkeypatch.syspath_prepend(tmp_path)
    options = dataclasses.replace(RECIPE.train, reward=(f"{mine}:Visits", "game=0.1"))
    recipe = dataclasses.replace(RECIPE, train=options)
    whole, first = Trainer(recipe), Trainer(recipe, tmp_path / "run")
    for _ in range(2):
        whole.train_step()
        first.train_step()
    first.save()
    second = Trainer(recipe, resume=newest_checkpoint(tmp_path / "run"))
    assert second.digest() == first.digest() == whole.digest()
    for _ in range(2):
        expected, found = whole.train_step(), second.train_step()
        assert found.metrics[f"reward/{mine}:Visits"] == expected.metrics[f"reward/{mine}:Visits"] > 0
    assert second.digest() == whole.digest()


def test_another_reward_may_follow(mine, tmp_path, capsys):
    assert train("--train.reward", f"{mine}:Visits", "--train.total-timesteps", 2 * STEPS, "--folder", "run") == 0
    resumed = ["--resume", "run", "--train.reward", f"alive,{mine}:Visits", "--train.total-timesteps", 4 * STEPS]
    assert main(["train", *map(str, resumed)]) == 0
    assert "train.reward = ('alive'," in capsys.readouterr().out
    lines = read_metrics(tmp_path / "run")
    assert "reward/alive" not in lines[1] and lines[3]["reward/alive"] > 0.5


def test_a_function_that_fails_ends_the_run_with_everything_saved(mine, tmp_path, capsys):
    assert train("--train.reward", f"{mine}:Fails", "--train.total-timesteps", 9 * STEPS, "--folder", "run") == 1
    err = capsys.readouterr().err
    assert f"reward '{mine}:Fails' raised RuntimeError: out of ideas; everything up to update 3 is saved" in err
    assert len(read_metrics(tmp_path / "run")) == 3
    assert sorted(path.name for path in (tmp_path / "run/checkpoints").glob("0*"))[-1] == "000000003"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("gmae", "train.reward: there is no reward 'gmae'; did you mean 'game'?"),
        ("nowhere_at_all:f", "train.reward: reward 'nowhere_at_all:f': there is no module 'nowhere_at_all'"),
        ("game=x", "train.reward: 'game=x': the weight 'x' is not a number; write NAME=WEIGHT"),
        ("math:pi", "train.reward: reward 'math:pi' must be a function of a Tick"),
    ],
)
def test_what_is_no_reward_is_refused_in_one_line(given, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert train("--train.reward", given, "--folder", "run") == 2
    err = capsys.readouterr().err
    assert message in err.splitlines()[-1] and "Traceback" not in err


def test_recipes_name_it():
    recipe = Recipe.from_toml('[train]\nreward = ["game", "alive=0.5"]')
    assert recipe.train.reward == ("game", "alive=0.5")
    assert Recipe.from_toml(recipe.to_toml()).train.reward == recipe.train.reward
    with pytest.raises(RecipeError, match=r"train\.reward: 'game' is given twice"):
        Recipe.from_toml('[train]\nreward = ["game", "game=2"]')
    with pytest.raises(RecipeError, match="no reward 'gmae'"):
        Trainer(Recipe.from_toml('[train]\nreward = ["gmae"]\n[run]\nprecision = "float32"'))


def test_a_new_process_finds_the_module_beside_it(mine, tmp_path):
    """As from a shell: `nmmo train` in the folder with the module."""
    command = [
        sys.executable,
        "-m",
        "nmmo",
        "train",
        *TINY,
        *QUIET,
        "--train.reward",
        f"{mine}:north",
        "--folder",
        "run",
    ]
    command += ["--train.total-timesteps", str(2 * STEPS), "--run.processes", "2"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), timeout=300)
    assert done.returncode == 0, done.stderr
    last = json.loads((tmp_path / "run/metrics.jsonl").read_text().splitlines()[-1])
    assert last[f"reward/{mine}:north"] > 0
