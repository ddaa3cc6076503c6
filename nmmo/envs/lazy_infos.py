"""Infos by agent, which are made when they are first read.

A thousand small dicts a tick cost as much as the game itself, and many callers never read one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["LazyInfos"]

_Make = Callable[[], dict[str, dict[str, Any]]]


def _filled(name: str) -> Any:
    """Return the method of dict, on infos that have been made."""
    method = getattr(dict, name)

    def filling(self: LazyInfos, *arguments: Any, **named: Any) -> Any:
        self._fill()
        return method(self, *arguments, **named)

    filling.__name__ = name
    filling.__doc__ = method.__doc__
    return filling


class LazyInfos(dict[str, dict[str, Any]]):
    """A dict from agent to info that fills itself when it is first looked into.

    Parameters
    ----------
    make
        Makes the infos. It is called once at most, and must hold on to what it needs.

    Notes
    -----
    In every use it is like the dict that ``make`` returns; copies and pickles of it are plain dicts. Only C
    code that reads a dict past its methods, as JSON's encoder does, finds it empty before the first look.
    """

    __slots__ = ("_make",)

    def __init__(self, make: _Make) -> None:
        super().__init__()
        self._make: _Make | None = make

    def _fill(self) -> None:
        if self._make is not None:
            made = self._make()
            self._make = None
            super().update(made)

    def __missing__(self, name: str) -> dict[str, Any]:
        if self._make is None:
            raise KeyError(name)
        self._fill()
        return self[name]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return dict, (self.copy(),)

    __hash__ = None  # as of every dict, though __eq__ is ours
    __contains__ = _filled("__contains__")
    __delitem__ = _filled("__delitem__")
    __eq__ = _filled("__eq__")
    __ior__ = _filled("__ior__")
    __iter__ = _filled("__iter__")
    __len__ = _filled("__len__")
    __ne__ = _filled("__ne__")
    __or__ = _filled("__or__")
    __repr__ = _filled("__repr__")
    __reversed__ = _filled("__reversed__")
    __ror__ = _filled("__ror__")
    __setitem__ = _filled("__setitem__")
    clear = _filled("clear")
    copy = _filled("copy")
    get = _filled("get")
    items = _filled("items")
    keys = _filled("keys")
    pop = _filled("pop")
    popitem = _filled("popitem")
    setdefault = _filled("setdefault")
    update = _filled("update")
    values = _filled("values")
