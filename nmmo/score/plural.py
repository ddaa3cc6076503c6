"""Small matters of wording."""

from __future__ import annotations

__all__ = ["plural"]


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number and what is counted: "1 round", "1,200 rounds"; ``many`` is a plural other than ``one`` + s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
