"""TensorBoard and Weights & Biases: what they are told, and that nothing they do stops a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from test_train_command import STEPS, TINY

from nmmo.train.checkpoint import checkpoints_of
from nmmo.train.metrics import read_metrics

HONEST = """
import json, os

class Run:
    def log(self, metrics, step):
        tell("log", step=step, metrics=metrics)
    def finish(self):
        tell("finish")

def tell(what, **more):
    with open(os.environ["TOLD"], "a") as file:
        file.write(json.dumps({"what": what, **more}, default=str) + "\\n")

def init(**options):
    tell("init", **options)
    return Run()
"""
AT_IMPORT = "raise RuntimeError('of another age')"
AT_THE_START = "def init(**options):\n    raise ValueError('api_key not\\nconfigured')"
EXITS = "def init(**options):\n    raise SystemExit(3)"
LATER = """
import os
class Run:
    def log(self, metrics, step):
        if step > 500: raise ConnectionError("[/red] the network is gone")
    def finish(self):
        raise AssertionError("dropped, and called again")
def init(**options): return Run()
"""
AT_THE_END = LATER.replace("> 500", "> 10**9")


def run(tmp_path: Path, wandb: str | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Train in a process that finds this wandb."""
    library = tmp_path / "library"
    library.mkdir(exist_ok=True)
    if wandb is not None:
        (library / "wandb.py").write_text(wandb)
    environment = os.environ | {"PYTHONPATH": str(library), "TOLD": str(tmp_path / "told")}
    command = [sys.executable, "-m", "nmmo", "train", *arguments]
    return subprocess.run(map(str, command), capture_output=True, text=True, timeout=240, env=environment, cwd=tmp_path)


def told(tmp_path: Path, what: str) -> list[dict]:
    lines = map(json.loads, (tmp_path / "told").read_text().splitlines())
    return [line for line in lines if line["what"] == what]


WANDB = ["--run.wandb-project", "mine", "--run.tensorboard", "false"]


def test_wandb_gets_the_recipe_and_counts_in_agent_steps(tmp_path):
    three = ["--train.total-timesteps", 3 * STEPS, *WANDB]
    for folder in ("a/run", "b/run"):
        assert run(tmp_path, HONEST, *TINY, *three, "--folder", tmp_path / folder).returncode == 0
    again = run(tmp_path, HONEST, "--resume", tmp_path / "a" / "run", "--train.total-timesteps", 4 * STEPS)
    assert again.returncode == 0, again.stderr
    one, two, resumed = told(tmp_path, "init")
    assert one["id"] != two["id"] and len(one["id"]) >= 8  # of two folders that share a name
    assert resumed["id"] == one["id"] and resumed["resume"] == "allow"
    assert one["config"]["world"]["n_players"] == 8 and one["config"]["train"]["bptt_horizon"] == 16
    assert one["config"]["versions"].keys() >= {"nmmo", "torch"}
    assert [line["step"] for line in told(tmp_path, "log")] == [STEPS * n for n in (1, 2, 3, 1, 2, 3, 4)]
    assert "living/score" in told(tmp_path, "log")[0]["metrics"]
    assert len(told(tmp_path, "finish")) == 3


def test_going_back_begins_another_run_at_wandb(tmp_path):
    """Steps there only go on: what comes after the checkpoint would be dropped, or mixed with the abandoned future."""
    folder = tmp_path / "run"
    assert (
        run(tmp_path, HONEST, *TINY, "--train.total-timesteps", 4 * STEPS, *WANDB, "--folder", folder).returncode == 0
    )
    back = run(tmp_path, HONEST, "--resume", folder / "checkpoints" / "000000002")
    assert back.returncode == 0, back.stderr
    on = run(tmp_path, HONEST, "--resume", folder, "--train.total-timesteps", 5 * STEPS)
    assert on.returncode == 0, on.stderr
    first, second, third = (line["id"] for line in told(tmp_path, "init"))
    assert first != second == third
    assert [line["step"] // STEPS for line in told(tmp_path, "log")] == [1, 2, 3, 4, 3, 4, 5]


@pytest.mark.parametrize(
    ("wandb", "reason"),
    [
        (AT_IMPORT, "of another age"), (AT_THE_START, "api_key not configured"), (EXITS, "3"),
        (LATER, "[/red] the network is gone"), (AT_THE_END, "dropped, and called again"),
    ],
    ids=["import", "start", "exit", "later", "end"],
)  # fmt: skip
def test_a_reporter_that_fails_is_dropped_with_a_line(tmp_path, wandb, reason):
    done = run(tmp_path, wandb, *TINY, *WANDB, "--train.total-timesteps", 4 * STEPS, "--folder", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    expected = f"nmmo train: Weights & Biases failed and gets nothing more ({reason}); training goes on\n"
    assert done.stderr == expected
    assert [line["update"] for line in read_metrics(tmp_path / "r")] == [1, 2, 3, 4]
    assert checkpoints_of(tmp_path / "r" / "checkpoints")[-1].name == "000000004"


@pytest.mark.parametrize("folder_of_that_name", [False, True])
def test_a_reporter_that_is_missing_is_said_before_the_folder_is_made(tmp_path, folder_of_that_name):
    if folder_of_that_name:  # wandb makes one where it runs, and Python takes it for a package
        (tmp_path / "wandb").mkdir()
    done = run(tmp_path, None, *TINY, *WANDB, "--folder", tmp_path / "r")
    assert done.returncode == 2
    assert done.stderr == 'nmmo train: run.wandb_project needs wandb: pip install wandb, or set it to ""\n'
    assert not (tmp_path / "r").exists()


def test_tensorboard_counts_in_agent_steps_and_forgets_what_is_repeated(tmp_path):
    quiet = ["--run.tensorboard", "true", "--run.keep-checkpoints", "9"]
    assert run(tmp_path, None, *TINY, *quiet, "--train.total-timesteps", 5 * STEPS, "--folder", "r").returncode == 0

    def steps() -> list[int]:
        events = EventAccumulator(str(tmp_path / "r" / "tensorboard"))
        events.Reload()
        return [event.step for event in events.Scalars("living/score")]

    assert steps() == [STEPS * n for n in (1, 2, 3, 4, 5)]
    resume = ["--resume", tmp_path / "r" / "checkpoints" / "000000002", "--train.total-timesteps", 4 * STEPS]
    assert run(tmp_path, None, *resume).returncode == 0
    assert steps() == [STEPS * n for n in (1, 2, 3, 4)]


def test_tensorboard_that_cannot_write_does_not_stop_the_run(tmp_path):
    """Its folder is a file."""
    (tmp_path / "r").mkdir()
    first = run(tmp_path, None, *TINY, "--train.total-timesteps", 2 * STEPS, "--folder", "r", "--run.tensorboard", "no")
    assert first.returncode == 0, first.stderr
    (tmp_path / "r" / "tensorboard").write_text("in the way")
    done = run(tmp_path, None, "--resume", "r", "--run.tensorboard", "yes", "--train.total-timesteps", 4 * STEPS)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("nmmo train: TensorBoard failed") and done.stderr.count("\n") == 1
    assert read_metrics(tmp_path / "r")[-1]["update"] == 4


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a small disk")
def test_tensorboard_on_a_full_disk_costs_tensorboard_alone(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (disk / "filling").write_bytes(bytes(16384))
        first = run(tmp_path, None, *TINY, "--train.total-timesteps", STEPS, "--folder", "r", "--run.tensorboard", "no")
        assert first.returncode == 0, first.stderr
        (tmp_path / "r" / "tensorboard").symlink_to(disk)
        done = run(tmp_path, None, "--resume", "r", "--run.tensorboard", "yes", "--train.total-timesteps", 3 * STEPS)
    finally:
        subprocess.run(["umount", disk], check=True)
    assert done.returncode == 0, done.stderr
    reason = "[Errno 28] No space left on device"
    assert done.stderr == f"nmmo train: TensorBoard failed and gets nothing more ({reason}); training goes on\n"
    assert read_metrics(tmp_path / "r")[-1]["update"] == 3
