"""Plays at random: first a kind of action that is possible, then one of that kind, both draws uniform.

Under one flat draw over all that is possible, a full inventory would drown movement: it alone adds up to
36 actions to the four directions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Agent, Setting


class Random(Agent):
    """Chooses as ``nmmo.sample_actions`` does, with NumPy alone; it speaks no tokens."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        super().__init__(setting, folder)
        self.starts = np.array([group.first for group in setting.content.groups])

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.integer[Any]]:
        draws = self.rng.random((2, len(rows), 1), dtype=np.float32)
        up_to = np.cumsum(mask, axis=1, dtype=np.uint8)  # possible actions up to and with each
        in_group = np.add.reduceat(mask, self.starts, axis=1, dtype=np.uint8)

        groups_up_to = np.cumsum(in_group > 0, axis=1, dtype=np.uint8)
        chosen = (draws[0] * groups_up_to[:, -1:]).astype(np.uint8)  # how many possible groups to pass over
        group = np.argmax(groups_up_to > chosen, axis=1)[:, None]

        size = np.take_along_axis(in_group, group, axis=1)
        before = np.take_along_axis(up_to, np.maximum(self.starts[group] - 1, 0), axis=1)
        before[group == 0] = 0
        passed = before + (draws[1] * size).astype(np.uint8)
        actions: NDArray[np.int64] = np.argmax(up_to > passed, axis=1)
        return actions
