"""Agent folders: finding one by name or path, and making an agent of it."""

from __future__ import annotations

import importlib
import importlib.resources
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nmmo.agents.base import Agent, Setting
from nmmo.agents.errors import AgentError, UntrustedAgent
from nmmo.agents.loading import SHIPPED, agent_code, load_class
from nmmo.agents.manifest import MANIFEST_NAME, Manifest
from nmmo.schema import nearest

__all__ = ["AgentFolder", "agent_names", "instantiate", "load_agent", "open_agent"]

PACKAGE: Final = "nmmo.baselines"

RUN_AGENT: Final = "agent"
"""Where a run of `nmmo train` keeps its agent."""

RUNS: Final = "nmmo.train.run_agent"
"""The module that makes agents of runs and checkpoints. It is above this one, and loaded only where it is needed."""


@dataclass(frozen=True)
class AgentFolder:
    """An agent's folder whose manifest was read; its code was not run.

    Attributes
    ----------
    path
        The folder, absolute.
    manifest
        What ``agent.toml`` says.
    shipped
        Whether it came with nmmo.
    origin
        Of an agent that was found by a run's folder: which checkpoint it is, in words. Else empty.
    """

    path: Path
    manifest: Manifest
    shipped: bool
    origin: str = ""

    @property
    def has_shipped_class(self) -> bool:
        """Whether its class comes with nmmo (``entry = "nmmo:..."``): the folder is data, and none of it is run."""
        return self.manifest.module == SHIPPED

    def load_class(self, trust: bool = False) -> type[Agent]:
        """Run the code and return the agent's class.

        Parameters
        ----------
        trust
            Needed for every folder whose code did not come with nmmo: it runs with all the user's rights.
            An agent whose class comes with nmmo, as `nmmo export` writes, needs none.

        Raises
        ------
        UntrustedAgent
            If trust is needed and not given.
        AgentError
            If the code cannot be run, or has no such class.
        """
        if not (self.shipped or trust or self.has_shipped_class):
            raise UntrustedAgent(
                f"agent {self.manifest.name!r} in {self.path} did not come with nmmo: its code would run "
                "with all your rights, over your files and your network. If you trust who wrote it, say so: "
                "--trust on the command line, trust=True in Python"
            )
        return load_class(self.path, self.manifest)


def _baselines() -> Path | None:
    """Return the folder of the agents that come with nmmo; None where they are in no folder (a zip, say)."""
    try:
        found = importlib.resources.files(PACKAGE)
    except ModuleNotFoundError:
        return None
    return found.resolve() if isinstance(found, Path) else None


def agent_names() -> list[str]:
    """Return the names of the agents that come with nmmo, in alphabetical order."""
    folder = _baselines()
    if folder is None:
        return []
    return sorted(child.name for child in folder.iterdir() if (child / MANIFEST_NAME).is_file())


def open_agent(name_or_path: str | os.PathLike[str]) -> AgentFolder:
    """Find an agent and read its manifest. Runs none of its code.

    Parameters
    ----------
    name_or_path
        The name of an agent that comes with nmmo, or a folder: an agent's, a run's (its newest checkpoint is the
        agent), or a checkpoint. A name comes first: a folder in the working directory that is called like a
        shipped agent is "./forager".

    Raises
    ------
    AgentError
        If there is no such agent, or its manifest is wrong.
    OSError
        If the manifest cannot be read.
    """
    shipped, given = _baselines(), os.fspath(name_or_path)
    if isinstance(name_or_path, str) and shipped is not None and given in agent_names():
        return AgentFolder(shipped / given, Manifest.load(shipped / given), shipped=True)
    try:
        path = Path(given).expanduser().resolve()
        found = path.is_dir()
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, a null byte, a loop of links
        raise AgentError(f"{given!r} is not a folder: {error}") from None
    if found and not (path / MANIFEST_NAME).exists():
        if _has_checkpoints(path):
            made = importlib.import_module(RUNS).agent_of(Path(given).expanduser())
            if made is not None:
                return AgentFolder(made[0].resolve(), Manifest.load(made[0]), shipped=False, origin=made[1])
        if (path / RUN_AGENT / MANIFEST_NAME).exists():
            path /= RUN_AGENT  # of a run whose checkpoints are elsewhere
    if found:
        return AgentFolder(path, Manifest.load(path), shipped=path.parent == shipped)
    if path.is_file():
        raise AgentError(f"{given} is a file; an agent is a folder: give {path.parent}")
    raise AgentError(f"there is no agent and no folder {given!r}; {nearest(given, agent_names())}")


def _has_checkpoints(path: Path) -> bool:
    """Return whether a folder may be a run of `nmmo train`, or one of its checkpoints."""
    return (path / "checkpoints").is_dir() or (path / "manifest.json").is_file()


def instantiate(kind: type[Agent], setting: Setting, folder: Path, name: str) -> Agent:
    """Return an instance of an agent's class.

    Raises
    ------
    AgentError
        If its ``__init__`` fails.
    """
    with agent_code(f"agent {name!r} failed in __init__(setting, folder)", folder):
        return kind(setting, folder)


def load_agent(name_or_path: str | os.PathLike[str], setting: Setting, trust: bool = False) -> Agent:
    """Load an agent, ready for ``reset``.

    Parameters
    ----------
    name_or_path
        The name of an agent that comes with nmmo (``agent_names()``), or a folder.
    setting
        The game that it will play: ``setting_of(config)``.
    trust
        Needed for every folder whose code did not come with nmmo: it runs with all the user's rights. An
        agent whose class comes with nmmo, as `nmmo export` writes, needs none.

    Returns
    -------
    Agent
        A new instance, whose code shares nothing with what was loaded before.

    Raises
    ------
    UntrustedAgent
        If trust is needed and not given.
    AgentError
        If there is no such agent, its manifest is wrong, or its code fails. The message says which.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.agents import load_agent, setting_of
    >>> agent = load_agent("random", setting_of(nmmo.Config.preset("small")))
    """
    found = open_agent(name_or_path)
    return instantiate(found.load_class(trust), setting, found.path, found.manifest.name)
