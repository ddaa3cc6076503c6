"""Checking the action of one agent, given by itself."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from nmmo.core.content import N_ACTIONS
from nmmo.core.errors import ActionError

__all__ = ["single_action"]


def single_action(value: Any, vocabulary: int, agent: str | None = None) -> int | tuple[int, int]:
    """Return an action as plain integers.

    Parameters
    ----------
    value
        An integer of Python or NumPy, or an array or a list that holds one; with a vocabulary a pair of
        them, action and token.
    vocabulary
        ``config.vocabulary``.
    agent
        Whose action it is, to be named in errors.

    Raises
    ------
    TypeError
        If it holds no integers.
    ValueError
        If it is not a pair though there is a vocabulary.
    nmmo.ActionError
        If a number is not an action or a token.
    """
    owner = "" if agent is None else f" of {agent!r}"
    if not vocabulary:
        return _integer(value, f"the action{owner}", N_ACTIONS - 1)
    if not isinstance(value, (Sequence, np.ndarray)) or isinstance(value, str) or np.shape(value) != (2,):
        raise ValueError(
            f"the action{owner} must be a pair of action and token, because config.vocabulary is {vocabulary}; "
            f"got {value!r}"
        )
    return (
        _integer(value[0], f"the action{owner}", N_ACTIONS - 1),
        _integer(value[1], f"the token{owner}", vocabulary),
    )


def _integer(value: Any, what: str, most: int) -> int:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    elif isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    try:
        number = None if isinstance(value, (bool, np.bool_)) else index(value)
    except TypeError:
        number = None
    if number is None:
        cast = " (cast it with int)" if isinstance(value, (float, np.floating)) else ""
        raise TypeError(f"{what} must be an integer 0..{most}; got {type(value).__name__} {value!r}{cast}")
    if not 0 <= number <= most:
        raise ActionError(f"{what} is {number}: out of range 0..{most}")
    return number
