"""What the window shows: a source gives scenes, tick by tick. A live world is one, a replay another."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from nmmo.render.history import History
from nmmo.render.scene import Scene
from nmmo.render.traffic import Traffic

__all__ = ["TRACE_TICKS", "Insight", "Scenes", "Source"]

KEPT_SCENES: Final = 12
TRACE_TICKS: Final = 12
"""How many of an entity's last actions are told."""


@dataclass(frozen=True)
class Insight:
    """What a policy thought of its last choice.

    Attributes
    ----------
    probabilities : ndarray, shape [n_actions], or None
        Of each action.
    value : float or None
        The return that it expects.
    problem : str or None
        Why it could not be asked.
    """

    probabilities: NDArray[Any] | None
    value: float | None
    problem: str | None = None


class Source(Protocol):
    """Gives scenes, tick by tick."""

    title: str
    scene: Scene
    before: Scene | None
    history: History
    traffic: Traffic
    problem: str | None
    """Why the tick asked for last cannot be shown; None: it can."""
    notice: str | None
    """What a viewer should know from the start."""

    @property
    def first(self) -> int:
        """The earliest tick that can be shown."""

    @property
    def last(self) -> int:
        """The latest tick so far."""

    @property
    def at_end(self) -> bool:
        """Whether there is nothing to step to."""

    @property
    def live(self) -> bool:
        """Whether the present of a live world is shown."""

    @property
    def aimed(self) -> int | None:
        """The tick on the way to which it is; None: it shows what was asked for."""

    @property
    def scanned(self) -> float:
        """How much of the game the history knows already, 0 to 1; 1 also where no more will come."""

    def step(self) -> bool:
        """Go a tick on; False where that is impossible."""

    def seek(self, tick: int) -> None:
        """Go to a tick, and come back when it is there."""

    def aim(self, tick: int) -> None:
        """Set out for a tick; ``work`` goes there."""

    def work(self, travel: float, scan: float) -> None:
        """Go on with what takes long.

        Parameters
        ----------
        travel
            Seconds for going to the tick that was aimed for.
        scan
            Seconds for reading the rest of the game, where nothing is aimed for.
        """

    def row_of(self, slot: int) -> np.void | None:
        """What a player observes now; None where that is not known."""

    def trace_of(self, slot: int) -> list[tuple[int, int]]:
        """A player's last actions: tick and action, the latest first."""

    def name_of(self, slot: int) -> str:
        """Who plays a slot."""

    def insight_of(self, slot: int) -> Insight | None:
        """What the policy of a slot thought of its last choice, where it tells."""

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market."""

    def close(self) -> None:
        """Free what is held."""


class Scenes:
    """The scenes shown last, by tick: a step back costs nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Scene] = OrderedDict()

    def put(self, scene: Scene) -> None:
        """Keep a scene."""
        self._kept[scene.tick] = scene
        self._kept.move_to_end(scene.tick)
        while len(self._kept) > KEPT_SCENES:
            self._kept.popitem(last=False)

    def get(self, tick: int) -> Scene | None:
        """The scene of a tick, if it is kept."""
        return self._kept.get(tick)
