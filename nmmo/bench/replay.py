"""Replays: what recording costs, how small files are, how fast they are read again. The game is scripted play."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any, Final

from numpy.typing import NDArray

import nmmo
from nmmo.agents import Match, load_agent, seat_agents, setting_of
from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.topics import Settings, TopicResult
from nmmo.replay.measure import draw_actions, measure, measure_play

PLAYERS: Final = ("forager", "fighter", "trader")
TICKS, QUICK_TICKS = 2048, 64
PLAY_TICKS: Final = 256
"""Of a game whose players are computed meanwhile: a hundred times slower than plain steps."""
GAMES: Final = 3
"""Games a round for each way of plain steps."""


class Topic:
    """See ``TOPICS``. Actions are drawn beforehand, so that steps alone are timed; then players are computed too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._config = nmmo.Config.preset("small" if settings.quick else settings.preset)
        self._ticks = settings.ticks or (QUICK_TICKS if settings.quick else TICKS)
        self._play_ticks = min(self._ticks, PLAY_TICKS)
        self._actions = draw_actions(self._config, settings.seed, self._ticks, self._chooser())
        self._cost = [
            Figure("cost", "recording, of the time of plain steps", "percent"),
            Figure("cost-state", "recording with states and events, likewise", "percent"),
            Figure("cost-play", "recording, of the time of scripted play", "percent"),
            Figure("cost-state-play", "recording with states and events, likewise", "percent"),
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
            Figure("first", "opening, and the world at a random tick", "milliseconds"),
            Figure("seek", "the world at further random ticks, median", "milliseconds"),
            Figure("seek-99", "the world at further random ticks, 99 of 100", "milliseconds"),
            Figure("seek-worst", "the world at further random ticks, the slowest", "milliseconds"),
        ]

    def _chooser(self) -> Callable[[nmmo.World], NDArray[Any]]:
        setting = setting_of(self._config)
        seats = seat_agents([load_agent(name, setting) for name in PLAYERS], self._config, names=PLAYERS)
        match: Match | None = None

        def choose(world: nmmo.World) -> NDArray[Any]:
            nonlocal match
            if match is None:
                match = Match(world, seats)
            return match.choose_actions()

        return choose

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        with tempfile.TemporaryDirectory() as folder:
            found = measure(self._config, self._settings.seed, self._actions, folder, repeats=GAMES)
            play = measure_play(self._config, self._settings.seed, self._play_ticks, self._chooser, folder)
        costs = (found.cost, found.cost_state, *play, found.verify_ratio)
        seeks = (found.open_seconds, found.first_seconds, found.seek_median, found.seek_99, found.seek_worst)
        for figures, values in (
            (self._cost, [100 * value for value in costs]),
            (self._size, [8 * found.actions_bytes, 8 * found.entropy]),
            (self._files, [found.file_bytes, found.file_bytes_state]),
            (self._times, [1e3 * value for value in seeks]),
        ):
            for figure, value in zip(figures, values, strict=True):
                figure.values.append(float(value))

    def result(self) -> TopicResult:
        """Return the result, after the last round."""
        return TopicResult(
            title="Replays",
            conditions={
                "seed": self._settings.seed,
                "ticks": self._ticks,
                "play_ticks": self._play_ticks,
                "workload": ", ".join(PLAYERS),
                "config": self._config.to_dict(),
            },
            played={},
            lines=[
                f"{self._config.n_players:,} players, {self._ticks:,} ticks of scripted play ({', '.join(PLAYERS)}), "
                f"recorded to a temporary folder; players are computed for {self._play_ticks:,} ticks",
            ],
            tables=[
                FigureTable("Cost and speed", self._cost),
                FigureTable("Size of the actions", self._size),
                FigureTable("Size of a file", self._files),
                FigureTable("Reading", self._times),
            ],
        )

    def close(self) -> None:
        """Do nothing: there is nothing to free."""
