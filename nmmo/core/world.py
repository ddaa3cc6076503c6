"""One world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nmmo.core import _engine
from nmmo.core.arguments import as_integer, as_seed
from nmmo.core.config import Config, ConfigLike, config_or_default
from nmmo.core.drawing import Drawing, Thing, read_drawing
from nmmo.core.dtypes import world_dtypes
from nmmo.core.edit import Edit
from nmmo.core.errors import SnapshotError
from nmmo.core.maps import MapLike, words_for
from nmmo.core.outputs import made_outputs
from nmmo.core.rewards import RewardLike
from nmmo.core.state import Stateful

__all__ = ["World"]

MOST_THREADS = 1024


def nested(record: Any) -> dict[str, Any]:
    """Return a structured record as a dict: numbers as Python's, arrays copied, records nested."""
    found: dict[str, Any] = {}
    for name in record.dtype.names:
        value = record[name]
        if isinstance(value, np.void):
            found[name] = nested(value)
        elif isinstance(value, np.ndarray):
            found[name] = value.copy()
        else:
            found[name] = value.item()
    return found


class World(Stateful, _engine.EngineWorld):
    """A world with all its agents, stepped as one batch.

    Parameters
    ----------
    config
        What the world is like, or its fields by name, as ``Config.from_dict`` takes them. Default: the preset "large".
    seed
        Of the first episode, 0 to 2**64 - 1; later ones follow from it. None: fresh entropy.
    threads
        Threads that build the observations, this one included. The result does not depend on it.
    final_observations
        Whether ``info["final_obs"]`` holds the last observations of lives that ended.
    map
        Play on this map instead of a generated one: words uint32 [height, width] as ``map()`` returns them
        (``reset`` checks them), an ``nmmo.Map``, the path of a map file, which ends in ``.npz``, or the name
        of a map that comes with nmmo, such as "large".
    buffers
        Arrays to write into instead of new ones (memory shared with another process, say), by name:
        ``observations`` and ``final_observations`` uint8 [n_agents, row_bytes], ``rewards`` float32
        [n_agents], ``terminated`` and ``truncated`` bool or uint8 [n_agents]. C-contiguous, writeable, and
        rows at a multiple of 8 bytes. A copy or a pickle of the world has arrays of its own.
    reward
        What is paid: the name of a reward ("game", "alive", "danger"), ``module:attribute`` of your own, a function
        of an ``nmmo.Tick``; or several by name with weights, such as ``{"game": 1.0, "mine:near_water": 0.5}``,
        where a name of your choice can go with a pair of function and weight. Default: the game's own reward.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described; for buffers the message says what is wanted.
    nmmo.MapError
        If a map file holds none, no map has the name, or its size is not the configuration's.
    OSError
        If the map's file cannot be read.
    MemoryError
        If there is not enough memory.

    Notes
    -----
    A world is used by one thread at a time; a second one gets ``nmmo.BusyError``. Worlds pickle and
    deep-copy, observations, rewards and flags included, so that a copy steps on identically; only the
    events of the last tick stay behind. ``state_dict`` gives the same state as arrays.

    Examples
    --------
    >>> import numpy as np, nmmo
    >>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
    >>> observations, info = world.reset()
    >>> rng = np.random.default_rng(7)
    >>> observations, rewards, terminated, truncated, info = world.step(nmmo.sample_actions(world.mask, rng))
    >>> world.tick
    1
    """

    def __init__(
        self,
        config: ConfigLike | None = None,
        seed: int | None = None,
        threads: int = 1,
        final_observations: bool = False,
        map: MapLike | None = None,
        buffers: Mapping[str, NDArray[Any]] | None = None,
        reward: RewardLike | None = None,
    ) -> None:
        settled = config_or_default(config)
        self._next_seed = as_seed(seed)
        self._drawing: Drawing | None = None
        self._map: NDArray[np.uint32] | None = None
        if map is not None:
            self._map = words_for(settled, map)
        self._open(
            settled,
            made_outputs(settled, 1, final_observations, buffers),
            world_dtypes(settled),
            as_integer(threads, "threads", 1, MOST_THREADS),
        )
        self._set_reward(reward)

    # ---- episodes ------------------------------------------------------------------------------

    def reset(self, seed: int | None = None) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Begin an episode.

        Parameters
        ----------
        seed
            None continues the sequence of seeds that began with the last one given.

        Returns
        -------
        observations : ndarray of uint8, shape [n_agents, row_bytes]
            The world's own array, which the next step overwrites.
        info : dict
            Empty, or with ``final_observations`` the array ``"final_obs"``.

        Raises
        ------
        TypeError, ValueError
            If the seed is not an integer of 64 bits.
        nmmo.MapError
            If the map given to the constructor cannot be played on.
        """
        number = self._next_seed if seed is None else as_seed(seed)
        if self._drawing is not None:
            self._begin(number, self._drawing.map, False)
            self._drawing.place(self)
            self.observe()
        else:
            self._begin(number, self._map)
        self._next_seed = _engine.next_seed(number)
        self._call_observers("after_reset")
        return self._first_result()

    def restore(self, snapshot: bytes | bytearray | memoryview) -> None:  # documented below
        super().restore(snapshot)
        self._next_seed = _engine.next_seed(self.seed)
        self._call_observers("after_restore")

    restore.__doc__ = _engine.EngineWorld.restore.__doc__

    @classmethod
    def from_snapshot(
        cls,
        snapshot: bytes | bytearray | memoryview,
        threads: int = 1,
        final_observations: bool = False,
    ) -> Self:
        """Return a world in the state of a snapshot, with the configuration that the snapshot records.

        Parameters
        ----------
        snapshot
            Bytes from ``snapshot()``.
        threads, final_observations
            As for ``World``.

        Raises
        ------
        nmmo.SnapshotError
            If it is damaged, foreign or of another version.
        """
        try:
            config = Config.from_bytes(_engine.snapshot_config(snapshot))
        except SnapshotError:
            raise
        except ValueError as error:
            raise SnapshotError(f"the snapshot's configuration is damaged: {error}") from None
        world = cls(config, 0, threads, final_observations)
        world.restore(snapshot)
        return world

    @classmethod
    def from_text(
        cls,
        drawing: str,
        legend: Mapping[str, Thing | list[Thing]] | None = None,
        *,
        config: ConfigLike | None = None,
        seed: int = 0,
        danger: int = 1,
        biome: str = "spring",
        threads: int = 1,
        final_observations: bool = False,
        reward: RewardLike | None = None,
        **overrides: Any,
    ) -> Self:
        """Return a small world drawn as text, reset and observed. ``reset`` draws it again.

        Parameters
        ----------
        drawing
            One character a tile, optionally with blanks between. ``.`` grass, ``,`` sand, ``:`` dirt,
            ``#`` stone, ``~`` water, ``_`` void, ``@`` a player in the next free slot in reading order,
            a digit the player of that slot. The drawing sits at row 0, column 0; around it the map is void,
            up to at least 32 x 32 tiles.
        legend
            What further characters mean: one thing or a list of them, of ``nmmo.Ground``, ``nmmo.Node``,
            ``nmmo.Item``, ``nmmo.Monster`` and ``nmmo.Player``. The ground under things is grass.
        config
            Default: the preset "large", with as many players and monsters as are drawn (at least one player).
        seed
            Of the episode.
        danger, biome
            Of ground that says nothing else.
        threads, final_observations, reward
            As for ``World``.
        **overrides
            Fields of the configuration that differ. Slots and monsters that are not drawn stay absent.

        Raises
        ------
        ValueError
            If the drawing is ragged, empty or has a character without a meaning.
        nmmo.ConfigError, nmmo.EditError, nmmo.MapError
            If what is drawn cannot be.

        Examples
        --------
        >>> import nmmo
        >>> world = nmmo.World.from_text('''
        ...     . . T
        ...     . @ .
        ... ''', {"T": nmmo.Node("tree")})
        >>> world.players["self"][["row", "column"]][0].item()
        (1, 1)
        """
        drawn = read_drawing(drawing, legend or {}, danger=danger, biome=biome)
        world = cls(drawn.config(config, overrides), seed, threads, final_observations, reward=reward)
        drawn.fill_map(world.config.height, world.config.width)
        world._drawing = drawn
        world.reset()
        return world

    # ---- reading and changing the state --------------------------------------------------------

    def statistics(self) -> dict[str, Any]:
        """Return what happened since the reset, and sums over lives.

        Returns
        -------
        dict
            Counters as Python numbers; those by action, skill, item type, tier and so on as int64 arrays.
            ``"finished"`` sums over lives that ended, ``"living"`` over those going on.
        """
        return statistics_of(self)

    @property
    def edit(self) -> Edit:
        """Changes to the state, validated one by one: place, give, set a level ..."""
        return Edit(self)

    # ---- life cycle ----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.closed:
            return "<nmmo.World, closed>"
        return f"<nmmo.World of {self.n_agents} agents, {self.config.height} x {self.config.width} tiles>"

    def _next_seeds(self) -> list[int]:
        return [self._next_seed]

    def _set_next_seeds(self, seeds: Sequence[int]) -> None:
        (self._next_seed,) = seeds

    def _constructor(self) -> tuple[type[World], dict[str, Any]]:
        return World, {"seed": 0, "threads": self.threads}


def statistics_of(world: _engine.Reader) -> dict[str, Any]:
    """Return what ``World.statistics`` does, for anything that reads a world."""
    whole, living = world._statistics()
    return {**nested(whole), "living": nested(living)}
