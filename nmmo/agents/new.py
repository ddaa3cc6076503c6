"""Making a new agent's folder: a small agent that works, with its README and its test, to be changed."""

from __future__ import annotations

import importlib.resources
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from nmmo.agents.errors import AgentError
from nmmo.agents.folder import agent_names
from nmmo.agents.manifest import NAME_RULE, is_agent_name

__all__ = ["new_agent"]

FILES: Final = ("agent.toml", "agent.py", "README.md", "test_agent.py")

# The skeleton is a working agent of this name and class.
_NAME: Final = "my-agent"
_CLASS: Final = "MyAgent"


def new_agent(name: str, parent: str | os.PathLike[str] = ".") -> Path:
    """Write a new agent's folder.

    Parameters
    ----------
    name
        Of the agent and of its folder.
    parent
        The folder to make it in.

    Returns
    -------
    Path
        The new folder.

    Raises
    ------
    AgentError
        If the name cannot be one, belongs to an agent that comes with nmmo, or there is something of that
        name already: nothing is ever written over.
    OSError
        If the folder cannot be written. Nothing is left behind then.
    """
    if not is_agent_name(name):
        raise AgentError(f"{name!r} cannot be an agent's name: it is {NAME_RULE}")
    if name in agent_names():
        raise AgentError(f"nmmo comes with an agent {name!r}; choose another name")
    place = Path(parent)
    if not place.is_dir():
        raise AgentError(f"there is no folder {place}; make it first, or choose another")
    folder = place / name
    if folder.exists() or folder.is_symlink():
        raise AgentError(f"{folder} exists already, and nothing is written over; choose another name or folder")
    made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=place))  # whole or not at all
    try:
        for file, text in _texts(name).items():
            (made / file).write_text(text, encoding="utf-8")
        made.chmod(0o777 & ~_umask())
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder


def class_name(name: str) -> str:
    """Return what the class of an agent is called: MyAgent for my-agent."""
    words = name.replace("_", "-").split("-")
    made = "".join(word.capitalize() for word in words)
    return f"{made}Player" if made == "Agent" else made  # Agent is the base class


def _texts(name: str) -> dict[str, str]:
    skeleton = importlib.resources.files("nmmo.agents") / "skeleton"
    texts = {file: (skeleton / file).read_text(encoding="utf-8") for file in FILES}
    return {file: text.replace(_NAME, name).replace(_CLASS, class_name(name)) for file, text in texts.items()}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
