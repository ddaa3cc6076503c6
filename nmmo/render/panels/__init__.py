"""The panels at the window's right side, one file each. ``panel`` says what a panel is."""

from nmmo.render.panels.panel import PANELS, Panel, PanelContext, load_panels

__all__ = ["PANELS", "Panel", "PanelContext", "load_panels"]
