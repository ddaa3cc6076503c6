"""Whatever fails outside of learning is named, and what was learned is saved."""

from __future__ import annotations

import errno
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from test_train_command import STEPS, TINY, default_signals, started

from nmmo.cli import main
from nmmo.train import checkpoint as checkpoint_module
from nmmo.train.checkpoint import Checkpoint, checkpoints_of
from nmmo.train.failures import is_out_of_memory, reason_of
from nmmo.train.metrics import read_metrics
from nmmo.train.stopwatch import Stopwatch

QUIET = ["--run.tensorboard", "false", "--run.replay-minutes", "0"]


def train(*arguments: str | Path | int) -> int:
    return main(["train", *TINY, *QUIET, *map(str, arguments)])


def command(*arguments: str | Path | int) -> list[str]:
    return [sys.executable, "-m", "nmmo", "train", *TINY, *QUIET, *map(str, arguments)]


# ---- opponents -----------------------------------------------------------------------------------------------

OPPONENTS = """
import numpy as np

class Fails:
    def __init__(self, config): self.ticks = 0
    def reset(self, seed, slots): pass
    def act(self, observations, mask):
        self.ticks += 1
        if self.ticks > 5 * 16 + 3: raise KeyError("the plan")
        return np.zeros(len(mask), np.int64)

class Wrong(Fails):
    def act(self, observations, mask):
        self.ticks += 1
        return np.full(len(mask), 999 if self.ticks > 5 * 16 + 3 else 0)
"""


@pytest.mark.parametrize(
    ("name", "message"), [("Fails", "KeyError: 'the plan'"), ("Wrong", "999")], ids=["raises", "answers wrongly"]
)
def test_an_opponent_that_fails_is_named_and_the_run_is_saved(name, message, tmp_path, monkeypatch, capsys):
    """In the middle of the sixth rollout (of the first world's opponent): five updates are saved."""
    (tmp_path / "bad_opponents.py").write_text(OPPONENTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bad_opponents", raising=False)
    folder = tmp_path / "r"
    scripted = ["--opponents.scripted", f"bad_opponents:{name}", "--opponents.scripted-share", "0.25"]
    assert train(*scripted, "--run.checkpoint-updates", "99", "--folder", folder) == 1
    err = capsys.readouterr().err
    assert "opponents.scripted" in err and name in err and message in err
    assert "everything up to update 5 is saved" in err
    assert f"to continue: nmmo train --resume {folder}" in err and "Traceback" not in err
    (saved,) = checkpoints_of(folder / "checkpoints")
    assert saved.name == "000000005"
    more = ["--opponents.scripted", "random", "--train.total-timesteps", 6 * 12 * 16]
    assert main(["train", "--resume", str(folder), *map(str, more)]) == 0
    assert "the worlds start again" in capsys.readouterr().out


# ---- the disk ------------------------------------------------------------------------------------------------


def test_a_report_that_fails_stops_with_everything_saved(tmp_path, monkeypatch, capsys):
    from nmmo.train.dashboard import Dashboard

    def show(self, step):
        if step.update == 3:
            raise ValueError("no such colour")

    monkeypatch.setattr(Dashboard, "show", show)
    assert train("--folder", tmp_path / "r", "--run.checkpoint-updates", "99") == 1
    err = capsys.readouterr().err
    assert "no such colour" in err and "everything up to update 3 is saved" in err
    assert [path.name for path in checkpoints_of(tmp_path / "r" / "checkpoints")] == ["000000003"]


def test_what_safetensors_says_of_a_full_disk_is_the_systems_error(tmp_path, monkeypatch):
    def full(*_):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(checkpoint_module, "save_file", full)
    checkpoint = Checkpoint(tmp_path / "000000001")
    checkpoint.begin()
    with pytest.raises(OSError) as caught:
        checkpoint.write("policy", {}, {})
    assert caught.value.errno == errno.ENOSPC and "policy.safetensors" in str(caught.value.filename)


def test_older_checkpoints_make_room_for_the_newest(tmp_path, monkeypatch):
    """On a disk that has room for two."""
    honest = checkpoint_module.save_file

    def limited(tensors, path, metadata):
        if len(checkpoints_of(path.parent.parent)) >= 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        honest(tensors, path, metadata)

    monkeypatch.setattr(checkpoint_module, "save_file", limited)
    assert train("--train.total-timesteps", 8 * STEPS, "--folder", tmp_path / "r") == 0
    assert [path.name for path in checkpoints_of(tmp_path / "r" / "checkpoints")] == ["000000006", "000000008"]


def tmpfs(folder: Path, megabytes: int) -> bool:
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 4 MiB, where this user may."""
    folder = tmp_path / "disk"
    if os.geteuid() != 0 or not tmpfs(folder, 4):
        pytest.skip("no right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_full_disk(small_disk, tmp_path):
    """It has room for one checkpoint, and not for two."""
    assert train("--train.total-timesteps", STEPS, "--folder", tmp_path / "probe") == 0
    (probe,) = checkpoints_of(tmp_path / "probe" / "checkpoints")
    size = sum(path.stat().st_size for path in probe.iterdir())
    (small_disk / "ballast").write_bytes(b"x" * (4 * 2**20 - size * 8 // 5))
    done = subprocess.run(
        command("--folder", small_disk / "r", "--train.total-timesteps", 10**6), capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "no space is left on its disk" in done.stderr and "Traceback" not in done.stderr
    for path in checkpoints_of(small_disk / "r" / "checkpoints"):
        Checkpoint(path).check()
    (small_disk / "ballast").unlink()
    end = int(checkpoints_of(small_disk / "r" / "checkpoints")[-1].name) + 2
    again = command("--folder", small_disk / "r", "--train.total-timesteps", end * STEPS, "--run.keep-checkpoints", 1)
    done = subprocess.run(again, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr


# ---- memory --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you"), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), True),
        (RuntimeError("shapes differ"), False),
        (OSError(errno.ENOSPC, "x"), False),
    ],
)
def test_what_means_too_little_memory(error, expected):
    assert is_out_of_memory(error) is expected
    assert ("not enough memory; try fewer --train.worlds" in reason_of(error)) is expected


def test_a_real_limit_of_memory(tmp_path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))

    words = ["--world.n-players", 1024, "--world.height", 512, "--world.width", 512, "--train.worlds", 40]
    done = subprocess.run(
        command(*words, "--train.bptt-horizon", 512, "--folder", tmp_path / "r"), capture_output=True, text=True,
        timeout=240, preexec_fn=limit, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "there is not enough memory; try fewer --train.worlds" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "r").exists()


# ---- signals and clocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1", "SIGTERM"])
def test_every_signal_saves_and_ends_however_often_it_comes(tmp_path, name):
    process = started(tmp_path / "r", "--train.total-timesteps", str(10**9))
    for _ in range(3):
        process.send_signal(getattr(signal, name))
        time.sleep(0.01)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    last = checkpoints_of(tmp_path / "r" / "checkpoints")[-1]
    assert f"checkpoint   {last}" in out and err == ""
    assert int(last.name) == read_metrics(tmp_path / "r")[-1]["update"]


def test_what_was_ignored_stays_ignored(tmp_path):
    """As under nohup."""
    process = subprocess.Popen(
        ["nohup", *command("--folder", tmp_path / "r", "--train.total-timesteps", 10**9)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        preexec_fn=default_signals,
    )  # fmt: skip
    while not checkpoints_of(tmp_path / "r" / "checkpoints"):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGHUP)
    done = len(read_metrics(tmp_path / "r"))
    while len(read_metrics(tmp_path / "r")) < done + 3:
        assert process.poll() is None, "it ended at SIGHUP"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc to see what a process has loaded")
@pytest.mark.parametrize("after", [0.0, 0.4, 1.0, 1.5])
def test_a_signal_at_the_start_is_no_traceback(tmp_path, after):
    """From the moment on at which it imports PyTorch; the first tenths of a second are Python's own."""
    process = subprocess.Popen(
        command("--folder", tmp_path / "r"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=default_signals,
    )
    while "torch" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert process.poll() is None
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "stopped after" in out or not checkpoints_of(tmp_path / "r" / "checkpoints")


def test_time_for_which_the_process_was_stopped_is_not_counted(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nmmo.train.stopwatch.time.monotonic", lambda: now[0])
    monkeypatch.setattr("nmmo.train.stopwatch.threading.Thread.start", lambda self: None)
    watch = Stopwatch()
    for later in (100.5, 101.0, 4701.0, 4701.5):  # stopped for more than an hour
        now[0] = later
        watch.look()
    assert watch.seconds == pytest.approx(2.0)
    assert watch.paused == pytest.approx(4599.5)


def test_a_stopped_process_counts_no_seconds(tmp_path):
    process = started(tmp_path / "r", "--train.total-timesteps", str(10**9))
    process.send_signal(signal.SIGSTOP)
    time.sleep(8)
    process.send_signal(signal.SIGCONT)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    lines = read_metrics(tmp_path / "r")
    steps = [later["seconds"] - earlier["seconds"] for earlier, later in itertools.pairwise(lines)]
    assert max(steps) < 5


def test_a_breakdown_in_learning_saves_nothing(tmp_path, monkeypatch):
    """The weights may be anything then."""

    def broken(*_):
        raise RuntimeError("halfway through the optimizer's step")

    monkeypatch.setattr("nmmo.train.trainer.ppo_update", broken)
    with pytest.raises(RuntimeError, match="halfway"):
        train("--folder", tmp_path / "r")
    assert not checkpoints_of(tmp_path / "r" / "checkpoints")
