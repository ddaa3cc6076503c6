"""Tiny games in the clothes of worlds: rows of the published dtype, and rules of a few lines."""

from __future__ import annotations

from typing import Any

import numpy as np

import nmmo
from nmmo.train.recipe import PolicyOptions, Recipe, RunOptions, TrainOptions

CONFIG = nmmo.Config.preset("small", n_players=32, view_row_radius=1, view_column_radius=1)
EAST, WEST = int(nmmo.Action.MOVE_EAST), int(nmmo.Action.MOVE_WEST)


class Task:
    """A batch of independent one-player games. Subclasses fill in ``begin`` and ``play``."""

    def __init__(self, n: int, config: nmmo.Config, seed: int | None, *_: Any, **__: Any) -> None:
        self.config = config
        self.n_agents = config.n_players
        self.rows = n * config.n_players
        self.count = n
        dtype = nmmo.observation_dtype(config)
        self.row_bytes = dtype.itemsize
        self.observations = np.zeros(self.rows, dtype)
        self.final = np.zeros(self.rows, dtype)
        self.rewards = np.zeros(self.rows, np.float32)
        self.terminated = np.zeros(self.rows, np.bool_)
        self.truncated = np.zeros(self.rows, np.bool_)
        self.age = np.zeros(self.rows, np.int64)
        self.rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return self.count

    @property
    def reward_terms(self) -> dict[str, np.ndarray]:
        return {"game": self.rewards}

    def begin(self, rows: np.ndarray) -> None:
        """Set up new lives in these rows; their observations are zero but for health and mask."""

    def play(self, actions: np.ndarray) -> None:
        """Set rewards, terminated and truncated, and change the observations of who goes on."""
        raise NotImplementedError

    def reset(self, seed: int | None = None) -> None:
        self.rng = np.random.default_rng(seed)
        self._begin(np.arange(self.rows))

    def _begin(self, rows: np.ndarray) -> None:
        self.observations[rows] = np.zeros((), self.observations.dtype)
        self.observations["self"]["health"][rows] = 100
        self.observations["mask"][rows] = 1
        self.age[rows] = 0
        self.begin(rows)

    def step(self, actions: np.ndarray) -> Any:
        self.rewards[:] = 0
        self.terminated[:] = self.truncated[:] = False
        self.age += 1
        self.play(actions)
        self.final[:] = self.observations
        self._begin(np.flatnonzero(self.terminated | self.truncated))
        final = self.final.view(np.uint8).reshape(self.rows, -1)
        over = np.zeros(self.count, np.bool_)
        return None, self.rewards, self.terminated, self.truncated, {"final_obs": final, "over": over}

    def world(self, index: int) -> Any:
        raise AssertionError("a task has no statistics")

    def close(self) -> None:
        pass


class Recall(Task):
    """Remember the biome of the first tick: two ticks later, east (spring) or west (summer) is right."""

    def begin(self, rows: np.ndarray) -> None:
        self.cue = getattr(self, "cue", np.zeros(self.rows, np.int64))
        self.cue[rows] = self.rng.integers(0, 2, len(rows))
        self.observations["self"]["biome"][rows] = 1 + self.cue[rows]

    def play(self, actions: np.ndarray) -> None:
        self.observations["self"]["biome"] = 0
        asked = self.age == 3
        right = np.where(self.cue == 0, EAST, WEST)
        self.rewards[asked & (actions == right)] = 1
        self.terminated |= asked


class Forbidden(Task):
    """Only what the mask allows pays; what it allows is drawn again each tick, and expensive mistakes are many."""

    def begin(self, rows: np.ndarray) -> None:
        self._allow(rows)

    def _allow(self, rows: np.ndarray) -> None:
        mask = np.zeros((len(rows), self.observations["mask"].shape[1]), np.uint8)
        mask[:, 0] = 1
        mask[np.arange(len(rows)), self.rng.integers(1, mask.shape[1], len(rows))] = 1
        self.observations["mask"][rows] = mask

    def play(self, actions: np.ndarray) -> None:
        allowed = self.observations["mask"][np.arange(self.rows), actions] == 1
        self.rewards[:] = np.where(allowed, actions != 0, -1.0)
        self.terminated |= self.age == 8
        self._allow(np.flatnonzero(~self.terminated))


class Paid(Task):
    """One gold a tick, whatever one does; every life is cut short after four ticks."""

    def play(self, actions: np.ndarray) -> None:
        self.rewards[:] = 1
        self.truncated |= self.age == 4


class Deadly(Paid):
    """The same, but the lives end in death."""

    def play(self, actions: np.ndarray) -> None:
        self.rewards[:] = 1
        self.terminated |= self.age == 4


def recipe_for(worlds: int = 2, **train: Any) -> Recipe:
    """Return a recipe for tasks: tiny network, quick learning."""
    return Recipe(
        world=CONFIG,
        policy=PolicyOptions(hidden_size=32, encoder_width=32, tile_channels=1, item_channels=1),
        train=TrainOptions(
            **{"worlds": worlds, "bptt_horizon": 16, "minibatch_segments": 16, "total_timesteps": 10**9,
               "learning_rate": 0.02, "adam_learning_rate": 0.005, "gamma": 0.9, "ent_coef": 0.01} | train
        ),
        run=RunOptions(threads=1, precision="float32", tensorboard=False),
    )  # fmt: skip
