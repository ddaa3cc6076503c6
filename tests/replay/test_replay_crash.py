"""A process that dies while it records, or whose file may grow no more, leaves a file that can be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from nmmo.replay import Replay
from nmmo.replay.recovery import recover

PLAYER = """
import sys
import numpy as np
import nmmo
from nmmo.replay import Recorder

world = nmmo.World(nmmo.Config(height=32, width=32, n_players=6, n_monsters=8), 3)
recorder = Recorder(world, sys.argv[1], state=True, on_error=sys.argv[2])
world.reset()
rng = np.random.default_rng(0)
{before}
for tick in range({ticks}):
    world.step(nmmo.sample_actions(world.mask, rng))
    if tick % 500 == 499:
        print(world.tick, flush=True)
{after}
"""


def program(path, ticks, on_error="stop", before="", after="recorder.close()"):
    text = PLAYER.format(ticks=ticks, before=before, after=after)
    return [sys.executable, "-c", text, str(path), on_error]


@pytest.mark.parametrize("lines", [1, 4])
def test_kill_9_while_recording(tmp_path, lines):
    path = tmp_path / "game.nmr"
    with subprocess.Popen(program(path, 10**9), stdout=subprocess.PIPE, text=True) as process:
        for _ in range(lines):
            printed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with Replay(path) as replay:
        assert not replay.complete and replay.ticks % 128 == 0
        # a chunk is lost at most, and the few that the writing thread had not come to
        assert replay.ticks >= printed - 128 * 9
        report = replay.verify()
        assert report and report.ticks == replay.ticks
    saved = recover(path, tmp_path / "saved.nmr")
    with Replay(tmp_path / "saved.nmr") as replay:
        assert replay.complete and replay.ticks == saved.ticks and replay.verify()


def test_killed_before_the_first_chunk(tmp_path):
    path = tmp_path / "game.nmr"
    assert subprocess.run(program(path, 1)).returncode == 0
    with Replay(path) as replay:
        first = replay.contents.chunks[0].offset
    os.truncate(path, first)
    with Replay(path) as replay:
        assert replay.ticks == 0 and not replay.complete
        report = replay.verify()
        assert report and report.ticks == 0
    recover(path, tmp_path / "saved.nmr")
    with Replay(tmp_path / "saved.nmr") as replay:
        assert replay.complete and replay.ticks == 0 and replay.verify()


def test_kill_9_after_a_flush_loses_nothing(tmp_path):
    path = tmp_path / "game.nmr"
    after = "recorder.flush(); import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert subprocess.run(program(path, 333, after=after)).returncode == -signal.SIGKILL
    with Replay(path) as replay:
        assert replay.ticks == 333 and replay.verify()


def test_a_program_that_ends_without_closing_leaves_a_whole_file(tmp_path):
    path = tmp_path / "game.nmr"
    assert subprocess.run(program(path, 200, after="")).returncode == 0
    with Replay(path) as replay:
        assert replay.complete and replay.ticks == 200 and replay.verify()


def test_an_exception_leaves_a_whole_file(tmp_path):
    path = tmp_path / "game.nmr"
    done = subprocess.run(program(path, 200, after="1 / 0"), capture_output=True, text=True)
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    with Replay(path) as replay:
        assert replay.complete and replay.ticks == 200


LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"


@pytest.mark.parametrize("on_error", ["stop", "continue"])
def test_a_file_that_may_grow_no_more(tmp_path, on_error):
    path = tmp_path / "game.nmr"
    after = 'recorder.close(); print("played", world.tick)'
    done = subprocess.run(program(path, 3000, on_error, LIMIT, after), capture_output=True, text=True)
    if on_error == "stop":
        assert done.returncode == 1 and "RecordingError" in done.stderr and "File too large" in done.stderr
    else:
        assert done.returncode == 0 and done.stdout.endswith("played 3000\n")
        assert "recording ended early" in done.stderr
    assert path.stat().st_size <= 60_000
    with Replay(path) as replay:
        assert replay.damage is None and replay.ticks >= 128 and replay.verify()


def test_a_forked_process_does_not_write(tmp_path):
    path = tmp_path / "game.nmr"
    before = "import os; [world.step([0] * 6) for _ in range(200)]; child = os.fork()"
    after = "print('parent' if child else 'child'); child and os.waitpid(child, 0); recorder.close()"
    done = subprocess.run(program(path, 300, before=before, after=after), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "child" in done.stdout and "parent" in done.stdout  # their lines may run into one another
    with Replay(path) as replay:
        assert replay.complete and replay.ticks == 500 and replay.verify()


def test_reading_a_file_that_is_being_written(tmp_path):
    path = tmp_path / "game.nmr"
    with subprocess.Popen(program(path, 10**9), stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            seen = 0
            while seen < 3:
                with Replay(path) as replay:
                    assert not replay.complete
                    if replay.ticks:
                        assert replay.world_at(replay.stop).tick == replay.stop
                        seen += 1
                time.sleep(0.01)
        finally:
            os.kill(process.pid, signal.SIGKILL)
