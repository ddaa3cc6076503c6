"""Who plays the other slots of a world in which one learner lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core._engine import sample_actions
from nmmo.core.config import Config

__all__ = ["Others", "Play", "others_for"]

STRONGEST = "forager"
RANDOM = "random"


class Play(Protocol):
    """What plays several slots of a world; an ``nmmo.agents.Agent`` does."""

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """A new episode, of these slots."""

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ArrayLike:
        """Actions for the rows, in order."""


Others: TypeAlias = (
    str | PathLike[str] | Play | Callable[[NDArray[np.uint8], NDArray[np.uint8]], ArrayLike] | None
)


class RandomPlay:
    """Random possible actions, and random tokens where there is a vocabulary."""

    def __init__(self, vocabulary: int) -> None:
        self._vocabulary = vocabulary
        self._rng = np.random.default_rng(0)

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Begins anew from a seed."""
        self._rng = np.random.default_rng(seed)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Draws an action for each row."""
        actions = sample_actions(mask, self._rng)
        if not self._vocabulary:
            return actions
        return np.stack([actions, self._rng.integers(0, self._vocabulary + 1, len(actions))], axis=1)


class CalledPlay:
    """A function of rows and mask."""

    def __init__(self, function: Callable[[NDArray[np.uint8], NDArray[np.uint8]], ArrayLike]) -> None:
        self._function = function

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Nothing: a function is told of no episodes."""

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ArrayLike:
        """What the function returns."""
        return self._function(rows, mask)


class LoadedPlay:
    """An agent from a folder. It pickles by the folder's name and the agent's attributes, because the
    agent's class lies in a module that another process does not have.
    """

    def __init__(self, named: str | PathLike[str], config: Config, trust: bool) -> None:
        from nmmo.agents import load_agent, setting_of

        self._origin = named, config, trust
        self.agent = load_agent(named, setting_of(config), trust=trust)

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Tells the agent of a new episode."""
        self.agent.reset(seed, slots)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ArrayLike:
        """What the agent chooses."""
        return self.agent.act(rows, mask)

    def __reduce__(self) -> tuple[Any, ...]:
        return LoadedPlay, self._origin, vars(self.agent)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        vars(self.agent).update(attributes)


def others_for(given: Others, config: Config, trust: bool = False) -> Play:
    """The player of the other slots that an argument names.

    Parameters
    ----------
    given
        "random"; the name of a baseline or the path of an agent's folder; an object with ``reset`` and
        ``act``; a function of rows and mask; or None for the strongest baseline.
    config
        Of the world.
    trust
        Whether a folder's code may run in this process, as for ``nmmo.agents.load_agent``.

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError, OSError
        As by ``nmmo.agents.load_agent``.
    """
    if given is None:
        given = STRONGEST
    if isinstance(given, str) and given == RANDOM:
        return RandomPlay(config.vocabulary)
    if isinstance(given, (str, PathLike)):
        return LoadedPlay(given, config, trust)
    if isinstance(given, type):
        raise TypeError(f"others must be an agent, not its class: make a {given.__name__} first")
    if callable(getattr(given, "act", None)) and callable(getattr(given, "reset", None)):
        return cast(Play, given)
    if callable(given):
        return CalledPlay(given)
    kind = "a dict" if isinstance(given, Mapping) else type(given).__name__
    raise TypeError(
        "others must be 'random', the name or folder of an agent, an object with reset and act, or a "
        f"function of rows and mask; got {kind}"
    )
