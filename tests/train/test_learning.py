"""Tiny tasks that only a whole trainer learns: each needs one thing that is easily broken."""

from __future__ import annotations

import numpy as np
import pytest
import tasks

import nmmo
from nmmo.train.trainer import Trainer


@pytest.fixture
def trainer_of(monkeypatch):
    """Return a trainer that plays a task instead of the game."""

    def make(task: type[tasks.Task], **train: object) -> Trainer:
        monkeypatch.setattr(nmmo, "Worlds", task)
        monkeypatch.setattr("nmmo.train.trainer.total_statistics", lambda worlds: {})
        monkeypatch.setattr("nmmo.train.trainer.game_metrics", lambda now, before: {})
        return Trainer(tasks.recipe_for(**train))

    return make


def reward(trainer: Trainer, turns: int) -> float:
    """Return the mean reward of a step in the last of some turns."""
    return [trainer.train_step().metrics["reward"] for _ in range(turns)][-1]


def test_memory_is_learned(trainer_of):
    """Without memory the best is a half of the third of the ticks that pay."""
    trainer = trainer_of(tasks.Recall)
    assert reward(trainer, 1) < 0.1
    assert reward(trainer, 60) > 0.9 / 3


def test_what_the_mask_forbids_is_never_done(trainer_of):
    trainer = trainer_of(tasks.Forbidden)
    assert reward(trainer, 1) > 0.3  # half of the time at first, and never punished
    assert reward(trainer, 15) > 0.9
    assert (trainer.rollout.rewards >= 0).all()


def values_of(trainer: Trainer, turns: int) -> np.ndarray:
    for _ in range(turns):
        trainer.train_step()
    return trainer.rollout.values[:-1].numpy()


def test_truncation_does_not_end_the_value(trainer_of):
    """One a tick for ever, discounted by 0.9, is worth 10, however often a life is cut short."""
    values = values_of(trainer_of(tasks.Paid, gae_lambda=0.9, vf_clip_coef=0.0, min_lr_ratio=1.0), 60)
    assert np.median(values) > 8
    assert np.median(values) < 13


def test_death_ends_the_value(trainer_of):
    """The same with deaths: 1 + 0.9 + 0.81 + 0.729 at the most."""
    values = values_of(trainer_of(tasks.Deadly, gae_lambda=0.9, vf_clip_coef=0.0, min_lr_ratio=1.0), 60)
    assert 1.5 < np.median(values) < 3
    assert values.max() < 4.5
