"""What agents are called where several of them play."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["different_names"]


def different_names(names: Sequence[str]) -> list[str]:
    """Return the names, each different: the second "forager" is "forager 2"."""
    made: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate in made:
            candidate, number = f"{name} {number}", number + 1
        made.append(candidate)
    return made
