"""What the environment variables of ``torchrun`` say about this process."""

from __future__ import annotations

import os
from dataclasses import dataclass

from nmmo.train.recipe import RecipeError

__all__ = ["TorchrunPlace", "torchrun_place"]


@dataclass(frozen=True)
class TorchrunPlace:
    """Which of the processes that ``torchrun`` started this one is."""

    rank: int
    size: int
    local_size: int
    """Processes on this machine."""


def torchrun_place() -> TorchrunPlace | None:
    """Return this process's place; None where ``torchrun`` did not start it.

    Raises
    ------
    RecipeError
        If variables are missing, contradict one another, or are not numbers.
    """
    given = [name for name in ("RANK", "WORLD_SIZE") if name in os.environ]
    if not given:
        return None
    if len(given) == 1:
        missing = "WORLD_SIZE" if given == ["RANK"] else "RANK"
        raise RecipeError(
            f"the environment has {given[0]} but not {missing}, and torchrun sets both: "
            f"start with torchrun, or run `unset {given[0]}` to train in a process of its own"
        )
    size = _number("WORLD_SIZE", 1, 2**31 - 1)
    rank = _number("RANK", 0, size - 1)
    local_size = _number("LOCAL_WORLD_SIZE", 1, size) if "LOCAL_WORLD_SIZE" in os.environ else 1
    if "LOCAL_RANK" in os.environ:
        _number("LOCAL_RANK", 0, size - 1)
    if size > 1:
        missing = ", ".join(name for name in ("MASTER_ADDR", "MASTER_PORT") if not os.environ.get(name))
        if missing:
            raise RecipeError(
                f"the environment says that there are {size} processes, but lacks {missing}: start with torchrun"
            )
        _number("MASTER_PORT", 0, 65535)
    return TorchrunPlace(rank, size, local_size)


def _number(name: str, least: int, most: int) -> int:
    text = os.environ[name]
    if not text.strip().isdecimal() or not least <= int(text) <= most:
        raise RecipeError(f"the environment's {name}={text!r} must be a whole number, {least} to {most}")
    return int(text)
