"""Replays: what recording costs, how small files are, how fast they are read again. The game is scripted play."""

from __future__ import annotations

import tempfile
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import nmmo
from nmmo.agents import Cast, load_agent, setting_of
from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.topics import Settings, TopicResult
from nmmo.replay.measure import draw_actions, measure

PLAYERS: Final = ("forager", "fighter", "trader")
TICKS, QUICK_TICKS = 2048, 64


class Topic:
    """See ``TOPICS``. The actions are drawn beforehand: only steps, recorded or not, are timed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._config = nmmo.Config.preset("small" if settings.quick else settings.preset)
        self._ticks = settings.ticks or (QUICK_TICKS if settings.quick else TICKS)
        setting = setting_of(self._config)
        agents = [load_agent(name, setting) for name in PLAYERS]
        cast = Cast(agents, self._config, names=PLAYERS)
        cast.reset(settings.seed)

        def choose(world: nmmo.World) -> NDArray[Any]:
            return np.asarray(cast.act(world))

        self._actions = draw_actions(self._config, settings.seed, self._ticks, choose)
        self._cost = [
            Figure("cost", "recording, of the time of plain steps", "percent"),
            Figure("cost-state", "recording with states and events, likewise", "percent"),
            Figure("verify", "verifying, of the speed of World.step", "percent"),
        ]
        self._size = [
            Figure("actions", "the actions", "bits/agent-step"),
            Figure("entropy", "their order-0 entropy", "bits/agent-step"),
        ]
        self._files = [
            Figure("file", "a file, for 1,000 ticks", "bytes"),
            Figure("file-state", "with states and events", "bytes"),
        ]
        self._times = [
            Figure("open", "opening", "milliseconds"),
            Figure("seek", "the world at a random tick, median", "milliseconds"),
            Figure("seek-99", "the world at a random tick, 99 of 100", "milliseconds"),
        ]

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        with tempfile.TemporaryDirectory() as folder:
            found = measure(self._config, self._settings.seed, self._actions, folder, repeats=1)
        for figures, values in (
            (self._cost, (100 * found.cost, 100 * found.cost_state, 100 * found.verify_ratio)),
            (self._size, (8 * found.actions_bytes, 8 * found.entropy)),
            (self._files, (found.file_bytes, found.file_bytes_state)),
            (self._times, (1e3 * found.open_seconds, 1e3 * found.seek_median, 1e3 * found.seek_99)),
        ):
            for figure, value in zip(figures, values, strict=True):
                figure.values.append(float(value))

    def result(self) -> TopicResult:
        """After the last round."""
        return TopicResult(
            title="Replays",
            conditions={
                "seed": self._settings.seed,
                "ticks": self._ticks,
                "load": ", ".join(PLAYERS),
                "config": self._config.to_dict(),
            },
            played={},
            lines=[
                f"{self._config.n_players:,} players, {self._ticks:,} ticks of scripted play ({', '.join(PLAYERS)}), "
                "recorded to a temporary folder",
            ],
            tables=[
                FigureTable("Cost and speed", self._cost),
                FigureTable("Size of the actions", self._size),
                FigureTable("Size of a file", self._files),
                FigureTable("Reading", self._times),
            ],
        )

    def close(self) -> None:
        """There is nothing to free."""
