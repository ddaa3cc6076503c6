"""Seating: which slots of a world each seat has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.agents.agent_seat import AgentLike, AgentSeat
from nmmo.agents.errors import AgentError
from nmmo.agents.setting import setting_of
from nmmo.core.config import Config

__all__ = ["SlotAssignment", "deal", "seat_agents"]


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


class SlotAssignment:
    """Which seat has which slots of a world, or of every world of a batch.

    Parameters
    ----------
    names
        Of those who play: agents, or a person.
    of_slot : array of integers, shape [n_players]
        The number of the seat of each slot.

    Attributes
    ----------
    names : tuple of str
        As given.
    of_slot : ndarray of int64, shape [n_players]
        As given, read-only.

    Raises
    ------
    AgentError
        If a seat has no slot, or a slot no seat.
    """

    def __init__(self, names: Sequence[str], of_slot: ArrayLike) -> None:
        self.names = tuple(names)
        self.of_slot: NDArray[np.int64] = np.array(of_slot, np.int64)
        if self.of_slot.min() < 0 or self.of_slot.max() >= len(names):
            raise AgentError(f"of_slot names an agent out of range 0..{len(names) - 1}")
        self.of_slot.flags.writeable = False
        self._slots = [np.flatnonzero(self.of_slot == number) for number in range(len(names))]
        for name, slots in zip(self.names, self._slots, strict=True):
            slots.flags.writeable = False
            if not len(slots):
                raise AgentError(f"agent {name!r} has no slot to play; leave it out, or deal it one")

    def slots(self, number: int) -> NDArray[np.int64]:
        """Return the slots of a seat, ascending: int64, read-only."""
        return self._slots[number]

    def by_name(self) -> dict[str, NDArray[np.int64]]:
        """Return the slots of every seat, by its name; the names must differ."""
        return dict(zip(self.names, self._slots, strict=True))

    def batch_rows(self, number: int, n_worlds: int) -> NDArray[np.int64]:
        """Return the rows of a seat in a batch of worlds, ascending: int64 [n_worlds * its slots]."""
        return (np.arange(n_worlds)[:, None] * len(self.of_slot) + self._slots[number]).reshape(-1)


def seat_agents(
    agents: Sequence[AgentLike],
    config: Config,
    of_slot: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> list[AgentSeat]:
    """Seat agents that play in this process: each gets its slots of a world.

    Parameters
    ----------
    agents
        Instances of ``Agent``; each plays one world at a time, so none may occur twice.
    config
        Of the world.
    of_slot : array of integers, shape [n_players]
        The number of the agent that plays each slot. Default: ``deal(len(agents), config)``.
    names
        What errors call the agents. Default: the names of their classes.

    Returns
    -------
    list of AgentSeat
        In the order of the agents.

    Raises
    ------
    AgentError
        If an agent has no slot, or a slot no agent.

    Examples
    --------
    >>> import nmmo
    >>> from nmmo.agents import load_agent, play_match, seat_agents, setting_of
    >>> config = nmmo.Config.preset("small")
    >>> world = nmmo.World(config, seed=7)
    >>> observations, info = world.reset()
    >>> seats = seat_agents([load_agent("random", setting_of(config)) for _ in range(2)], config)
    >>> match = play_match(world, seats, ticks=10)
    >>> world.tick
    10
    """
    given = deal(len(agents), config) if of_slot is None else np.asarray(of_slot)
    if given.dtype.kind not in "iu" or given.shape != (config.n_players,):
        raise AgentError(
            f"of_slot must be integers of shape ({config.n_players},), the agent of each slot; "
            f"got {given.dtype.name} of shape {given.shape}"
        )
    if len({id(agent) for agent in agents}) < len(agents):
        raise AgentError("an agent was given twice: load it once for each part that it plays")
    called = [type(agent).__name__ for agent in agents] if names is None else list(names)
    if len(called) != len(agents):
        raise AgentError(f"there are {len(agents)} agents and {len(called)} names; give each one")
    assignment = SlotAssignment(called, given)
    setting = setting_of(config)
    return [
        AgentSeat(agent, assignment.slots(number), setting, name)
        for number, (agent, name) in enumerate(zip(agents, called, strict=True))
    ]
