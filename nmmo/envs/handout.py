"""The arrays that a step hands out by agent, used again once nobody holds them.

A thousand views of rows and masks, and as many dicts, take longer to make than the game takes to play a tick. Most
callers let go of a step's results when the next ones arrive, so they can be made once. Whether they did is asked of
CPython's reference counts: what anybody still holds, a view, a view of a view or a tensor over it, is left to them.
"""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import N_ACTIONS
from nmmo.envs._reuse import any_more, references, restore
from nmmo.envs.spaces import action_masks

__all__ = ["Handout", "HandoutPool"]

_MOST_KEPT = 3  # for the step that is being made, the last one, and the one before, for those who compare two
_COUNTED: bool = getattr(sys, "_is_gil_enabled", lambda: True)()  # without it the counts are not exact


class Handout:
    """Rows and masks of up to ``n`` agents, with a view of each.

    Parameters
    ----------
    n
        Most agents.
    row
        The dtype of a row.
    vocabulary
        ``config.vocabulary``: above 0 a mask is a pair, of actions and of tokens.
    """

    def __init__(self, n: int, row: np.dtype[np.void], vocabulary: int) -> None:
        self._row = row
        self._rows: NDArray[np.uint8] = np.empty((n, row.itemsize), np.uint8)
        self._masks: NDArray[np.int8] = np.empty((n, N_ACTIONS), np.int8)
        self._tokens: NDArray[np.int8] = np.empty((n, vocabulary + 1 if vocabulary else 0), np.int8)
        self._views = list(self._rows)
        self._masks_of: list[Any] = list(self._masks)
        mine: list[Any] = [self._rows, self._masks, self._tokens, *self._views, *self._masks_of]
        if vocabulary:
            tokens = list(self._tokens)
            mine += tokens
            self._masks_of = list(zip(self._masks_of, tokens, strict=True))
            mine += self._masks_of
        self._infos = [{"action_mask": mask, "died": False} for mask in self._masks_of]
        self._mine = [*mine, *self._infos]
        self._names: tuple[str, ...] | None = None
        self._rows_by_name: dict[str, NDArray[np.uint8]] = {}
        self._infos_by_name: dict[str, dict[str, Any]] = {}
        self._unheld = references(self._mine)
        """How many references there are to each of mine while nobody else has one."""

    def filled(self, rows: NDArray[np.uint8], slots: NDArray[np.int64], names: tuple[str, ...]) -> NDArray[np.uint8]:
        """Copy the rows of some slots.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
            Of all slots.
        slots : ndarray of int64, shape [k]
            Those that are present, in order.
        names
            Their names, the same tuple for as long as they are the same. Nobody else may hold the arrays.

        Returns
        -------
        ndarray of uint8, shape [k, row_bytes]
            The copies, to be changed before ``observations`` and ``infos`` are asked for.
        """
        if names is not self._names:
            self._names = names
            self._rows_by_name = dict(zip(names, self._views, strict=False))
            self._infos_by_name = dict(zip(names, self._infos, strict=False))
            self._restore()  # what callers put into an info must not be counted
            self._unheld = references(self._mine)
        copies = self._rows[: len(slots)]
        if len(slots) == len(rows):
            copies[...] = rows
        else:
            np.take(rows, slots, axis=0, out=copies)
        return copies

    def observations(self) -> dict[str, NDArray[np.uint8]]:
        """Return the view of each row by name, in a fresh dict."""
        return self._rows_by_name.copy()

    def infos(self) -> dict[str, dict[str, Any]]:
        """Return the info of each agent by name, in a fresh dict: its mask, and that it did not die."""
        count = len(self._infos_by_name)
        self._masks[:count] = action_masks(self._rows[:count], self._row)
        self._tokens[:] = 1  # everything can be said
        self._restore()
        return self._infos_by_name.copy()

    def _restore(self) -> None:
        restore(self._infos, self._masks_of, "action_mask", "died")

    def is_held(self) -> bool:
        """Return whether anybody else holds one of the arrays or dicts, or what is made of them."""
        return any_more(self._mine, self._unheld)


class HandoutPool:
    """Makes handouts, and gives those again that nobody holds.

    The parameters are those of ``Handout``.
    """

    def __init__(self, n: int, row: np.dtype[np.void], vocabulary: int) -> None:
        self._made_with = n, row, vocabulary
        self._kept: deque[Handout] = deque()

    @property
    def latest(self) -> Handout:
        """What ``next`` returned last."""
        return self._kept[-1]

    def next(self) -> Handout:
        """Return a handout that nobody holds: the one that was given first, or a new one."""
        if self._kept and _COUNTED and not self._kept[0].is_held():
            self._kept.rotate(-1)
            return self._kept[-1]
        if len(self._kept) == _MOST_KEPT:
            self._kept.popleft()  # from now on it belongs to those who hold it
        made = Handout(*self._made_with)
        self._kept.append(made)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return HandoutPool, self._made_with  # a copy of the environment hands out arrays of its own
