"""What an agent is: a class that is given the setting, then, tick by tick, chooses actions from rows.

This module needs the standard library and NumPy alone, so that a runner without the engine, in a
sandbox say, can load it and an agent with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.content_types import Content

__all__ = ["Agent", "Setting"]


@dataclass(frozen=True)
class Setting:
    """What an agent gets to know of the game before it plays: plain data only.

    Attributes
    ----------
    rules_version
        The version of the rules, ``nmmo.RULES_VERSION``.
    observation
        The structured dtype of one row, ``nmmo.observation_dtype(config)``.
    n_actions
        How many actions there are; also the length of a row's mask.
    vocabulary
        How many tokens can be spoken; 0: none, and actions are [n]. Otherwise they may be [n, 2]:
        action and token, where token 0 is silence and the largest is ``vocabulary``.
    config
        Every field of the world's ``nmmo.Config``, by name.
    content
        Items, nodes, actions and every number of the rules, as in ``nmmo.core.content``.
    """

    rules_version: int
    observation: np.dtype[Any]
    n_actions: int
    vocabulary: int
    config: Mapping[str, int | float]
    content: Content

    @cached_property
    def _mask_columns(self) -> slice:
        """Which bytes of a row are its mask."""
        fields = self.observation.fields
        assert fields is not None  # it is structured
        offset = int(fields["mask"][1])
        return slice(offset, offset + self.n_actions)

    def mask_of(self, rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut the masks out of some rows.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
            What slots observe.

        Returns
        -------
        ndarray of uint8, shape [n, n_actions]
            1 where an action is possible: a view of ``rows``.
        """
        return rows[:, self._mask_columns]


class Agent:
    """The base of every agent: subclass it in ``agent.py`` and define ``act``.

    One instance plays one or many slots of one world. All it learns of the game is in the rows;
    whatever it wants to remember, it keeps itself, by the position of the slot in ``slots``.

    Parameters
    ----------
    setting
        The game that will be played.
    folder
        The agent's own folder, to read weights and other files from.

    Attributes
    ----------
    setting, folder
        As given.
    slots : ndarray of int64, shape [n]
        What ``reset`` was given last.
    rng : numpy.random.Generator
        Randomness that ``reset`` seeds. An agent that draws from nothing else plays a game the same
        way each time.

    Notes
    -----
    A slot is a place in the world, which one life after another fills. An agent notices a new life
    only by ``age`` in its row's ``self``: it is 0 or 1 in the first row of a life.
    """

    def __init__(self, setting: Setting, folder: Path) -> None:
        self.setting = setting
        self.folder = folder
        self.slots: NDArray[np.int64] = np.zeros(0, np.int64)
        self.rng: np.random.Generator = np.random.default_rng(0)

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Begin an episode.

        Parameters
        ----------
        seed
            0 to 2**64 - 1, for all randomness of this episode.
        slots : ndarray of int64, shape [n]
            The slots of the world that this instance plays, in the order of the rows of ``act``.
        """
        self.slots = slots
        self.rng = np.random.default_rng(seed)

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        """Return one action for each slot.

        Parameters
        ----------
        rows : ndarray of uint8, shape [n, row_bytes]
            What each slot observes; ``rows.view(self.setting.observation)[:, 0]`` names its parts.
            May be read-only, and the next tick reuses the memory: copy what is to be remembered.
        mask : ndarray of uint8, shape [n, n_actions]
            1 where an action is possible now. The world turns an impossible action into WAIT.

        Returns
        -------
        ndarray of any integer type, shape [n] or, with a vocabulary, [n, 2]
            Row i's action (and token).
        """
        raise NotImplementedError(f"{type(self).__name__} must define act(self, rows, mask)")

    def insight(self, position: int) -> Mapping[str, Any] | None:
        """Return what it computed for its last action, for those who watch. Define it if there is something to report.

        It must change nothing: a game that is watched is the same as one that is not.

        Parameters
        ----------
        position
            Of a slot in ``slots``.

        Returns
        -------
        mapping or None
            ``"probabilities"``: of each action, numbers from 0 to 1, shape [n_actions]; ``"value"``: the return that
            it expects from here on. Either may be missing. None: nothing to report, as before the first action.
        """
        return None
