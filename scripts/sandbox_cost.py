"""What the sandbox and its transport cost, beside the same agents in the scorer's own process.

    python scripts/sandbox_cost.py [--ticks N] [--repeats N]

Three tables. What a tick costs when agents do nothing but answer: one process with 1,024 rows, 16 processes
with 64 rows each, and with 8. What a process takes to start. And a match of 16 scripted teams, preset
``battle``, played in three ways in turn, which must come to the same world: all in one process, each called for
its 8 rows; each in a process of its own, with the same transport, but without a sandbox; and in sandboxes. So
that one sees what the sandbox costs, and what it costs that agents share no memory and no cache. Processor time
of everything: scorer, agents, bubblewrap. Medians; the machine should rest from other work.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import Manifest, agent_names, open_agent, setting_of
from nmmo.core.config import Config
from nmmo.core.world import World
from nmmo.score import process, runner
from nmmo.score.fixture import Entrant, Fixture, play_fixture
from nmmo.score.launch import ProcessFiles, end_zygote, launch_process
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox
from nmmo.score.shared_observations import SharedObservations
from nmmo.score.tracks import Track

IDLE_MANIFEST = """
[agent]
format = 1
name = "idle"
version = "1.0"
authors = ["nmmo"]
entry = "agent:Idle"
description = "Waits, as fast as it can."
"""
IDLE = """
import numpy as np
from nmmo.agents.base import Agent

class Idle(Agent):
    def reset(self, seed, slots):
        self.answer = np.zeros(len(slots), np.int64)

    def act(self, rows, mask):
        return self.answer
"""
SHAPES = ((1, 1024), (16, 64), (16, 8))
TEAMS = 16


class Forked:
    """An agent's process without a sandbox: a fork of this one, in place of a ``LaunchedProcess``."""

    moved = lost = False

    def __init__(self, _sandbox: Sandbox, folder: Path, _manifest: Manifest, files: ProcessFiles) -> None:
        gc.freeze()  # as the zygote does
        self.pid = os.fork()
        if self.pid == 0:
            try:
                # Out of the way of the numbers that they get.
                nothing, prints, *own = [fcntl.fcntl(file, fcntl.F_DUPFD, 64) for file in astuple(files)]
                for number, file in enumerate((nothing, prints, prints, *own)):
                    os.dup2(file, number)
                sys.path.append(runner.LIGHT)  # there is none; but so the runner lets the path alone
                with mock.patch.multiple(runner, AGENT=str(folder), give_up_rights=lambda *_: None):
                    runner.main(*range(3, 3 + len(own)))
            finally:
                os._exit(1)

    def wait(self, seconds: float | None) -> int | None:
        """Return its status."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def end(self) -> None:
        """Kill it."""
        os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of it."""
        self.wait(None)


def seconds_of(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return processor time of this process and all that ended below it, seconds on the clock, and the result."""

    def used() -> float:
        found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in found)

    before, began = used(), time.perf_counter()
    result = work()
    clock = time.perf_counter() - began
    time.sleep(0.5)  # what has ended is counted when the process above it has seen its end
    end_zygote()
    return used() - before, clock, result


def request_and_collect(seats: Sequence[AgentProcess], observations: NDArray[np.uint8]) -> None:
    """Play one tick of transport, in the order in which a match does it."""
    for seat in seats:
        seat.request(observations)
    for seat in reversed(seats):
        seat.actions()


def transport(sandbox: Sandbox, folder: Path, processes: int, rows: int, ticks: int) -> list[float]:
    """Measure microseconds of ticks of idle agents, on a world that plays in between, and of its copies."""
    n = processes * rows
    config = Config.preset("large", n_players=n, n_monsters=0, height=128, width=128)
    setting = setting_of(config)
    found: list[float] = []
    with ExitStack() as stack:
        memory = SharedObservations(n, setting.observation.itemsize)
        world = stack.enter_context(World(config, 1, buffers={"observations": memory.array}))
        manifest = Manifest.load(folder)
        seats = [
            AgentProcess(
                sandbox, folder, manifest, setting, np.arange(first, first + rows), ticks, memory.share(first, rows)
            )
            for first in range(0, n, rows)
        ]
        for seat in seats:
            stack.callback(seat.close)
        world.reset()
        for seat in seats:
            seat.reset(1)
        for seat in seats:
            seat.wait_ready()
            if not seat.playing:
                raise SystemExit(seat.report.words())
        actions = np.zeros(n, np.int64)
        for _ in range(ticks):
            world.step(actions)
            began = time.perf_counter()
            request_and_collect(seats, memory.array)
            found.append(1e6 * (time.perf_counter() - began))
    return found


def battle(sandbox: Sandbox | None, ticks: int, begin: Any = launch_process) -> dict[str, int]:
    """Play a match of scripted teams and return the world's hashes at the end."""
    track = Track("pvp", "pvp", Config.preset("battle"), ticks, ("forager",), 8, 1, 1)
    match = Fixture("pvp-000-0000", "pvp", 0, 0, 0, 5, 7, tuple(range(TEAMS)))
    names = [name for name in agent_names() if name in ("forager", "fighter", "trader")]
    agents = [open_agent(names[team % len(names)]) for team in range(TEAMS)]
    players = [Entrant(str(team), agent.path, agent.manifest) for team, agent in enumerate(agents)]
    with mock.patch.object(process, "launch_process", begin):
        return play_fixture(track, match, players, sandbox).hash


def one_process(sandbox: Sandbox, folder: Path) -> None:
    """Run an agent that does nothing, once."""
    setting = setting_of(Config.preset("battle"))
    with AgentProcess(sandbox, folder, Manifest.load(folder), setting, range(8), 1) as seat:
        seat.reset(1)
        seat.wait_ready()


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=1024, help="of a match (default: 1024)")
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement (default: 3)")
    options = parser.parse_args()
    sandbox, without = Sandbox(), Sandbox(zygote=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "idle"
        folder.mkdir(mode=0o755)
        Path(name).chmod(0o755)
        (folder / "agent.toml").write_text(IDLE_MANIFEST)
        (folder / "agent.py").write_text(IDLE)
        for processes, rows in SHAPES:
            ticks = [
                taken for _ in range(options.repeats) for taken in transport(sandbox, folder, processes, rows, 400)
            ]
            low, middle = np.quantile(ticks, [0.1, 0.5])
            print(
                f"transport, {processes:2} processes of {rows:5,} rows: {middle:5.0f} microseconds a tick (median), "
                f"{low:.0f} (tenth part)",
                flush=True,
            )
        first = [seconds_of(lambda: one_process(sandbox, folder))[0] for _ in range(2 * options.repeats + 1)]
        cold = [seconds_of(lambda: one_process(without, folder))[0] for _ in range(2 * options.repeats + 1)]
    ways: dict[str, Callable[[int], Any]] = {
        "in one process": lambda ticks: battle(None, ticks),
        "in processes without a sandbox": lambda ticks: battle(sandbox, ticks, Forked),
        "in sandboxes, cold": lambda ticks: battle(without, ticks),
        "in sandboxes": lambda ticks: battle(sandbox, ticks),
    }
    short: dict[str, list[float]] = {name: [] for name in ways}
    whole: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(options.repeats):
        worlds = []
        for name, way in ways.items():
            short[name].append(seconds_of(lambda way=way: way(1))[0])  # type: ignore[misc]
            used, clock, world = seconds_of(lambda way=way: way(options.ticks))  # type: ignore[misc]
            whole[name].append((used, clock))
            worlds.append(world)
        if any(world != worlds[0] for world in worlds):
            raise SystemExit("the sandbox changed the match")
    tick = statistics.median(short["in one process"])
    zygote = statistics.median(first)  # of the zygote and one agent's
    moved = (statistics.median(short["in sandboxes"]) - tick - zygote) / (TEAMS - 1)
    print(
        f"start, milliseconds of processor time: {1000 * moved:.0f} of an agent's process from the zygote, which "
        f"itself takes {1000 * (zygote - moved):.0f}, once in each worker; {1000 * statistics.median(cold):.0f} of one "
        "that imports all itself"
    )
    print(f"a match of {TEAMS} scripted teams, {options.ticks:,} ticks:")
    base = statistics.median(used for used, _ in whole["in one process"])
    for name, found in whole.items():
        used = statistics.median(used for used, _ in found)
        print(
            f"  {name:32} {used:6.2f} s of processor time, {100 * (used / base - 1):+4.0f}%, of which start "
            f"{100 * (statistics.median(short[name]) - tick) / base:3.0f}%; "
            f"{statistics.median(clock for _, clock in found):6.2f} s on the clock"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
