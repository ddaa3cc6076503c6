"""What may change when a run is resumed: every option is obeyed, or refused by its name."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from test_train_command import STEPS, TINY, newest_weights

from nmmo.cli import main
from nmmo.schema import settings_of
from nmmo.train.metrics import read_metrics
from nmmo.train.recipe import Recipe, RecipeError, TrainOptions
from nmmo.train.resume import Effect, changes_of, check_changes, effect_of
from nmmo.train.run_folder import newest_checkpoint
from nmmo.train.schedules import Bend, RunSchedule

QUIET = ["--run.tensorboard", "false", "--run.replay-minutes", "0"]


def train(*arguments: str | Path | int | float) -> int:
    return main(["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "four"
    assert train(*TINY, *QUIET, "--train.total-timesteps", 4 * STEPS, "--folder", folder) == 0
    return folder


@pytest.fixture
def run(finished, tmp_path) -> Path:
    return shutil.copytree(finished, tmp_path / "four")


FIXED = [
    ("--run.seed", "7", "run.seed = 7 (was 1)"),
    ("--policy.hidden-size", "24", "policy.hidden_size = 24 (was 16)"),
    ("--policy.core", "lstm", "policy.core = 'lstm' (was 'mingru')"),
    ("--train.optimizer", "adamw", "train.optimizer = 'adamw' (was 'muon')"),
    ("--world.view-row-radius", "3", "world.view_row_radius = 3 (was "),
    ("--run.initial-weights", "x", "a run that is resumed has weights"),
]


@pytest.mark.parametrize(("option", "value", "message"), FIXED, ids=[option for option, _, _ in FIXED])
def test_what_cannot_change_is_refused_by_name_with_the_way_out(run, option, value, message, capsys):
    before = sorted(path.relative_to(run) for path in run.rglob("*"))
    assert train("--resume", run, option, value, "--train.total-timesteps", 8 * STEPS) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert "new run" in err
    assert sorted(path.relative_to(run) for path in run.rglob("*")) == before


RESTARTS = [
    ("--train.worlds", "3"),
    ("--world.w-death", "-2"),
    ("--world.n-players", "10"),
    ("--world.horizon", "80"),
    ("--run.processes", "2"),
    ("--run.env-groups", "2"),
    ("--opponents.past-share", "0.5"),
    ("--opponents.scripted-share", "0.25"),
]


@pytest.mark.parametrize(("option", "value"), RESTARTS, ids=[option for option, _ in RESTARTS])
def test_what_restarts_the_worlds_says_so_and_goes_on(run, option, value, capsys):
    assert train("--resume", run, option, value, "--train.total-timesteps", 9 * STEPS) == 0
    out = capsys.readouterr().out
    field = option.removeprefix("--").replace("-", "_")
    assert f"{field} = " in out and "the worlds start again" in out and "are lost" in out
    lines = read_metrics(run)
    assert lines[4]["update"] == 5 and lines[4]["agent_steps"] > 4 * STEPS
    assert field.partition(".")[2] in (run / "recipe.toml").read_text()


def test_what_is_free_takes_effect_at_once(run, capsys):
    more = ["--train.learning-rate", "0", "--train.adam-learning-rate", "0", "--train.bptt-horizon", "8"]
    before = newest_weights(run)
    assert train("--resume", run, *more, "--train.total-timesteps", 5 * STEPS) == 0
    out = capsys.readouterr().out
    assert "from the next update" in out and "train.bptt_horizon = 8 (was 16)" in out
    assert "start again" not in out
    assert all(torch.equal(before[name], value) for name, value in newest_weights(run).items())
    assert [line["agent_steps"] for line in read_metrics(run)][4:] == [4 * STEPS + STEPS // 2, 5 * STEPS]


@pytest.mark.parametrize("options", [["--train.total-timesteps", 2 * STEPS], ["--minutes", 1e-5]])
def test_less_than_what_is_done_is_refused(run, options, capsys):
    assert train("--resume", run, *options) == 2
    err = capsys.readouterr().err
    assert "done already; give more, or go back to an earlier checkpoint: --resume" in err


def test_a_longer_run_keeps_its_learning_rate_and_says_so(run, capsys):
    """A finished run stays at its final rate; one that is extended half-way falls more slowly from where it is."""
    assert train("--resume", run, "--train.total-timesteps", 6 * STEPS) == 0
    assert "the learning rates go on from 5% of their initial values" in capsys.readouterr().out
    assert [line["lr_scale"] for line in read_metrics(run)][4:] == pytest.approx([0.05, 0.05])

    half = run / "checkpoints" / "000000002"
    assert train("--resume", half, "--train.total-timesteps", 6 * STEPS, "--train.schedule", "linear") == 0
    scales = [line["lr_scale"] for line in read_metrics(run)][2:]
    assert scales == pytest.approx([0.05 + 0.95 * x for x in (0.5, 0.375, 0.25, 0.125)])
    assert newest_checkpoint(run).name == "000000006"


def test_the_schedule_by_hand():
    steps = RunSchedule(TrainOptions(total_timesteps=100))
    assert [steps.progress(n, 0) for n in (0, 50, 100, 200)] == [0, 0.5, 1, 1]
    longer = RunSchedule(TrainOptions(total_timesteps=300)).resumed(steps.bend, 50, 7.0)
    assert [longer.progress(n, 0) for n in (50, 175, 300)] == [0.5, 0.75, 1]
    assert [longer.done(n, 0) for n in (50, 150, 300)] == pytest.approx([1 / 6, 0.5, 1])
    assert RunSchedule(TrainOptions(total_timesteps=300)).resumed(longer.bend, 175, 9.0).bend == longer.bend
    by_clock = RunSchedule(TrainOptions(minutes=2)).resumed(longer.bend, 175, 60.0)
    assert [by_clock.progress(0, s) for s in (60, 90, 120)] == pytest.approx([0.75, 0.875, 1])
    assert RunSchedule(TrainOptions(total_timesteps=200)).resumed(Bend(1.0, 100, 100), 100, 0).progress(150, 0) == 1


def test_every_field_has_an_effect():
    """Each of a recipe's fields is fixed, restarts the worlds or is free; the list is complete by its kinds."""
    found = {
        effect: {
            f"{section}.{field}"
            for section, model in settings_of(Recipe).items()
            for field in settings_of(model.kind)
            if effect_of(f"{section}.{field}") is effect
        }
        for effect in Effect
    }
    assert {"run.seed", "policy.hidden_size", "train.optimizer"} <= found[Effect.FIXED]
    assert {"train.worlds", "world.n_players", "opponents.scripted"} <= found[Effect.RESTARTS_WORLDS]
    assert {"train.gamma", "run.device", "run.keep_checkpoints", "opponents.pool_size"} <= found[Effect.FREE]


def test_changes_are_found_by_field():
    old = Recipe()
    new = replace(old, world=old.world.replace(w_death=-3.0), train=replace(old.train, gamma=0.5))
    assert [(c.field, c.old, c.new, c.option) for c in changes_of(old, new)] == [
        ("world.w_death", old.world.w_death, -3.0, "--world.w-death"),
        ("train.gamma", 0.995, 0.5, "--train.gamma"),
    ]
    facts = {"steps": 10, "seconds": 1.0}
    assert len(check_changes(old, new, facts, Path("r"))) == 2
    assert check_changes(old, old, facts, Path("r")) == []
    with pytest.raises(RecipeError, match=r"--run\.initial-weights r$"):
        check_changes(old, replace(old, run=replace(old.run, seed=9)), facts, Path("r"))
