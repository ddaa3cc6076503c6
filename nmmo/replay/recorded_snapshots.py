"""The states that a replay file holds, and the worlds that they are put into."""

from __future__ import annotations

import numpy as np

from nmmo.core.dtypes import observation_dtype
from nmmo.core.engine_info import rules_version
from nmmo.core.errors import ConfigError, MapError, SnapshotError
from nmmo.core.world import World
from nmmo.replay.contents import Contents
from nmmo.replay.errors import DamagedError, ReplayError, RulesVersionError, TooLargeError
from nmmo.replay.index import Entry
from nmmo.replay.snapshots import State, is_difference, make_base, read_difference, read_state

__all__ = ["RecordedSnapshots"]


class RecordedSnapshots:
    """Makes worlds for a replay, and puts recorded states into them.

    Parameters
    ----------
    contents
        Of the file.
    max_world_bytes
        The most memory that playing it may take.
    """

    def __init__(self, contents: Contents, max_world_bytes: int) -> None:
        self._contents = contents
        self._header = contents.header
        self._max_bytes = max_world_bytes
        self._base: State | None = None  # what recorded states are differences from
        self._buffer: State | None = None

    # ---- worlds

    @property
    def _needed_bytes(self) -> int:
        """What playing takes: a world, its check, the base, a state unpacked, and the observations."""
        config = self._header.make_config()
        return 5 * self._engine_bytes + config.n_players * observation_dtype(config).itemsize

    @property
    def _engine_bytes(self) -> int:
        return self._header.make_config().world_bytes

    @property
    def spare_bytes(self) -> int:
        """Memory that is allowed but not needed for playing."""
        return max(self._max_bytes - self._needed_bytes, 0)

    def new_world(self) -> World:
        """Return a world to play in, not yet reset.

        Raises
        ------
        nmmo.replay.RulesVersionError
            If it was played by other rules.
        nmmo.replay.TooLargeError
            If the world would be larger than allowed.
        nmmo.replay.ReplayError
            If this engine cannot make such a world.
        """
        self.check_playable()
        words = self._contents.map()
        try:
            return World(self._header.make_config(), self._header.seed, map=words)
        except (ConfigError, MapError, ValueError) as error:
            raise ReplayError(f"the replay's world cannot be made: {error}") from None

    def check_playable(self) -> None:
        """Raise what ``new_world`` would raise of the header, before any memory is taken."""
        header = self._header
        if header.rules_version != rules_version():
            raise RulesVersionError(
                f"the replay was played by rules version {header.rules_version}; this engine plays "
                f"version {rules_version()}. Install the nmmo that recorded it ({header.package}); "
                "events and states that are recorded in the file can be read without"
            )
        needed = self._needed_bytes
        if needed > self._max_bytes:
            raise TooLargeError(
                f"playing the replay needs about {needed:,} bytes, more than the {self._max_bytes:,} "
                "that are allowed: pass max_world_bytes"
            )
        if header.state_bytes > self._engine_bytes:
            raise DamagedError(f"a state of {header.state_bytes:,} bytes does not fit into this world")

    def reset(self, world: World, new: bool) -> None:
        """Begin the episode from which the recording came.

        Parameters
        ----------
        world
            As ``new_world`` makes it.
        new
            Whether the world was never used: then its state also serves as the base, which saves making another.
        """
        try:
            world.reset(self._header.seed)
        except MapError as error:
            raise ReplayError(f"the replay's world cannot be made: {error}") from None
        if new and self._needs_base:
            self._base = np.frombuffer(world.snapshot(), np.uint8)

    def restore(self, world: World, entry: Entry, new: bool) -> None:
        """Put a recorded state into a world. Parameters as those of ``reset``.

        Raises
        ------
        nmmo.replay.DamagedError
            If the state is damaged.
        """
        if new and self._needs_base:
            self.reset(world, new)
        try:
            world.restore(self.state(entry).data)
        except SnapshotError as error:
            reason = f"the state of tick {entry.start} cannot be restored: {error}"
            raise DamagedError(reason, entry.offset) from None

    @property
    def _needs_base(self) -> bool:
        return self._base is None and self._header.base != "zero"

    # ---- states

    def state(self, entry: Entry) -> State:
        """Return a recorded state, as the engine's snapshot: valid until the next is asked for."""
        base = self._base_for(entry)
        if self._buffer is None:
            self._buffer = np.empty_like(base)  # allocating it again would cost more than filling it
        return read_state(self._contents.payload(entry), entry.offset, base, self._buffer)

    def matches(self, entry: Entry, snapshot: bytes) -> bool:
        """Return whether a snapshot is to the byte the recorded one."""
        base = self._base_for(entry)
        return is_difference(snapshot, read_difference(self._contents.payload(entry), entry.offset, base), base)

    def _base_for(self, entry: Entry) -> State:
        header = self._header
        if self._base is None:
            config, words = header.make_config(), self._contents.map()
            try:
                self._base = make_base(config, header.seed, header.base, words, header.state_bytes)
            except MapError as error:
                raise ReplayError(f"the replay's world cannot be made: {error}") from None
        if len(self._base) != header.state_bytes:
            raise DamagedError("the file's states are of another size than this engine's", entry.offset)
        return self._base
