"""What an agent may answer."""

from __future__ import annotations

import numpy as np
import pytest

import nmmo
from nmmo.agents import AgentError, setting_of
from nmmo.agents.validate_actions import validate_actions
from nmmo.core.content import N_ACTIONS

SILENT = setting_of(nmmo.Config.preset("small"))
SPEAKING = setting_of(nmmo.Config.preset("small", vocabulary=5))


class Rude:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (None, ["returned None", "integers of shape (3,)"]),
        (np.zeros(3), ["returned float64 values", "actions.astype(numpy.int64)"]),
        (np.zeros(3, bool), ["returned bool values", "actions.astype"]),
        (np.array(["a", "b", "c"]), ["integers of shape (3,)"]),
        (np.array([1, 2, None]), ["returned object values"]),
        ([1, [2], 3], ["which is not an array"]),
        (Rude(), ["returned Rude, which is not an array (no)"]),
        (np.zeros(2, int), ["shape (2,)", "shape (3,), one row for each slot"]),
        (np.zeros((3, 1), int), ["shape (3, 1)"]),
        (np.zeros((3, 2), int), ["shape (3, 2)"]),
        (5, ["shape ()"]),
        ([0, N_ACTIONS, 0], [f"action {N_ACTIONS} in row 1", f"actions are 0..{N_ACTIONS - 1}"]),
        ([0, 0, -1], ["action -1 in row 2"]),
        (np.full(3, 255, np.uint8), ["action 255 in row 0"]),
        (np.full(3, 2**64 - 1, np.uint64), ["action 18446744073709551615 in row 0"]),
    ],
)
def test_nonsense_is_named(answer, parts):
    with pytest.raises(AgentError) as caught:
        validate_actions(answer, 3, SILENT, "wolf")
    assert "agent 'wolf'" in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64, ">i4"])
def test_integers_of_any_width(kind):
    assert validate_actions(np.array([0, N_ACTIONS - 1, 5], kind), 3, SILENT, "wolf").tolist() == [0, N_ACTIONS - 1, 5]


def test_lists_and_nobody():
    assert validate_actions([0, 1, 2], 3, SILENT, "wolf").tolist() == [0, 1, 2]
    assert validate_actions(np.zeros(0, np.int64), 0, SILENT, "wolf").shape == (0,)


def test_tokens():
    pairs = np.array([[0, 5], [N_ACTIONS - 1, 0], [3, 1]], np.uint8)
    assert validate_actions(pairs, 3, SPEAKING, "wolf").tolist() == pairs.tolist()
    assert validate_actions([1, 2, 3], 3, SPEAKING, "wolf").tolist() == [[1, 0], [2, 0], [3, 0]]
    pairs[1, 1] = 6
    with pytest.raises(AgentError, match=r"token 6 in row 1; tokens are 0\.\.5"):
        validate_actions(pairs, 3, SPEAKING, "wolf")
    with pytest.raises(AgentError, match=r"shape \(3,\) or \(3, 2\)"):
        validate_actions(pairs[:2], 3, SPEAKING, "wolf")
