"""The protocol of sources. A source gives the window scenes tick by tick; a live world is one, a replay another.

The window asks a source what it can do, never of which class it is. A new source is one file with a class that
implements ``Source``.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from nmmo.render.human_player import HumanPlayer
from nmmo.render.scene import Scene
from nmmo.render.sources.history import History
from nmmo.render.sources.traffic import Traffic

__all__ = ["ACTION_HISTORY_TICKS", "Insight", "SceneCache", "Source"]

CACHED_SCENES: Final = 12
ACTION_HISTORY_TICKS: Final = 12
"""How many of a player's last actions a source reports."""


@dataclass(frozen=True)
class Insight:
    """What a policy reports about its last action.

    Attributes
    ----------
    probabilities : ndarray, shape [n_actions], or None
        The probability of each action.
    value : float or None
        The return that the policy expects.
    problem : str or None
        Why the policy could not be asked.
    """

    probabilities: NDArray[Any] | None
    value: float | None
    problem: str | None = None


class Source(Protocol):
    """Gives scenes, tick by tick."""

    title: str
    """What the window is called."""
    live: bool
    """Whether a world is being played here, so that ``last_tick`` grows. False for a recording."""
    human: HumanPlayer | None
    """Who plays a slot by hand; None: everybody watches."""
    scene: Scene
    """The scene that is shown."""
    previous: Scene | None
    """The scene one tick earlier, where it is known."""
    history: History
    """Statistics of the ticks seen so far."""
    traffic: Traffic
    """Where players walked lately."""
    problem: str | None
    """Why the tick asked for last cannot be shown; None: it can."""
    notice: str | None
    """What a viewer should know from the start."""

    @property
    def first_tick(self) -> int:
        """The earliest tick that can be shown."""

    @property
    def last_tick(self) -> int:
        """The latest tick so far."""

    @property
    def at_end(self) -> bool:
        """Whether there is nothing to step to."""

    @property
    def at_present(self) -> bool:
        """Whether the present of a live world is shown, not its past. False for a recording."""

    @property
    def target_tick(self) -> int | None:
        """The tick that a seek is under way to; None: no seek is under way."""

    @property
    def scan_progress(self) -> float:
        """The share of the game that the history covers, 0 to 1; 1 also where no more will come."""

    def step(self) -> bool:
        """Advance by one tick. Returns False where that is impossible."""

    def seek(self, tick: int) -> None:
        """Show a tick; returns when it is shown."""

    def start_seek(self, tick: int) -> None:
        """Begin to seek a tick; ``run_pending`` continues."""

    def run_pending(self, seek_seconds: float, scan_seconds: float) -> None:
        """Continue work that takes longer than a frame.

        Parameters
        ----------
        seek_seconds
            Time for the seek that is under way.
        scan_seconds
            Time for reading the rest of the game, where no seek is under way.
        """

    def observation_of(self, slot: int) -> np.void | None:
        """Return the player's observation of the scene's tick; None where it is not known."""

    def action_history_of(self, slot: int) -> list[tuple[int, int]]:
        """Return the player's last actions: tick and action, the latest first."""

    def name_of(self, slot: int) -> str:
        """Return the name of who plays a slot; empty where it is not known."""

    def insight_of(self, slot: int) -> Insight | None:
        """Return what the policy of a slot reports about its last action; None where it reports nothing."""

    def listings(self) -> NDArray[np.void]:
        """Return what is offered on the market."""

    def close(self) -> None:
        """Free worlds and files."""


class SceneCache:
    """Keeps the scenes shown last, by tick, so that a step back is instant."""

    def __init__(self) -> None:
        self._scenes: OrderedDict[int, Scene] = OrderedDict()

    def put(self, scene: Scene) -> None:
        """Keep a scene."""
        self._scenes[scene.tick] = scene
        self._scenes.move_to_end(scene.tick)
        while len(self._scenes) > CACHED_SCENES:
            self._scenes.popitem(last=False)

    def get(self, tick: int) -> Scene | None:
        """Return the scene of a tick, if it is kept."""
        return self._scenes.get(tick)
