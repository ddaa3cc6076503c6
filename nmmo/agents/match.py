"""A match: a world that seats play, tick by tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.errors import AgentError
from nmmo.agents.seat import Seat
from nmmo.agents.seating import SlotAssignment
from nmmo.agents.slot_rows import slots_as_index
from nmmo.core.observers import WorldObserver
from nmmo.core.seeds import derive_seed
from nmmo.core.world import World

__all__ = ["Match", "play_match", "seat_seed"]

FIRST_SEAT: Final = 1 << 32
"""The seed of seat i is derived with this index + i: beyond all that the worlds of a batch and the episodes
of a world are derived with, so that no seat draws what decides over a world."""


def seat_seed(seed: int, number: int) -> int:
    """Return the seed of a seat, derived from the seed of the world's episode and the number of the seat."""
    return derive_seed(seed, FIRST_SEAT + number)


class Match:
    """An episode of a world that seats play, a tick at a time. ``play_match`` plays a whole one.

    Every seat is reset at once.

    Parameters
    ----------
    world
        Just reset. Also a view of one of ``nmmo.Worlds``, which ``choose_actions`` can read, but not ``step``.
    seats
        Who plays. Every slot belongs to exactly one of them.
    seeds
        Of the seats. Default: ``seat_seed(world.seed, number)`` for each.

    Attributes
    ----------
    world, seats
        As given.
    assignment : SlotAssignment
        Which seat has which slots.

    Raises
    ------
    AgentError
        If a slot belongs to none or several of the seats, or a seat fails in its ``reset``.
    """

    def __init__(self, world: World, seats: Sequence[Seat], seeds: Sequence[int] | None = None) -> None:
        self.world = world
        self.seats = tuple(seats)
        n = world.config.n_players
        of_slot = np.full(n, -1)
        for number, seat in enumerate(self.seats):
            slots = seat.slots
            if slots.size and slots.max() >= n:
                raise AgentError(f"{seat.name!r} plays slot {slots.max()} of a world whose slots are 0..{n - 1}")
            if (of_slot[slots] >= 0).any():
                raise AgentError(
                    f"{seat.name!r} plays a slot that {self.seats[of_slot[slots].max()].name!r} plays, too"
                )
            of_slot[slots] = number
        if (of_slot < 0).any():
            raise AgentError(f"nobody plays slot {np.flatnonzero(of_slot < 0)[0]}")
        self.assignment = SlotAssignment([seat.name for seat in self.seats], of_slot)
        self._named: NDArray[np.void] | None = None
        self._bytes: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        """The bytes of ``_named``, the world's observations."""
        self._shape = (n, 2) if world.config.vocabulary else (n,)
        # Who was asked last answers last, as a rule.
        order = [
            *(seat for seat in seats if not seat.concurrent),
            *(seat for seat in reversed(seats) if seat.concurrent),
        ]
        self._order = [(seat, slots_as_index(seat.slots)) for seat in order]
        for number, seat in enumerate(self.seats):
            seat.reset(seat_seed(world.seed, number) if seeds is None else seeds[number])
        for seat in self.seats:
            seat.wait_ready()

    def choose_actions(self) -> NDArray[np.int64]:
        """Ask every seat what it does in the next tick, without playing it.

        Returns
        -------
        ndarray of int64, shape [n_players] or, with a vocabulary, [n_players, 2]
            For ``world.step``; made again for every tick.

        Raises
        ------
        AgentError
            If a seat fails that does not record its failures; the message names it.
        """
        named = self.world.observations
        if named is not self._named:  # mostly it is the same memory, seen through the same array
            self._named, self._bytes = named, named.view(np.uint8).reshape(len(named), named.dtype.itemsize)
        for seat in self.seats:
            seat.request(self._bytes)
        actions: NDArray[np.int64] = np.zeros(self._shape, np.int64)
        for seat, slots in self._order:
            actions[slots] = seat.actions()
        return actions

    def step(self) -> NDArray[np.int64]:
        """Play one tick.

        Returns
        -------
        ndarray of int64
            The actions that were played, as of ``choose_actions``.

        Raises
        ------
        AgentError
            As by ``choose_actions``. The world is as it was.
        """
        actions = self.choose_actions()
        self.world.step(actions)
        return actions

    def seat_of(self, slot: int) -> Seat:
        """Return the seat that plays a slot."""
        return self.seats[int(self.assignment.of_slot[slot])]

    def insight(self, slot: int) -> dict[str, Any] | None:
        """Return what the seat of a slot reports about its last action: ``Seat.insight``.

        Raises
        ------
        AgentError
            If an agent fails, or returns what is no insight; the message names it.
        """
        return self.seat_of(slot).insight(slot)

    def play(self, ticks: int, observers: Sequence[WorldObserver] = ()) -> None:
        """Play until ``world.tick`` is ``ticks``, or the world is over.

        Parameters
        ----------
        ticks
            Of the world.
        observers
            Observe the world meanwhile: progress bars, recorders, statistics.

        Raises
        ------
        AgentError
            As by ``choose_actions``.
        """
        for observer in observers:
            self.world.add_observer(observer)
        try:
            while self.world.tick < ticks and not self.world.over:
                self.step()
        finally:
            for observer in observers:
                self.world.remove_observer(observer)


def play_match(
    world: World,
    seats: Sequence[Seat],
    *,
    ticks: int,
    observers: Sequence[WorldObserver] = (),
    seeds: Sequence[int] | None = None,
) -> Match:
    """Let seats play an episode of a world: makes a ``Match`` and plays it.

    Parameters
    ----------
    world, seats, seeds
        As for ``Match``.
    ticks, observers
        As for ``Match.play``.

    Returns
    -------
    Match
        After it was played.

    Raises
    ------
    AgentError
        As by ``Match``.
    """
    match = Match(world, seats, seeds)
    match.play(ticks, observers)
    return match
