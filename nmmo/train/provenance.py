"""Where a run's results come from: a record of every session, kept in ``sessions.jsonl`` of the run's folder.

A session writes a line when it begins, with the command, the versions, the machine and what it changed, and one when
it ends. The second is missing where the process was killed.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

import nmmo
from nmmo.machine import describe
from nmmo.train.resume import Change

__all__ = ["begin_record", "end_record", "git_state"]


def begin_record(
    checkpoint: str, changes: Iterable[Change], processes: int, device: str, notes: Iterable[str]
) -> dict[str, Any]:
    """Return the line of a session that begins.

    Parameters
    ----------
    checkpoint
        The name of the checkpoint that it continues; empty for a new run.
    changes
        Of the recipe, since that checkpoint.
    processes
        How many train together.
    device
        On which.
    notes
        What the user was told about the folder.

    Returns
    -------
    dict
        ``event`` "begin", ``session`` a random name, ``time`` in ISO 8601, and the rest by name.
    """
    return {
        "event": "begin",
        "session": secrets.token_hex(4),
        "time": _now(),
        "command": ["nmmo", *sys.argv[1:]],
        "folder": os.getcwd(),
        "host": socket.gethostname(),
        "process": os.getpid(),
        "processes": processes,
        "device": device,
        "gpu": torch.cuda.get_device_name() if device.startswith("cuda") else None,
        "checkpoint": checkpoint or None,
        "changed": {change.field: [change.old, change.new] for change in changes},
        "notes": list(notes),
        "torch": torch.__version__,
        **describe(),
        "git": git_state(Path(nmmo.__file__).parent),
        "git_here": git_state(Path.cwd()),
        "scheduler": {name: os.environ[name] for name in _SCHEDULER if name in os.environ},
    }


_SCHEDULER = ("SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT", "PBS_JOBID", "LSB_JOBID")


def end_record(begun: Mapping[str, Any], reason: str, update: int, steps: int, seconds: float) -> dict[str, Any]:
    """Return the line of a session that ends.

    Parameters
    ----------
    begun
        Its first line.
    reason
        "finished", "stopped by SIGTERM", or what went wrong.
    update, steps, seconds
        Of the run, until now.
    """
    return {
        "event": "end", "session": begun["session"], "time": _now(), "reason": reason, "update": update,
        "agent_steps": steps, "seconds": seconds,
    }  # fmt: skip


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return the commit that is checked out in a folder, and whether files differ from it; None without one."""

    def ask(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True,
            env=os.environ | {"GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
        return done.stdout.strip()

    try:
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")
