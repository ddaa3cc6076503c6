"""Saves a picture of the window."""

from __future__ import annotations

import io
import os
from pathlib import Path

from nmmo.render.backend import pygame

__all__ = ["save_picture"]


def save_picture(target: pygame.Surface, folder: Path, stem: str) -> Path:
    """Save a surface as a PNG under a name that is still free; it is complete, or not there at all.

    Parameters
    ----------
    target
        The surface.
    folder
        Where to save; it is created if necessary.
    stem
        The file's name without its suffix; a number follows where the name is taken.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError, pygame.error
        If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / f"{stem}.png", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.png", number + 1
    packed = io.BytesIO()
    pygame.image.save(target, packed, "picture.png")
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(packed.getvalue())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
