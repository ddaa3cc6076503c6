"""Agents' folders for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w

HEAD = """
import numpy as np
from nmmo.agents.base import Agent
"""

WAITER = (
    HEAD
    + """
class Waiter(Agent):
    def act(self, rows, mask):
        return np.zeros(len(rows), np.int64)
"""
)


def document(**changes: Any) -> dict[str, Any]:
    """Return a manifest as TOML has it; a change to None leaves the key out."""
    agent = {
        "format": 1,
        "name": "waiter",
        "version": "1.0",
        "authors": ["Ann"],
        "entry": "agent:Waiter",
        "description": "Waits.",
        **changes,
    }
    return {"agent": {key: value for key, value in agent.items() if value is not None}}


def write_agent(folder: Path, code: str | bytes = WAITER, **changes: Any) -> Path:
    """Write an agent's folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agent.toml").write_text(tomli_w.dumps(document(**changes)))
    content = code.encode() if isinstance(code, str) else code
    (folder / "agent.py").write_bytes(content)
    return folder


def acting(body: str) -> str:
    """Return the code of an agent whose act has this body."""
    return HEAD + f"class Waiter(Agent):\n    def act(self, rows, mask):\n        {body}\n"
