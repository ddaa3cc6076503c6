"""A run's folder through the command line: starting, resuming, going back, damage, locks, provenance."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from test_train_command import STEPS, TINY, newest_weights, started

from nmmo.cli import main
from nmmo.train.checkpoint import Checkpoint, CheckpointError, checkpoints_of
from nmmo.train.metrics import read_metrics
from nmmo.train.run_folder import RunFolder, RunFolderError, newest_checkpoint

QUIET = ["--run.tensorboard", "false", "--run.replay-minutes", "0", "--run.keep-checkpoints", "9"]


def train(*arguments: str | Path | int) -> int:
    return main(["train", *map(str, arguments)])


def begin(folder: Path, updates: int, *more: str | Path | int) -> int:
    return train(*TINY, *QUIET, "--train.total-timesteps", updates * STEPS, "--folder", folder, *more)


def names(folder: Path) -> list[str]:
    return [str(int(path.name)) for path in checkpoints_of(folder)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """Return a run of six updates, with a checkpoint of every second."""
    folder = tmp_path_factory.mktemp("runs") / "six"
    assert begin(folder, 6, "--run.replay-minutes", "1e-9", "--run.replay-ticks", "1") == 0
    return folder


@pytest.fixture
def run(finished, tmp_path) -> Path:
    return shutil.copytree(finished, tmp_path / "six")


# ---- lines ---------------------------------------------------------------------------------------------------


def test_going_back_moves_what_came_later_and_the_way_on_is_the_same(run, capsys):
    """Weights, metrics and replays of the abandoned future are kept, and never shown, exported or resumed again."""
    before = newest_weights(run)
    assert train("--resume", run / "checkpoints" / "000000002") == 0
    assert f"rewound to update 2; what came after it, up to update 6, is in {run / 'abandoned' / '1'}" in " ".join(
        capsys.readouterr().out.split()
    )
    aside = run / "abandoned" / "1"
    assert names(aside / "checkpoints") == ["4", "6"]
    assert [line["update"] for line in read_metrics(aside)] == [3, 4, 5, 6]
    assert sorted(int(path.name[:9]) for path in (aside / "replays").iterdir()) == [2, 3, 4, 5]
    assert names(run / "checkpoints") == ["2", "4", "6"]
    assert [line["update"] for line in read_metrics(run)] == [1, 2, 3, 4, 5, 6]
    assert all(torch.equal(before[name], value) for name, value in newest_weights(run).items())
    paths = [path for folder in (run, aside) for path in checkpoints_of(folder / "checkpoints")]
    assert len({Checkpoint(path).identity for path in paths}) == 5  # of the same numbers, but other checkpoints


def test_another_way_on_is_the_runs_own(run):
    """With another learning rate, update 6 is that of the new line when the newest is asked for."""
    old = newest_weights(run)
    assert train("--resume", run / "checkpoints" / "000000004", "--train.learning-rate", "0.5") == 0
    assert newest_checkpoint(run).name == "000000006"
    new = newest_weights(run)
    assert any(not torch.equal(old[name], value) for name, value in new.items())
    chain = checkpoints_of(run / "checkpoints")
    for earlier, later in itertools.pairwise(chain):
        assert Checkpoint(later).parent == Checkpoint(earlier).identity


def test_a_damaged_later_checkpoint_does_not_swallow_a_result(run, capsys):
    """Going back to 4, the run writes its own 6, whatever is there of that number."""
    (run / "checkpoints" / "000000006" / "policy.safetensors").write_bytes(b"nothing")
    assert train("--resume", run / "checkpoints" / "000000004") == 0
    Checkpoint(run / "checkpoints" / "000000006").check()
    assert names(run / "abandoned" / "1" / "checkpoints") == ["6"]


def test_a_checkpoint_from_elsewhere_with_a_later_number_is_not_the_runs(run, finished, tmp_path, capsys):
    other = tmp_path / "other"
    assert begin(other, 8, "--train.learning-rate", "0.3") == 0
    shutil.copytree(other / "checkpoints" / "000000008", run / "checkpoints" / "000000008")
    assert newest_checkpoint(run).name == "000000006"
    capsys.readouterr()
    assert train("--resume", run) == 0
    assert "not of this run's line of checkpoints: 000000008" in capsys.readouterr().out
    assert names(run / "checkpoints") == ["2", "4", "6"]


def test_a_checkpoint_that_was_whole_before_it_was_named_counts(run):
    folder = RunFolder(run)
    folder.point_to(run / "checkpoints" / "000000004")  # as if the process had been killed just then
    assert folder.newest().name == "000000006"
    assert folder.settle(pytest.fail).name == "000000006"


def test_a_run_from_before_there_was_a_pointer(run):
    (run / "latest").unlink()
    assert newest_checkpoint(run).name == "000000006"
    assert train("--resume", run) == 0


# ---- damage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["policy.safetensors", "process-0.safetensors", "manifest.json"])
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(run, file, capsys):
    before = newest_weights(run)
    (run / "checkpoints" / "000000006" / file).write_bytes(b"nothing")
    assert train("--resume", run) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "000000006 is" in out and file in out and "continuing from 000000004" in out
    assert names(run / "damaged" / "1") == ["6"]
    assert all(torch.equal(before[name], value) for name, value in newest_weights(run).items())


def test_a_damaged_checkpoint_that_was_asked_for_is_refused_and_nothing_moves(run, capsys):
    (run / "checkpoints" / "000000002" / "pool.safetensors").write_bytes(b"nothing")
    assert train("--resume", run / "checkpoints" / "000000002") == 2
    assert "pool.safetensors" in capsys.readouterr().err
    assert names(run / "checkpoints") == ["2", "4", "6"]
    assert not (run / "abandoned").exists()


def test_a_damaged_recipe_is_read_from_the_newest_checkpoint(run, capsys):
    (run / "recipe.toml").write_bytes(b"\0\0\0")
    assert train("--resume", run) == 0
    assert "finished after 6 updates" in capsys.readouterr().out


# ---- start or resume -----------------------------------------------------------------------------------------


def test_the_same_command_starts_and_resumes(tmp_path, capsys):
    command = [*TINY, *QUIET, "--train.total-timesteps", 4 * STEPS, "--folder", tmp_path / "r"]
    assert train("small", *command) == 0
    shutil.rmtree(tmp_path / "r" / "checkpoints" / "000000004")
    for words in ("continuing from update 2", "the run is finished"):
        capsys.readouterr()
        assert train("small", *command) == 0
        assert words in capsys.readouterr().out
    assert names(tmp_path / "r" / "checkpoints") == ["2", "4"]


@pytest.mark.parametrize("way", ["folder", "resume"])
def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again(tmp_path, way, capsys):
    folder = tmp_path / "r"
    process = subprocess.Popen(
        [sys.executable, "-m", "nmmo", "train", *TINY, "--folder", str(folder), "--run.checkpoint-updates", "0",
         "--run.checkpoint-minutes", "999"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not (folder / "metrics.jsonl").exists() or not (folder / "metrics.jsonl").stat().st_size:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=60)
    assert not checkpoints_of(folder / "checkpoints")
    end = ["--train.total-timesteps", 2 * STEPS, "--run.checkpoint-updates", "1"]
    assert train(*end, "--resume" if way == "resume" else "--folder", folder) == 0
    assert "no checkpoint yet: the run begins again" in capsys.readouterr().out
    assert [line["update"] for line in read_metrics(folder)] == [1, 2]


def test_a_folder_with_other_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("mine")
    assert begin(tmp_path, 2) == 2
    assert "is not a run and not empty (it has thesis.tex)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_nothing_is_left_of_a_command_that_cannot_be(tmp_path, capsys):
    assert begin(tmp_path / "r", 2, "--run.device", "toaster") == 2
    assert begin(tmp_path / "r", 2, "--run.initial-weights", tmp_path / "nowhere") == 2
    assert not (tmp_path / "r").exists()


def test_a_run_begins_with_a_copy_of_another(run, tmp_path, capsys):
    fork = tmp_path / "fork"
    longer = ["--train.total-timesteps", 8 * STEPS]
    assert train("--resume", run / "checkpoints" / "000000004", "--folder", fork, *longer) == 0
    assert names(fork / "checkpoints") == ["4", "6", "8"]
    assert names(run / "checkpoints") == ["2", "4", "6"]
    assert [line["update"] for line in read_metrics(fork)] == [5, 6, 7, 8]
    capsys.readouterr()
    assert train("--resume", run / "checkpoints" / "000000004", "--folder", fork) == 2  # shorter than what is done
    assert "done already" in capsys.readouterr().err
    assert train("--resume", run / "checkpoints" / "000000004", "--folder", fork, *longer) == 0  # as after a kill
    assert "the run is finished" in capsys.readouterr().out


def test_a_checkpoint_without_its_run_has_its_recipe(run, tmp_path, monkeypatch):
    alone = shutil.copytree(run / "checkpoints" / "000000004", tmp_path / "downloads" / "mine")
    monkeypatch.chdir(tmp_path)
    assert train("--resume", alone) == 0
    assert names(tmp_path / "runs" / "resumed-1" / "checkpoints") == ["4", "6"]
    one, two = newest_weights(run), newest_weights(tmp_path / "runs" / "resumed-1")
    assert all(torch.equal(one[name], value) for name, value in two.items())


def test_what_is_neither_is_refused(tmp_path, capsys):
    assert train("--resume", tmp_path) == 2
    assert "is neither a run's folder nor one of its checkpoints" in capsys.readouterr().err
    with pytest.raises(CheckpointError, match="does not exist"):
        newest_checkpoint(tmp_path / "x")


# ---- one at a time -------------------------------------------------------------------------------------------


def test_a_second_trainer_is_refused_and_a_dead_ones_lock_is_none(tmp_path, capsys):
    process = started(tmp_path / "r", "--train.total-timesteps", str(10**9))
    try:
        for arguments in (["--resume", tmp_path / "r"], ["--folder", tmp_path / "r"]):
            assert train(*arguments) == 2
            err = capsys.readouterr().err
            assert f"is being trained by process {process.pid} on " in err and "give another --folder" in err
    finally:
        process.kill()
        process.communicate(timeout=60)
    assert (tmp_path / "r" / "lock").read_text().startswith(f"process {process.pid} ")
    done = int(checkpoints_of(tmp_path / "r" / "checkpoints")[-1].name)
    assert train("--resume", tmp_path / "r", "--train.total-timesteps", (done + 1) * STEPS) == 0


def test_the_lock_ends_with_its_block(tmp_path):
    run = RunFolder(tmp_path / "r")
    with run.locked():
        pass
    assert not run.path.exists()
    with run.locked(), pytest.raises(RunFolderError, match="is being trained by process"), RunFolder(run.path).locked():
        pytest.fail("two locks")
    with run.locked():
        (run.path / "kept").touch()
    assert (run.path / "kept").exists()


# ---- provenance ----------------------------------------------------------------------------------------------


def test_every_session_is_written_down(run, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["nmmo", "train", "--resume", str(run)])
    assert train("--resume", run, "--train.total-timesteps", 7 * STEPS, "--train.gamma", "0.9") == 0
    lines = [json.loads(line) for line in (run / "sessions.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["begin", "end"] * 2
    first, first_end, begun, ended = lines
    assert first["session"] == first_end["session"] != begun["session"] == ended["session"]
    assert first["checkpoint"] is None and first["changed"] == {}
    assert begun["command"] == ["nmmo", "train", "--resume", str(run)]
    assert begun["checkpoint"] == "000000006"
    assert begun["changed"] == {
        "train.total_timesteps": [6 * STEPS, 7 * STEPS],
        "train.gamma": [0.997, 0.9],
    }
    assert {"host", "process", "torch", "numpy", "python", "rules", "nmmo", "cores", "device", "git"} <= set(begun)
    assert (ended["reason"], ended["update"], ended["agent_steps"]) == ("finished", 7, 7 * STEPS)
    recipe = (run / "recipe.toml").read_text()
    assert "gamma = 0.9\n" in recipe


def test_a_run_that_was_stopped_says_by_what(tmp_path):
    process = started(tmp_path / "r", "--train.total-timesteps", str(10**9))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    last = json.loads((tmp_path / "r" / "sessions.jsonl").read_text().splitlines()[-1])
    assert last["reason"] == "stopped by SIGTERM"
    assert os.path.basename(newest_checkpoint(tmp_path / "r")) == f"{last['update']:09d}"
