"""What the sandbox and its transport cost, beside the same agents in the scorer's own process.

    python scripts/sandbox_cost.py [--ticks N] [--repeats N]

Three tables. What a tick costs when agents do nothing but answer: one process with 1,024 rows, 16 processes
with 64 rows each, and with 8. What a process takes to start. And a match of 16 scripted teams, preset
``battle``, played both ways in turn; they must come to the same world. Medians; the machine should rest from
other work, and where it does not, processor time tells more than the clock.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from nmmo.agents import Manifest, agent_names, open_agent, setting_of
from nmmo.core.config import Config
from nmmo.core.world import World
from nmmo.score.match import Match, Player, play
from nmmo.score.process import AgentProcess
from nmmo.score.rows import SharedRows
from nmmo.score.sandbox import Sandbox
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


def own_seconds() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ring_and_collect(seats: Sequence[AgentProcess]) -> None:
    """One tick of transport, in the order in which a match does it."""
    for seat in seats:
        seat.ring()
    for seat in reversed(seats):
        seat.collect()


def transport(sandbox: Sandbox, folder: Path, processes: int, rows: int, ticks: int) -> list[float]:
    """Microseconds of ticks of agents that do nothing, on a world that plays in between, and of its copies."""
    n = processes * rows
    config = Config.preset("large", n_players=n, n_monsters=0, height=128, width=128)
    setting = setting_of(config)
    found: list[float] = []
    with ExitStack() as stack:
        memory = SharedRows(n, setting.observation.itemsize)
        world = stack.enter_context(World(config, 1, buffers={"observations": memory.array}))
        manifest = Manifest.load(folder)
        seats = [
            AgentProcess(
                sandbox, folder, manifest, setting, range(first, first + rows), 1, ticks, memory.share(first, rows)
            )
            for first in range(0, n, rows)
        ]
        for seat in seats:
            stack.callback(seat.close)
        world.reset()
        for seat in seats:
            if not seat.wait_ready():
                raise SystemExit(seat.conduct.words())
        actions = np.zeros(n, np.int64)
        for _ in range(ticks):
            world.step(actions)
            began = time.perf_counter()
            ring_and_collect(seats)
            found.append(1e6 * (time.perf_counter() - began))
    return found


def battle(sandbox: Sandbox | None, ticks: int) -> tuple[float, float, float, dict[str, int]]:
    """A match of scripted teams: processor time of the scorer and of the agents, seconds, hashes."""
    track = Track("pvp", "pvp", Config.preset("battle"), ticks, ("forager",), 8, 1, 1)
    match = Match("pvp-000-0000", "pvp", 0, 0, 0, 5, 7, tuple(range(TEAMS)))
    names = [name for name in agent_names() if name in ("forager", "fighter", "trader")]
    agents = [open_agent(names[team % len(names)]) for team in range(TEAMS)]
    players = [Player(str(team), agent.path, agent.manifest) for team, agent in enumerate(agents)]
    before, began = own_seconds(), time.perf_counter()
    played = play(track, match, players, sandbox)
    return own_seconds() - before, sum(played.seconds), time.perf_counter() - began, played.hash


def main() -> int:
    """The study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=1024, help="of a match (default: 1024)")
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement (default: 3)")
    options = parser.parse_args()
    sandbox = Sandbox()
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
    inside, outside, clocks, starts = [], [], [], []
    for _ in range(options.repeats):
        scorer, _, seconds, world = battle(None, options.ticks)
        inside.append(scorer)
        scorer, agents, walls, again = battle(sandbox, options.ticks)
        if again != world:
            raise SystemExit("the sandbox changed the match")
        outside.append(scorer + agents)
        clocks.append((seconds, walls))
        scorer, agents, _, _ = battle(sandbox, 1)
        starts.append((scorer + agents) / TEAMS)
    base, boxed = statistics.median(inside), statistics.median(outside)
    print(f"start of a process: {1000 * statistics.median(starts):.0f} milliseconds of processor time")
    print(
        f"a match of {TEAMS} scripted teams, {options.ticks:,} ticks: {base:.2f} s of processor time in one process "
        f"({statistics.median(clock[0] for clock in clocks):.1f} s on the clock), {boxed:.2f} s in sandboxes "
        f"({statistics.median(clock[1] for clock in clocks):.1f} s): {100 * (boxed / base - 1):+.0f}%"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
