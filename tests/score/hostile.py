"""Agents that try to get out, to take too much, or to spoil the match; and ways to let them play."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tomli_w

import nmmo
from nmmo.agents import Manifest, setting_of
from nmmo.agents.agent_report import AgentReport
from nmmo.score.limits import Limits
from nmmo.score.process import AgentProcess
from nmmo.score.sandbox import Sandbox, sandbox_problem
from nmmo.score.shared_observations import SharedObservations

needs_sandbox = pytest.mark.skipif(
    sandbox_problem() is not None, reason=f"the sandbox cannot be tested here: {sandbox_problem()}"
)

CONFIG = nmmo.Config.preset("small", height=64, width=64, n_players=4, n_monsters=4)
TIGHT = Limits(start_seconds=8.0, tick_seconds=0.05, reserve_seconds=0.5, wall_factor=40.0, output_bytes=1 << 20)

HEAD = """
import ctypes, mmap, os, signal, socket, subprocess, sys, threading, time
import numpy as np
from nmmo.agents.base import Agent
libc = ctypes.CDLL(None, use_errno=True)
"""
WAIT = "return np.zeros(len(rows), np.int64)"


def write_agent(folder: Path, code: str, *, name: str = "hostile", memory_mb: int = 128, threads: int = 1) -> Path:
    """Return an agent's folder with this code."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "agent": {
            "format": 1, "name": name, "version": "1.0", "authors": ["Ann"], "entry": "agent:It",
            "description": "Tries something.",
        },
        "resources": {"memory_mb": memory_mb, "threads": threads},
    }  # fmt: skip
    (folder / "agent.toml").write_text(tomli_w.dumps(document))
    (folder / "agent.py").write_text(code)
    return folder


def acting(body: str, top: str = "", more: str = "") -> str:
    """Return the code of an agent whose act has this body."""
    lines = "\n".join("        " + line for line in body.strip().splitlines())
    head = "class It(Agent):\n    tick = 0\n    def act(self, rows, mask):\n        self.tick += 1"
    return f"{HEAD}\n{top}\n{head}\n{lines}\n{more}\n"


def doing(body: str, tick: int = 2) -> str:
    """Return an agent that waits, but does this at one tick."""
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return acting(f"if self.tick == {tick}:\n{lines}\n{WAIT}")


def play(
    folder: Path, code: str, ticks: int = 4, limits: Limits = TIGHT, zygote: bool = True, **resources: int
) -> tuple[AgentReport, str, list[np.ndarray]]:
    """Let an agent play some ticks on rows of zeros: its report, what it printed, its actions."""
    path = write_agent(folder, code, **resources)  # type: ignore[arg-type]
    setting = setting_of(CONFIG)
    shared = SharedObservations(4, setting.observation.itemsize)
    with AgentProcess(
        Sandbox(limits, zygote), path, Manifest.load(path), setting, range(4), ticks, shared.share(0, 4)
    ) as process:
        process.reset(7)
        process.wait_ready()
        played = []
        for _ in range(ticks):
            process.request(shared.array)
            played.append(process.actions())
        process.close()
        assert (shared.array == 0).all(), "the agent wrote into its rows"
        return process.report, process.output.decode("utf-8", "replace"), played
