"""Drawing: how long a picture takes, near and far, and any tick of a replay, by software on one core."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

import nmmo
from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.seeking import Seeking
from nmmo.bench.topics import Settings, TopicResult
from nmmo.machine import resident_bytes
from nmmo.render.backend import new_surface
from nmmo.render.drawing.camera import Camera
from nmmo.render.drawing.draw_options import DrawOptions
from nmmo.render.drawing.picture import Painter
from nmmo.render.drawing.renderer import Renderer
from nmmo.render.scene import Scene

WIDTH, HEIGHT = 1280, 720
ZOOMS: Final = {"near": 48.0, "middle": 16.0, "far": 6.0, "whole map": None}
TICKS, WARM_UP = 40, 100
QUICK_TICKS, QUICK_WARM_UP = 6, 6
LOAD: Final = "uniform over what is possible"


class Topic:
    """See ``TOPICS``. A tick is played between two pictures; only taking the scene and drawing it count."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        config = nmmo.Config.preset("small" if settings.quick else settings.preset)
        self._world = nmmo.World(config, settings.seed)
        self._world.reset()
        self._random = np.random.default_rng(settings.seed)
        self._warm_up = settings.warm_up_or(QUICK_WARM_UP if settings.quick else WARM_UP)
        self._ticks = settings.ticks or (QUICK_TICKS if settings.quick else TICKS)
        for _ in range(self._warm_up):
            self._play()
        self._renderer = Renderer()
        self._target = new_surface(WIDTH, HEIGHT)
        self._painter = Painter(WIDTH, HEIGHT)
        self._frames = [
            Figure(
                name.replace(" ", "-"),
                f"a frame, {name}" + (f" ({zoom:g} pixels a tile)" if zoom else ""),
                "milliseconds",
            )
            for name, zoom in ZOOMS.items()
        ]
        self._array = Figure("rgb-array", "a picture as an array, around a player", "milliseconds")
        self._seeking = Seeking(config, settings.seed, (WIDTH, HEIGHT), settings.quick)
        self._memory = Figure("memory", "this process, with the world and all that is kept for drawing", "bytes")

    def _play(self) -> None:
        if self._world.over:
            self._world.reset()
        self._world.step(nmmo.sample_actions(self._world.mask, self._random))

    def _camera(self, zoom: float | None) -> Camera:
        config = self._world.config
        camera = Camera(config.height / 2, config.width / 2, 1.0, WIDTH, HEIGHT)
        if zoom is None:
            camera.fit(config.height, config.width)
        else:
            camera.zoom = zoom
        return camera

    def measure(self, round_: int) -> None:
        """Measure everything once."""
        for figure, zoom in zip(self._frames, ZOOMS.values(), strict=True):
            camera, shown = self._camera(zoom), DrawOptions()
            before = Scene.of(self._world)
            self._renderer.draw(self._target, before, camera, options=shown)  # ground that is new costs once
            taken = []
            for _ in range(self._ticks):
                self._play()
                start = time.perf_counter()
                scene = Scene.of(self._world)
                self._renderer.draw(self._target, scene, camera, previous=before, fraction=0.5, options=shown)
                taken.append(time.perf_counter() - start)
                before = scene
            figure.values.append(1e3 * float(np.median(taken)))
        living = int(np.argmax(self._world.players["alive"]))
        self._painter.paint(self._world, slot=living)
        taken = []
        for _ in range(self._ticks):
            self._play()
            start = time.perf_counter()
            self._painter.paint(self._world, slot=living)
            taken.append(time.perf_counter() - start)
        self._array.values.append(1e3 * float(np.median(taken)))
        self._seeking.measure()
        resident = resident_bytes()
        if resident is not None:
            self._memory.values.append(float(resident))

    def result(self) -> TopicResult:
        """Return the result, after the last round."""
        config = self._world.config
        drawing = FigureTable("Drawing a frame, median of a round", [*self._frames, self._array])
        tables = [drawing, self._seeking.table()]
        if self._memory.values:
            tables.append(FigureTable("Memory", [self._memory]))
        return TopicResult(
            title="Drawing",
            conditions={
                "seed": self._settings.seed,
                "warm_up_ticks": self._warm_up,
                "ticks": self._ticks,
                "size": [WIDTH, HEIGHT],
                "workload": LOAD,
                "config": config.to_dict(),
            },
            played={},
            lines=[
                f"{config.n_players:,} players and {config.n_monsters:,} monsters on {config.height} x {config.width} "
                f"tiles, pictures of {WIDTH} x {HEIGHT} pixels, software, 1 thread",
                f"seed {self._settings.seed}, {self._ticks:,} ticks a round and view, "
                f"after {self._warm_up:,} of warm-up",
            ],
            tables=tables,
        )

    def close(self) -> None:
        """Free the worlds."""
        self._seeking.close()
        self._world.close()
