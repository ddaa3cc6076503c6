"""The shaping reward: known answers, and the course of its coefficient."""

from __future__ import annotations

import numpy as np
import pytest

import nmmo
from nmmo.core.reward_functions import danger_bonus
from nmmo.train.recipe import TrainOptions
from nmmo.train.schedules import RunSchedule

OWN = nmmo.observation_dtype(nmmo.Config.preset("small"))["self"]


def standing(danger: int, combat: int, harvest: int) -> np.ndarray:
    own = np.zeros(1, OWN)
    own["danger"], own["combat_level"], own["harvest_level"] = danger, combat, harvest
    return own


@pytest.mark.parametrize(
    ("danger", "combat", "harvest", "expected"),
    [
        (0, 0, 0, 0),  # no body
        (1, 40, 40, 0),
        (2, 40, 6, 0),
        (2, 6, 40, 0),
        (2, 7, 7, 1),  # tier 2 begins with level 9
        (2, 40, 40, 1),
        (3, 14, 15, 0),
        (3, 15, 15, 2),
        (5, 31, 31, 4),
        (5, 30, 31, 0),
    ],
)
def test_known_places(danger, combat, harvest, expected):
    assert danger_bonus(standing(danger, combat, harvest)).tolist() == [expected]


def test_rows_are_answered_each_for_itself():
    own = np.concatenate([standing(2, 9, 9), standing(1, 9, 9), standing(3, 20, 20)])
    found = danger_bonus(own)
    assert found.dtype == np.float32 and found.tolist() == [1, 0, 2]


def test_it_fades_to_nothing():
    schedule = RunSchedule(TrainOptions(shaping_coef=0.04, shaping_fraction=0.4))
    assert [schedule.shaping_coef(progress) for progress in (0, 0.2, 0.4, 1)] == pytest.approx([0.04, 0.02, 0, 0])
    assert RunSchedule(TrainOptions()).shaping_coef(0.3) == 0
