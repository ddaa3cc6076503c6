"""How soon the window shows another tick of a long replay, and what reading the whole game costs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import nmmo
from nmmo.bench.figures import Figure, FigureTable
from nmmo.render.backend import new_surface
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.renderer import Renderer
from nmmo.render.sources.replay import ReplaySource
from nmmo.render.window.playback import SCAN_BUDGETS, SEEK_BUDGET
from nmmo.replay import Recorder, Replay

__all__ = ["Seeking"]

TICKS, QUICK_TICKS = 10_000, 300
SEEKS, QUICK_SEEKS = 200, 12


class Seeking:
    """A recording of random play, and ticks of it that are looked for as the window does it.

    Parameters
    ----------
    config
        Of the world.
    seed
        Of the world, its play and the ticks.
    size
        Width and height of the pictures.
    quick
        Whether to measure less.
    """

    def __init__(self, config: nmmo.Config, seed: int, size: tuple[int, int], quick: bool) -> None:
        self.ticks = QUICK_TICKS if quick else TICKS
        self.seeks = QUICK_SEEKS if quick else SEEKS
        self._random = np.random.default_rng(seed)
        self._size = size
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "game.nmr"
        endless = config.replace(horizon=0, lives=0)
        with nmmo.World(endless, seed) as world, Recorder(world, self._path, events=True):
            world.reset()
            for _ in range(self.ticks):
                world.step(nmmo.sample_actions(world.mask, self._random))
        self._taken: dict[str, list[float]] = {}
        self._read = Figure("read", "reading the whole game on the side, a tick", "milliseconds")
        self._piece = Figure("read-frame", "what it takes of a frame at most, 99 of 100", "milliseconds")

    def measure(self) -> None:
        """Measure everything once, in a replay that was just opened."""
        source = ReplaySource(Replay(self._path))
        try:
            self._look_for("in a replay just opened", source)
            start, pieces = time.perf_counter(), []
            while source.scan_progress < 1:
                begun = time.perf_counter()
                source.run_pending(0.0, SCAN_BUDGETS[1])
                pieces.append(time.perf_counter() - begun)
            self._read.values.append(1e3 * (time.perf_counter() - start) / self.ticks)
            self._piece.values.append(1e3 * float(np.quantile(pieces, 0.99)))
            self._look_for("once the game was read", source)
        finally:
            source.close()

    def _look_for(self, what: str, source: ReplaySource) -> None:
        renderer, target = Renderer(), new_surface(*self._size)
        camera = Camera(0, 0, 1.0, *self._size)
        camera.fit(source.scene.height, source.scene.width)
        renderer.draw(target, source.scene, camera)  # ground that is new costs once
        taken = self._taken.setdefault(what, [])
        for tick in self._random.integers(0, self.ticks + 1, self.seeks).tolist():
            start = time.perf_counter()
            source.start_seek(tick)
            while source.target_tick is not None:  # frame by frame, as the window keeps drawing
                source.run_pending(SEEK_BUDGET, 0.0)
                renderer.draw(target, source.scene, camera, previous=source.previous)
            taken.append(1e3 * (time.perf_counter() - start))
            if source.problem is not None:
                raise RuntimeError(f"tick {tick} was not shown: {source.problem}")

    def table(self) -> FigureTable:
        """Return all that was measured."""
        figures = []
        for what, taken in self._taken.items():
            name = "seek-opened" if "opened" in what else "seek-read"
            for part, label, value in (
                ("", "median", np.median(taken)),
                ("-99", "99 of 100", np.quantile(taken, 0.99)),
                ("-worst", f"the worst of {len(taken):,}", max(taken)),
            ):
                figure = Figure(name + part, f"a random tick {what}, {label}", "milliseconds")
                figure.values.append(float(value))
                figures.append(figure)
        return FigureTable(f"Showing any of {self.ticks:,} ticks, whole map drawn", [*figures, self._read, self._piece])

    def close(self) -> None:
        """Delete the recording."""
        self._folder.cleanup()
