"""Taking the rows of some slots, and their masks, out of the observations of a world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Setting

__all__ = ["SlotRows", "slots_as_index"]


def slots_as_index(slots: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Return a slice of the same slots where there is one, since indexing by it copies nothing; else the slots."""
    if not len(slots):
        return slots
    step = int(slots[1] - slots[0]) if len(slots) > 1 else 1
    if step < 1 or not np.array_equal(slots, slots[0] + step * np.arange(len(slots))):
        return slots
    return slice(int(slots[0]), int(slots[-1]) + 1, step)


class SlotRows:
    """The rows of some slots.

    Parameters
    ----------
    setting
        The game.
    slots : ndarray of int64, shape [n]
        Which slots.
    """

    def __init__(self, setting: Setting, slots: NDArray[np.int64]) -> None:
        self._index = slots_as_index(slots)
        self._setting = setting
        copied = 0 if isinstance(self._index, slice) else len(slots)
        self._copy: NDArray[np.uint8] = np.empty((copied, setting.observation.itemsize), np.uint8)

    def take(self, observations: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Take the rows out of those of all slots.

        Parameters
        ----------
        observations : ndarray of uint8, shape [n_players, row_bytes]
            All rows of a world.

        Returns
        -------
        rows : ndarray of uint8, shape [n, row_bytes]
            Read-only: a view of ``observations``, or, where no slice selects the slots, a copy that the next
            call overwrites.
        mask : ndarray of uint8, shape [n, n_actions]
            The part of ``rows`` that says which actions are possible: a view.
        """
        if isinstance(self._index, slice):
            rows = observations[self._index]
        else:
            # "clip" because the default mode would fill a buffer of its own first; the slots are in range
            np.take(observations, self._index, axis=0, out=self._copy, mode="clip")
            rows = self._copy[:]
        rows.flags.writeable = False
        return rows, self._setting.mask_of(rows)
