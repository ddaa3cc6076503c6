"""Writes pictures and videos of a replay. No display is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from nmmo.file_errors import explain
from nmmo.render.backend import pygame
from nmmo.render.drawing.draw_options import DrawOptions
from nmmo.render.drawing.picture import Painter
from nmmo.render.errors import ExportError
from nmmo.render.scene import Scene
from nmmo.render.sources.open_replay import open_replay

__all__ = ["SUFFIXES", "export"]

SUFFIXES: Final = (".png", ".gif", ".mp4")
MAX_GIF_FRAMES: Final = 2000

Progress = Callable[[int, int], None]


def export(
    replay: Any,
    path: Path,
    *,
    start: int,
    stop: int,
    step: int = 1,
    fps: int = 10,
    size: tuple[int, int] = (1280, 720),
    follow: int | None = None,
    zoom: float | None = None,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write a picture or a video.

    Parameters
    ----------
    replay
        An ``nmmo.replay.Replay``.
    path
        The file; its suffix says what is written. It is complete at the end, or not there at all.
    start, stop, step
        Ticks, as for ``range``. A picture shows the first.
    fps
        Pictures per second.
    size
        Width and height in pixels.
    follow
        The slot in the middle. None: the whole map.
    zoom
        Pixels per tile.
    progress
        Called with pictures drawn and pictures in all.

    Returns
    -------
    int
        How many pictures were written.

    Raises
    ------
    ExportError
        If the suffix is unknown, nothing lies between the ticks, or the file cannot be written.
    nmmo.replay.ReplayError
        If the replay cannot be played there, or, where other rules played it, has no states to show.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ExportError(f"{path}: a picture or video ends in {', '.join(SUFFIXES)}")
    ticks = range(start, stop, step)
    if not len(ticks):
        raise ExportError(f"there is nothing from tick {start} to {stop}")
    if suffix == ".gif" and len(ticks) > MAX_GIF_FRAMES:
        raise ExportError(
            f"{len(ticks):,} pictures are too many for a GIF ({MAX_GIF_FRAMES:,}): "
            "give --stop or --every, or write an .mp4"
        )
    width, height = size
    if suffix == ".mp4":  # the usual encoding halves the colours' resolution
        width, height = width - width % 2, height - height % 2
    painter = Painter(width, height)
    options = DrawOptions(selected=follow)
    part = path.with_name(f"{path.stem}.part{suffix}")

    def pictures() -> Any:
        for scene in _scenes(replay, ticks[:1] if suffix == ".png" else ticks):
            yield painter.paint_scene(scene, slot=follow, zoom=zoom, options=options)

    try:
        count = _write(part, suffix, pictures(), fps, 1 if suffix == ".png" else len(ticks), progress)
        os.replace(part, path)
    except OSError as error:
        raise ExportError(explain(error, path)) from None
    except pygame.error as error:
        raise ExportError(f"{path}: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _scenes(replay: Any, ticks: range) -> Iterator[Scene]:
    """Yield the scenes of some ticks: played again, or from recorded states where other rules played."""
    if replay.playable:
        for frame in replay.frames(ticks.start, ticks.stop, ticks.step):
            yield Scene.of(frame.world)
        return
    source = open_replay(replay)
    for tick in ticks:
        source.seek(tick)
        if source.problem is not None:
            raise ExportError(f"tick {tick} cannot be shown: {source.problem}")
        yield source.scene


def _write(part: Path, suffix: str, pictures: Any, fps: int, total: int, progress: Progress) -> int:
    try:
        import imageio.v2 as imageio

        if suffix == ".png":
            imageio.imwrite(part, next(pictures))
            progress(1, 1)
            return 1
        options: dict[str, Any] = {"mode": "I", "loop": 0, "duration": 1000 / fps} if suffix == ".gif" else {
            "format": "FFMPEG", "fps": fps, "codec": "libx264", "quality": 7, "macro_block_size": 2,
        }  # fmt: skip
        done = 0
        writer: Any
        with imageio.get_writer(part, **options) as writer:
            for picture in pictures:
                writer.append_data(picture)
                done += 1
                progress(done, total)
        return done
    except ImportError as error:
        raise ExportError(f"this needs {error.name}: pip install 'nmmo[render]'") from None
