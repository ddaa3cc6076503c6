"""Pictures of worlds and replays, and the window that shows them.

Names are loaded when they are first used: drawing needs pygame-ce (``pip install 'nmmo[render]'``).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmmo.render.drawing.camera import Camera as Camera
    from nmmo.render.drawing.draw_options import DrawOptions as DrawOptions
    from nmmo.render.drawing.picture import Painter as Painter
    from nmmo.render.drawing.picture import frame as frame
    from nmmo.render.drawing.renderer import Renderer as Renderer
    from nmmo.render.scene import Scene as Scene

_HOMES = {  # name: the module that defines it
    "Camera": "drawing.camera",
    "Painter": "drawing.picture",
    "Renderer": "drawing.renderer",
    "Scene": "scene",
    "DrawOptions": "drawing.draw_options",
    "frame": "drawing.picture",
}

__all__ = ["Camera", "DrawOptions", "Painter", "Renderer", "Scene", "frame"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
