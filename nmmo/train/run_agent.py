"""The agent of a run or of a checkpoint, for everything that plays agents: ``nmmo.agents.open_agent`` asks here."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from nmmo.agents.errors import AgentError
from nmmo.agents.folder import RUN_AGENT
from nmmo.agents.manifest import MANIFEST_NAME
from nmmo.train.export_record import ExportRecord, weights_digest

__all__ = ["agent_of"]

_exported: dict[tuple[str, str, float], Path] = {}
"""Agents made in this process, by weights, name and temperature; their folders last as long as it does."""


def agent_of(path: Path) -> tuple[Path, str] | None:
    """Return the agent of a run's newest checkpoint, or of a checkpoint.

    What `nmmo export` has made of the newest checkpoint in the run's folder is that agent. Otherwise one is made in a
    temporary folder, under the name and at the temperature of the run's agent.

    Parameters
    ----------
    path
        A run's folder, or a checkpoint.

    Returns
    -------
    tuple or None
        The agent's folder, and which agent that is, in words. None if the path is neither.

    Raises
    ------
    AgentError
        If there is no checkpoint, or no agent can be made of it.
    OSError
        If the temporary folder cannot be written.
    """
    try:
        from nmmo.train.checkpoint import CheckpointError
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("torch", "safetensors"):
            raise
        return _without_torch(path)
    try:
        found = _checkpoint_of(path)
        return None if found is None else _agent_of(*found)
    except CheckpointError as error:
        raise AgentError(str(error)) from None


def _checkpoint_of(path: Path) -> tuple[Path, Path | None, str] | None:
    """Return the checkpoint that a path stands for, the run that it is of, and which it is, in words."""
    from nmmo.train.checkpoint import Checkpoint
    from nmmo.train.run_folder import RunFolder

    run = RunFolder(path)
    if run.checkpoints.is_dir():
        line = run.line()
        if not line and (run.agent / MANIFEST_NAME).is_file():
            return None  # all that is left of the run is its agent
        checkpoint = run.newest()
        what = "newest" if checkpoint == line[-1] else "newest good"
        return checkpoint, path, f"{checkpoint}, the run's {what} checkpoint"
    if not Checkpoint.is_one(path):
        return None
    Checkpoint(path).check()
    found, _ = RunFolder.of(path)
    return path, found.path if found is not None else None, f"checkpoint {path}"


def _agent_of(checkpoint: Path, run: Path | None, said: str) -> tuple[Path, str]:
    from nmmo.train.export import agent_name, export

    weights = weights_digest(checkpoint)
    own = run / RUN_AGENT if run is not None else None
    last = ExportRecord.read(own) if own is not None else None
    name, temperature = (last.name, last.temperature) if last is not None else (agent_name(run or checkpoint), 1.0)
    if temperature != 1:
        said += f", at temperature {temperature:g}"
    if own is not None and last is not None and last.weights == weights and last.is_whole(own):
        return own, said
    key = (weights, name, temperature)
    if key not in _exported:
        scratch = tempfile.TemporaryDirectory(prefix="nmmo-agent-")
        atexit.register(scratch.cleanup)
        _exported[key] = export(checkpoint, Path(scratch.name) / name, name, onnx=False, temperature=temperature)
    return _exported[key], said


def _without_torch(path: Path) -> tuple[Path, str]:
    """Return the agent that was exported to a run's folder: without PyTorch no other can be made."""
    agent = path / RUN_AGENT
    if not (agent / MANIFEST_NAME).is_file():
        raise AgentError(f"to make an agent of {path} takes PyTorch: pip install 'nmmo[train]'")
    last = ExportRecord.read(agent)
    of = f" of checkpoint {last.checkpoint}" if last is not None else ""
    return agent, f"the agent in {agent}{of}; without PyTorch nobody knows whether that is the newest"
