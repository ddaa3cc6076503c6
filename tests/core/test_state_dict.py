"""The state of worlds as arrays: saved, loaded, refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np
import pytest
from numpy.typing import NDArray

import nmmo

CONFIG = nmmo.Config.preset("small").replace(n_players=6, n_monsters=4, height=32, width=32, horizon=40)
Game = Any  # a World or Worlds


def world(config: nmmo.Config = CONFIG, seed: int = 5) -> Game:
    return nmmo.World(config, seed, final_observations=True)


def worlds(config: nmmo.Config = CONFIG, seed: int = 5) -> Game:
    return nmmo.Worlds(3, config, seed)


GAMES = [world, worlds]


def play(game: Game, ticks: int, seed: int = 0) -> list[NDArray[Any]]:
    """Return the results of random play, over the ends of episodes."""
    rng = np.random.default_rng(seed)
    results: list[NDArray[Any]] = []
    for _ in range(ticks):
        if isinstance(game, nmmo.World) and game.over:
            results.append(game.reset()[0].copy())
        *arrays, _ = game.step(nmmo.sample_actions(game.mask, rng), copy=True)
        results += arrays
    return results


def same(first: list[NDArray[Any]], second: list[NDArray[Any]]) -> bool:
    return all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


def through_npz(state: dict[str, NDArray[Any]]) -> Any:
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    return np.load(file)


def through_msgpack(state: dict[str, NDArray[Any]]) -> Any:
    plain = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in state.items()}
    back = msgpack.unpackb(msgpack.packb(plain))
    return {name: np.frombuffer(data, dtype).reshape(shape) for name, (dtype, shape, data) in back.items()}


@pytest.mark.parametrize("make", GAMES)
@pytest.mark.parametrize("ticks", [0, 1, 39, 40, 55])
@pytest.mark.parametrize("through", [dict, through_npz, through_msgpack])
def test_a_loaded_state_steps_on_identically(make: Callable[..., Game], ticks: int, through: Any) -> None:
    original, other, unlike = make(), make(seed=6), make(seed=6)
    for game in (original, other, unlike):
        game.reset()
        play(game, ticks)
    other.load_state_dict(through(original.state_dict()))
    for name, array in original.outputs.items():
        assert np.array_equal(array, other.outputs[name])
    expected = play(original, 60, seed=1)
    assert same(expected, play(other, 60, seed=1))
    assert not same(expected, play(unlike, 60, seed=1))


@pytest.mark.parametrize("make", GAMES)
def test_a_state_is_a_copy(make: Callable[..., Game]) -> None:
    game = make()
    game.reset()
    state = game.state_dict()
    before = {name: array.copy() for name, array in state.items()}
    play(game, 30)
    assert all(np.array_equal(before[name], state[name]) for name in before)
    assert not np.array_equal(game.state_dict()["snapshots"], state["snapshots"])


@pytest.mark.parametrize("make", GAMES)
def test_worlds_that_were_not_reset_have_a_state_too(make: Callable[..., Game]) -> None:
    original, other = make(), make(seed=6)
    other.reset()
    other.load_state_dict(original.state_dict())
    assert not other.ready
    with pytest.raises(RuntimeError, match="not been reset"):
        play(other, 1)
    assert np.array_equal(original.reset()[0], other.reset()[0])


def damaged(
    state: dict[str, NDArray[Any]], name: str, change: Callable[[NDArray[Any]], NDArray[Any]]
) -> dict[str, Any]:
    return {**state, name: change(state[name].copy())}


def last_byte_changed(snapshots: NDArray[Any]) -> NDArray[Any]:
    snapshots[-1, -1] ^= 1
    return snapshots


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], Any], type[Exception], str]] = {
    "missing": (lambda s: {k: v for k, v in s.items() if k != "rewards"}, ValueError, "has no array 'rewards'"),
    "unknown": (lambda s: {**s, "gold": s["rewards"]}, ValueError, "an unknown array 'gold'"),
    "dtype": (lambda s: damaged(s, "rewards", lambda a: a.astype("f8")), ValueError, "'rewards'.*float32"),
    "shape": (lambda s: damaged(s, "terminated", lambda a: a[1:]), ValueError, "'terminated'.*bool"),
    "seeds": (lambda s: damaged(s, "next_seeds", lambda a: a[1:]), ValueError, "'next_seeds'.*uint64"),
    "snapshot": (lambda s: damaged(s, "snapshots", last_byte_changed), nmmo.SnapshotError, "damaged"),
    "too few": (lambda s: damaged(s, "snapshots", lambda a: a[:, :0]), nmmo.SnapshotError, "snapshots are needed"),
    "config": (lambda s: damaged(s, "config", lambda a: a[1:]), nmmo.SnapshotError, "bytes are no configuration"),
    "no mapping": (lambda s: s["snapshots"].tobytes(), TypeError, "arrays by name.*got bytes"),
    "nothing": (lambda s: None, TypeError, "arrays by name.*got NoneType"),
    "names": (lambda s: {**s, 3: 0, "gold": 0}, ValueError, "an unknown array 3"),
    "ragged": (lambda s: {**s, "rewards": [[1.0], [1.0, 2.0]]}, ValueError, "'rewards' of the state is no array"),
    "none": (lambda s: {**s, "snapshots": None}, ValueError, "'snapshots' of the state must be uint8"),
}


@pytest.mark.parametrize("make", GAMES)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_changes_nothing(make: Callable[..., Game], case: str) -> None:
    spoil, error, message = REFUSED[case]
    original, other = make(), make(seed=6)
    for game in (original, other):
        game.reset()
        play(game, 10)
    before = other.state_dict()
    observer = Restored()
    other.add_observer(observer)
    with pytest.raises(error, match=message):
        other.load_state_dict(spoil(original.state_dict()))
    after = other.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before) and observer.times == 0
    other.load_state_dict(original.state_dict())
    assert observer.times == 1


class Restored(nmmo.WorldObserver):
    times = 0

    def after_restore(self, world: Any) -> None:
        self.times += 1


def test_another_configuration_is_refused_with_the_fields_that_differ() -> None:
    other = nmmo.World(CONFIG.replace(fog=True, lives=2), final_observations=True)
    with pytest.raises(ValueError, match=r"lives = 0, not 2; fog = False, not True"):
        other.load_state_dict(world().state_dict())


def test_worlds_are_restored_all_or_none() -> None:
    games = worlds()
    games.reset()
    snapshots = [games.world(index).snapshot() for index in range(3)]
    expected = play(games, 50)
    before = [games.world(index).hash() for index in range(3)]
    for bad in (snapshots[:2], [*snapshots[:2], snapshots[2][:-1] + b"?"], [*snapshots[:2], b""], []):
        with pytest.raises(nmmo.SnapshotError):
            games.restore(bad)
        assert [games.world(index).hash() for index in range(3)] == before
    games.restore(snapshots)
    assert same(expected, play(games, 50))
