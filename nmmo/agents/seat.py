"""The seat protocol: how those who play the slots of a world are asked for actions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Seat", "WaitingSeat"]


class Seat(ABC):
    """Plays some slots of a world. Subclass it to seat another kind of agent, or a person.

    ``nmmo.agents.Match`` calls ``reset`` at the beginning of an episode, then in each tick ``request`` of
    every seat and ``actions`` of every seat. So a seat that computes in another process works while the
    others do.

    Parameters
    ----------
    name
        What tables, replays and error messages call the one who plays.
    slots : ndarray of int64, shape [n]
        The slots that it plays, ascending. For a batch of worlds: rows of the batch.

    Attributes
    ----------
    name : str
        As given.
    slots : ndarray of int64, shape [n]
        As given, read-only.
    concurrent : bool
        Whether the work continues elsewhere between ``request`` and ``actions``. The actions of such seats are
        fetched last.
    """

    concurrent: ClassVar[bool] = False

    def __init__(self, name: str, slots: NDArray[np.int64]) -> None:
        self.name = name
        self.slots: NDArray[np.int64] = np.array(slots, np.int64)
        self.slots.flags.writeable = False

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Begin an episode.

        Parameters
        ----------
        seed
            0 to 2**64 - 1, for all randomness of the seat in this episode.
        """

    def wait_ready(self) -> None:  # noqa: B027 - most seats are
        """Block until ``reset`` is complete, where it continues elsewhere."""

    @abstractmethod
    def request(self, observations: NDArray[np.uint8]) -> None:
        """Show what the world looks like now, and ask for actions.

        Parameters
        ----------
        observations : ndarray of uint8, shape [n_players, row_bytes]
            The rows of all slots of the world, of which the seat takes its own. They stay as they are until
            ``actions`` returns.
        """

    @abstractmethod
    def actions(self) -> NDArray[np.integer[Any]]:
        """Return the actions that were asked for.

        Returns
        -------
        ndarray of integers, shape [n] or, with a vocabulary, [n, 2]
            One action (and token) for each of ``slots``, in range.
        """

    def insight(self, slot: int) -> dict[str, Any] | None:
        """Return what the one who plays computed for its last action in a slot.

        Parameters
        ----------
        slot
            One of ``slots``.

        Returns
        -------
        dict or None
            ``"probabilities"``: float64 [n_actions], or None; ``"value"``: float, or None. None in place of the
            dict: there is nothing to show.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most seats hold nothing
        """Free what the seat holds, such as a process. Closing again does nothing."""


class WaitingSeat(Seat):
    """Lets its slots wait, always.

    Parameters
    ----------
    name, slots
        As for ``Seat``.
    vocabulary
        ``config.vocabulary`` of the world.
    """

    def __init__(self, slots: NDArray[np.int64], vocabulary: int = 0, name: str = "waiting") -> None:
        super().__init__(name, slots)
        self._waits: NDArray[np.int64] = np.zeros((len(self.slots), 2) if vocabulary else len(self.slots), np.int64)

    def reset(self, seed: int) -> None:  # documented by Seat
        pass

    def request(self, observations: NDArray[np.uint8]) -> None:  # documented by Seat
        pass

    def actions(self) -> NDArray[np.int64]:  # documented by Seat
        return self._waits
