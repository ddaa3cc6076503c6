"""Checks and conversions of what callers pass, off the fast path."""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.errors import ActionError

MOST_SEED = 2**64 - 1


def as_integers(actions: Any) -> NDArray[Any]:
    """Turn whatever is not an array of a plain integer type into one, or say why it cannot.

    Parameters
    ----------
    actions
        A sequence of integers, or an object that NumPy turns into an array.

    Returns
    -------
    ndarray
        C-contiguous, of an integer type. Its shape is for the caller to check.

    Raises
    ------
    TypeError
        For booleans, floating-point numbers and everything else that holds no integers.
    ValueError
        For nested sequences of unequal lengths.
    nmmo.ActionError
        For integers too large for any action.
    """
    if isinstance(actions, (str, bytes, bytearray)):
        raise TypeError(f"actions must be integers; got {type(actions).__name__}")
    if isinstance(actions, Sequence) and any(isinstance(action, (bool, np.bool_)) for action in actions):
        raise TypeError("actions must be integers; got a bool")
    array = np.asarray(actions)
    if array.dtype.kind == "O" and any(isinstance(action, int) and abs(action) >= 2**63 for action in array.flat):
        raise ActionError("an action is larger than 64 bits")
    if array.dtype.kind not in "iu":
        raise TypeError(f"actions must be integers; got {array.dtype.name} (cast them: actions.astype(numpy.int64))")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))


def as_seed(seed: Any) -> int:
    """Return a seed as an integer of 64 bits; None draws one from the operating system.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is negative or needs more than 64 bits.
    """
    if seed is None:
        return int.from_bytes(os.urandom(8), "little") >> 1  # 63 bits fit into everybody's int64
    if isinstance(seed, (bool, np.bool_)):
        raise TypeError("seed must be an integer or None; got a bool")
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(f"seed must be an integer or None; got {type(seed).__name__}") from None
    if not 0 <= number <= MOST_SEED:
        raise ValueError(f"seed = {number} is out of range 0..{MOST_SEED}")
    return number


def as_integer(value: Any, name: str, least: int, most: int, error: type[Exception] = ValueError) -> int:
    """Return an integer within a range.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is out of the range; or the error given instead.
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer; got a bool")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer; got {type(value).__name__}") from None
    if not least <= number <= most:
        raise error(f"{name} = {number} is out of range {least}..{most}")
    return number
