"""Observers of a world: when they are called, with what, and what their exceptions do."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nmmo
from nmmo.core.edit import Edit

CONFIG = nmmo.Config.preset("small").replace(n_players=6, n_monsters=4, height=32, width=32)
ON_REQUEST = CONFIG.replace(respawn="on_request", n_monsters=60, survival=True, stagnation_ticks=60)


class Log(nmmo.WorldObserver):
    """Notes which methods were called, with the world's tick and the arguments."""

    def __init__(self, calls: list[Any] | None = None, name: str = "") -> None:
        self.calls: list[Any] = [] if calls is None else calls
        self.name = name

    def note(self, method: str, world: Any, *arguments: Any) -> None:
        tick = world.tick if isinstance(world, nmmo.World) else [world.world(i).tick for i in range(len(world))]
        self.calls.append((self.name + method, tick, *arguments))

    def __getattribute__(self, method: str) -> Any:
        if method.startswith(("before_", "after_")):
            return lambda world, *arguments: self.note(method, world, *arguments)
        return object.__getattribute__(self, method)

    @property
    def methods(self) -> list[str]:
        return [call[0] for call in self.calls]


def methods_of_observers() -> set[str]:
    return {name for name in vars(nmmo.WorldObserver) if not name.startswith("_")}


def waits(n: int = 6) -> Any:
    return np.zeros(n, np.int64)


def test_every_change_of_a_world_is_observed() -> None:
    world = nmmo.World(ON_REQUEST, seed=3)
    log = Log()
    world.add_observer(log)
    assert world.observers == (log,)
    world.reset()
    snapshot = world.snapshot()
    world.step(waits())
    world.step(waits(), copy=True, observe=False)
    world.edit.set(0, gold=77)
    world.respawn(np.array([True] + 5 * [False]))
    world.restore(snapshot)
    world.close()
    assert [call[:2] for call in log.calls] == [
        ("after_reset", 0),
        ("before_step", 0),
        ("after_step", 1),
        ("before_step", 1),
        ("after_step", 2),
        ("after_edit", 2),
        ("before_respawn", 2),
        ("after_respawn", 2),
        ("after_restore", 0),
        ("before_close", 0),
    ]
    assert set(log.methods) == methods_of_observers()
    observed = [call[3] for call in log.calls if call[0] == "after_step"]
    assert observed == [True, False]
    assert world.closed and world.observers == ()
    world.close()
    assert log.methods.count("before_close") == 1


def test_every_change_of_several_worlds_is_observed() -> None:
    worlds = nmmo.Worlds(2, ON_REQUEST, seed=3)
    log = Log()
    worlds.add_observer(log)
    worlds.reset()
    worlds.step(waits(12))
    worlds.respawn(np.zeros(12, np.bool_))
    worlds.close()
    assert [call[:2] for call in log.calls] == [
        ("after_reset", [0, 0]),
        ("before_step", [0, 0]),
        ("after_step", [1, 1]),
        ("before_respawn", [1, 1]),
        ("after_respawn", [1, 1]),
        ("before_close", [1, 1]),
    ]


def test_reading_is_no_change() -> None:
    world = nmmo.World(CONFIG, seed=3)
    world.reset()
    log = Log()
    world.add_observer(log)
    world.snapshot()
    world.observe()
    world.hash()
    world.would_change(0, 1)
    _ = world.players, world.events, world.statistics()
    assert log.calls == []


@pytest.mark.parametrize("vocabulary", [0, 9])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_observers_get_the_checked_actions(vocabulary: int, dtype: type) -> None:
    world = nmmo.World(CONFIG.replace(vocabulary=vocabulary), seed=3)
    world.reset()
    log = Log()
    world.add_observer(log)
    first, second = ([[1, 2], [2, 9], [3, 0], [4, 1], [0, 3], [2, 2]], [[0, 0]] * 6)
    for pairs in (first, second):
        given = np.array(pairs, dtype)
        world.step(given if vocabulary else given[:, 0].copy())
    for index, pairs in ((0, first), (2, second)):
        before, after = log.calls[index][2], log.calls[index + 1][2]
        assert before is after and before.dtype == np.uint8 and not before.flags.writeable
        assert before.tolist() == (pairs if vocabulary else [pair[0] for pair in pairs])


def test_after_a_step_events_flags_and_tables_are_those_of_its_tick() -> None:
    seen = []

    class Deaths(nmmo.WorldObserver):
        def after_step(self, world: Any, actions: Any, observed: bool) -> None:
            events = world.events
            assert (events["tick"] == world.tick).all()
            deaths = events["actor"][events["kind"] == nmmo.EventKind.DEATH]
            died = sorted(deaths[deaths < world.n_agents].tolist())  # the others are monsters
            assert died == np.flatnonzero(world.terminated | world.truncated).tolist()
            assert (world.players["born_tick"][died] == world.tick).all()  # the next life began in the same tick
            seen.append((world.tick, world.rewards.copy(), len(died)))

    world = nmmo.World(CONFIG.replace(n_monsters=60, survival=True, stagnation_ticks=40), seed=1)
    world.add_observer(Deaths())
    world.reset()
    rng = np.random.default_rng(0)
    for tick in range(1, 200):
        _, rewards, *_ = world.step(nmmo.sample_actions(world.mask, rng))
        assert seen[-1][0] == tick and np.array_equal(seen[-1][1], rewards)
    assert sum(deaths for *_, deaths in seen) > 3


def test_what_is_seen_of_an_episode_that_an_automatic_reset_ended() -> None:
    config = CONFIG.replace(horizon=20)
    worlds = nmmo.Worlds(2, config, seed=4)
    alone = nmmo.World(config)
    seen = []

    class Ends(nmmo.WorldObserver):
        def after_step(self, world: Any, actions: Any, observed: bool) -> None:
            view = world.world(1)
            seen.append(
                (world.over[1], view.tick, view.truncated.all(), view.digests(ended=True), view.events, view.hash())
            )

    worlds.add_observer(Ends())
    worlds.reset()
    alone.reset(worlds.world(1).seed)
    for _ in range(19):
        worlds.step(waits(12))
        alone.step(waits())
    assert [call[:3] for call in seen] == [(False, tick, False) for tick in range(1, 20)]
    alone.step(waits())
    worlds.step(waits(12))
    over, tick, truncated, ended, events, state = seen[-1]
    assert (over, tick, truncated) == (True, 0, True)
    assert np.array_equal(ended, alone.digests())
    assert np.array_equal(events[events["tick"] > 0], alone.events)
    alone.reset()
    assert state == alone.hash() and (events["tick"] == 0).sum() == len(alone.events) > 0


def test_observers_are_called_in_the_order_in_which_they_were_added() -> None:
    world = nmmo.World(CONFIG, seed=3)
    calls: list[Any] = []
    first, second = Log(calls, "first "), Log(calls, "second ")
    world.add_observer(first)
    world.add_observer(second)
    world.reset()
    world.step(waits())
    expected = ["after_reset", "before_step", "after_step"]
    assert [call[0] for call in calls] == [f"{name} {method}" for method in expected for name in ("first", "second")]
    calls.clear()
    world.remove_observer(first)
    world.step(waits())
    assert [call[0] for call in calls] == ["second before_step", "second after_step"]
    world.remove_observer(second)
    world.step(waits())
    assert world.observers == () and len(calls) == 2


def test_an_observer_may_remove_itself_and_add_others_while_it_is_called() -> None:
    world = nmmo.World(CONFIG, seed=3)
    late = Log()

    class Once(nmmo.WorldObserver):
        def before_step(self, world: Any, actions: Any) -> None:
            world.remove_observer(self)
            world.add_observer(late)

    world.add_observer(Once())
    world.reset()
    world.step(waits())
    world.step(waits())
    assert late.methods == ["after_step", "before_step", "after_step"]


def test_only_observers_can_be_added_and_each_once() -> None:
    world = nmmo.World(CONFIG)
    log = Log()
    world.add_observer(log)
    with pytest.raises(ValueError, match="was added before"):
        world.add_observer(log)
    with pytest.raises(TypeError, match=r"nmmo\.WorldObserver; got function"):
        world.add_observer(waits)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="does not observe"):
        world.remove_observer(Log())
    assert world.observers == (log,)


class Failing(nmmo.WorldObserver):
    def __init__(self, method: str) -> None:
        def fail(*_: Any) -> None:
            raise OSError(f"{method} cannot")

        self.__dict__[method] = fail


@pytest.mark.parametrize("method", ["before_step", "before_respawn"])
def test_an_exception_before_a_change_prevents_it(method: str) -> None:
    world, other = (nmmo.World(ON_REQUEST, seed=3) for _ in range(2))
    log = Log()
    world.add_observer(Failing(method))
    world.add_observer(log)
    for one in (world, other):
        one.reset()
        one.edit.set(0, gold=9)
    observations = world.observations.copy()
    change: Callable[[], Any] = (
        (lambda: world.step(waits())) if method == "before_step" else lambda: world.respawn(np.ones(6, np.bool_))
    )
    with pytest.raises(OSError, match=f"{method} cannot"):
        change()
    assert world.tick == 0 and world.hash() == other.hash() and np.array_equal(observations, world.observations)
    assert log.methods == ["after_reset", "after_edit"]
    world.remove_observer(world.observers[0])
    change()


def test_an_exception_after_a_step_leaves_it_played_and_observed_by_all() -> None:
    world, other = (nmmo.World(CONFIG, seed=3) for _ in range(2))
    log = Log()
    world.add_observer(Failing("after_step"))
    world.add_observer(log)
    for one in (world, other):
        one.reset()
    with pytest.raises(OSError, match="after_step cannot"):
        world.step(waits())
    other.step(waits())
    assert log.methods == ["after_reset", "before_step", "after_step"]
    assert world.hash() == other.hash() and np.array_equal(world.observations, other.observations)
    world.add_observer(Failing("after_step"))
    with pytest.raises(ExceptionGroup, match="failed for 2 observers") as failures:
        world.step(waits())
    assert [type(failure) for failure in failures.value.exceptions] == [OSError, OSError]
    assert world.tick == 2


def test_an_exception_does_not_keep_a_world_open() -> None:
    world = nmmo.World(CONFIG, seed=3)
    world.add_observer(Failing("before_close"))
    with pytest.raises(OSError, match="before_close cannot"):
        world.close()
    assert world.closed
    world.close()


def test_steps_that_are_refused_are_not_announced() -> None:
    world = nmmo.World(CONFIG.replace(horizon=1), seed=3)
    log = Log()
    world.add_observer(log)
    with pytest.raises(RuntimeError, match="not been reset"):
        world.step(waits())
    world.reset()
    for bad in (waits() + 200, waits(5), "wait"):
        with pytest.raises((ValueError, TypeError)):
            world.step(bad)
    world.step(waits())
    with pytest.raises(nmmo.WorldOver):
        world.step(waits())
    with pytest.raises(nmmo.EditError):
        world.edit.place_player(0, 99, 99)
    with pytest.raises(nmmo.SnapshotError):
        world.restore(b"no snapshot")
    assert log.methods == ["after_reset", "before_step", "after_step"]


CHANGES: dict[str, Callable[[nmmo.World], Any]] = {
    "step": lambda world: world.step(waits()),
    "reset": lambda world: world.reset(),
    "restore": lambda world: world.restore(world.snapshot()),
    "respawn": lambda world: world.respawn(np.zeros(6, np.bool_)),
    "edit": lambda world: world.edit.set(0, gold=1),
    "close": lambda world: world.close(),
}


@pytest.mark.parametrize("method", ["before_step", "after_step", "after_edit", "after_reset"])
@pytest.mark.parametrize("change", CHANGES)
def test_an_observer_cannot_change_the_world(method: str, change: str) -> None:
    world = nmmo.World(ON_REQUEST, seed=3)
    world.reset()
    refusals = []

    def attempt(observed: nmmo.World, *_: Any) -> None:
        before = observed.hash()
        with pytest.raises(RuntimeError, match="may read a world, but not change it"):
            CHANGES[change](observed)
        assert observed.hash() == before
        refusals.append(change)

    observer = nmmo.WorldObserver.__new__(type("Meddler", (nmmo.WorldObserver,), {}))
    setattr(observer, method, attempt)
    world.add_observer(observer)
    world.step(waits())
    world.edit.set(0, gold=1)
    world.reset()
    assert refusals == [change]


def test_ticks_that_observers_would_not_see_are_refused() -> None:
    world = nmmo.World(CONFIG, seed=3)
    world.reset()
    log = Log()
    world.add_observer(log)
    for step in (lambda: world.step_profiled(waits()), lambda: world.step_repeated(np.zeros((2, 6), np.int64))):
        with pytest.raises(RuntimeError, match="remove them first"):
            step()
    assert world.tick == 0 and log.calls == []
    world.remove_observer(log)
    world.step_repeated(np.zeros((2, 6), np.int64))
    assert world.tick == 2


def test_what_a_drawing_places_on_reset_is_no_edit() -> None:
    world = nmmo.World.from_text(". . T\n. @ .", {"T": nmmo.Node("tree")})
    players = []

    class Beginning(Log):
        def note(self, method: str, world: Any, *arguments: Any) -> None:
            super().note(method, world, *arguments)
            players.append(world.observations["self"]["row"].tolist())

    log = Beginning()
    world.add_observer(log)
    world.reset()
    assert log.methods == ["after_reset"] and players == [[1]]
    Edit(world).set(0, gold=1)
    assert log.methods == ["after_reset", "after_edit"]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda world: pickle.loads(pickle.dumps(world))])
def test_copies_carry_no_observers(duplicate: Callable[[Any], Any], several: bool) -> None:
    made: Any = nmmo.Worlds(2, CONFIG, 1) if several else nmmo.World(CONFIG, 1)
    made.reset()
    log = Log()
    made.add_observer(log)
    other = duplicate(made)
    assert other.observers == () and type(other) is type(made) and made.observers == (log,)
    other.step(waits(12 if several else 6))
    assert log.calls == []


def test_a_world_and_an_observer_that_know_each_other_are_freed() -> None:
    class Knowing(nmmo.WorldObserver):
        world: Any

    world = nmmo.World(CONFIG, seed=3)
    observer = Knowing()
    observer.world = world
    world.add_observer(observer)
    gone = weakref.ref(observer)
    del world, observer
    gc.collect()
    assert gone() is None


def test_an_observed_world_plays_the_same_game() -> None:
    rng = np.random.default_rng(5)
    plain, observed = (nmmo.Worlds(2, CONFIG.replace(horizon=30), 8) for _ in range(2))
    observed.add_observer(nmmo.WorldObserver())
    for one in (plain, observed):
        one.reset()
    for _ in range(70):
        actions = nmmo.sample_actions(plain.mask, rng)
        for expected, found in zip(plain.step(actions), observed.step(actions), strict=True):
            if isinstance(expected, dict):
                assert np.array_equal(expected["over"], found["over"])
            else:
                assert np.array_equal(expected, found)
