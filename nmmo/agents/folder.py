"""Agent folders: finding one by name or path, and making a player of it."""

from __future__ import annotations

import difflib
import importlib.resources
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nmmo.agents.base import Agent, Setting
from nmmo.agents.errors import AgentError, UntrustedAgent
from nmmo.agents.loading import agent_code, load_class
from nmmo.agents.manifest import MANIFEST_NAME, Manifest

__all__ = ["AgentFolder", "agent_names", "instantiate", "load_agent", "open_agent"]

PACKAGE: Final = "nmmo.baselines"

RUN_AGENT: Final = "agent"
"""Where a run of `nmmo train` keeps its agent."""

DATA_SUFFIXES: Final = frozenset({".toml", ".safetensors", ".onnx", ".md", ".png", ".jsonl"})
"""Of files that no Python would run."""


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
    """

    path: Path
    manifest: Manifest
    shipped: bool

    def load_class(self, trust: bool = False) -> type[Agent]:
        """Run the code and return the agent's class.

        Parameters
        ----------
        trust
            Needed for every folder whose code did not come with nmmo: it runs with all the user's rights.
            What `nmmo export` writes has no code of its own, and needs none.

        Raises
        ------
        UntrustedAgent
            If trust is needed and not given.
        AgentError
            If the code cannot be run, or has no such class.
        """
        if not (self.shipped or trust or runs_shipped_code(self.path)):
            raise UntrustedAgent(
                f"agent {self.manifest.name!r} in {self.path} did not come with nmmo: its code would run "
                "with all your rights, over your files and your network. If you trust who wrote it, say so: "
                "--trust on the command line, trust=True in Python"
            )
        return load_class(self.path, self.manifest)


def runs_shipped_code(folder: Path) -> bool:
    """Whether all code in a folder is what `nmmo export` writes: then only its weights, which are data, are
    somebody's own. Nothing is run to find out."""
    exported = importlib.resources.files("nmmo").joinpath("train", "exported_agent.py")
    try:
        children = list(folder.iterdir())
        if any(path.is_symlink() for path in children):
            return False  # it may lead to another file by the time that it is read
        code = [path for path in children if path.is_dir() or path.suffix not in DATA_SUFFIXES]
        return [path.name for path in code] == ["agent.py"] and code[0].read_bytes() == exported.read_bytes()
    except OSError:
        return False


def _baselines() -> Path | None:
    """The folder of the agents that come with nmmo; None where they lie in no folder (a zip, say)."""
    try:
        found = importlib.resources.files(PACKAGE)
    except ModuleNotFoundError:
        return None
    return found.resolve() if isinstance(found, Path) else None


def agent_names() -> list[str]:
    """The names of the agents that come with nmmo, in alphabetical order."""
    folder = _baselines()
    if folder is None:
        return []
    return sorted(child.name for child in folder.iterdir() if (child / MANIFEST_NAME).is_file())


def open_agent(name_or_path: str | os.PathLike[str]) -> AgentFolder:
    """Find an agent and read its manifest. Runs none of its code.

    Parameters
    ----------
    name_or_path
        The name of an agent that comes with nmmo, or a folder. A name comes first: a folder in the working
        directory that is called like a shipped agent is "./forager".

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
        if found and not (path / MANIFEST_NAME).exists() and (path / RUN_AGENT / MANIFEST_NAME).exists():
            path /= RUN_AGENT  # a run of `nmmo train`
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, a null byte, a loop of links
        raise AgentError(f"{given!r} is no folder: {error}") from None
    if found:
        return AgentFolder(path, Manifest.load(path), shipped=path.parent == shipped)
    if path.is_file():
        raise AgentError(f"{given} is a file; an agent is a folder: give {path.parent}")
    names = agent_names()
    near = difflib.get_close_matches(given, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"nmmo comes with {', '.join(names) or 'none'}"
    raise AgentError(f"there is no agent and no folder {given!r}; {hint}")


def instantiate(kind: type[Agent], setting: Setting, folder: Path, name: str) -> Agent:
    """An instance of an agent's class.

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
        Needed for every folder whose code did not come with nmmo: it runs with all the user's rights. What
        `nmmo export` writes has no code of its own, and needs none.

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
