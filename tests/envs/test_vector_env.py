"""The vector environment: the three ways to reset, final observations, masks, what is reused and copied."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
from drawn_envs import VICTIM, doom, drawn_vector
from gymnasium.vector import AutoresetMode

import nmmo
from nmmo.core.content import N_ACTIONS
from nmmo.envs import DictObservation, VectorEnv

TINY = nmmo.Config(height=48, width=48, n_players=24, n_monsters=40)
MODES = ["SameStep", "NextStep", "Disabled"]
N = 3  # players of the drawn world


def named(envs: VectorEnv, observations: Any) -> Any:
    """Return rows by name."""
    return observations.view(nmmo.observation_dtype(envs.worlds.config))[:, 0]


def wait(envs: VectorEnv) -> Any:
    return envs.step(np.zeros(envs.action_space.shape, np.int64))


def play(envs: VectorEnv, ticks: int, seed: int = 5) -> list[Any]:
    """Play random possible actions; return copies of all that every step returned."""
    rng = np.random.default_rng(seed)
    history = []
    for _ in range(ticks):
        result = envs.step(nmmo.sample_actions(envs._masks, rng))
        history.append(copy.deepcopy(result))
    return history


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray) and one.dtype == object:
        return one.shape == other.shape and all(map(same, one, other))
    if one is None or other is None:
        return one is other
    return one.dtype == other.dtype and np.array_equal(one, other)


# ---- the arguments ----------------------------------------------------------------------------------


def test_slots_are_the_environments():
    envs = gymnasium.make_vec("nmmo/nmmo-v3", config=TINY)
    assert envs.num_envs == 24
    assert envs.single_action_space == gymnasium.spaces.Discrete(N_ACTIONS)
    assert envs.action_space.shape == (24,)
    assert envs.observation_space.shape == (24, *envs.single_observation_space.shape)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert isinstance(envs.unwrapped.worlds, nmmo.World)


@pytest.mark.parametrize("arguments", [{"num_envs": 72}, {"num_worlds": 3}, {"num_envs": 72, "num_worlds": 3}])
def test_several_worlds(arguments):
    envs = gymnasium.make_vec("nmmo/nmmo-v3", config=TINY, **arguments)
    assert (envs.num_envs, len(envs.unwrapped.worlds)) == (72, 3)


@pytest.mark.parametrize("given", [*AutoresetMode, *MODES, "same_step", "NEXT_STEP"])
def test_modes_by_every_name(given):
    envs = VectorEnv(config=TINY, autoreset_mode=given)
    assert isinstance(envs.metadata["autoreset_mode"], AutoresetMode)
    assert envs.metadata["autoreset_mode"].name in str(getattr(given, "name", given)).upper().replace(
        "STEP", "_STEP"
    ).replace("__", "_")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"num_envs": 25}, ValueError, "num_envs = 25 is not a multiple of config.n_players = 24"),
        ({"num_envs": 25, "num_worlds": 2}, ValueError, "have 48 slots"),
        ({"num_worlds": 0}, ValueError, "num_worlds"),
        ({"lives": 1}, nmmo.ConfigError, "set lives=0"),
        ({"autoreset_mode": "later"}, ValueError, "'NextStep', 'SameStep', 'Disabled'"),
        ({"observation": "rgb"}, ValueError, "'flat', 'dict'"),
        ({"colour": 3}, nmmo.ConfigError, "colour"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, says):
    with pytest.raises(error, match=says):
        VectorEnv(**{"config": TINY, **arguments})


# ---- what comes out ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("observation", ["flat", "dict"])
@pytest.mark.parametrize("vocabulary", [0, 4])
def test_results_lie_in_the_spaces(mode, observation, vocabulary):
    envs = VectorEnv(config=TINY, autoreset_mode=mode, observation=observation, vocabulary=vocabulary)
    envs.action_space.seed(3)
    observations, info = envs.reset(seed=1)
    for _ in range(20):
        assert observations in envs.observation_space
        assert (info["action_mask"].dtype, info["action_mask"].shape) == (np.int8, (24, N_ACTIONS))
        assert info["_action_mask"].all()
        actions = envs.action_space.sample()
        observations, rewards, terminations, truncations, info = envs.step(actions)
        assert (rewards.dtype, rewards.shape) == (np.float32, (24,))
        assert (terminations.dtype, truncations.dtype) == (np.bool_, np.bool_)
        ended = terminations | truncations
        if mode == "Disabled" and ended.any():
            observations, info = envs.reset(options={"reset_mask": ended})


def test_masks_are_those_of_the_observations():
    envs = VectorEnv(config=TINY)
    observations, info = envs.reset(seed=1)
    for _ in range(5):
        assert np.array_equal(info["action_mask"], named(envs, observations)["mask"])
        observations, *_, info = wait(envs)


def test_parts_are_those_of_the_rows():
    flat, split = VectorEnv(config=TINY), VectorEnv(config=TINY, observation="dict")
    flat.reset(seed=2)
    split.reset(seed=2)
    parts = DictObservation(TINY)
    for one, other in zip(play(flat, 12), play(split, 12), strict=True):
        assert same(parts.split(one[0]), other[0])
        assert same(one[1:4], other[1:4])


def test_it_is_the_game_of_the_world():
    envs, world = VectorEnv(config=TINY, seed=4), nmmo.World(TINY, seed=4)
    envs.reset()
    world.reset()
    rng = np.random.default_rng(2)
    for _ in range(40):
        actions = nmmo.sample_actions(world.mask, rng)
        observations, rewards, *_ = envs.step(actions)
        expected = world.step(actions)
        assert np.array_equal(observations, expected[0])
        assert np.array_equal(rewards, expected[1])
        assert envs.worlds.hash() == world.hash()


def test_it_is_the_game_of_the_worlds():
    envs, worlds = VectorEnv(config=TINY, seed=4, num_worlds=2, horizon=15), None
    worlds = nmmo.Worlds(2, TINY.replace(horizon=15), seed=4)
    envs.reset()
    worlds.reset()
    rng = np.random.default_rng(2)
    for _ in range(40):  # the worlds reset themselves, the environment resets both at once
        actions = nmmo.sample_actions(worlds.mask, rng)
        found, expected = envs.step(actions), worlds.step(actions)
        assert all(np.array_equal(one, other) for one, other in zip(found[:4], expected[:4], strict=True))
        assert [envs.worlds.world(i).hash() for i in range(2)] == [worlds.world(i).hash() for i in range(2)]


def test_arrays_are_reused_unless_copies_are_asked_for():
    for wanted in (False, True):
        envs = VectorEnv(config=TINY, copy=wanted)
        envs.reset(seed=1)
        first, second = wait(envs), wait(envs)
        for one, other in zip(first[:4], second[:4], strict=True):
            assert np.shares_memory(one, other) is not wanted
        assert np.shares_memory(first[4]["action_mask"], second[4]["action_mask"]) is not wanted


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("observation", ["flat", "dict"])
def test_copies_are_the_same_data(mode, observation):
    settings = {"autoreset_mode": mode, "observation": observation, "stagnation_ticks": 9}
    one, other = (VectorEnv(config=TINY, copy=wanted, **settings) for wanted in (False, True))
    one.reset(seed=1)
    other.reset(seed=1)
    expected, kept = [], []
    rng = np.random.default_rng(1)
    for _ in range(25):
        actions = nmmo.sample_actions(one._masks, rng)
        expected.append(copy.deepcopy(one.step(actions)))
        kept.append(other.step(actions))
    assert same(expected, kept)
    assert any((step[2] | step[3]).any() for step in kept)


# ---- seeds and options ----------------------------------------------------------------------------------


@pytest.mark.parametrize("num_worlds", [1, 2])
def test_a_seed_gives_the_same_story_and_another_gives_another(num_worlds):
    one, two = (VectorEnv(config=TINY, seed=index, num_worlds=num_worlds) for index in range(2))
    stories = {}
    for seed in (0, 1, np.uint64(2**64 - 1)):
        first, second = copy.deepcopy(one.reset(seed=seed)), two.reset(seed=seed)
        assert same(first, second)
        stories[int(seed)] = [first, *play(one, 15)]
        assert same(stories[int(seed)][1:], play(two, 15))
    assert not same(stories[0][0], stories[1][0])
    assert not same(stories[0][1:], stories[1][1:])
    assert not same(stories[0][0], stories[2**64 - 1][0])


def test_a_reset_without_a_seed_continues_the_sequence():
    one, two = VectorEnv(config=TINY, seed=7), VectorEnv(config=TINY)
    first = [copy.deepcopy(one.reset()) for _ in range(3)]
    second = [copy.deepcopy(two.reset(seed=seed)) for seed in (7, None, None)]
    assert same(first, second)
    assert not same(first[0], first[1])
    assert not same(first[1], first[2])


def test_lists_of_seeds_and_unknown_options_are_refused():
    envs = VectorEnv(config=TINY)
    with pytest.raises(TypeError, match="share one"):
        envs.reset(seed=[1] * 24)
    with pytest.raises(ValueError, match="unknown reset option 'mask'; there is 'reset_mask'"):
        envs.reset(options={"mask": 3})
    with pytest.raises(ValueError, match="needs autoreset_mode DISABLED; it is SAME_STEP"):
        envs.reset(options={"reset_mask": np.ones(24, bool)})


# ---- ends of lives, on drawn worlds ---------------------------------------------------------------------


def test_same_step_begins_the_next_life_at_once():
    envs = drawn_vector("SameStep")
    doom(envs.worlds)
    observations, rewards, terminations, truncations, info = wait(envs)
    assert terminations.tolist() == [False, True, False]
    assert not truncations.any()
    assert rewards.tolist() == [0, -1, 0]
    first = named(envs, observations)[VICTIM]["self"]
    assert (first["health"], first["age"]) == (100, 0)
    assert info["_final_obs"].tolist() == info["_final_info"].tolist() == [False, True, False]
    assert info["final_obs"][0] is None and info["final_obs"][2] is None
    last = named(envs, info["final_obs"][VICTIM][np.newaxis])[0]
    assert (last["self"]["health"], last["self"]["row"], last["self"]["column"]) == (0, 2, 2)
    final_info = info["final_info"]
    assert final_info["_action_mask"].tolist() == [False, True, False]
    assert final_info["action_mask"][VICTIM].tolist() == last["mask"].tolist()
    *_, info = wait(envs)
    assert set(info) == {"action_mask", "_action_mask"}


def test_final_observations_of_earlier_ends_are_forgotten():
    envs = drawn_vector("SameStep", survival=True)
    for slot in (0, 2):
        envs.worlds.edit.set(slot, health=1, food=0)  # hunger finds it everywhere
        *_, info = wait(envs)
        assert [row is not None for row in info["final_obs"]] == [at == slot for at in range(N)]


def test_same_step_at_the_horizon_begins_the_next_episode():
    envs = drawn_vector("SameStep", horizon=2)
    wait(envs)
    doom(envs.worlds)
    observations, rewards, terminations, truncations, info = wait(envs)
    assert terminations[VICTIM] and (terminations | truncations).all()
    assert rewards[VICTIM] == -1
    assert all(row is not None for row in info["final_obs"])
    ages = [int(named(envs, row[np.newaxis])["self"]["age"][0]) for row in info["final_obs"]]
    assert ages == [2, 2, 2]
    assert named(envs, observations)["self"]["age"].tolist() == [0, 0, 0]
    assert envs.worlds.tick == 0
    _, _, terminations, truncations, _ = wait(envs)
    assert not (terminations | truncations).any()


def test_next_step_shows_the_last_observation_then_the_first():
    envs = drawn_vector("NextStep")
    doom(envs.worlds)
    observations, rewards, terminations, _, info = wait(envs)
    last = named(envs, observations)[VICTIM]["self"]
    assert (terminations[VICTIM], rewards[VICTIM], last["health"], last["row"]) == (True, -1, 0, 2)
    assert set(info) == {"action_mask", "_action_mask"}
    assert info["action_mask"][VICTIM].tolist() == named(envs, observations)[VICTIM]["mask"].tolist()
    actions = np.zeros(N, np.int64)
    actions[VICTIM] = nmmo.Action.RUN_SOUTH  # ignored: it is the step of the reset
    observations, rewards, terminations, truncations, _ = envs.step(actions)
    first = named(envs, observations)[VICTIM]["self"]
    assert (first["health"], first["stamina"], first["age"], rewards[VICTIM]) == (100, 100, 0, 0)
    assert not (terminations | truncations).any()


def test_next_step_at_the_horizon():
    envs = drawn_vector("NextStep", horizon=2)
    wait(envs)
    observations, _, terminations, truncations, _ = wait(envs)
    assert truncations.all() and not terminations.any()
    assert named(envs, observations)["self"]["age"].tolist() == [2, 2, 2]
    observations, rewards, terminations, truncations, _ = wait(envs)
    assert envs.worlds.tick == 0
    assert named(envs, observations)["self"]["age"].tolist() == [0, 0, 0]
    assert not rewards.any() and not (terminations | truncations).any()
    wait(envs)
    assert envs.worlds.tick == 1


def test_a_reset_step_ends_no_life_even_at_the_horizon():
    envs = drawn_vector("NextStep", horizon=2)
    doom(envs.worlds)
    _, _, terminations, _, _ = wait(envs)
    assert terminations[VICTIM]
    _, _, terminations, truncations, _ = wait(envs)
    assert truncations.tolist() == [slot != VICTIM for slot in range(3)] and not terminations.any()
    observations, rewards, terminations, truncations, _ = wait(envs)
    assert envs.worlds.tick == 0
    assert named(envs, observations)["self"]["health"].all()
    assert not rewards.any() and not (terminations | truncations).any()
    wait(envs)
    assert envs.worlds.tick == 1


def test_several_worlds_reach_the_horizon_together():
    envs = VectorEnv(config=TINY, num_worlds=2, autoreset_mode="NextStep", horizon=6)
    first = copy.deepcopy(envs.reset(seed=3))
    history = play(envs, 7)
    just_reset = history[4][2] | history[4][3]
    assert ((history[5][2] | history[5][3]) == ~just_reset).all()
    assert not (history[6][2] | history[6][3]).any() and not history[6][1].any()
    assert not same(history[6][0], first[0])  # the next seeds
    assert named(envs, history[6][0])["self"]["age"].tolist() == [0] * 48


def test_disabled_waits_for_the_reset():
    envs = drawn_vector("Disabled")
    doom(envs.worlds)
    observations, rewards, terminations, truncations, info = wait(envs)
    last = named(envs, observations)[VICTIM]["self"]
    assert (terminations[VICTIM], rewards[VICTIM], last["health"], last["row"]) == (True, -1, 0, 2)
    assert set(info) == {"action_mask", "_action_mask"}
    before = envs.worlds.hash()
    with pytest.raises(RuntimeError, match="1 sub-environments have ended, the first is 1: call reset"):
        wait(envs)
    assert envs.worlds.hash() == before
    others = np.delete(np.arange(N), VICTIM)
    kept = named(envs, observations)[others].copy()
    observations, info = envs.reset(options={"reset_mask": terminations | truncations})
    first = named(envs, observations)[VICTIM]["self"]
    assert (first["health"], first["age"]) == (100, 0)
    assert np.array_equal(named(envs, observations)[others]["self"], kept["self"])
    assert info["action_mask"][VICTIM].sum() > 1
    _, _, terminations, truncations, _ = wait(envs)
    assert not (terminations | truncations).any()
    assert envs.worlds.tick == 2


def test_disabled_resets_some_and_then_the_others():
    envs = drawn_vector("Disabled", stagnation_ticks=3)
    for _ in range(3):
        observations, _, terminations, truncations, _ = wait(envs)
    assert truncations.all() and not terminations.any()
    last = named(envs, observations).copy()
    assert last["self"]["age"].tolist() == [3, 3, 3]
    observations, _ = envs.reset(options={"reset_mask": np.array([True, False, False])})
    assert named(envs, observations)["self"]["age"].tolist() == [0, 3, 3]
    assert np.array_equal(named(envs, observations)[1:]["self"], last[1:]["self"])
    with pytest.raises(RuntimeError, match="2 sub-environments"):
        wait(envs)
    envs.reset(options={"reset_mask": np.array([False, True, True])})
    wait(envs)


BAD_MASKS = [
    ([True, False, False], TypeError, "numpy array of bool; got list"),
    (np.array([1, 0, 0]), TypeError, "got an array of int64"),
    (np.ones(4, bool), ValueError, r"shape \(3,\); got \(4,\)"),
    (np.zeros(3, bool), ValueError, "True somewhere"),
    (np.array([True, True, False]), ValueError, "sub-environment 0 has not ended"),
]


@pytest.mark.parametrize(("mask", "error", "says"), BAD_MASKS, ids=lambda value: str(value)[:20])
def test_a_wrong_reset_mask_changes_nothing(mask, error, says):
    envs = drawn_vector("Disabled")
    doom(envs.worlds)
    wait(envs)
    before = envs.worlds.hash()
    with pytest.raises(error, match=says):
        envs.reset(options={"reset_mask": mask})
    assert envs.worlds.hash() == before
    with pytest.raises(ValueError, match="seed begins an episode"):
        envs.reset(seed=1, options={"reset_mask": np.array([False, True, False])})
    envs.reset(options={"reset_mask": np.array([False, True, False])})
    wait(envs)


def test_disabled_at_the_horizon_resets_the_world():
    envs = drawn_vector("Disabled", horizon=2)
    wait(envs)
    _, _, terminations, truncations, _ = wait(envs)
    assert truncations.all()
    with pytest.raises(ValueError, match="the world is over"):
        envs.reset(options={"reset_mask": np.array([True, False, False])})
    envs.reset(options={"reset_mask": terminations | truncations})
    assert envs.worlds.tick == 0
    wait(envs)


def test_disabled_resets_lives_in_several_worlds():
    envs = VectorEnv(config=TINY, num_worlds=2, autoreset_mode="Disabled", stagnation_ticks=3, n_monsters=0)
    envs.reset(seed=1)
    for _ in range(3):
        _, _, _, truncations, _ = envs.step(np.zeros(48, np.int64))
    assert truncations.all()
    mask = np.zeros(48, bool)
    mask[[5, 30]] = True
    observations, _ = envs.reset(options={"reset_mask": mask})
    ages = observations.view(nmmo.observation_dtype(envs.worlds.config))[:, 0]["self"]["age"]
    assert ages[[5, 30]].tolist() == [0, 0] and (np.delete(ages, [5, 30]) == 3).all()
    with pytest.raises(RuntimeError, match="46 sub-environments"):
        envs.step(np.zeros(48, np.int64))
    envs.reset(options={"reset_mask": ~mask})
    envs.step(np.zeros(48, np.int64))
    assert {envs.worlds.world(i).tick for i in range(2)} == {4}


def test_several_worlds_play_on_a_given_map():
    envs = VectorEnv(config="small", num_worlds=2, map="small")
    envs.reset(seed=1)
    assert np.array_equal(envs.worlds.world(0).map(), envs.worlds.world(1).map())
    assert envs.worlds.world(0).hash() != envs.worlds.world(1).hash()


# ---- refusals, copies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_wrong_actions_change_nothing(mode):
    envs = VectorEnv(config=TINY, autoreset_mode=mode)
    envs.reset(seed=1)
    before = envs.worlds.hash()
    for actions, error in [
        (np.zeros(24), TypeError),
        (np.zeros(23, np.int64), ValueError),
        (np.full(24, N_ACTIONS), nmmo.ActionError),
        ([0] * 23 + [True], TypeError),
    ]:
        with pytest.raises(error):
            envs.step(actions)
    assert envs.worlds.hash() == before
    envs.step([0] * 24)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("num_worlds", [1, 2])
def test_a_step_before_the_reset_says_so(mode, num_worlds):
    envs = VectorEnv(config=TINY, autoreset_mode=mode, num_worlds=num_worlds)
    with pytest.raises(RuntimeError, match="reset"):
        wait(envs)


def test_closing():
    with VectorEnv(config=TINY) as envs:
        envs.reset(seed=1)
    assert envs.closed
    envs.close()
    with pytest.raises(nmmo.ClosedError):
        wait(envs)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda envs: pickle.loads(pickle.dumps(envs))])
@pytest.mark.parametrize("mode", MODES[:2])
@pytest.mark.parametrize("num_worlds", [1, 2])
def test_copies_go_on_alike_and_apart(duplicate, mode, num_worlds):
    envs = VectorEnv(config=TINY, autoreset_mode=mode, num_worlds=num_worlds, stagnation_ticks=11)
    envs.reset(seed=2)
    play(envs, 11)  # lives end in the last of them
    twin = duplicate(envs)
    found, expected = play(twin, 14), play(envs, 14)
    assert same(found, expected)
    assert any("final_obs" in step[4] for step in found) == (mode == "SameStep")
    assert not np.shares_memory(twin._rows, envs._rows)


def test_gymnasiums_wrappers_fit():
    envs = gymnasium.make_vec("nmmo/nmmo-v3", config=TINY, stagnation_ticks=10)
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs)
    envs = gymnasium.wrappers.vector.DictInfoToList(envs)
    envs.reset(seed=1)
    for _ in range(10):
        *_, infos = envs.step(np.zeros(24, np.int64))
    assert len(infos) == 24
    ended = [info for info in infos if "episode" in info]
    assert len(ended) > 12  # a few were killed before, and go on
    assert {info["episode"]["l"].item() for info in ended} == {10}
    assert {info["final_obs"].shape for info in ended} == {envs.single_observation_space.shape}


def test_a_text_for_each_sub_environment():
    envs = VectorEnv(config=TINY, num_worlds=2, render_mode="ansi")
    envs.reset(seed=1)
    texts = envs.render()
    players = TINY.n_players
    assert len(texts) == envs.num_envs == 2 * players
    assert all(f"player_{number % players}" in text for number, text in enumerate(texts))
    assert len(set(texts)) == len(texts)
