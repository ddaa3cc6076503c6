"""Rewards of one's own: functions of what a tick changed, added up with weights, for all slots at once."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core.errors import RewardError
from nmmo.core.observers import Observable, WorldObserver
from nmmo.core.registry import Registry

__all__ = ["GAME", "REWARDS", "RewardFunction", "RewardLike", "Rewarded", "Tick", "parse_terms"]

GAME: Final = "game"
"""The name of the game's own reward, whose weights are ``w_combat`` and others of the configuration."""
MOST_WEIGHT: Final = 1e6


class Tick:
    """What a tick changed, for all slots at once. A row is a slot; of ``Worlds``, world after world.

    Parameters
    ----------
    world
        After the tick.
    before, after
        The tables of players before and after the tick.

    Attributes
    ----------
    world : nmmo.World or nmmo.Worlds
        After the tick, with its observations and tables, to be read.
    before, after : ndarray, structured, shape [rows]
        ``world.players`` before and after the tick. Where a life ended and another has begun, or an episode,
        ``after`` is of the new one: see ``ended``. ``alive`` tells who has a body. Read-only.
    game : ndarray of float32, shape [rows]
        The game's own reward.
    died, truncated, ended : ndarray of bool, shape [rows]
        Whose life ended with the tick: by death, cut off, either.
    """

    def __init__(
        self, world: Any, before: NDArray[np.void], after: NDArray[np.void], game: NDArray[np.float32]
    ) -> None:
        self.world = world
        self.before = before
        self.after = after
        self.game = game
        self.died: NDArray[np.bool_] = world.terminated.copy()
        self.truncated: NDArray[np.bool_] = world.truncated.copy()
        self.ended = self.died | self.truncated

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.game)

    @cached_property
    def events(self) -> NDArray[np.void]:
        """What happened, structured [events], as ``world.events``; of ``Worlds``, world after world."""
        return np.concatenate([world.events for world in _each(self.world)])

    @cached_property
    def actors(self) -> NDArray[np.int64]:
        """The row of each event's actor, int64 [events]; -1 where it is no player."""
        return self._rows_of("actor")

    @cached_property
    def targets(self) -> NDArray[np.int64]:
        """The row of each event's target, int64 [events]; -1 where it is no player."""
        return self._rows_of("target")

    def total(self, rows: NDArray[np.int64], amounts: ArrayLike | None = None) -> NDArray[np.float32]:
        """Return a sum for each row: of amounts, or of how often it is named.

        Parameters
        ----------
        rows : ndarray of int64, shape [k]
            Such as ``tick.actors[chosen]``; -1 is passed over.
        amounts : array_like, shape [k]
            What to add up; None: ones.

        Returns
        -------
        ndarray of float32, shape [rows]
        """
        named = rows >= 0
        weights = None if amounts is None else np.asarray(amounts, np.float64)[named]
        return np.bincount(rows[named], weights, len(self)).astype(np.float32)

    def _rows_of(self, field: str) -> NDArray[np.int64]:
        worlds, players = _each(self.world), self.world.n_agents
        found = []
        for number, world in enumerate(worlds):
            entities = world.events[field].astype(np.int64)
            found.append(np.where((entities >= 0) & (entities < players), entities + number * players, -1))
        return np.concatenate(found)


class RewardFunction:
    """The base class of rewards that remember something from tick to tick. A plain function of a ``Tick`` needs none.

    Named ``module:attribute``, a class is made without arguments, once for each ``World`` or ``Worlds``.

    Examples
    --------
    >>> import numpy as np, nmmo
    >>> class Explorer(nmmo.RewardFunction):
    ...     def reset(self, world):
    ...         rows = len(world.rewards)
    ...         self.seen = np.zeros((rows, world.config.height, world.config.width), bool)
    ...     def forget(self, rows):
    ...         self.seen[rows] = False
    ...     def __call__(self, tick):
    ...         at = np.arange(len(tick)), tick.after["self"]["row"], tick.after["self"]["column"]
    ...         new = ~self.seen[at] & tick.after["alive"].astype(bool)
    ...         self.seen[at] |= new
    ...         return 0.01 * new
    ...     def state_dict(self):
    ...         return {"seen": self.seen}
    ...     def load_state_dict(self, state):
    ...         self.seen[:] = state["seen"]
    >>> world = nmmo.World({"preset": "small"}, seed=7, reward={"game": 1.0, "explorer": (Explorer(), 0.5)})
    >>> observations, info = world.reset()
    >>> observations, rewards, *_ = world.step([1] * world.n_agents)
    >>> sorted(world.reward_terms)
    ['explorer', 'game']
    """

    def reset(self, world: Any) -> None:
        """Begin: in an episode of all worlds, or in another state that was put in place.

        Parameters
        ----------
        world
            In its new state. Its rows are ``len(world.rewards)``.
        """

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """Forget what belongs to lives that ended with the last tick, whose reward has been paid.

        Parameters
        ----------
        rows : ndarray of bool, shape [rows]
            Where a life ended, or an episode, as it does in ``Worlds`` that begin again by themselves.
        """

    def __call__(self, tick: Tick) -> ArrayLike:
        """Return the reward of each row, float32 [rows], before its weight."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return what is remembered as arrays by name, always the same names; checkpoints and copies keep it."""
        return {}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what ``state_dict`` returned. It follows a ``reset``."""


_Function: TypeAlias = Callable[[Tick], ArrayLike]
RewardLike: TypeAlias = str | _Function | Mapping[str, float | tuple[_Function, float]]
"""A reward by name, ``module:attribute``, a function of a ``Tick``; or several by name with their weights, where a name
that is none of these goes with a pair of function and weight."""

REWARDS: Registry[Any] = Registry("reward")
"""Functions of a ``Tick``, and classes that make one, by name."""
REWARDS.add(GAME, "nmmo.core.reward_functions:game")
REWARDS.add("alive", "nmmo.core.reward_functions:alive")
REWARDS.add("danger", "nmmo.core.reward_functions:danger")


def terms_of(reward: RewardLike) -> dict[str, tuple[_Function, float]]:
    """Return the functions and weights that an argument names.

    Raises
    ------
    TypeError
        If it is no reward.
    ValueError
        If a name is unknown (``UnknownNameError``), a weight is not finite or too large, or there is no term.
    """
    if isinstance(reward, str):
        return {reward: (_named(reward), 1.0)}
    if not isinstance(reward, Mapping):
        name = getattr(reward, "__name__", type(reward).__name__)
        return {name: (_made(name, reward), 1.0)}
    found = {}
    for name, given in reward.items():
        if not isinstance(name, str):
            raise TypeError(f"the terms of a reward have names; got {name!r}")
        function, weight = given if isinstance(given, tuple) and len(given) == 2 else (None, given)
        if isinstance(weight, bool) or not isinstance(weight, (int, float, np.integer, np.floating)):
            raise TypeError(f"reward {name!r} needs a weight, or a pair of function and weight; got {given!r}")
        if not abs(weight) <= MOST_WEIGHT:
            raise ValueError(f"the weight of reward {name!r} is {weight}: out of range ±{MOST_WEIGHT:,.0f}")
        found[name] = _named(name) if function is None else _made(name, function), float(weight)
    if not found:
        raise ValueError("a reward needs at least one term; None is the game's own")
    return found


def parse_terms(entries: Iterable[str]) -> dict[str, float]:
    """Return names and weights of entries such as ``"game"`` and ``"mine:near_water=0.5"``.

    Raises
    ------
    ValueError
        If a weight is not a number, or a name is missing or given twice.
    """
    found: dict[str, float] = {}
    for entry in entries:
        name, given, weight = (part.strip() for part in entry.partition("="))
        try:
            value = float(weight) if given else 1.0
        except ValueError:
            raise ValueError(f"{entry!r}: the weight {weight!r} is not a number; write NAME=WEIGHT") from None
        if not name:
            raise ValueError(f"{entry!r} names no reward; write NAME=WEIGHT")
        if name in found:
            raise ValueError(f"{name!r} is given twice; add up its weights")
        if not abs(value) <= MOST_WEIGHT:
            raise ValueError(f"the weight of {name!r} is {weight}: out of range ±{MOST_WEIGHT:,.0f}")
        found[name] = value
    return found


def _named(name: str) -> _Function:
    """Return the reward of a name; one that remembers something as a copy, or all worlds would share what it does."""
    function = _made(name, REWARDS.get(name))
    return copy.deepcopy(function) if isinstance(function, RewardFunction) else function


def _made(name: str, given: Any) -> _Function:
    function = given() if isinstance(given, type) else given
    if not callable(function):
        raise TypeError(f"reward {name!r} must be a function of a Tick, or a class; got {type(function).__name__}")
    return function  # type: ignore[no-any-return] # nobody can know what a stranger's function is


def _each(world: Any) -> list[Any]:
    """Return the worlds of a batch, or the one."""
    return [world.world(number) for number in range(len(world))] if hasattr(world, "world") else [world]


class Rewards(WorldObserver):
    """Computes the rewards of a world after each tick, and writes them where the game's own were."""

    def __init__(self, world: Any, terms: dict[str, tuple[_Function, float]]) -> None:
        self.terms = terms
        self.parts = {name: np.zeros(len(world.outputs["rewards"]), np.float32) for name in terms}
        self._worlds = _each(world)
        self._after: NDArray[np.void] | None = None
        """The players after the last tick; None where something has changed them since."""

    def after_reset(self, world: Any) -> None:
        """Begin an episode."""
        self._after = None
        for part in self.parts.values():
            part[:] = 0
        self._tell("reset", world)

    def after_restore(self, world: Any) -> None:
        """Begin in another state."""
        self.after_reset(world)

    def after_edit(self, world: Any) -> None:
        """Look at the players anew."""
        self._after = None

    def after_respawn(self, world: Any, slots: NDArray[np.bool_], begun: int) -> None:
        """Look at the players anew."""
        self._after = None

    def before_step(self, world: Any, actions: NDArray[np.uint8]) -> None:
        """Look at the players."""
        if self._after is None:
            self._after = self._players()

    def after_step(self, world: Any, actions: NDArray[np.uint8], observed: bool) -> None:
        """Compute the rewards of a tick.

        Raises
        ------
        nmmo.RewardError
            If a function fails, or what it returns is no reward. The rewards of the tick are then the game's.
        """
        assert self._after is not None
        rewards = world.outputs["rewards"]
        before, self._after = self._after, self._players()
        tick = Tick(world, before, self._after, rewards.copy())
        parts = {}
        for name, (function, weight) in self.terms.items():
            try:
                returned = function(tick)
            except Exception as error:
                raise RewardError(f"reward {name!r} raised {type(error).__name__}: {error}") from error
            parts[name] = self._checked(name, returned, weight)
        for name, part in parts.items():
            self.parts[name][:] = part
        rewards[:] = sum(self.parts.values())
        over = np.repeat(world.over, world.n_agents)
        if tick.ended.any() or over.any():
            self._tell("forget", tick.ended | over)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return what the functions remember, by number of the term and name of the array."""
        return {
            f"reward.{number}.{name}": np.array(array)
            for number, (function, _) in enumerate(self.terms.values())
            if isinstance(function, RewardFunction)
            for name, array in function.state_dict().items()
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put back what ``state_dict`` returned."""
        for number, (function, _) in enumerate(self.terms.values()):
            start = f"reward.{number}."
            own = {name.removeprefix(start): np.asarray(state[name]) for name in state if name.startswith(start)}
            if isinstance(function, RewardFunction) and own:
                function.load_state_dict(own)

    def _tell(self, method: str, argument: Any) -> None:
        """Call a method of every function that remembers something."""
        for name, (function, _) in self.terms.items():
            if isinstance(function, RewardFunction):
                try:
                    getattr(function, method)(argument)
                except Exception as error:
                    raise RewardError(f"{method} of reward {name!r} raised {type(error).__name__}: {error}") from error

    def _players(self) -> NDArray[np.void]:
        several = len(self._worlds) > 1
        players: NDArray[np.void] = (
            np.concatenate([world.players for world in self._worlds]) if several else self._worlds[0].players
        )
        players.flags.writeable = False  # the functions share it, and the next tick begins with it
        return players

    def _checked(self, name: str, returned: Any, weight: float) -> NDArray[np.float32]:
        """Return a function's result as float32 [rows], times its weight."""
        array = np.asarray(returned)
        rows = len(self.parts[name])
        if array.dtype.kind not in "biuf":
            what = "None" if returned is None else f"an array of {array.dtype}"
            raise RewardError(f"reward {name!r} returned {what}: it must be float32 of shape ({rows},)")
        if array.shape != (rows,):
            raise RewardError(f"reward {name!r} returned shape {array.shape}: it must be ({rows},), one number a slot")
        with np.errstate(over="ignore"):  # what is too large is infinite, and refused below
            part: NDArray[np.float32] = array.astype(np.float32) * np.float32(weight)
        if not math.isfinite(part.sum(dtype=np.float64)):
            row = int(np.flatnonzero(~np.isfinite(part))[0])
            raise RewardError(f"reward {name!r} returned {array[row]} for slot {row}: rewards must be finite")
        return part


class Rewarded(Observable):
    """What ``World`` and ``Worlds`` have in common: their reward can be one's own."""

    _rewards: Rewards | None = None

    def _set_reward(self, reward: RewardLike | None) -> None:
        """Pay this reward instead of the game's own, from the first reset on."""
        if reward is not None:
            self._rewards = Rewards(self, terms_of(reward))
            self._observers = (self._rewards,)

    def _reward_state(self) -> dict[str, NDArray[Any]]:
        """Return what the reward remembers; nothing before the first reset, when it has not begun."""
        return {} if self._rewards is None or not self.ready else self._rewards.state_dict()

    def _copied_reward(self) -> RewardLike | None:
        """Return the reward for a copy of the world, which must not share what it remembers."""
        return None if self._rewards is None else copy.deepcopy(self._rewards.terms)

    @property
    def observers(self) -> tuple[WorldObserver, ...]:
        """The observers, in the order in which they are called."""
        return tuple(observer for observer in self._observers or () if observer is not self._rewards)

    @property
    def reward_terms(self) -> dict[str, NDArray[np.float32]]:
        """What each term of the reward gave in the last tick, with its weight: float32 [rows] by name, fresh.

        Without a reward of one's own, that is ``{"game": rewards}``.
        """
        if self._rewards is None:
            return {GAME: self.rewards.copy()}
        return {name: part.copy() for name, part in self._rewards.parts.items()}
