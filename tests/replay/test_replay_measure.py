"""The figures of `nmmo bench replay` measure what they say. How fast anything is, no test asks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import tiny

import nmmo
from nmmo.core.content import N_ACTIONS
from nmmo.replay.measure import draw_actions, measure, measure_play, order_0_entropy


def test_the_figures_are_of_the_game_that_was_drawn(tmp_path):
    config = tiny()
    rng = np.random.default_rng(0)
    actions = draw_actions(config, 3, 140, lambda world: nmmo.sample_actions(world.mask, rng))
    assert actions.shape == (140, 6) and len(np.unique(actions)) > 3
    calls = []
    found = measure(config, 3, actions, tmp_path, repeats=2, progress=lambda done, of: calls.append((done, of)))
    assert (found.agents, found.ticks) == (6, 140)
    assert found.entropy == order_0_entropy(actions) <= math.log2(N_ACTIONS) / 8
    assert 0 < found.actions_bytes < 1 and 0 < found.file_bytes < found.file_bytes_state
    assert 0 < found.seek_median <= found.seek_99 <= found.seek_worst
    assert min(found.open_seconds, found.first_seconds) > 0
    assert found.cost > -1 and found.cost_state > -1 and found.verify_ratio > 0 and found.step_seconds > 0
    assert calls == [(part, 10) for part in range(1, 11)]
    assert not list(tmp_path.iterdir())


def test_entropy_of_known_streams():
    assert order_0_entropy(np.zeros((4, 4), np.uint8)) == 0
    assert order_0_entropy(np.arange(256, dtype=np.uint8)) == pytest.approx(1)
    assert order_0_entropy(np.array([0, 0, 1, 1], np.uint8)) == pytest.approx(1 / 8)


def test_scripted_play_is_the_same_game_three_times(tmp_path):
    seen: list[list[tuple[int, int, bool]]] = []

    def chooser():
        rng = np.random.default_rng(1)
        seen.append([])

        def choose(world: nmmo.World):
            seen[-1].append((world.tick, world.hash()["players"], bool(world.observers)))
            return nmmo.sample_actions(world.mask, rng)

        return choose

    costs = measure_play(tiny(), 3, 30, chooser, tmp_path)
    assert len(costs) == 2 and min(costs) > -1
    assert [[tick for tick, *_ in game] for game in seen] == [list(range(30))] * 3
    assert [look[1] for look in seen[0]] == [look[1] for look in seen[1]] == [look[1] for look in seen[2]]
    assert [game[0][2] for game in seen] == [False, True, True]
    assert not list(tmp_path.iterdir())
