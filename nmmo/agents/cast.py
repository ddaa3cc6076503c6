"""Who plays: the agents of a world, and which slots each of them has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.agents.answers import checked_answer
from nmmo.agents.base import Agent
from nmmo.agents.errors import AgentError
from nmmo.agents.loading import agent_code
from nmmo.agents.setting import setting_of
from nmmo.core import _engine
from nmmo.core.arguments import as_seed
from nmmo.core.config import Config

__all__ = ["Cast", "deal"]

SEEDS_OF_AGENTS: Final = 1 << 32
"""Agent i's seed is derived with this index + i: beyond all that the worlds of a batch and the episodes
of a world are derived with, so that no agent draws what decides over a world."""


class Readable(Protocol):
    """What a cast reads of a world: ``nmmo.World`` and the views of ``nmmo.Worlds`` have it."""

    @property
    def config(self) -> Config: ...
    @property
    def observations(self) -> NDArray[np.void]: ...
    @property
    def tick(self) -> int: ...


def deal(n_agents: int, config: Config, rotation: int = 0) -> NDArray[np.int64]:
    """Deal a world's slots to agents in turn; with teams, whole teams.

    Parameters
    ----------
    n_agents
        How many agents.
    config
        Of the world.
    rotation
        Agent ``rotation % n_agents`` gets the first slot or team, the next agent the second, and so on.

    Returns
    -------
    ndarray of int64, shape [n_players]
        The number of the agent that plays each slot.

    Raises
    ------
    AgentError
        If there are more agents than slots, or teams.
    """
    unit = "teams" if config.team_size > 1 else "slots"
    count = config.n_players // config.team_size
    if not 1 <= n_agents <= count:
        raise AgentError(
            f"{n_agents} agents cannot share a world of {count} {unit}: give at least one, at most {count}"
        )
    return (np.arange(config.n_players) // config.team_size + rotation) % n_agents


class _Part:
    """One agent's part in a cast."""

    def __init__(self, agent: Agent, name: str, slots: NDArray[np.int64]) -> None:
        self.agent = agent
        self.name = name
        self.slots = slots
        self.slots.flags.writeable = False
        folder = getattr(agent, "folder", None)  # absent where an __init__ did not call its super's
        self.folder = folder.resolve() if isinstance(folder, Path) else Path("no folder").absolute()
        self.place = _as_slice(slots) if len(slots) else None
        self.rows: NDArray[np.uint8] | None = None  # of slots that no slice can name: allocated once

    def rows_of(self, observations: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Its rows, read-only; copied only where no view can have them."""
        if self.place is not None:
            rows = observations[self.place]
        else:
            if self.rows is None:
                self.rows = np.empty((len(self.slots), observations.shape[1]), np.uint8)
            # "clip" because the default mode would fill a buffer of its own first; the slots are in range
            np.take(observations, self.slots, axis=0, out=self.rows, mode="clip")
            rows = self.rows[:]
        rows.flags.writeable = False
        return rows


def _as_slice(slots: NDArray[np.int64]) -> slice | None:
    """The slice that takes the same slots, where there is one."""
    step = int(slots[1] - slots[0]) if len(slots) > 1 else 1
    if step < 1 or not np.array_equal(slots, slots[0] + step * np.arange(len(slots))):
        return None
    return slice(int(slots[0]), int(slots[-1]) + 1, step)


class Cast:
    """The agents that play one world, each its slots.

    Parameters
    ----------
    agents
        Instances of ``Agent``; each plays one world at a time, so none may occur twice.
    of_slot : array of integers, shape [n_players]
        The number of the agent that plays each slot. Default: ``deal(len(agents), config)``.
    config
        Of the world.
    names
        What errors call the agents. Default: the names of their classes.

    Raises
    ------
    AgentError
        If an agent has no slot, or a slot no agent.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.agents import Cast, load_agent, setting_of
    >>> config = nmmo.Config.preset("small")
    >>> world = nmmo.World(config, seed=7)
    >>> observations, info = world.reset()
    >>> cast = Cast([load_agent("random", setting_of(config)) for _ in range(2)], config)
    >>> cast.reset(world.seed)
    >>> for tick in range(10):
    ...     observations, rewards, terminated, truncated, info = world.step(cast.act(world))
    """

    def __init__(
        self,
        agents: Sequence[Agent],
        config: Config,
        of_slot: ArrayLike | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        given = deal(len(agents), config) if of_slot is None else np.asarray(of_slot)
        n_slots = config.n_players
        if given.dtype.kind not in "iu" or given.shape != (n_slots,):
            raise AgentError(
                f"of_slot must be integers of shape ({n_slots},), the agent of each slot; "
                f"got {given.dtype.name} of shape {given.shape}"
            )
        if given.min() < 0 or given.max() >= len(agents):
            raise AgentError(f"of_slot names an agent out of range 0..{len(agents) - 1}")
        if len({id(agent) for agent in agents}) < len(agents):
            raise AgentError("an agent was given twice: load it once for each part that it plays")
        called = [type(agent).__name__ for agent in agents] if names is None else list(names)
        if len(called) != len(agents):
            raise AgentError(f"there are {len(agents)} agents and {len(called)} names; give each one")
        self._parts = [
            _Part(agent, name, np.flatnonzero(given == number))
            for number, (agent, name) in enumerate(zip(agents, called, strict=True))
        ]
        for part in self._parts:
            if not len(part.slots):
                raise AgentError(f"agent {part.name!r} has no slot to play; leave it out, or deal it one")
        self.config = config
        self.of_slot: NDArray[np.int64] = np.array(given, np.int64)
        self.of_slot.flags.writeable = False
        self._setting = setting_of(config)
        fields = self._setting.observation.fields
        assert fields is not None  # it is structured
        offset = int(fields["mask"][1])
        self._mask = slice(offset, offset + self._setting.n_actions)
        self._ready = False

    @property
    def names(self) -> list[str]:
        """What the agents are called, in their order."""
        return [part.name for part in self._parts]

    def slots(self, number: int) -> NDArray[np.int64]:
        """The slots of an agent, ascending: int64, read-only."""
        return self._parts[number].slots

    def reset(self, seed: int) -> None:
        """Begin an episode: every agent is told its slots and given a seed.

        Parameters
        ----------
        seed
            Of the world's episode, ``world.seed``; the agents' own seeds are derived from it.

        Raises
        ------
        AgentError
            If an agent fails.
        TypeError, ValueError
            If the seed is no integer of 64 bits.
        """
        first = as_seed(seed)
        for number, part in enumerate(self._parts):
            with agent_code(f"agent {part.name!r} failed in reset(seed, slots)", part.folder):
                part.agent.reset(_engine.derive_seed(first, SEEDS_OF_AGENTS + number), part.slots)
        self._ready = True

    def act(self, world: Readable) -> NDArray[np.int64]:
        """What everybody does in the next tick.

        Parameters
        ----------
        world
            A world of the cast's configuration, after ``reset`` or ``step``.

        Returns
        -------
        ndarray of int64, shape [n_players] or, with a vocabulary, [n_players, 2]
            A fresh array, for ``world.step``.

        Raises
        ------
        AgentError
            If an agent fails, or returns what is no answer; the message names it.
        RuntimeError
            If the cast has not been reset.
        """
        if not self._ready:
            raise RuntimeError("this cast has not been reset: call cast.reset(world.seed) first")
        named = world.observations
        if len(named) != self.config.n_players:
            raise ValueError(
                f"the cast is for worlds of {self.config.n_players} players; this one has {len(named)}"
            )
        observations = named.view(np.uint8).reshape(len(named), named.dtype.itemsize)
        actions = np.zeros((len(named), 2) if self.config.vocabulary else (len(named),), np.int64)
        for part in self._parts:
            rows = part.rows_of(observations)
            what = f"agent {part.name!r} failed in act(rows, mask) at tick {world.tick}"
            with agent_code(what, part.folder):
                answer = part.agent.act(rows, rows[:, self._mask])
            checked = checked_answer(answer, len(part.slots), self._setting, part.name)
            actions[part.slots if part.place is None else part.place] = checked
        return actions

    def insight(self, slot: int) -> dict[str, Any] | None:
        """What the agent of a slot thought of its last choice, where it tells: ``Agent.insight``.

        Parameters
        ----------
        slot
            Of the world.

        Returns
        -------
        dict or None
            ``"probabilities"``: float64 [n_actions], or None; ``"value"``: float, or None.

        Raises
        ------
        AgentError
            If the agent fails, or tells what is no insight; the message names it.
        """
        part = self._parts[int(self.of_slot[slot])]
        what = f"agent {part.name!r} failed in insight(position)"
        with agent_code(what, part.folder):
            told = part.agent.insight(int(np.searchsorted(part.slots, slot)))
            if told is None:
                return None
            chances, value = told.get("probabilities"), told.get("value")
            if chances is not None:
                chances = np.array(chances, np.float64)
                if chances.shape != (self._setting.n_actions,) or not np.isfinite(chances).all():
                    raise ValueError(f"probabilities must be {self._setting.n_actions} finite numbers")
            return {"probabilities": chances, "value": None if value is None else float(value)}
