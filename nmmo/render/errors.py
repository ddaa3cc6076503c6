"""What can go wrong while drawing."""

from __future__ import annotations

__all__ = ["ExportError", "NoDisplay", "PanelError", "RenderError"]


class RenderError(Exception):
    """The base of all errors of drawing."""


class NoDisplay(RenderError):
    """No window can be opened."""


class ExportError(RenderError):
    """A picture or video cannot be written."""


class PanelError(RenderError):
    """A panel cannot be added to the window."""
