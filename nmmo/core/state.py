"""The state of worlds as plain arrays: for checkpoints, pickles and copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core.config import Config
from nmmo.core.errors import ClosedError, SnapshotError
from nmmo.core.rewards import Rewarded

__all__ = ["Stateful"]


class Stateful(Rewarded):
    """What ``World`` and ``Worlds`` have in common: their state can be saved and loaded."""

    def _constructor(self) -> tuple[type[Any], dict[str, Any]]:
        """Return ``World`` or ``Worlds``, and what it is given for a copy besides ``config``.

        The constructor of a class that is derived from them may want other arguments.
        """
        raise NotImplementedError

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return everything that a copy needs to step on identically, as arrays.

        Returns
        -------
        dict of str to ndarray
            Copies, so that later steps do not change them. With n worlds (1 for a ``World``):

            - ``"config"``: uint8, the configuration;
            - ``"snapshots"``: uint8 [n, snapshot_bytes], the states; [0, 0] before the first reset;
            - ``"next_seeds"``: uint64 [n], the seeds with which the next episodes begin;
            - the arrays of ``outputs`` by their names: observations, rewards and flags;
            - ``"reward.0.NAME"``: what the first term of a reward of one's own remembers, if anything, and so on.

            The arguments of the constructor other than ``config`` are not included, nor are the events of the
            last tick.

        Raises
        ------
        nmmo.ClosedError, nmmo.BusyError
            If the world is closed or in use by another thread.

        Examples
        --------
        >>> import nmmo
        >>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
        >>> observations, info = world.reset()
        >>> other = nmmo.World(world.config)
        >>> other.load_state_dict(world.state_dict())
        >>> other.hash() == world.hash()
        True
        """
        snapshots = self._snapshots()
        return {
            "config": np.frombuffer(self.config.to_bytes(), np.uint8).copy(),
            "snapshots": snapshots,
            "next_seeds": np.array(self._next_seeds(), np.uint64),
            **{name: array.copy() for name, array in self.outputs.items()},
            **self._reward_state(),
        }

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Put back a state that ``state_dict`` returned, here or in another process.

        Everything is checked before anything changes. Observers are called as after ``restore``.

        Parameters
        ----------
        state
            Arrays by name, as ``state_dict`` returns them, of as many worlds of the same configuration, with
            the same outputs.

        Raises
        ------
        TypeError
            If the state is no mapping.
        ValueError
            If an array is missing, unknown, or of another shape or dtype, or the configuration is another one:
            the message names the fields that differ.
        nmmo.SnapshotError
            If a snapshot is damaged or of another version.
        nmmo.ClosedError, nmmo.BusyError
            If the world is closed or in use by another thread.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"the state must be arrays by name, as state_dict returns them; got {type(state).__name__}")
        wanted = {"config", "snapshots", "next_seeds", *self.outputs}
        wanted.update(name for name in state if self._rewards is not None and str(name).startswith("reward."))
        for name in sorted(wanted.symmetric_difference(state), key=str):
            raise ValueError(f"the state has {'no' if name in wanted else 'an unknown'} array {name!r}")
        self._check_config(_array(state, "config", np.uint8, (-1,)))
        seeds = _array(state, "next_seeds", np.uint64, (len(self._next_seeds()),))
        arrays = {name: _array(state, name, own.dtype, own.shape) for name, own in self.outputs.items()}
        self._load_snapshots(_array(state, "snapshots", np.uint8, (-1, -1)))
        self._set_next_seeds(seeds.tolist())
        for name, array in arrays.items():
            self.outputs[name][...] = array
        self._call_observers("after_restore")
        if self._rewards is not None:
            self._rewards.load_state_dict(state)

    def _check_config(self, packed: NDArray[np.uint8]) -> None:
        try:
            config = Config.from_bytes(packed.tobytes())
        except ValueError as error:
            raise SnapshotError(f"the state's configuration is damaged: {error}") from None
        own, other = self.config.to_dict(), config.to_dict()
        if differences := [f"{name} = {other[name]!r}, not {own[name]!r}" for name in own if own[name] != other[name]]:
            raise ValueError(f"the state is of another configuration: {'; '.join(differences)}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to copy it: a copy has arrays of its own, and no observers."""
        if self.closed:
            raise ClosedError("this world is closed")
        made_by, arguments = self._constructor()
        arguments |= {"config": self.config, "final_observations": "final_observations" in self.outputs}
        attributes = self.__dict__.copy()
        if attributes.pop("_rewards", None) is not None:
            arguments["reward"] = self._copied_reward()
        return _rebuilt, (type(self), made_by, arguments, self.state_dict(), attributes)


def _rebuilt(
    kind: Any, made_by: type[Any], arguments: dict[str, Any], state: dict[str, Any], attributes: dict[str, Any]
) -> Any:
    copy = kind.__new__(kind)
    made_by.__init__(copy, **arguments)
    copy.load_state_dict(state)
    copy.__dict__.update(attributes)
    return copy


def _array(state: Mapping[str, ArrayLike], name: str, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return an array of the state, of this dtype and shape; -1 stands for any length."""
    try:
        array = np.asarray(state[name])
    except ValueError as error:  # rows of several lengths
        raise ValueError(f"{name!r} of the state is no array: {error}") from None
    fits = len(shape) == array.ndim and all(
        wanted in (-1, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits:
        expected = f"{np.dtype(dtype).name} {list(shape)}".replace("-1", "any")
        raise ValueError(f"{name!r} of the state must be {expected}; got {array.dtype.name} {list(array.shape)}")
    return np.ascontiguousarray(array)
