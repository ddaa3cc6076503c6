"""Names for what a user can choose or replace: a registered name, or ``module:attribute`` of their own."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from nmmo.schema import nearest

__all__ = ["Registry", "UnknownNameError", "resolve"]

T = TypeVar("T")


class UnknownNameError(ValueError):
    """A name that is not registered, or a ``module:attribute`` that does not exist. The message names the fix."""


class Registry(Generic[T]):
    """Things of one kind, by name.

    Parameters
    ----------
    kind
        What error messages call one of them, for example "optimizer".

    Notes
    -----
    A registered value may be given as a string ``module:attribute``; it is imported when it is first asked for,
    so that listing names imports nothing.

    Examples
    --------
    >>> from nmmo.core.registry import Registry
    >>> shapes: Registry[type] = Registry("shape")
    >>> shapes.add("fraction", "fractions:Fraction")
    >>> shapes.get("fraction")(1, 2)
    Fraction(1, 2)
    >>> shapes.get("decimal:Decimal")("0.5")
    Decimal('0.5')
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T | str] = {}

    def add(self, name: str, value: T | str) -> None:
        """Register a value, or where to import it from.

        Raises
        ------
        ValueError
            If the name is taken, or contains a colon.
        """
        if ":" in name:
            raise ValueError(f"the name of a {self.kind} cannot contain a colon: {name!r}")
        if name in self._entries:
            raise ValueError(f"there is a {self.kind} named {name!r} already")
        self._entries[name] = value

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates."""

        def registered(value: T) -> T:
            self.add(name, value)
            return value

        return registered

    def get(self, name: str) -> T:
        """Return the value of a name, or what ``module:attribute`` names.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        if name in self._entries:
            value = self._entries[name]
            if isinstance(value, str):
                value = self._entries[name] = resolve(value, self.kind)
            return value
        if ":" in name:
            found: T = resolve(name, self.kind)
            return found
        hint = nearest(name, self._entries)
        raise UnknownNameError(f"there is no {self.kind} {name!r}; {hint} (or module:attribute of your own)")

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<Registry of {self.kind}: {', '.join(self._entries)}>"


def resolve(path: str, kind: str = "object") -> Any:
    """Import what ``module:attribute`` names; the attribute may have dots.

    Parameters
    ----------
    path
        For example ``my_package.rewards:Explorer``.
    kind
        What errors call it.

    Raises
    ------
    UnknownNameError
        If the module or the attribute does not exist. Errors inside of the module's own code pass through.
    """
    module_name, _, attribute = path.partition(":")
    if not module_name or not attribute:
        raise UnknownNameError(f"{kind} {path!r} is not of the form module:attribute")
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise  # the module exists; something that it imports does not
        raise UnknownNameError(
            f"{kind} {path!r}: there is no module {error.name!r}; is its folder on PYTHONPATH?"
        ) from None
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            names = [name for name in vars(value) if not name.startswith("_")] if hasattr(value, "__dict__") else []
            raise UnknownNameError(
                f"{kind} {path!r}: {module_name} has no attribute {part!r}; {nearest(part, names)}"
            ) from None
    return value
