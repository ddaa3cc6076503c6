"""Small matters of wording."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what is counted: "1 round", "1,200 rounds"; ``many`` is the plural where it is not ``one`` + s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
