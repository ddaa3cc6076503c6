"""The world that a replay is played in, which callers are given to look at."""

from __future__ import annotations

from functools import wraps
from typing import Any

from nmmo.core.world import World

__all__ = ["PlayedWorld"]


def _noted(name: str) -> Any:
    plain = getattr(World, name)

    @wraps(plain)
    def method(self: PlayedWorld, *arguments: Any, **named: Any) -> Any:
        self._touched = True
        return plain(self, *arguments, **named)

    return method


class PlayedWorld(World):
    """Knows whether its state was changed since the replay left it: a seek does not go on from a changed one."""

    __slots__ = ()
    _touched: bool

    step = _noted("step")
    reset = _noted("reset")
    restore = _noted("restore")
    rebirth = _noted("rebirth")
    _edit = _noted("_edit")
    _step_profiled = _noted("_step_profiled")
    _step_repeated = _noted("_step_repeated")

    @property
    def touched(self) -> bool:
        """Whether it was changed since ``leave``."""
        return bool(self.__dict__.get("_touched", True))

    def leave(self) -> None:
        """From now on it is the caller's to look at."""
        self._touched = False

    def give_away(self) -> World:
        """Makes it a plain world: the replay does not need it any more."""
        self.__dict__.pop("_touched", None)
        self.__class__ = World  # type: ignore[assignment]
        return self
