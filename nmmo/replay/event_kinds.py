"""Kinds of events by name."""

from __future__ import annotations

from typing import Any, Final

from nmmo.core.arguments import as_integer
from nmmo.core.enums import EventKind

__all__ = ["Kinds", "kind_numbers"]

EVENT_KINDS: Final = {kind.name.lower(): int(kind) for kind in EventKind}

Kinds = str | int | EventKind | list[str | int | EventKind] | tuple[str | int | EventKind, ...] | None
"""One or several kinds of events; None: all."""


def kind_numbers(kind: Kinds) -> list[int] | None:
    """Return the numbers of kinds of events.

    Raises
    ------
    ValueError
        If there is none of a name.
    """
    if kind is None:
        return None
    kinds: Any = kind if isinstance(kind, (list, tuple)) else [kind]
    found = []
    for one in kinds:
        if isinstance(one, str):
            if one.lower() not in EVENT_KINDS:
                raise ValueError(f"there is no event {one!r}; there are {', '.join(EVENT_KINDS)}")
            found.append(EVENT_KINDS[one.lower()])
        else:
            found.append(as_integer(one, "kind", 0, 255))
    return found
