"""A seat for an agent that plays in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.agents.agent_report import AgentReport
from nmmo.agents.base import Setting
from nmmo.agents.errors import AgentError
from nmmo.agents.loading import agent_code
from nmmo.agents.seat import Seat
from nmmo.agents.slot_rows import SlotRows
from nmmo.agents.validate_actions import validate_actions

__all__ = ["AgentLike", "AgentSeat"]


class AgentLike(Protocol):
    """What can play several slots of a world: an ``nmmo.agents.Agent``, or anything with its methods."""

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:
        """Begin an episode, in which these slots are played."""

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ArrayLike:
        """Return one action for each row."""


class AgentSeat(Seat):
    """Seats an agent that runs in this process, with all its rights and without limits.

    Parameters
    ----------
    agent
        Who plays. It plays in one seat at a time.
    slots : ndarray of int64, shape [n]
        The slots that it plays, ascending.
    setting
        The game.
    name
        Of the agent. Default: the name of its class.
    report
        Records failures: the agent's slots wait where its answer is illegal, and from then on where its code
        raised an exception. None: a failure is raised as an ``AgentError`` that names the agent.
    """

    def __init__(
        self,
        agent: AgentLike,
        slots: NDArray[np.int64],
        setting: Setting,
        name: str | None = None,
        report: AgentReport | None = None,
    ) -> None:
        super().__init__(type(agent).__name__ if name is None else name, slots)
        self.agent = agent
        self.report = report
        folder = getattr(agent, "folder", None)  # absent where an __init__ did not call its super's
        self._folder = folder.resolve() if isinstance(folder, Path) else Path("no folder").absolute()
        self._setting = setting
        self._slot_rows = SlotRows(setting, self.slots)
        self._tick = 0  # counted from 1, which is the first that it is asked for

    def reset(self, seed: int) -> None:
        """Begin an episode.

        Raises
        ------
        AgentError
            If the agent fails, and there is no report to record it.
        """
        self._tick = 0
        try:
            with agent_code(f"agent {self.name!r} failed in reset(seed, slots)", self._folder):
                self.agent.reset(seed, self.slots)
        except AgentError as error:
            self._end("did not start", error)

    def request(self, observations: NDArray[np.uint8]) -> None:  # documented by Seat
        self._tick += 1
        self._rows, self._mask = self._slot_rows.take(observations)

    def actions(self) -> NDArray[np.integer[Any]]:
        """Let the agent act.

        Raises
        ------
        AgentError
            If it fails or its answer is illegal, and there is no report to record it.
        """
        if self.report is None:
            return self._validated(self._act(f" at tick {self._tick - 1}"))
        if self.report.playing:
            try:
                answer = self._act()
            except AgentError as error:
                self._end("crashed", error)
            else:
                try:
                    return self._validated(answer)
                except AgentError as error:
                    self.report.add_illegal(self._tick, str(error))
        self.report.waited += 1
        return np.zeros((len(self.slots), 2) if self._setting.vocabulary else len(self.slots), np.int64)

    def _act(self, when: str = "") -> ArrayLike:
        with agent_code(f"agent {self.name!r} failed in act(rows, mask){when}", self._folder):
            return self.agent.act(self._rows, self._mask)

    def _validated(self, answer: ArrayLike) -> NDArray[np.integer[Any]]:
        return validate_actions(answer, len(self.slots), self._setting, self.name)

    def _end(self, verdict: str, error: AgentError) -> None:
        if self.report is None:
            raise error
        self.report.end(verdict, self._tick, str(error))

    def insight(self, slot: int) -> dict[str, Any] | None:
        """Return what the agent computed for its last action in a slot, where it has an insight: ``Agent.insight``.

        Raises
        ------
        AgentError
            If the agent fails, or returns what is not an insight; the message names it.
        """
        with agent_code(f"agent {self.name!r} failed in insight(position)", self._folder):
            insight = getattr(self.agent, "insight", None)
            found = None if insight is None else insight(int(np.searchsorted(self.slots, slot)))
            if found is None:
                return None
            probabilities, value = found.get("probabilities"), found.get("value")
            if probabilities is not None:
                probabilities = np.array(probabilities, np.float64)
                if probabilities.shape != (self._setting.n_actions,) or not np.isfinite(probabilities).all():
                    raise ValueError(f"probabilities must be {self._setting.n_actions} finite numbers")
            return {"probabilities": probabilities, "value": None if value is None else float(value)}
