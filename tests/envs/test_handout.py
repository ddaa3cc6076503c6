"""What ParallelEnv hands out is the caller's for as long as anybody holds any of it, and is used again after that."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import random

import numpy as np
import pytest
from drawn_envs import TINY, VICTIM_NAME, doom, drawn_parallel, waits

import nmmo
from nmmo.envs.handout import HandoutPool

SPEAKING = TINY.replace(vocabulary=3)
ROW = nmmo.observation_dtype()
NAMES = tuple(f"player_{slot}" for slot in range(4))
SLOTS = np.arange(4)


def rows(value):
    """Return four rows of one value, but possible actions where it is odd."""
    return np.full((4, ROW.itemsize), value, np.uint8)


def random_actions(env, infos, rng):
    return {name: env.action_space(name).sample(infos[name]["action_mask"]) for name in env.agents}


# ---- the same as ever --------------------------------------------------------------------------------


def test_infos_are_plain_dicts():
    """C code, which looks past a dict's methods, sees the same."""
    env = nmmo.parallel_env(TINY)
    for infos in (env.reset(seed=1)[1], env.step(waits(env))[4]):
        assert type(infos) is dict and {type(info) for info in infos.values()} == {dict}
        assert dict.__len__(infos) == len(env.agents)
        assert json.loads(json.dumps(infos, default=lambda mask: mask.tolist())) == {
            name: {"action_mask": info["action_mask"].tolist(), "died": False} for name, info in infos.items()
        }
        assert type(infos)({"player_0": 1}) == {"player_0": 1}
        assert pickle.loads(pickle.dumps(infos)).keys() == copy.deepcopy(infos).keys() == infos.keys()


@pytest.mark.parametrize("config", [TINY, SPEAKING], ids=["silent", "speaking"])
def test_results_are_those_of_the_world(config):
    env = nmmo.parallel_env(config, horizon=20)
    dtype = nmmo.observation_dtype(config)
    rng = np.random.default_rng(0)
    observations, infos = env.reset(seed=5)
    while env.agents:
        acting = env.agents
        observations, _, _, _, infos = env.step(random_actions(env, infos, rng))
        assert list(observations) == list(infos) == acting
        for name in acting:
            mask = infos[name]["action_mask"]
            if config.vocabulary:
                assert isinstance(mask, tuple) and mask[1].tolist() == [1, 1, 1, 1]
                mask = mask[0]
            assert np.array_equal(observations[name].view(dtype)["mask"][0], mask)
            slot = int(name.removeprefix("player_"))
            if name in env.agents:
                assert np.array_equal(observations[name], env.world.outputs["observations"][slot])


# ---- what is held stays ---------------------------------------------------------------------------------

HOLDS = {
    "observations": lambda observations, infos, name: observations,
    "row": lambda observations, infos, name: observations[name],
    "part of a row": lambda observations, infos, name: observations[name][100:900:3],
    "record": lambda observations, infos, name: observations[name].view(ROW)["self"],
    "memoryview": lambda observations, infos, name: memoryview(observations[name]),
    "all rows": lambda observations, infos, name: observations[name].base,
    "infos": lambda observations, infos, name: infos,
    "info": lambda observations, infos, name: infos[name],
    "mask": lambda observations, infos, name: infos[name]["action_mask"],
    "part of a mask": lambda observations, infos, name: infos[name]["action_mask"][3:],
}


@pytest.mark.parametrize("what", list(HOLDS))
def test_what_anybody_holds_never_changes(what):
    env = nmmo.parallel_env(TINY, n_players=12)
    rng, chance = np.random.default_rng(1), random.Random(1)
    observations, infos = env.reset(seed=2)
    held = []
    for _ in range(60):
        if not env.agents:
            observations, infos = env.reset()
        if chance.random() < 0.3:
            thing = HOLDS[what](observations, infos, chance.choice(env.agents))
            held.append((thing, pickle.dumps(copy.deepcopy(bytes(thing) if isinstance(thing, memoryview) else thing))))
            held = held[-5:]
            del thing
        observations, _, _, _, infos = env.step(random_actions(env, infos, rng))
        for thing, before in held:
            assert pickle.dumps(copy.deepcopy(bytes(thing) if isinstance(thing, memoryview) else thing)) == before


def test_a_tensor_holds_what_it_is_made_of():
    torch = pytest.importorskip("torch")
    pool = HandoutPool(4, ROW, 0)
    pool.next().filled(rows(3), SLOTS, NAMES)
    tensor = torch.from_numpy(pool.latest.observations()["player_2"])
    gc.collect()
    for value in (4, 5, 6, 7):
        pool.next().filled(rows(value), SLOTS, NAMES)
    assert tensor.unique().tolist() == [3]


def test_what_nobody_holds_is_used_again():
    pool = HandoutPool(4, ROW, 0)
    first = pool.next()
    first.filled(rows(1), SLOTS, NAMES)
    observations, infos = first.observations(), first.infos()
    second = pool.next()
    assert second is not first
    second.filled(rows(2), SLOTS, NAMES)
    assert observations["player_0"][0] == 1
    del observations, infos
    assert pool.next() is first


def test_those_who_keep_everything_cost_no_more_than_what_they_keep():
    pool = HandoutPool(4, ROW, 0)
    kept = []
    for value in range(10):
        pool.next().filled(rows(value), SLOTS, NAMES)
        kept.append(pool.latest.observations())
    assert [observations["player_3"][7] for observations in kept] == list(range(10))
    assert len(pool._kept) == 3


def tampered():
    """Return what a caller may do to an info, by name."""

    def swap(info):  # what is taken out of one place is held in another, so that references are as many
        info["action_mask"] = None

    return {
        "cleared": dict.clear,
        "another entry": lambda info: info.update(extra=1),
        "died": lambda info: info.update(died=True),
        "another mask": swap,
        "entries swapped": lambda info: info.update(action_mask=False, died=info["action_mask"]),
        "mask overwritten": lambda info: info["action_mask"].fill(7),
        "popped": lambda info: info.pop("died"),
    }


@pytest.mark.parametrize("change", list(tampered()))
def test_an_info_is_new_each_time(change):
    pool = HandoutPool(4, ROW, 0)
    for value in range(1, 9):
        handout = pool.next()
        handout.filled(rows(value), SLOTS, NAMES)
        infos = handout.infos()
        for info in infos.values():
            assert list(info) == ["action_mask", "died"] and info["died"] is False
            assert info["action_mask"].tolist() == [value] * len(info["action_mask"])
        tampered()[change](infos["player_1"])
        del infos, info
    assert len(pool._kept) == 1


def test_a_reference_given_back_does_not_hide_one_that_is_kept():
    pool = HandoutPool(4, ROW, 0)
    handout = pool.next()
    handout.filled(rows(1), SLOTS, NAMES)
    observations, infos = handout.observations(), handout.infos()
    infos["player_0"].clear()  # one reference to a mask less
    held = observations["player_1"]  # one to a row more
    del observations, infos
    pool.next().filled(rows(2), SLOTS, NAMES)
    assert held[0] == 1


def test_an_array_that_an_info_holds_is_held():
    pool = HandoutPool(4, ROW, 0)
    handout = pool.next()
    handout.filled(rows(1), SLOTS, NAMES)
    infos = handout.infos()
    infos["player_0"]["neighbour"] = infos["player_1"]["action_mask"]
    del infos
    assert pool.next() is not handout


def test_masks_that_changed_places_are_sorted_out_when_agents_leave():
    pool = HandoutPool(4, ROW, 0)
    handout = pool.next()
    handout.filled(rows(1), SLOTS, NAMES)
    infos = handout.infos()
    first, second = infos["player_0"], infos["player_1"]
    first["action_mask"], second["action_mask"] = second["action_mask"], first["action_mask"]
    del infos, first, second
    assert pool.next() is handout
    fewer = NAMES[:3]
    handout.filled(rows(2), SLOTS[:3], fewer)
    held = handout.infos()["player_1"]["action_mask"]
    for value in (3, 4, 5):
        pool.next().filled(rows(value), SLOTS[:3], fewer)
        assert pool.latest.infos()["player_0"]["action_mask"][0] == value
    assert held.tolist() == [2] * len(held)


def test_a_handout_that_was_never_filled_is_used():
    pool = HandoutPool(4, ROW, 0)
    assert pool.next() is pool.next()


# ---- deaths, copies --------------------------------------------------------------------------------------


def test_fewer_agents_get_the_rows_of_their_own():
    env = drawn_parallel(lives=1)
    doom(env.world)
    _, _, terminations, _, infos = env.step(waits(env))
    assert terminations[VICTIM_NAME] and infos[VICTIM_NAME]["died"]
    for _ in range(4):
        observations, _, _, _, infos = env.step(waits(env))
        assert list(observations) == list(infos) == ["player_0", "player_2"]
        assert not any(info["died"] for info in infos.values())
        for name, slot in (("player_0", 0), ("player_2", 2)):
            assert np.array_equal(observations[name], env.world.outputs["observations"][slot])


@pytest.mark.parametrize("again", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))], ids=["copy", "pickle"])
def test_a_copy_hands_out_arrays_of_its_own(again):
    env = nmmo.parallel_env(TINY)
    env.reset(seed=3)
    env.step(waits(env))
    other = again(env)
    mine, its = env.step(waits(env)), other.step(waits(env))
    for name in mine[0]:
        assert np.array_equal(mine[0][name], its[0][name]) and not np.shares_memory(mine[0][name], its[0][name])
