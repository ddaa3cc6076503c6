"""Observers of a world: objects that are called whenever a world is reset, stepped or changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core import _engine

__all__ = ["Observable", "WorldObserver"]


class WorldObserver:
    """The base class of observers, whose methods do nothing: override those that you need.

    ``world.add_observer(observer)`` makes a ``World`` or ``Worlds`` call the observer, however it is stepped
    and by whom: recorders, counters, rewards and tasks are observers. Without observers a step pays for one
    test of a pointer.

    **When.** Methods that begin with ``before`` are called before the world changes, those that begin with
    ``after`` once the change is complete. Several observers are called in the order in which they were added.
    An observer that is added or removed during a call takes part from the next call on.

    **What may be done.** An observer may read everything that the world offers: observations, events, entity
    tables, digests, snapshots, statistics. It must not change the world, which would raise RuntimeError;
    adding and removing observers is allowed. ``world`` is an ``nmmo.World`` or ``nmmo.Worlds``; a method of your own
    may declare the one that it is for.

    **Worlds.** The same methods are called once for the whole batch. ``world.world(i)`` is a view of one of
    its worlds that always shows the present state: make it once and keep it. Where a world ended and was reset
    automatically within a step, ``after_step`` sees what the caller of ``step`` sees. ``world.over[i]`` is
    True. Rewards, flags, ``final_obs``, statistics, the events of the last tick and ``digests(ended=True)``
    belong to the episode that ended. Observations, entity tables, ``tick``, ``seed`` and ``hash()`` belong to
    the episode that began, and so do events with tick 0, the births, which follow those of the last tick.
    ``after_reset`` is not called for automatic resets.

    **Exceptions.** The state of the world is never left between two ticks. If ``before_step`` or
    ``before_respawn`` raises an exception, nothing is played, the world stays as it was, and the exception
    reaches the caller at once; so a call of ``before_step`` does not promise one of ``after_step``. In all
    other methods the change happens (or has happened) regardless, and all observers are called before the
    exception reaches the caller, in an ``ExceptionGroup`` if there are several. After an exception of
    ``after_step`` the results of the step are in ``world.observations``, ``world.rewards`` and so on.

    **Copies.** Pickles and copies of a world carry no observers. A forked process inherits them: an observer
    with a thread or a file must notice that itself.

    ``step_profiled`` and ``step_repeated``, which are for benchmarks, are refused while there are observers.

    Examples
    --------
    >>> import numpy as np, nmmo
    >>> class Harvests(nmmo.WorldObserver):
    ...     count = 0
    ...     def after_step(self, world, actions, observed):
    ...         self.count += int((world.events["kind"] == nmmo.EventKind.HARVEST).sum())
    >>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
    >>> harvests = Harvests()
    >>> world.add_observer(harvests)
    >>> observations, info = world.reset()
    >>> rng = np.random.default_rng(7)
    >>> for _ in range(100):
    ...     results = world.step(nmmo.sample_actions(world.mask, rng))
    >>> harvests.count == world.statistics()["harvests"].sum()
    True
    """

    __slots__ = ()

    def after_reset(self, world: Any) -> None:
        """Handle the beginning of an episode by ``reset``. What a drawing places then is part of it, and no edit."""

    def after_restore(self, world: Any) -> None:
        """Handle another state, put in place by ``restore`` or ``load_state_dict``."""

    def before_step(self, world: Any, actions: NDArray[np.uint8]) -> None:
        """Handle a tick that is about to be played.

        Parameters
        ----------
        world
            In the state before the tick.
        actions : ndarray of uint8, shape [rows]
            What will be played, already checked, with ``config.vocabulary`` > 0 of shape [rows, 2]. The array
            is read-only, made again for every tick, and may be kept.
        """

    def after_step(self, world: Any, actions: NDArray[np.uint8], observed: bool) -> None:
        """Handle a tick that was played.

        Parameters
        ----------
        world
            In the state after the tick, with its events, rewards and flags.
        actions : ndarray of uint8, shape [rows] or [rows, 2]
            The same array as in ``before_step``.
        observed
            Whether the observations were built: False after ``step(..., observe=False)``.
        """

    def before_respawn(self, world: Any, slots: NDArray[np.bool_]) -> None:
        """Handle lives that are about to begin where they wait for a request (``config.respawn == "on_request"``).

        Parameters
        ----------
        world
            In the state before.
        slots : ndarray of bool, shape [rows]
            Where they are requested: a copy, which may be kept.
        """

    def after_respawn(self, world: Any, slots: NDArray[np.bool_], begun: int) -> None:
        """Handle lives that were requested.

        Parameters
        ----------
        world
            In the state after. Births are added to the events of the last tick.
        slots : ndarray of bool, shape [rows]
            The same array as in ``before_respawn``.
        begun
            How many lives began: slots that do not wait for one, or have none left, are passed over.
        """

    def after_edit(self, world: Any) -> None:
        """Handle a state that was changed by ``world.edit``. Edits come one by one, between ticks."""

    def before_close(self, world: Any) -> None:
        """Handle a world about to be closed, after which nothing can be read. The world then has no observers."""


class Observable(_engine.Batch):
    """What ``World`` and ``Worlds`` have in common: they can be observed."""

    @property
    def observers(self) -> tuple[WorldObserver, ...]:
        """The observers, in the order in which they are called."""
        return self._observers or ()

    def add_observer(self, observer: WorldObserver) -> None:
        """Have the world call an observer from now on, after those that were added before.

        Parameters
        ----------
        observer
            What is to be called. See ``nmmo.WorldObserver`` for when and how.

        Raises
        ------
        TypeError
            If it is not a ``WorldObserver``.
        ValueError
            If it observes this world already.
        """
        if not isinstance(observer, WorldObserver):
            raise TypeError(f"an observer is an nmmo.WorldObserver; got {type(observer).__name__}")
        if any(observer is other for other in self.observers):
            raise ValueError("this observer was added before")
        self._observers = (*(self._observers or ()), observer)

    def remove_observer(self, observer: WorldObserver) -> None:
        """Call an observer no more.

        Raises
        ------
        ValueError
            If it does not observe this world.
        """
        if not any(observer is other for other in self.observers):
            raise ValueError("this observer does not observe this world")
        self._observers = tuple(other for other in self._observers or () if other is not observer) or None
