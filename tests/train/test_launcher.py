"""Several processes of one machine train as one run, and none of them is left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from test_train_command import STEPS, TINY

from nmmo.train.checkpoint import Checkpoint, checkpoints_of
from nmmo.train.device import processes_for
from nmmo.train.recipe import Recipe, RecipeError, RunOptions, TrainOptions

TWO = ["--run.processes", "2", "--run.replay-minutes", "0", "--run.tensorboard", "false"]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "nmmo", "train", *map(str, arguments)]


def train(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=240)


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue
            if (
                int(stat.rpartition(")")[2].split()[1]) == pid
                and b"nmmo.train.launcher" in (folder / "cmdline").read_bytes()
            ):
                found.append(int(folder.name))
    return found


def until(true, seconds: float = 60.0):
    """Return what `true` gives, once it is something."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """Return four rollouts of two processes."""
    folder = tmp_path_factory.mktemp("runs") / "two"
    done = train(*TINY, *TWO, "--train.total-timesteps", 8 * STEPS, "--folder", folder)
    assert done.returncode == 0, done.stderr
    assert re.search(r"4 worlds of 8 players, cpu, float32, 2 processes of 1 thread each", done.stdout)
    return folder


def test_both_play_and_save(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["agent_steps"] for line in lines] == [2 * STEPS * n for n in range(1, 5)]
    checkpoint = Checkpoint(checkpoints_of(run / "checkpoints")[-1])
    checkpoint.check()
    assert checkpoint.processes == 2
    one, two = checkpoint.read("process-0")[0], checkpoint.read("process-1")[0]
    for name in ("0.worlds.next_seeds", "0.worlds.snapshots"):
        assert not torch.equal(one[name], two[name]), name


def test_going_on_is_as_if_it_had_not_stopped(run, tmp_path):
    shutil.copytree(run, tmp_path / "r")
    shutil.rmtree(checkpoints_of(tmp_path / "r" / "checkpoints")[-1])
    again = train("--resume", tmp_path / "r", "--run.processes", "0")
    assert again.returncode == 0, again.stderr
    assert "2 processes of 1 thread each, continuing from update 2" in again.stdout
    one, two = (Checkpoint(checkpoints_of(folder / "checkpoints")[-1]) for folder in (run, tmp_path / "r"))
    for part in ("policy", "process-0", "process-1"):
        tensors, expected = one.read(part)[0], two.read(part)[0]
        assert tensors.keys() == expected.keys()
        names = [
            name for name in tensors if not name.endswith(".snapshots")
        ]  # which hold the events of the last tick too
        assert all((tensors[name] == expected[name]).all() for name in names), part


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find the processes")
@pytest.mark.parametrize("leader", [False, True], ids=["the-other", "the-leader"])
def test_a_process_is_killed(tmp_path, leader):
    long = command(*TINY, *TWO, "--train.total-timesteps", 10**9, "--folder", tmp_path / "r")
    with subprocess.Popen(long, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: len(checkpoints_of(tmp_path / "r" / "checkpoints")) >= 2)
        (other,) = children(process.pid)
        os.kill(process.pid if leader else other, signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
    until(lambda: not Path(f"/proc/{other}").exists())
    if leader:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 1
        assert "process 1 of 2 was ended by SIGKILL" in errors
        assert "the last good checkpoint is" in errors and "Traceback" not in errors
    Checkpoint(checkpoints_of(tmp_path / "r" / "checkpoints")[-1]).check()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find the processes")
def test_an_interrupt_saves_and_ends_both(tmp_path):
    long = command(*TINY, *TWO, "--train.total-timesteps", 10**9, "--folder", tmp_path / "r")
    with subprocess.Popen(
        long, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        until(lambda: checkpoints_of(tmp_path / "r" / "checkpoints"))
        (other,) = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "stopped after" in out and "continue" in out and not errors
    assert not Path(f"/proc/{other}").exists()


@pytest.mark.parametrize(
    "threads, processes, minibatch_segments, expected",
    [(8, 0, 64, 4), (2, 0, 64, 2), (2, 0, 16, 1), (8, 0, 8, 1), (1, 0, 64, 1), (1, 3, 8, 3)],
)
def test_how_many_there_are(threads, processes, minibatch_segments, expected):
    recipe = Recipe(
        train=TrainOptions(minibatch_segments=minibatch_segments),
        run=RunOptions(device="cpu", threads=threads, processes=processes),
    )
    assert processes_for(recipe) == expected


def test_processes_do_not_share_a_gpu(monkeypatch):
    """A machine with two GPUs, as far as the question goes."""
    monkeypatch.setattr("nmmo.train.device.device_for", lambda options: torch.device("cuda:0"))
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert processes_for(Recipe(run=RunOptions())) == 1
    assert processes_for(Recipe(run=RunOptions(processes=2))) == 2
    with pytest.raises(RecipeError, match="only 2 GPUs"):
        processes_for(Recipe(run=RunOptions(processes=3)))
    with pytest.raises(RecipeError, match="of its own"):
        processes_for(Recipe(run=RunOptions(processes=2, device="cuda:1")))
