"""What keys do: tables from which the window acts and the help page is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from nmmo.render.errors import PanelError
from nmmo.render.panels.panel import Mode
from nmmo.render.window.panel_host import PanelHost

__all__ = ["MOUSE_BINDINGS", "KeyBinding", "panel_bindings"]


@dataclass(frozen=True)
class KeyBinding:
    """A key and what it does.

    Attributes
    ----------
    keys
        pygame's key codes.
    label
        The key's name on the help page.
    run
        What the key does.
    description
        What it does, in words.
    mode
        When the key is available.
    repeats
        Whether it acts again and again while it is held.
    """

    keys: tuple[int, ...]
    label: str
    run: Callable[[], None]
    description: str
    mode: Mode = "always"
    repeats: bool = False


MOUSE_BINDINGS: Final[tuple[tuple[str, str, Mode], ...]] = (
    ("W A S D, arrows", "move the map", "watch"),
    ("W A S D, arrows", "walk; with Shift run", "play"),
    ("1 - 9, 0, -, =", "use inventory slot 1 - 12", "play"),
    ("click", "select a player or monster", "watch"),
    ("click", "walk there; on a body: go and attack", "play"),
    ("right click", "select a player or monster", "play"),
    ("drag", "move the map", "always"),
    ("wheel", "zoom in or out at the pointer", "always"),
)
"""What the mouse and groups of keys do: name, description and when."""

_RESERVED: Final = {
    **{ord(key): "move the map, or walk" for key in "wasd"},
    **{ord(key): "use an inventory slot" for key in "1234567890-="},
}
"""Keys of ``MOUSE_BINDINGS`` and what they do; key codes of characters are the characters themselves."""


def panel_bindings(host: PanelHost, others: Sequence[KeyBinding]) -> list[KeyBinding]:
    """Return the keys of the panels that are available.

    Parameters
    ----------
    host
        Holds the panels.
    others
        The window's other keys.

    Raises
    ------
    PanelError
        If a panel's key does something else already.
    """
    taken = _RESERVED | {key: binding.description for binding in others for key in binding.keys}
    bindings = []
    for panel in host.available:
        if not panel.key:
            continue
        code = ord(panel.key)
        if code in taken:
            raise PanelError(f"panel {panel.name!r}: the key {panel.key.upper()} is taken: {taken[code]}")
        taken[code] = panel.description
        run = partial(host.toggle, panel)
        bindings.append(KeyBinding((code,), panel.key.upper(), run, panel.description, panel.mode))
    return bindings
