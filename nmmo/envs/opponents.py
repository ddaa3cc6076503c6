"""The opponents in a world in which one learner lives: who plays the other slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.agents.agent_seat import AgentLike, AgentSeat
from nmmo.agents.folder import instantiate, open_agent
from nmmo.agents.setting import setting_of
from nmmo.core.actions import sample_actions
from nmmo.core.config import Config
from nmmo.core.registry import Registry

__all__ = ["OPPONENTS", "Opponents", "seat_opponents"]

STRONGEST = "forager"

OPPONENTS: Registry[Callable[[Config], AgentLike]] = Registry("opponent")
"""Opponents besides the agents that come with nmmo and agents' folders: functions that make an agent for the
worlds of a configuration."""

_ActFunction: TypeAlias = Callable[[NDArray[np.uint8], NDArray[np.uint8]], ArrayLike]

Opponents: TypeAlias = str | PathLike[str] | AgentLike | _ActFunction | None


class RandomAgent:
    """Plays random possible actions, and says random tokens where there is a vocabulary."""

    def __init__(self, config: Config) -> None:
        self._vocabulary = config.vocabulary
        self._rng = np.random.default_rng(0)

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Begin again from a seed."""
        self._rng = np.random.default_rng(seed)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Draw an action for each row."""
        actions = sample_actions(mask, self._rng)
        if not self._vocabulary:
            return actions
        return np.stack([actions, self._rng.integers(0, self._vocabulary + 1, len(actions))], axis=1)


class WaitingAgent:
    """Always waits."""

    def __init__(self, config: Config) -> None:
        pass

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Do nothing: it has no state."""

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Wait in every slot."""
        return np.zeros(len(rows), np.int64)


OPPONENTS.add("random", RandomAgent)
OPPONENTS.add("waiting", WaitingAgent)


class FunctionAgent:
    """Plays what a function of rows and mask returns."""

    def __init__(self, function: _ActFunction) -> None:
        self._function = function

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Do nothing: a function knows no episodes."""

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ArrayLike:
        """Call the function."""
        return self._function(rows, mask)


class FolderAgent:
    """An agent from a folder that can be pickled.

    It is pickled as the folder's name and the agent's attributes, because the agent's class is in a module that
    another process does not have.
    """

    def __init__(self, name_or_path: str | PathLike[str], config: Config, trust: bool) -> None:
        found = open_agent(name_or_path)
        if found.origin:  # a run's newest checkpoint: it may be another one when this is unpickled
            name_or_path = found.path
        self._origin = name_or_path, config, trust
        name = found.manifest.name
        self._agent = instantiate(found.load_class(trust), setting_of(config), found.path, name)

    @property
    def folder(self) -> Path:
        """The agent's folder, which errors name lines of."""
        return self._agent.folder

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Reset the agent."""
        self._agent.reset(seed, slots)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ArrayLike:
        """Let the agent act."""
        return self._agent.act(rows, mask)

    def __reduce__(self) -> tuple[Any, ...]:
        return FolderAgent, self._origin, vars(self._agent)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self._agent).update(attributes)


def seat_opponents(given: Opponents, config: Config, slots: NDArray[np.int64], trust: bool = False) -> AgentSeat:
    """Seat the opponents that an argument chooses.

    Parameters
    ----------
    given
        "random", "waiting" or another name in ``OPPONENTS``; the name of an agent that comes with nmmo, or the path
        of an agent's folder; ``module:attribute`` of a function that makes an agent for an ``nmmo.Config``; an object
        with ``reset`` and ``act``; a function of rows and mask; or None for the strongest agent that comes with nmmo.
    config
        Of the world.
    slots : ndarray of int64, shape [n]
        The slots that they play.
    trust
        Whether a folder's code may run in this process, as for ``nmmo.agents.load_agent``.

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError, OSError
        As by ``nmmo.agents.load_agent``, or if ``module:attribute`` does not exist.
    """
    agent, name = _agent_and_name(STRONGEST if given is None else given, config, trust)
    return AgentSeat(agent, slots, setting_of(config), name)


def _agent_and_name(given: Any, config: Config, trust: bool) -> tuple[AgentLike, str]:
    if isinstance(given, str) and (given in OPPONENTS or (":" in given and not Path(given).exists())):
        return OPPONENTS.get(given)(config), given
    if isinstance(given, (str, PathLike)):
        return FolderAgent(given, config, trust), fspath(given)
    if isinstance(given, type):
        raise TypeError(f"opponents must be an agent, not its class: make a {given.__name__} first")
    if callable(getattr(given, "act", None)) and callable(getattr(given, "reset", None)):
        return cast(AgentLike, given), type(given).__name__
    if callable(given):
        return FunctionAgent(given), getattr(given, "__name__", type(given).__name__)
    kind = "a dict" if isinstance(given, Mapping) else type(given).__name__
    raise TypeError(
        "opponents must be 'random', 'waiting', the name or folder of an agent, module:attribute, an object with "
        f"reset and act, or a function of rows and mask; got {kind}"
    )
