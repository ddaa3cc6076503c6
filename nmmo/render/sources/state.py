"""A source of scenes: a replay of other rules, shown from its recorded states without playing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.content import names
from nmmo.core.errors import ConfigError
from nmmo.core.records import Table, record_dtype
from nmmo.render.scene import Scene, fog_margins
from nmmo.render.sources.recorded import RecordedSource
from nmmo.replay import ReplayError, StateFrame

__all__ = ["StateSource"]

EVENTS_AT_ONCE: Final = 128  # ticks: as many as are usually together in the file
_ENUMERATED: Final = {"style": "skill", "element": "element", "temper": "occupant", "biome": "biome"}
"""Fields of players and monsters that hold a member of an enumeration."""

Numbers = Mapping[str, NDArray[np.uint8]]


class StateSource(RecordedSource):
    """A replay with a state stream: ground, bodies and objects; no inventories, no market.

    Parameters
    ----------
    replay
        An open ``nmmo.replay.Replay`` with a state stream; closed with the source.

    Raises
    ------
    nmmo.replay.ReplayError
        If its first recorded state cannot be shown.
    """

    def __init__(self, replay: Any) -> None:
        self._replay = replay
        self._blocks: list[tuple[int, int]] = replay.state_ticks
        self._config = _likely_config(replay.header.config)
        self._events: tuple[int, NDArray[np.void]] = (-EVENTS_AT_ONCE, _no_events())
        first, last = self._blocks[0][0], self._blocks[-1][1]
        super().__init__(replay, first, last, self._scene_at(first))
        self.notice = self.notice or (
            f"played by rules version {replay.header.rules_version} (nmmo {replay.header.package}): "
            "shown as recorded, without inventories and market"
        )

    def _seek_steps(self, tick: int) -> Iterator[None]:
        if tick != self.scene.tick:
            made = self._scenes.get(tick) or self._scene_at(tick)
            yield
            self.previous = self.scene if self.scene.tick == tick - 1 else self._scenes.get(tick - 1)
            self._show(made)
        self.problem = None

    def _scan_steps(self) -> Iterator[None]:
        for start, stop in self._blocks:
            for tick in range(start, stop + 1):
                if not self.history.knows(tick):
                    try:
                        scene = self._scene_at(tick)
                    except (ReplayError, OSError):  # reported when somebody seeks it; other blocks may be whole
                        break
                    self.history.note(tick, scene.players, scene.events)
                self._scanned_tick = tick
                yield

    # ---- making scenes

    def _scene_at(self, tick: int) -> Scene:
        frame: StateFrame = self._replay.state(tick)
        numbers = _numbers(frame.names)
        words = frame.tiles
        ground = (words & 0xFF).astype(np.uint8)
        return Scene(
            tick=tick,
            config=self._config,
            ground=numbers["ground"][ground >> 2] * 4 + numbers["biome"][ground & 3],
            danger=(words >> 20 & 0xF).astype(np.uint8),
            objects=numbers["object"][words >> 8 & 0xFF],
            tiers=(words >> 16 & 0xF).astype(np.uint8),
            players=_players(frame.players, numbers),
            monsters=_converted(frame.monsters, record_dtype(Table.MONSTER), numbers),
            ground_items=np.zeros(0, record_dtype(Table.GROUND_ITEM)),
            events=self._events_of(tick, numbers),
            fog=fog_margins(self._config, tick),
        )

    def _events_of(self, tick: int, numbers: Numbers) -> NDArray[np.void]:
        start, events = self._events
        if not start <= tick < start + EVENTS_AT_ONCE:
            start = tick - tick % EVENTS_AT_ONCE
            try:
                events = self._replay.events(start=start, stop=start + EVENTS_AT_ONCE)
            except ReplayError:  # they were not recorded, and these rules cannot play them again
                events = _no_events()
            self._events = start, events
        chosen: NDArray[np.void] = events[events["tick"] == tick].copy()
        chosen["kind"] = numbers["event"][chosen["kind"]]
        chosen["item"] = numbers["object"][chosen["item"]]
        return chosen

    # ---- what is known of a player

    def observation_of(self, slot: int) -> np.void | None:
        """Return None: what players observed was not recorded."""
        return None

    def action_history_of(self, slot: int) -> list[tuple[int, int]]:
        """Return nothing: the recorded numbers of actions are those of other rules."""
        return []

    def listings(self) -> NDArray[np.void]:
        """Return None: the market was not recorded."""
        return np.zeros(0, record_dtype(Table.LISTING))


def _no_events() -> NDArray[np.void]:
    return np.zeros(0, record_dtype(Table.EVENT))


def _numbers(recorded: Mapping[str, list[str]]) -> Numbers:
    """Return for each enumeration a table from the recording's numbers to this engine's; what is unknown becomes 0."""
    found = {}
    for kind in ("ground", "biome", "element", "skill", "object", "occupant", "event"):
        ours = {name: number for number, name in enumerate(names(kind))}
        table = np.zeros(256, np.uint8)
        for number, name in enumerate(recorded.get(kind, list(ours))[:256]):
            table[number] = ours.get(name, 0)
        found[kind] = table
    return found


def _converted(recorded: NDArray[np.void], dtype: np.dtype[Any], numbers: Numbers) -> NDArray[np.void]:
    """Return records of this engine from those of another one: fields of the same name are copied."""
    made = np.zeros(len(recorded), dtype)
    for name in set(dtype.names or ()) & set(recorded.dtype.names or ()):
        values = recorded[name]
        if values.shape != made[name].shape:
            continue
        if name in _ENUMERATED:
            values = numbers[_ENUMERATED[name]][values.astype(np.uint8)]
        elif name == "worn_type":
            values = numbers["object"][values.astype(np.uint8)]
        made[name] = values
    return made


def _players(recorded: NDArray[np.void], numbers: Numbers) -> NDArray[np.void]:
    me = _converted(recorded, record_dtype(Table.SELF), numbers)
    made = np.zeros(len(me), record_dtype(Table.PLAYER))
    made["self"] = me
    made["alive"] = me["health"] > 0
    made["score"] = np.minimum(me["combat_level"], me["harvest_level"])
    return made


def _likely_config(recorded: Mapping[str, Any]) -> Config:
    """Return a configuration that this engine knows, as close to the recorded one as possible."""
    known = {name: value for name, value in recorded.items() if name in Config().to_dict()}
    try:
        return Config.from_dict(known)
    except (ConfigError, TypeError, ValueError):
        size = {name: known[name] for name in ("height", "width", "n_players", "n_monsters")}
        return Config.from_dict(size)
