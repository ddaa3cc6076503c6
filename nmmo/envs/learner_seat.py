"""The seat of the learner in a world among opponents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.seat import Seat

__all__ = ["LearnerSeat"]


class LearnerSeat(Seat):
    """Plays the action that the environment's user chose.

    Parameters
    ----------
    slot
        The slot that it plays.
    vocabulary
        ``config.vocabulary`` of the world.
    """

    def __init__(self, slot: int, vocabulary: int) -> None:
        super().__init__("learner", np.array([slot]))
        self._chosen: NDArray[np.int64] = np.zeros((1, 2) if vocabulary else 1, np.int64)

    def choose(self, action: int | tuple[int, int]) -> None:
        """Set the action of the next tick; with a vocabulary, the action and the token."""
        self._chosen[0] = action

    def reset(self, seed: int) -> None:  # documented by Seat
        pass

    def request(self, observations: NDArray[np.uint8]) -> None:  # documented by Seat
        pass

    def actions(self) -> NDArray[np.int64]:  # documented by Seat
        return self._chosen
