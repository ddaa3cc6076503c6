"""What a panel is, what it is given to draw with, and the registry of panels.

A panel is one file with a subclass of ``Panel``. Those that come with nmmo are listed in ``PANELS``; a panel of
your own is named as ``module:attribute`` (``nmmo view --panel my_module:MyPanel``). Its key, its line on the help
page and its button in the top bar follow from its class attributes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol

from nmmo.core.registry import Registry
from nmmo.render.art.sprite_cache import SpriteCache
from nmmo.render.backend import pygame
from nmmo.render.drawing.ui import Ui
from nmmo.render.errors import PanelError
from nmmo.render.human_player import HumanPlayer
from nmmo.render.scene import Scene
from nmmo.render.sources.source import Source

__all__ = ["PANELS", "Mode", "Panel", "PanelContext", "load_panels"]

Mode = Literal["always", "watch", "play"]
"""When a panel or key is available: always, while everybody watches, or while somebody plays by hand."""


class Select(Protocol):
    """Selects an entity."""

    def __call__(self, entity: int, follow: bool = False) -> None:
        """Select a player or monster, and on request follow it with the camera."""


@dataclass(frozen=True)
class PanelContext:
    """What a panel may use and ask for. It is valid for one frame.

    Attributes
    ----------
    source
        Where scenes come from: charts, names, observations, insights, listings.
    selected
        The selected entity: a slot, or the number of players + the number of a monster; None: nobody.
    human
        Who plays a slot by hand; None: everybody watches.
    ui
        Draws text, buttons, gauges and charts, and makes places clickable. ``ui.target`` is the window's surface.
    sprites
        Sprites and icons.
    select
        ``select(entity, follow=False)`` selects a player or monster.
    seek
        ``seek(tick)`` pauses and shows a tick.
    act
        ``act(action)`` chooses the next action of the human; it has no effect while everybody watches.
    open_panel
        ``open_panel(name)`` opens another panel.
    """

    source: Source
    selected: int | None
    human: HumanPlayer | None
    ui: Ui
    sprites: SpriteCache
    select: Select
    seek: Callable[[int], None]
    act: Callable[[int], None]
    open_panel: Callable[[str], None]

    @property
    def scene(self) -> Scene:
        """The scene that is shown."""
        return self.source.scene


class Panel(ABC):
    """A panel at the right side of the window.

    A subclass sets the class attributes and implements ``draw``. The window makes one instance, so an attribute of
    the instance keeps its value from frame to frame.

    Attributes
    ----------
    name
        Unique among the panels.
    label
        The text of the panel's button in the top bar.
    description
        What the panel shows, for the help page and the button's hint.
    key
        The key that opens and closes the panel: one character as it is typed without Shift, such as ``"v"``.
        Empty: no key.
    mode
        When key and button are available.

    Examples
    --------
    A file ``oldest.py``, shown by ``nmmo view game.nmr --panel oldest:Oldest``:

    >>> from nmmo.render.panels import Panel
    >>> class Oldest(Panel):
    ...     name, label, key = "oldest", "oldest", "o"
    ...     description = "the oldest player"
    ...
    ...     def draw(self, context, box):
    ...         inner = context.ui.panel(box, "Oldest")
    ...         age = context.scene.players["self"]["age"].max()
    ...         context.ui.line(f"{age} ticks", inner.x, inner.y)
    """

    name: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    key: ClassVar[str] = ""
    mode: ClassVar[Mode] = "always"

    def on_open(self, context: PanelContext) -> None:  # noqa: B027
        """Prepare to be drawn: the panel's key or button has opened it."""

    @abstractmethod
    def draw(self, context: PanelContext, box: pygame.Rect) -> None:
        """Draw the panel.

        Parameters
        ----------
        context
            What the panel may use.
        box
            Where the panel is drawn, in pixels. It may be as small as the window allows.
        """


PANELS: Final[Registry[type[Panel]]] = Registry("panel")
"""The panels that come with nmmo, in the order of their buttons."""

for _name in ("inspect", "inventory", "policy", "market", "charts", "leaders"):
    PANELS.add(_name, f"nmmo.render.panels.{_name}:{_name.capitalize()}Panel")


def load_panels(extra: Iterable[str] = ()) -> list[Panel]:
    """Make one instance of each registered panel and of some more.

    Parameters
    ----------
    extra
        Panels of the user's own, each as ``module:attribute``.

    Raises
    ------
    PanelError
        If one cannot be found, is not a subclass of ``Panel`` with the attributes that it needs, or has the name of
        another.
    """
    panels: dict[str, Panel] = {}
    for name in [*PANELS, *extra]:
        try:
            kind = PANELS.get(name)
        except ValueError as error:
            raise PanelError(str(error)) from None
        panel = _made(name, kind)
        if panel.name in panels:
            raise PanelError(f"panel {name!r}: there is a panel named {panel.name!r} already")
        panels[panel.name] = panel
    return list(panels.values())


def _made(name: str, kind: object) -> Panel:
    if not (isinstance(kind, type) and issubclass(kind, Panel)):
        raise PanelError(f"panel {name!r} is not a subclass of nmmo.render.panels.Panel")
    missing = [field for field in ("name", "label", "description") if not isinstance(getattr(kind, field, None), str)]
    if missing:
        raise PanelError(f"panel {name!r} lacks the class attribute {missing[0]!r}")
    if len(kind.key) > 1 or kind.key != kind.key.lower():
        raise PanelError(f"panel {name!r}: key = {kind.key!r} is not one character as typed without Shift")
    try:
        return kind()
    except TypeError as error:
        raise PanelError(f"panel {name!r} cannot be made: {error}") from None
