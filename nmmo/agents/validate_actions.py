"""Checking what an agent answers, before the world sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.base import Setting
from nmmo.agents.errors import AgentError

__all__ = ["validate_actions"]


def validate_actions(answer: Any, n: int, setting: Setting, name: str) -> NDArray[np.integer[Any]]:
    """Return an agent's answer as an array that the world will take.

    Parameters
    ----------
    answer
        What ``act`` returned.
    n
        How many slots it plays.
    setting
        The game.
    name
        What errors call the agent.

    Returns
    -------
    ndarray of integers, shape [n] or, with a vocabulary, [n, 2]
        The answer itself where it is such an array already; with a vocabulary, tokens that it left out are 0.

    Raises
    ------
    AgentError
        If it is anything else; the message says what to return instead.
    """
    shapes = f"({n},) or ({n}, 2)" if setting.vocabulary else f"({n},)"
    wanted = f"it must return integers of shape {shapes}"
    who = f"agent {name!r}: act"
    try:
        array = np.asarray(answer)
    except Exception as error:
        kind = type(answer).__name__
        raise AgentError(f"{who} returned {kind}, which is not an array ({error}); {wanted}") from error
    if array.dtype.kind not in "iu":
        fix = " (cast them: actions.astype(numpy.int64))" if array.dtype.kind in "fb" else ""
        kind = "None" if answer is None else f"{array.dtype.name} values"
        raise AgentError(f"{who} returned {kind}; {wanted}{fix}")
    if array.shape != (n,) and not (setting.vocabulary and array.shape == (n, 2)):
        raise AgentError(f"{who} returned an array of shape {array.shape}; {wanted}, one row for each slot")
    pairs = array.ndim == 2
    _check_range(array[:, 0] if pairs else array, setting.n_actions - 1, "action", who)
    if pairs:
        _check_range(array[:, 1], setting.vocabulary, "token", who)
    elif setting.vocabulary:
        array = np.stack([array, np.zeros_like(array)], axis=1)
    return array


def _check_range(numbers: NDArray[np.integer[Any]], most: int, what: str, who: str) -> None:
    if numbers.size and (numbers.min() < 0 or numbers.max() > most):
        row = int(np.flatnonzero((numbers < 0) | (numbers > most))[0])
        raise AgentError(f"{who} returned {what} {numbers[row]} in row {row}; {what}s are 0..{most}")
