"""A world that writes into arrays of its caller."""

from __future__ import annotations

import copy
import mmap
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nmmo
from nmmo.core.content import N_ACTIONS

CONFIG = nmmo.Config.preset("small", height=48, width=48, n_players=6, n_monsters=4)
ROW = nmmo.observation_dtype(CONFIG).itemsize


def given() -> dict[str, NDArray[Any]]:
    return {
        "observations": np.frombuffer(mmap.mmap(-1, 6 * ROW), np.uint8).reshape(6, ROW),
        "rewards": np.zeros(6, np.float32),
        "terminated": np.zeros(6, np.bool_),
        "truncated": np.zeros(6, np.uint8),
    }


def actions(tick: int) -> NDArray[np.int64]:
    return (np.arange(6) * 7 + tick) % N_ACTIONS


def test_a_world_writes_into_the_arrays_that_it_is_given() -> None:
    buffers = given()
    with nmmo.World(CONFIG, buffers=buffers) as world, nmmo.World(CONFIG) as plain, nmmo.World(CONFIG) as other:
        for each, seed in ((world, 0), (plain, 0), (other, 1)):
            assert each.reset(seed)[0] is not None
        assert buffers["observations"].any()
        assert (buffers["observations"] == plain.observations.view(np.uint8).reshape(6, -1)).all()
        for tick in range(40):
            rows, rewards, terminated, truncated, _ = world.step(actions(tick))
            expected = plain.step(actions(tick))
            other.step(actions(tick))
            assert np.shares_memory(rows, buffers["observations"]) and np.shares_memory(rewards, buffers["rewards"])
            assert np.shares_memory(terminated, buffers["terminated"])
            assert np.shares_memory(truncated, buffers["truncated"])
            for name, mine, theirs in zip(buffers, (rows, rewards, terminated, truncated), expected[:4], strict=True):
                assert (buffers[name] == theirs).all() and (mine == theirs).all(), name
        assert world.hash() == plain.hash() != other.hash()


def test_a_world_may_be_given_some_arrays_and_makes_the_others() -> None:
    final = np.zeros((6, ROW), np.uint8)
    with nmmo.World(CONFIG, 1, buffers={"final_observations": final}) as world:
        assert world.reset()[1]["final_obs"] is final


def test_copies_of_a_world_have_arrays_of_their_own() -> None:
    buffers = given()
    world = nmmo.World(CONFIG, 2, buffers=buffers)
    world.reset()
    for twin in (copy.deepcopy(world), pickle.loads(pickle.dumps(world))):
        before = buffers["observations"].copy()
        for tick in range(5):
            twin.step(actions(tick))
        assert (buffers["observations"] == before).all()
        assert twin.hash() != world.hash()


def read_only() -> NDArray[np.uint8]:
    array = np.zeros((6, ROW), np.uint8)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("name", "array", "error", "message"),
    [
        ("observations", [0], TypeError, "must be a numpy array; got list"),
        ("observations", np.zeros((6, ROW), np.int8), TypeError, "must be of uint8; got int8"),
        ("observations", np.zeros((5, ROW), np.uint8), ValueError, rf"must have shape \(6, {ROW}\); got \(5, {ROW}\)"),
        ("observations", np.zeros((6, 2 * ROW), np.uint8)[:, ::2], ValueError, "must be C-contiguous"),
        ("observations", np.zeros((ROW, 6), np.uint8).T, ValueError, "must be C-contiguous"),
        ("observations", read_only(), ValueError, "must be writeable"),
        ("observations", np.zeros(6 * ROW + 8, np.uint8)[1 : 6 * ROW + 1].reshape(6, ROW), ValueError, "multiple of 8"),
        ("rewards", np.zeros(6), TypeError, "must be of float32; got float64"),
        ("terminated", np.zeros((6, 1), np.bool_), ValueError, r"must have shape \(6,\)"),
        ("reward", np.zeros(6, np.float32), ValueError, "there is no buffer 'reward'; there are observations, rewards"),
    ],
)
def test_arrays_that_will_not_do_are_refused_in_words(
    name: str, array: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        nmmo.World(CONFIG, buffers={name: array})


def test_arrays_that_overlap_are_refused() -> None:
    shared = np.zeros(12, np.bool_)
    with pytest.raises(ValueError, match="share memory"):
        nmmo.World(CONFIG, buffers={"terminated": shared[:6], "truncated": shared[3:9]})
