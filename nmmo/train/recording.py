"""Replays of a run: at intervals a part of its first world's game, to see what the policy does by then."""

from __future__ import annotations

import time
from pathlib import Path

from nmmo.agents import SlotAssignment
from nmmo.replay import Recorder, RecordingError
from nmmo.train.recipe import RunOptions
from nmmo.train.rollout import EnvGroup

__all__ = ["Recordings"]


class Recordings:
    """Starts and ends recordings between rollouts. What is played does not depend on them.

    A disk that is full costs the replay, with a warning, not the run.

    Parameters
    ----------
    folder
        Where the files go: ``000000123-w0.nmr`` begins after 123 rollouts.
    group
        Whose first world is recorded.
    assignment
        Which player has which slots; the replays contain it.
    options
        How often, and for how long.
    """

    def __init__(self, folder: Path, group: EnvGroup, assignment: SlotAssignment, options: RunOptions) -> None:
        self.written: list[Path] = []
        self._folder = folder
        self._group = group
        self._players = {name: slots.tolist() for name, slots in assignment.by_name().items()}
        self._every = 60 * options.replay_minutes
        self._length = options.replay_ticks
        self._recorder: Recorder | None = None
        self._until = 0
        self._due = time.monotonic()  # one at once: the beginning is worth seeing

    def before(self, update: int, tick: int, steps: int) -> None:
        """Prepare for a rollout. Call it before every rollout.

        Parameters
        ----------
        update, tick, steps
            Rollouts, ticks of a world and agent-steps since the run began.
        """
        if self._recorder is not None:
            if tick < self._until and not self._recorder.closed:
                return
            self.close()
        if not self._every or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._every
        self._until = tick + self._length
        notes: dict[str, str | int] = {"run": self._folder.parent.name, "update": update, "steps": steps}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._recorder = Recorder(
                self._group.worlds, self._folder / f"{update:09d}.nmr", worlds=[0], episodes=1, overwrite=True,
                players=self._players, notes=notes, on_error="continue",
            )  # fmt: skip
        except (OSError, RecordingError):
            self._recorder = None  # no room for it: another time, perhaps

    def close(self) -> None:
        """End the recording that is under way, if there is one."""
        if self._recorder is None:
            return
        self._recorder.close()
        self.written += self._recorder.paths
        self._recorder = None
