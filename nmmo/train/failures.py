"""Why training stopped, in words: what the libraries below raise, by its kind."""

from __future__ import annotations

import errno

import torch

from nmmo.core.errors import RewardError
from nmmo.file_errors import explain

__all__ = ["OpponentError", "RunFailedError", "is_out_of_memory", "reason_of"]

_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "bad_alloc", "Cannot allocate memory")


class OpponentError(RuntimeError):
    """An opponent raised an exception or chose what is no action; the message names it."""


class RunFailedError(RuntimeError):
    """Training stopped for a reason outside of learning, and the state that was sound has been saved if it could be.

    The message says why; ``__cause__`` is the exception itself.
    """


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception of Python, NumPy or PyTorch means that there is not enough memory."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def reason_of(error: BaseException) -> str:
    """Return why training stopped, and what to do about it, in one line."""
    if isinstance(error, (RunFailedError, OpponentError, RewardError)):
        return str(error)
    if is_out_of_memory(error):
        return (
            "there is not enough memory; try fewer --train.worlds, a shorter --train.bptt-horizon or a smaller "
            "--train.minibatch-segments"
        )
    if isinstance(error, OSError):
        return f"could not write: {explain(error)}"
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
