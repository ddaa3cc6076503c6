"""Rewards of one's own: what they see, how they add up, and what is refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nmmo
from nmmo.core.registry import UnknownNameError
from nmmo.core.rewards import parse_terms

SMALL = {"preset": "small", "n_players": 12, "n_monsters": 40, "height": 48, "width": 48, "horizon": 40}
ISLAND = """
    0 . . . .
    . . . . .
    . . 1 . .
    . . . . .
    ~ ~ ~ ~ ~
    ~ ~ M ~ ~
    ~ ~ ~ ~ ~
    ~ ~ ~ ~ ~
    ~ ~ ~ ~ ~
    . . 2 . .
"""
SHOOTER = {"M": nmmo.Monster("hostile", 1, "ranged")}
VICTIM = 1


def moved(tick: nmmo.Tick) -> Any:
    """Pay for a step to the north."""
    return (tick.after["self"]["row"].astype(int) < tick.before["self"]["row"]) & ~tick.ended


class Visits(nmmo.RewardFunction):
    """Pays for the first look at a row of the map, and counts ticks."""

    def __init__(self) -> None:
        self.resets = 0

    def reset(self, world: Any) -> None:
        self.resets += 1
        self.seen = np.zeros((len(world.rewards), world.config.height), np.uint8)

    def __call__(self, tick: nmmo.Tick) -> Any:
        at = np.arange(len(tick)), tick.after["self"]["row"]
        new = self.seen[at] == 0
        self.seen[at] = 1
        return new

    def state_dict(self) -> dict[str, Any]:
        return {"seen": self.seen}

    def load_state_dict(self, state: Any) -> None:
        self.seen[:] = state["seen"]


def fails(tick: nmmo.Tick) -> Any:
    raise KeyError("watr")


def acts(world: Any, rng: np.random.Generator) -> Any:
    return nmmo.sample_actions(world.mask, rng)


# ---- what a function sees -----------------------------------------------------------------------------


def test_before_and_after_and_what_the_game_paid() -> None:
    seen: list[nmmo.Tick] = []

    def spy(tick: nmmo.Tick) -> Any:
        seen.append(tick)
        return np.zeros(len(tick))

    world = nmmo.World.from_text("0 .\n. 1", reward={"spy": (spy, 1.0), "game": 2.0}, config={"w_death": -3})
    world.step([nmmo.Action.MOVE_EAST, nmmo.Action.WAIT])
    world.step([nmmo.Action.WAIT, nmmo.Action.WAIT])
    first, second = seen
    assert first.before["self"]["column"].tolist() == [0, 1]
    assert first.after["self"]["column"].tolist() == second.before["self"]["column"].tolist() == [1, 1]
    assert len(first) == 2 and not first.ended.any()
    assert world.rewards.tolist() == (2 * second.game).tolist()


@pytest.mark.parametrize("respawn", ["same_tick", "next_tick"])
def test_a_death_is_seen(respawn: str) -> None:
    def died(tick: nmmo.Tick) -> Any:
        deaths = tick.events["kind"] == nmmo.EventKind.DEATH
        assert tick.total(tick.actors[deaths]).tolist() == tick.died.tolist()
        hits = tick.events["kind"] == nmmo.EventKind.HIT
        assert (tick.actors[hits] == -1).all() and (tick.targets[hits] == VICTIM).all()  # a monster hits a player
        return tick.total(tick.targets[hits], tick.events["amount"][hits]) > 0

    world = nmmo.World.from_text(
        ISLAND, SHOOTER, reward={"died": (died, 1.0), "alive": 0.5}, final_observations=True, respawn=respawn
    )
    world.edit.set(VICTIM, health=1, protection=0, monster_protection=0)
    _, rewards, terminated, _, _ = world.step([0, 0, 0])
    assert terminated.tolist() == [False, True, False]
    assert rewards.tolist() == [0.5, 1.0, 0.5]
    assert {name: part.tolist() for name, part in world.reward_terms.items()} == {
        "died": [0, 1, 0],
        "alive": [0.5, 0, 0.5],
    }


def test_edits_are_no_gains() -> None:
    world = nmmo.World.from_text("0 .\n. .", reward=moved)
    world.edit.remove_player(0)
    world.edit.place_player(0, 1, 0)
    world.step([nmmo.Action.WAIT])
    assert world.rewards.tolist() == [0]
    world.step([nmmo.Action.MOVE_NORTH])
    assert world.rewards.tolist() == [1]


# ---- the same in every world ----------------------------------------------------------------------------


def test_worlds_pay_what_each_world_would() -> None:
    reward = {"game": 1.0, "moved": (moved, 0.25), "alive": 0.01}
    worlds = nmmo.Worlds(3, SMALL, seed=5, reward=reward)
    alone = [nmmo.World(SMALL, seed=nmmo.derive_seed(5, number), reward=reward) for number in range(3)]
    worlds.reset()
    for world in alone:
        world.reset()
    rng = np.random.default_rng(0)
    for tick in range(39):
        actions = acts(worlds, rng)
        _, rewards, *_ = worlds.step(actions)
        for number, world in enumerate(alone):
            rows = slice(12 * number, 12 * number + 12)
            world.step(actions[rows])
            assert np.array_equal(rewards[rows], world.rewards), tick
            for name, part in worlds.reward_terms.items():
                assert np.array_equal(part[rows], world.reward_terms[name])
    assert rewards.any()


def test_a_reward_changes_nothing_in_the_game_and_observers_see_it() -> None:
    class Observer(nmmo.WorldObserver):
        paid: Any = None

        def after_step(self, world: Any, actions: Any, observed: bool) -> None:
            self.paid = world.rewards.copy()

    plain, paid, observer = nmmo.World(SMALL, seed=3), nmmo.World(SMALL, seed=3, reward=moved), Observer()
    assert paid.observers == ()
    paid.add_observer(observer)
    assert paid.observers == (observer,)
    rng = np.random.default_rng(0)
    for world in (plain, paid):
        world.reset()
    for _ in range(20):
        actions = acts(plain, rng)
        plain.step(actions)
        _, rewards, *_ = paid.step(actions, copy=True)
        assert np.array_equal(rewards, observer.paid) and np.array_equal(rewards, paid.rewards)
    assert plain.hash() == paid.hash()
    paid.remove_observer(observer)
    paid.step(actions)
    assert np.array_equal(paid.rewards, paid.reward_terms["moved"])


def test_the_games_own_reward_by_name_is_the_same() -> None:
    plain, named = nmmo.World(SMALL, seed=3), nmmo.World(SMALL, seed=3, reward="game")
    rng = np.random.default_rng(0)
    for world in (plain, named):
        world.reset()
    for _ in range(30):
        actions = acts(plain, rng)
        plain.step(actions)
        named.step(actions)
        assert np.array_equal(plain.rewards, named.rewards)
        assert np.array_equal(plain.reward_terms["game"], plain.rewards)
    assert plain.rewards.dtype == np.float32


# ---- what is remembered ------------------------------------------------------------------------------------


def play(world: Any, ticks: int, seed: int = 0) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    return [world.step(acts(world, rng))[1].tolist() for _ in range(ticks)]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda world: pickle.loads(pickle.dumps(world))])
@pytest.mark.parametrize("batch", [False, True])
def test_a_copy_remembers_and_shares_nothing(again: Callable[[Any], Any], batch: bool) -> None:
    reward = {"visits": (Visits(), 1.0), "game": 1.0}
    world: Any = nmmo.Worlds(2, SMALL, seed=1, reward=reward) if batch else nmmo.World(SMALL, seed=1, reward=reward)
    world.reset()
    play(world, 10)
    other = again(world)
    assert play(world, 15, 1) == play(other, 15, 1)
    play(world, 10, 2)
    third = again(other)
    assert play(other, 10, 3) == play(third, 10, 3)


SHARED = Visits()


def test_an_object_by_name_is_each_worlds_own() -> None:
    world, other = (nmmo.World(SMALL, seed=1, reward=f"{__name__}:SHARED") for _ in range(2))
    world.reset()
    played = play(world, 10)
    other.reset()
    assert SHARED.resets == 0
    assert play(other, 10) == played


def test_state_goes_through_arrays() -> None:
    world, other = (nmmo.World(SMALL, seed=1, reward=Visits) for _ in range(2))
    world.reset()
    play(world, 10)
    state = world.state_dict()
    assert state["reward.0.seen"].shape == (12, 48)
    other.load_state_dict(state)
    assert play(world, 15, 1) == play(other, 15, 1)
    with pytest.raises(ValueError, match=r"unknown array 'reward\.0\.seen'"):
        nmmo.World(SMALL).load_state_dict(state)


class Ages(nmmo.RewardFunction):
    """Pays the ticks that a life has had."""

    def reset(self, world: Any) -> None:
        self.age = np.zeros(len(world.rewards))

    def forget(self, rows: Any) -> None:
        self.age[rows] = 0

    def __call__(self, tick: nmmo.Tick) -> Any:
        self.age += 1
        return self.age


@pytest.mark.parametrize("autoreset", [True, False])
def test_what_belongs_to_a_life_ends_with_it(autoreset: bool) -> None:
    """By death, stagnation, and the end of an episode, also of worlds that begin again by themselves."""
    worlds = nmmo.Worlds(2, SMALL, seed=2, reward=Ages, autoreset=autoreset)
    worlds.reset()
    rng, ages = np.random.default_rng(0), np.zeros(24)
    ended = 0
    for tick in range(100):
        _, rewards, terminated, truncated, info = worlds.step(acts(worlds, rng))
        ages += 1
        assert rewards.tolist() == ages.tolist(), tick
        ages[terminated | truncated | np.repeat(info["over"], 12)] = 0
        ended += int((terminated | truncated).sum())
        if not autoreset and info["over"].any():
            worlds.reset()
            ages[:] = 0
    assert ended > 48  # two horizons, and deaths


def test_tables_cannot_be_changed() -> None:
    def spoils(tick: nmmo.Tick) -> Any:
        tick.after["score"] = 0

    world = nmmo.World(SMALL, seed=1, reward=spoils)
    world.reset()
    with pytest.raises(nmmo.RewardError, match=r"reward 'spoils' raised ValueError: .*read-only"):
        world.step(np.zeros(12, np.int64))


@pytest.mark.parametrize("method", ["reset", "forget"])
def test_other_methods_that_fail_are_named_too(method: str) -> None:
    failing = type("Failing", (Ages,), {method: lambda self, given: {}["x"]})
    with pytest.raises(nmmo.RewardError, match=f"{method} of reward 'Failing' raised KeyError: 'x'"):
        world = nmmo.World(SMALL, seed=1, reward=failing)
        world.reset()
        play(world, 40)


def test_resets_and_restores_forget() -> None:
    visits = Visits()
    world = nmmo.World(SMALL, seed=1, reward=visits)
    assert visits.resets == 0
    world.reset()
    play(world, 5)
    snapshot = world.snapshot()
    world.restore(snapshot)
    assert visits.resets == 2 and not visits.seen.any()
    world.reset()
    assert visits.resets == 3
    assert all(not part.any() for part in world.reward_terms.values())


# ---- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (fails, r"reward 'mine' raised KeyError: 'watr'"),
        (lambda tick: None, r"reward 'mine' returned None: it must be float32 of shape \(12,\)"),
        (lambda tick: 1.0, r"reward 'mine' returned shape \(\): it must be \(12,\)"),
        (lambda tick: np.zeros((12, 1)), r"returned shape \(12, 1\)"),
        (lambda tick: ["a"] * 12, r"returned an array of <U1"),
        (lambda tick: np.zeros(12, complex), r"returned an array of complex128"),
        (lambda tick: np.where(np.arange(12) == 7, np.nan, 0), r"returned nan for slot 7: rewards must be finite"),
        (lambda tick: np.full(12, np.inf), r"returned inf for slot 0"),
        (lambda tick: np.full(12, 1e39), r"returned 1e\+39 for slot 0"),
    ],
)
def test_a_function_that_fails_is_named(function: Any, message: str) -> None:
    world = nmmo.World(SMALL, seed=1, reward={"game": 1.0, "mine": (function, 1.0)})
    world.reset()
    with pytest.raises(nmmo.RewardError, match=message):
        world.step(np.zeros(12, np.int64))
    assert world.tick == 1  # it was played, and pays what the game pays
    other = nmmo.World(SMALL, seed=1)
    other.reset()
    other.step(np.zeros(12, np.int64))
    assert np.array_equal(world.rewards, other.rewards) and world.hash() == other.hash()


@pytest.mark.parametrize(
    ("reward", "error", "message"),
    [
        ("gmae", UnknownNameError, "there is no reward 'gmae'; did you mean 'game'"),
        ("nowhere.at_all:f", UnknownNameError, "there is no module 'nowhere'"),
        ("math:sine", UnknownNameError, "math has no attribute 'sine'; did you mean 'sin"),
        ("math:pi", TypeError, "reward 'math:pi' must be a function of a Tick, or a class; got float"),
        ({}, ValueError, "at least one term"),
        ({"game": "much"}, TypeError, "reward 'game' needs a weight"),
        ({"game": True}, TypeError, "needs a weight"),
        ({"game": float("nan")}, ValueError, "the weight of reward 'game' is nan"),
        ({3: 1.0}, TypeError, "have names; got 3"),
        (7, TypeError, "must be a function of a Tick"),
    ],
)
def test_what_is_no_reward_is_refused(reward: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nmmo.World(SMALL, reward=reward)


def test_terms_as_text() -> None:
    assert parse_terms(["game", "mine:f=0.5", " alive = -1e-2 "]) == {"game": 1.0, "mine:f": 0.5, "alive": -0.01}
    for entries, message in (
        (["game=x"], "the weight 'x' is not a number"),
        (["=3"], "names no reward"),
        (["game", "game=2"], "'game' is given twice"),
        (["game=inf"], "out of range"),
    ):
        with pytest.raises(ValueError, match=message):
            parse_terms(entries)
