"""Both ways into the sandbox lead into the same one, and a process that moved there has left everything behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hostile import CONFIG, TIGHT, WAIT, acting, doing, needs_sandbox, play, write_agent

from nmmo.agents import Manifest, setting_of
from nmmo.score import launch
from nmmo.score.errors import ScoreError
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox

pytestmark = needs_sandbox

WAYS = ["zygote", "cold"]
NAMESPACES = {"net", "uts", "ipc", "pid", "mnt", "cgroup"}


@pytest.fixture(autouse=True)
def _own_zygote() -> Iterator[None]:
    """End what a test does to the zygote with it."""
    launch.end_zygote()
    yield
    launch.end_zygote()


ROWS = np.zeros((4, setting_of(CONFIG).observation.itemsize), np.uint8)


def begin(path: Path, way: str = "zygote") -> AgentProcess:
    """Return an agent that is ready to play."""
    process = AgentProcess(Sandbox(TIGHT, way == "zygote"), path, Manifest.load(path), setting_of(CONFIG), range(4), 4)
    process.reset(7)
    process.wait_ready()
    assert process.playing, process.report.words()
    return process


def turn(process: AgentProcess) -> list[int]:
    process.request(ROWS)
    return [int(action) for action in process.actions()]


def proc_status(number: int) -> dict[str, list[str]]:
    """Return what the kernel says of a process."""
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].split() for line in lines}


def namespaces(number: int | str) -> dict[str, str]:
    return {name: os.readlink(f"/proc/{number}/ns/{name}") for name in [*NAMESPACES, "user"]}


def capabilities(number: int) -> set[int]:
    return {int(proc_status(number)[name][0], 16) for name in ("CapPrm", "CapEff", "CapAmb")}


def alive(number: int) -> bool:
    try:
        return proc_status(number)["State"][0] != "Z"
    except OSError:
        return False


def soon(condition: object) -> bool:
    """Return whether it holds within a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def waiting(tmp_path) -> Path:
    return write_agent(tmp_path / "a", acting(WAIT))


def test_an_agent_with_one_thread_and_numpy_alone_moves_and_others_do_not(tmp_path, waiting):
    with begin(waiting) as one:
        assert one._started.moved
    with begin(waiting, "cold") as one:
        assert not one._started.moved
    with begin(write_agent(tmp_path / "two", acting(WAIT), threads=2)) as two:
        assert not two._started.moved


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_has_no_rights_and_namespaces_of_its_own(waiting, way):
    with begin(waiting, way) as one, begin(waiting, way) as other:
        number = one._started.pid
        assert capabilities(number) == {0}
        found = proc_status(number)
        assert found["NoNewPrivs"] == ["1"] and found["Seccomp"] == ["2"] and found["Seccomp_filters"] == ["2"]
        assert "0" not in found["Uid"] + found["Gid"] and found["Threads"] == ["1"]
        assert found["NSpid"][1:] == found["NSsid"][1:] == ["1"]
        mine, its, others = namespaces("self"), namespaces(number), namespaces(other._started.pid)
        apart = NAMESPACES if os.geteuid() == 0 else {*NAMESPACES, "user"}
        for name in apart:
            assert len({mine[name], its[name], others[name]}) == 3, name
        if os.geteuid() == 0:
            assert found["Uid"] != proc_status(other._started.pid)["Uid"]


def test_who_moved_cannot_get_a_right_back_and_its_mover_can_only_kill(waiting):
    with begin(waiting) as one:
        found = proc_status(one._started.pid)
        assert int(found["CapBnd"][0], 16) == int(found["CapInh"][0], 16) == 0
        mover = int(found["PPid"][0])
        assert soon(lambda: capabilities(mover) == {0, 1 << 5})
        assert len(os.listdir(f"/proc/{mover}/fd")) == 4  # 0 to 2, and where it reports


def test_both_ways_lead_into_the_same_sandbox(waiting):
    def seen(way: str) -> list[object]:
        with begin(waiting, way) as one:
            folder = Path(f"/proc/{one._started.pid}")
            mounts = [line.split() for line in (folder / "mountinfo").read_text().splitlines()]
            environment = (folder / "environ").read_bytes().replace(b"PWD=/home", b"PWD=/").split(b"\0")
            files = [os.readlink(folder / "fd" / name) for name in os.listdir(folder / "fd")]
            return [
                [[line[3:6], line[7:9], line[-1]] for line in mounts],
                (folder / "limits").read_text(),
                environment,
                sorted(file.partition("[")[0] for file in files),
                os.readlink(folder / "cwd"),
                os.readlink(folder / "root"),
            ]

    forked, cold = seen("zygote"), seen("cold")
    assert forked == cold
    assert len(forked[0]) >= 10 and len(forked[3]) == 9  # type: ignore[arg-type]


def test_both_ways_let_an_agent_see_the_same_of_python(tmp_path):
    body = (
        "print(os.environ, os.listdir('/'), os.listdir('/nmmo/nmmo/score'), os.getcwd(), sys.path, sys.flags, "
        "os.umask(0), signal.getsignal(signal.SIGCHLD), signal.getsignal(signal.SIGINT), sys.stdin.fileno(), "
        "sys.stdout.line_buffering, threading.active_count(), sys.dont_write_bytecode, np.__file__, "
        "signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    )
    forked, cold = (play(tmp_path / way, doing(body), zygote=way == "zygote")[1] for way in WAYS)
    assert forked == cold != ""


def test_forks_of_one_process_do_not_draw_the_same(tmp_path):
    import_them = "import random, uuid"
    body = f"print(random.random(), np.random.rand(), uuid.uuid4())\n{WAIT}"
    path = write_agent(tmp_path / "a", acting(body, import_them))
    said = []
    for _ in range(2):
        with begin(path) as one:
            assert one._started.moved
            turn(one)
            one.close()
            said.append(one.output.decode().split())
    assert len(said[0]) == 3 and not set(said[0]) & set(said[1])


def test_what_an_agent_does_to_its_python_is_not_there_for_the_next(tmp_path):
    looks = "import builtins, json\nprint(hasattr(json, 'mine'), np.pi == 3)"
    changes = "json.mine, np.pi, builtins.len = 1, 3, None"
    path = write_agent(tmp_path / "a", acting(f"{looks}\n{changes}\nreturn np.zeros(4, np.int64)"))
    for _ in range(2):
        with begin(path) as one:
            turn(one)
            one.close()
            assert one.output == b"False False\n"


def test_a_zygote_that_was_killed_is_made_up_for(waiting):
    with begin(waiting) as one:
        mover = int(proc_status(one._started.pid)["PPid"][0])
        zygote = int(proc_status(mover)["PPid"][0])
        os.kill(zygote, signal.SIGKILL)
        assert soon(lambda: not alive(one._started.pid))
        with pytest.raises(ScoreError, match=r"killed from outside, at tick 1; nothing is held against the agent"):
            turn(one)
        assert one.report.words() == ""
    with begin(waiting) as later:
        assert later._started.moved and turn(later) == [0, 0, 0, 0]


def test_bubblewrap_killed_from_outside_is_not_held_against_the_agent(waiting):
    with begin(waiting, "cold") as one:
        os.kill(int(proc_status(one._started.pid)["PPid"][0]), signal.SIGKILL)
        os.kill(one._started.pid, signal.SIGKILL)  # as root, bubblewrap has no right to take it along
        with pytest.raises(ScoreError, match=r"killed from outside"):
            turn(one)


def test_where_namespaces_cannot_be_joined_agents_start_in_theirs(waiting, monkeypatch):
    monkeypatch.setattr(launch, "NAMESPACES", launch.NAMESPACES | 1)  # setns(2) knows no such flag
    with begin(waiting) as one, begin(waiting) as other:
        assert not one._started.moved and not other._started.moved
        assert turn(one) == turn(other) == [0, 0, 0, 0]


def test_an_agent_that_could_not_move_does_not_take_those_along_that_have(waiting, monkeypatch):
    with begin(waiting) as one:
        monkeypatch.setattr(launch, "_receive_pidfd", lambda _: (_ for _ in ()).throw(launch.ZygoteFailed("so")))
        with begin(waiting) as other:
            assert one._started.moved and not other._started.moved
            assert turn(one) == turn(other) == [0, 0, 0, 0]


MAIN = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_score_launch import ROWS, begin, proc_status
one = begin(Path({path!r}))
assert one._started.moved
mover = int(proc_status(one._started.pid)["PPid"][0])
one.request(ROWS)
print(one._started.pid, mover, int(proc_status(mover)["PPid"][0]), flush=True)
time.sleep(600)
"""


def test_a_scorer_that_is_killed_takes_a_busy_agent_its_mover_and_the_zygote_along(tmp_path):
    path = write_agent(tmp_path / "a", acting("while True: pass"))
    code = MAIN.format(tests=str(Path(__file__).parent), path=str(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as scorer:
        assert scorer.stdout is not None
        numbers = [int(number) for number in scorer.stdout.readline().split()]
        assert len(numbers) == 3 and all(alive(number) for number in numbers)
        scorer.kill()
        assert soon(lambda: not any(alive(number) for number in numbers))
