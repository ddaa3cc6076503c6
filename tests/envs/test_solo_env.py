"""The environment of one learner: its life, the opponents, what is refused."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from drawn_envs import VICTIM, doom, drawn_solo

import nmmo
import nmmo.agents
from nmmo.core.content import N_ACTIONS
from nmmo.envs import SoloEnv

TINY = nmmo.Config(height=48, width=48, n_players=24, n_monsters=40, horizon=64)


class Recorder:
    """An agent that walks back and forth and remembers what it was told."""

    def __init__(self) -> None:
        self.resets: list[tuple[int, list[int]]] = []
        self.seen: list[Any] = []

    def reset(self, seed: int, slots: Any) -> None:
        self.resets.append((seed, slots.tolist()))

    def act(self, rows: Any, mask: Any) -> Any:
        self.seen.append((rows.copy(), mask.copy()))
        return np.full(len(rows), 1 + len(self.seen) % 4)


def story(env: SoloEnv, seed: int | None, ticks: int = 25) -> list[Any]:
    """Return all that an environment hands out, for actions drawn from its masks."""
    rng = np.random.default_rng(3)
    observation, info = env.reset(seed=seed)
    history: list[Any] = [(observation, info["action_mask"])]
    for _ in range(ticks):
        action = rng.choice(np.flatnonzero(history[-1][-1]))
        observation, reward, terminated, truncated, info = env.step(action)
        history.append((observation, reward, terminated, truncated, info["action_mask"]))
        if terminated or truncated:
            break
    return history


def same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(a, b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True)
    )


# ---- the arguments ----------------------------------------------------------------------------------


def test_defaults_are_a_small_world_with_a_horizon():
    assert SoloEnv(opponents="random").world.config == nmmo.Config.preset("small", horizon=1024)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"slot": 24}, ValueError, "slot = 24 is out of range 0..23"),
        ({"opponents": 3}, TypeError, "got int"),
        ({"opponents": Recorder}, TypeError, "make a Recorder first"),
        ({"opponents": {0: "random"}}, TypeError, "got a dict"),
        ({"respawn": "on_request"}, nmmo.ConfigError, "on_request"),
        ({"observation": "rgb"}, ValueError, "'flat', 'dict'"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, says):
    with pytest.raises(error, match=says):
        SoloEnv(**{"config": TINY, "opponents": "random", **arguments})


# ---- the opponents ---------------------------------------------------------------------------------------


def test_an_agent_is_told_its_slots_and_sees_their_rows():
    opponents = Recorder()
    env = SoloEnv(TINY, opponents=opponents, slot=5)
    env.reset(seed=9)
    shown = env.world.observations.view(np.uint8).reshape(24, -1).copy()
    env.step(0)
    slots = [slot for slot in range(24) if slot != 5]
    assert opponents.resets == [(9, slots)]
    rows, mask = opponents.seen[0]
    assert np.array_equal(rows, shown[slots])
    assert np.array_equal(mask, shown[slots].view(nmmo.observation_dtype(TINY))[:, 0]["mask"])


def test_the_game_is_the_one_that_the_world_plays_with_their_actions():
    peaceful = TINY.replace(n_monsters=0)
    env, world = SoloEnv(peaceful, opponents=Recorder(), slot=5), nmmo.World(peaceful)
    env.reset(seed=9)
    world.reset(seed=9)
    for tick in range(1, 21):
        actions = np.full(24, 1 + tick % 4)
        actions[5] = tick % 11
        observations, rewards, terminated, truncated, _ = world.step(actions)
        observation, reward, *_ = env.step(tick % 11)
        assert env.world.hash() == world.hash()
        assert reward == rewards[5]
        assert np.array_equal(observation, observations[5])
        assert not (terminated | truncated)[5]


def test_a_function_plays_the_opponents():
    env = SoloEnv(TINY, opponents=lambda rows, mask: [1] * len(rows))
    twin = nmmo.World(TINY)
    env.reset(seed=1)
    twin.reset(seed=1)
    env.step(0)
    twin.step(np.r_[0, np.ones(23, np.int64)])
    assert env.world.hash() == twin.hash()


def test_random_opponents_follow_from_the_seed():
    one, two = (SoloEnv(TINY, opponents="random", vocabulary=3) for _ in range(2))
    hashes = []
    for env, seed in [(one, 4), (two, 4), (two, 5)]:
        env.reset(seed=seed)
        for _ in range(10):
            env.step((0, 0))
        hashes.append(env.world.hash())
    assert hashes[0] == hashes[1] != hashes[2]
    assert one.world.players["token"][1:].any()


def test_opponents_may_say_nothing():
    env = SoloEnv(TINY, opponents=Recorder(), vocabulary=3)
    env.reset(seed=1)
    env.step((0, 2))
    assert env.world.players["token"].tolist() == [2] + [0] * 23


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda n: np.zeros(n), "agent 'opponent': act returned float64 values; it must return integers"),
        (lambda n: np.zeros(n - 1, int), r"act returned an array of shape \(22,\)"),
        (lambda n: np.full(n, N_ACTIONS), f"action {N_ACTIONS} in row 0"),
        (lambda n: None, "act returned None"),
        (lambda n: n // 0, "agent 'opponent' failed in act.*ZeroDivisionError"),
    ],
)
def test_wrong_actions_of_the_opponents_are_named(answer, says):
    def opponent(rows, mask):
        return answer(len(rows))

    env = SoloEnv(TINY, opponents=opponent)
    env.reset(seed=1)
    before = env.world.hash()
    with pytest.raises(nmmo.agents.AgentError, match=says):
        env.step(0)
    assert env.world.hash() == before


def test_alone_there_are_no_opponents():
    recorder = Recorder()
    env = SoloEnv(TINY, opponents=recorder, n_players=1)
    env.reset(seed=1)
    env.step(1)
    assert recorder.seen == []


@pytest.mark.parametrize("opponents", ["waiting", f"{__name__}:make_walker"])
def test_opponents_by_name(opponents):
    env = SoloEnv(TINY, opponents=opponents)
    twin = nmmo.World(TINY)
    env.reset(seed=1)
    twin.reset(seed=1)
    env.step(0)
    twin.step(np.r_[0, np.full(23, 0 if opponents == "waiting" else 1)])
    assert env.world.hash() == twin.hash()


def make_walker(config: nmmo.Config) -> nmmo.agents.Agent:
    assert config == TINY

    class Walker(nmmo.agents.Agent):
        def act(self, rows, mask):
            return np.ones(len(rows), int)

    return Walker(nmmo.agents.setting_of(config), Path())


# ---- a life ---------------------------------------------------------------------------------------------


def test_death_ends_the_episode_with_the_last_observation():
    env = drawn_solo()
    doom(env.world)
    observation, reward, terminated, truncated, info = env.step(0)
    last = observation.view(nmmo.observation_dtype(env.world.config))[0]
    assert (last["self"]["health"], last["self"]["row"], reward) == (0, 2, -1)
    assert (terminated, truncated) == (True, False)
    assert info["action_mask"].tolist() == last["mask"].tolist()
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
    env.reset()
    env.step(0)


def test_the_death_of_another_ends_nothing():
    env = drawn_solo(slot=0)
    doom(env.world, VICTIM)
    _, reward, terminated, truncated, _ = env.step(0)
    assert (reward, terminated, truncated) == (0, False, False)
    assert env.world.terminated[VICTIM]


@pytest.mark.parametrize("settings", [{"horizon": 2}, {"stagnation_ticks": 2}])
def test_horizon_and_stagnation_truncate(settings):
    env = drawn_solo(**settings)
    env.step(0)
    observation, reward, terminated, truncated, _ = env.step(0)
    assert (terminated, truncated, reward) == (False, True, 0)
    assert observation.view(nmmo.observation_dtype(env.world.config))["self"]["age"] == 2


def test_a_step_before_the_reset_says_so():
    with pytest.raises(RuntimeError, match="call reset"):
        SoloEnv(TINY, opponents="random").step(0)


# ---- seeds, data, actions -------------------------------------------------------------------------------


@pytest.mark.parametrize("opponents", ["random", lambda rows, mask: np.ones(len(rows), int)], ids=["random", "called"])
def test_a_seed_gives_the_same_story_and_another_gives_another(opponents):
    one, two = (SoloEnv(TINY, opponents=opponents, seed=index) for index in range(2))
    stories = {seed: story(one, seed) for seed in (0, 1, 2**64 - 1)}
    assert all(same(history, story(two, seed)) for seed, history in stories.items())
    assert not same(stories[0][:1], stories[1][:1])
    assert not same(stories[0][1:], stories[1][1:])


def test_a_reset_without_a_seed_continues_the_sequence():
    one, two = SoloEnv(TINY, opponents="random", seed=5), SoloEnv(TINY, opponents="random")
    first = [story(one, None, 5) for _ in range(3)]
    second = [story(two, seed, 5) for seed in (5, None, None)]
    assert all(map(same, first, second))
    assert not same(first[0], first[1])
    assert not same(first[1], first[2])


def test_reset_options_are_refused():
    env = SoloEnv(TINY, opponents="random")
    env.reset(options={})
    with pytest.raises(ValueError, match="unknown reset option 'x'; there are none"):
        env.reset(options={"x": 1})


def test_each_step_hands_out_fresh_data():
    env = SoloEnv(TINY, opponents="random")
    history = story(env, 1)
    assert len(history) > 5
    kept = copy.deepcopy(history)
    story(env, 2)
    assert same(history, kept)


@pytest.mark.parametrize(
    "kind", [int, *(np.dtype(code).type for code in "bBhHiIlL"), np.array, lambda a: np.array([a])]
)
def test_integers_of_every_kind_work(kind):
    env = SoloEnv(TINY, opponents="random")
    env.reset(seed=1)
    twin = copy.deepcopy(env)
    env.step(3)
    twin.step(kind(3))
    assert env.world.hash() == twin.world.hash()


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (1.0, TypeError),
        (True, TypeError),
        ("1", TypeError),
        (N_ACTIONS, nmmo.ActionError),
        (-1, nmmo.ActionError),
        ([1, 2], TypeError),
    ],
)
def test_wrong_actions_are_refused(action, error):
    env = SoloEnv(TINY, opponents="random")
    env.reset(seed=1)
    before = env.world.hash()
    with pytest.raises(error, match=rf"action.*0\.\.{N_ACTIONS - 1}"):
        env.step(action)
    assert env.world.hash() == before


def test_wrong_pairs_are_refused():
    env = SoloEnv(TINY, opponents="random", vocabulary=3)
    env.reset(seed=1)
    with pytest.raises(ValueError, match="pair of action and token"):
        env.step(3)
    with pytest.raises(nmmo.ActionError, match="the token is 4: out of range"):
        env.step((0, 4))
    env.step(env.action_space.sample())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
@pytest.mark.parametrize("observation", ["flat", "dict"])
def test_copies_go_on_alike_and_apart(duplicate, observation):
    env = SoloEnv(TINY, opponents="random", observation=observation)
    env.reset(seed=1)
    env.step(0)
    twin = duplicate(env)
    before = twin.world.hash()
    for action in (1, 2, 3):
        env.step(action)
    assert twin.world.hash() == before
    for action in (1, 2, 3):
        twin.step(action)
    assert twin.world.hash() == env.world.hash()


@pytest.mark.parametrize("opponents", [None, "forager", "random"])
def test_it_pickles_into_another_process(opponents, tmp_path):
    env = SoloEnv(TINY, opponents=opponents)
    env.reset(seed=1)
    for _ in range(5):
        env.step(0)
    (tmp_path / "env").write_bytes(pickle.dumps(env))
    code = (
        "import pickle, sys\n"
        "env = pickle.load(sys.stdin.buffer)\n"
        "for _ in range(5): env.step(1)\n"
        "print(env.world.hash())"
    )
    with (tmp_path / "env").open("rb") as pickled:
        done = subprocess.run([sys.executable, "-c", code], stdin=pickled, capture_output=True, text=True)
    for _ in range(5):
        env.step(1)
    assert done.stdout.strip() == str(env.world.hash()), done.stderr


def test_the_default_opponents_are_the_strongest_that_come_with_nmmo():
    one, two = SoloEnv(TINY), SoloEnv(TINY, opponents="forager")
    for env in (one, two):
        env.reset(seed=3)
        for _ in range(20):
            env.step(0)
    assert one.world.hash() == two.world.hash()
    assert one.world.statistics()["harvests"].sum() > 0


def test_an_agent_from_a_folder_plays(tmp_path):
    from importlib.resources import files

    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("agent.toml", "agent.py"):
        (folder / name).write_text(files("nmmo.baselines").joinpath("random", name).read_text(encoding="utf-8"))
    with pytest.raises(nmmo.agents.AgentError, match="trust"):
        SoloEnv(TINY, opponents=folder)
    for given in (folder, str(folder)):
        env = SoloEnv(TINY, opponents=given, trust=True)
        env.reset(seed=1)
        env.step(0)
    with pytest.raises(nmmo.agents.AgentError, match="did you mean 'forager'"):
        SoloEnv(TINY, opponents="foragr")


def test_gymnasiums_wrappers_fit():
    env = gymnasium.make("nmmo/solo-v3", opponents="random", config=TINY, observation="dict")
    env = gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.wrappers.FlattenObservation(env))
    observation, _ = env.reset(seed=1)
    assert observation in env.observation_space
    ended = False
    while not ended:
        _, _, terminated, truncated, info = env.step(0)
        ended = terminated or truncated
    assert info["episode"]["l"] <= 64


# ---- what libraries ask for ----------------------------------------------------------------------------


def test_action_masks_belong_to_the_last_observation():
    env = SoloEnv(TINY.replace(n_monsters=300), opponents="random")
    with pytest.raises(RuntimeError):
        env.action_masks()
    deaths = 0
    different = set()
    for seed in range(3):
        _, info = env.reset(seed=seed)
        ended = False
        while not ended:
            masks = env.action_masks()
            assert masks.dtype == np.bool_
            assert np.array_equal(masks, info["action_mask"].astype(bool))
            different.add(masks.tobytes())
            masks[:] = False  # a copy: nothing happens
            _, _, terminated, truncated, info = env.step(env.action_space.sample(info["action_mask"]))
            ended = terminated or truncated
        deaths += terminated
        assert np.array_equal(env.action_masks(), info["action_mask"].astype(bool))
    assert deaths
    assert len(different) > 3


def test_action_masks_with_a_vocabulary():
    env = SoloEnv(TINY, opponents="waiting", vocabulary=5)
    _, info = env.reset(seed=0)
    assert np.array_equal(env.action_masks(), np.concatenate(info["action_mask"]).astype(bool))
