"""The guard over a worker: whichever process is killed, nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hostile import acting, needs_sandbox, write_agent

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the guard needs Linux")

MAIN = """
import multiprocessing, os, subprocess, sys, time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from nmmo.score.process_guard import _start_worker

def leave_orphan():
    '''As bubblewrap may: a process that is told of nobody's end, whose parent has gone.'''
    code = "import os, time\\nif os.fork(): os._exit(0)\\nos.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    return int(child.stdout.readline()), os.getpid(), os.getppid()

def forever():
    time.sleep(600)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, context, _start_worker, (os.getpid(),))
    print(*pool.submit(leave_orphan).result(), flush=True)
    ACTION
"""


def begin(folder: Path, action: str) -> tuple[subprocess.Popen[str], list[int]]:
    """Return a main process with one worker: it, and the numbers of the orphan, the worker and its guard."""
    path = folder / "main_process.py"
    path.write_text(MAIN.replace("ACTION", action))
    process = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    numbers = [int(number) for number in process.stdout.readline().split()]
    assert len(numbers) == 3
    return process, numbers


def alive(number: int) -> bool:
    """Return whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_all_end(numbers: list[int]) -> None:
    until = time.monotonic() + 60
    while left := [number for number in numbers if alive(number)]:
        assert time.monotonic() < until, f"{left} of {numbers} are left"
        time.sleep(0.02)


def test_nothing_outlives_a_main_process_that_is_killed(tmp_path):
    process, numbers = begin(tmp_path, "pool.submit(forever).result()")
    assert all(alive(number) for number in numbers)
    process.kill()
    process.wait()
    assert_all_end(numbers)


def test_nothing_outlives_a_worker_that_is_killed_and_the_pool_is_told(tmp_path):
    action = "try: pool.submit(forever).result()\n    except BrokenProcessPool: print('broken', flush=True)"
    process, numbers = begin(tmp_path, action)
    os.kill(numbers[1], signal.SIGKILL)
    assert_all_end(numbers)
    assert process.communicate(timeout=60)[0] == "broken\n"


def test_a_guard_that_is_asked_to_end_takes_all_along(tmp_path):
    process, numbers = begin(tmp_path, "multiprocessing.active_children()[0].terminate(); time.sleep(600)")
    assert_all_end(numbers)
    process.kill()
    process.wait()


def test_a_worker_that_has_nothing_more_to_do_ends_with_its_orphans(tmp_path):
    process, numbers = begin(tmp_path, "pool.shutdown()")
    assert process.wait(60) == 0
    assert_all_end(numbers)


@needs_sandbox
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_check_that_is_ended_leaves_nothing_behind(tmp_path, by):
    path = write_agent(tmp_path / "busy", acting("while True: pass"))
    code = "import sys; from nmmo.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "score", "check", str(path)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        below: list[int] = []
        until = time.monotonic() + 60
        while sum(runs_zygote(number) for number in below) < 4:  # bubblewrap, the zygote, the mover, the agent
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.02)
            below = descendants(process.pid)
        process.send_signal(by)
        process.wait(60)
        assert_all_end(below)


def descendants(number: int) -> list[int]:
    """Return the processes below one."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [number]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def runs_zygote(number: int) -> bool:
    """Return whether a process is, or was started as, the zygote."""
    with suppress(OSError):
        return b"/zygote.py" in Path(f"/proc/{number}/cmdline").read_bytes()
    return False
