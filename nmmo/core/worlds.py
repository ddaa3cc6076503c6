"""Many worlds as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nmmo.core import _engine
from nmmo.core.arguments import as_integer, as_seed
from nmmo.core.config import ConfigLike, config_or_default
from nmmo.core.dtypes import world_dtypes
from nmmo.core.errors import SnapshotError
from nmmo.core.maps import MapLike, words_for
from nmmo.core.outputs import aligned_zeros, made_outputs
from nmmo.core.rewards import RewardLike
from nmmo.core.state import Stateful
from nmmo.core.world import MOST_THREADS, statistics_of

__all__ = ["WorldView", "Worlds"]

MOST_WORLDS = 65536


class WorldView(_engine.Reader):
    """One world of a batch, to be read but not stepped. ``Worlds.world(i)`` makes it."""

    def statistics(self) -> dict[str, Any]:
        """Return the same as ``World.statistics``."""
        return statistics_of(self)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a view of a world cannot be pickled: pickle the nmmo.Worlds, or a snapshot")


class Worlds(Stateful, _engine.EngineWorlds):
    """Many worlds of one configuration, stepped as one contiguous batch.

    Row ``i * n_agents + a`` of every array belongs to agent ``a`` of world ``i``.

    Parameters
    ----------
    n
        How many worlds.
    config
        Of each of them, as for ``nmmo.World``.
    seed
        World i's first seed is ``nmmo.derive_seed(seed, i)``. None: fresh entropy.
    threads
        Threads that step the worlds, this one included. The result does not depend on it.
    autoreset
        Whether a world that is over is reset in the same step, with the next of its seeds.
    final_observations
        Whether ``info["final_obs"]`` holds the last observations of lives that ended.
    map
        Play every episode of every world on this map instead of generated ones: as for ``nmmo.World``.
    buffers
        Arrays to write into instead of new ones (pinned memory, say), by name: ``observations`` and
        ``final_observations`` uint8 [n * n_agents, row_bytes], ``rewards`` float32 [n * n_agents],
        ``terminated`` and ``truncated`` bool or uint8 [n * n_agents].
    reward
        What is paid, as for ``nmmo.World``: one function for the rows of all worlds.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    nmmo.MapError
        If a map file holds none, no map has the name, or its size is not the configuration's.
    OSError
        If the map's file cannot be read.
    MemoryError
        If there is not enough memory.

    Notes
    -----
    After an automatic reset the observations are those of the new episode; rewards, flags and events
    are those of the last tick of the old one, and ``statistics()`` counts on from the last call of
    ``reset``, so that no finished life is missed.
    """

    def __init__(
        self,
        n: int,
        config: ConfigLike | None = None,
        seed: int | None = None,
        threads: int = 1,
        autoreset: bool = True,
        final_observations: bool = False,
        buffers: Mapping[str, NDArray[Any]] | None = None,
        map: MapLike | None = None,
        reward: RewardLike | None = None,
    ) -> None:
        count = as_integer(n, "n", 1, MOST_WORLDS)
        settled = config_or_default(config)
        first = as_seed(seed)
        self._map = None if map is None else words_for(settled, map)
        outputs = made_outputs(settled, count, final_observations, buffers)
        outputs["over"] = aligned_zeros((count,), np.bool_)
        self._open(
            count,
            settled,
            outputs,
            world_dtypes(settled),
            as_integer(threads, "threads", 1, MOST_THREADS),
            bool(autoreset),
            [_engine.derive_seed(first, index) for index in range(count)],
        )
        self._set_reward(reward)

    def reset(self, seed: int | None = None) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Begin an episode in every world.

        Parameters
        ----------
        seed
            World i is reset with ``nmmo.derive_seed(seed, i)``; None: each continues its own sequence.

        Returns
        -------
        observations : ndarray of uint8, shape [n * n_agents, row_bytes]
            The worlds' own array, which the next step overwrites.
        info : dict
            Empty, or with ``final_observations`` the array ``"final_obs"``.

        Raises
        ------
        TypeError, ValueError
            If the seed is not an integer of 64 bits.
        nmmo.MapError
            If the map given to the constructor cannot be played on.
        """
        if seed is not None:
            first = as_seed(seed)
            self._set_next_seeds([_engine.derive_seed(first, index) for index in range(len(self))])
        self._begin(self._map)
        self._call_observers("after_reset")
        return self._first_result()

    def restore(self, snapshots: Sequence[bytes | NDArray[np.uint8]]) -> None:
        """Put back states that were taken by ``world(i).snapshot()``, and rebuild the observations from them.

        Rewards, flags and events are cleared. Every byte of every snapshot is checked before a world changes.
        The next episodes continue the sequences of seeds of the restored ones.

        Parameters
        ----------
        snapshots
            One for each world, of the same configuration.

        Raises
        ------
        nmmo.SnapshotError
            If there are too few or too many, or one is damaged, foreign, of another version or of another
            configuration.
        """
        rows = [np.frombuffer(snapshot, np.uint8) for snapshot in snapshots]
        if len(rows) != len(self) or len({row.size for row in rows}) != 1:
            raise SnapshotError(f"{len(self)} snapshots of worlds of one configuration are needed")
        self._load_snapshots(np.stack(rows))
        self._set_next_seeds([_engine.next_seed(self.world(index).seed) for index in range(len(self))])
        self._call_observers("after_restore")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.closed:
            return "<nmmo.Worlds, closed>"
        return f"<nmmo.Worlds: {len(self)} of {self.n_agents} agents>"

    def _constructor(self) -> tuple[type[Worlds], dict[str, Any]]:
        return Worlds, {"n": len(self), "seed": 0, "threads": self.threads, "autoreset": self.autoreset}
