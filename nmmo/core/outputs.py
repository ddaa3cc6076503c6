"""The arrays that worlds write into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.dtypes import observation_dtype

ALIGNMENT = 64  # a cache line: rows are multiples of it, so that no two share one
ROW_ALIGNMENT = 8  # what the engine needs of a buffer that is given


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return zeros that begin at a cache line."""
    wanted = np.dtype(dtype)
    size = int(np.prod(shape)) * wanted.itemsize
    memory = np.zeros(size + ALIGNMENT, np.uint8)
    skip = -memory.ctypes.data % ALIGNMENT
    aligned: NDArray[Any] = memory[skip : skip + size].view(wanted).reshape(shape)
    return aligned


def made_outputs(
    config: Config,
    worlds: int,
    final_observations: bool,
    buffers: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of a batch of worlds: those given, after a check, and new ones for the rest.

    Raises
    ------
    TypeError, ValueError
        If a given array has another dtype or shape, is not contiguous, read-only or not aligned.
    """
    given = dict(buffers or {})
    rows = worlds * config.n_players
    row_bytes = observation_dtype(config).itemsize
    wanted: dict[str, tuple[tuple[int, ...], Any]] = {
        "observations": ((rows, row_bytes), np.uint8),
        "rewards": ((rows,), np.float32),
        "terminated": ((rows,), np.bool_),
        "truncated": ((rows,), np.bool_),
    }
    if final_observations or "final_observations" in given:
        wanted["final_observations"] = ((rows, row_bytes), np.uint8)
    unknown = sorted(set(given) - set(wanted))
    if unknown:
        raise ValueError(f"there is no buffer {unknown[0]!r}; there are {', '.join(wanted)}")
    outputs: dict[str, NDArray[Any]] = {}
    for name, (shape, dtype) in wanted.items():
        if name in given:
            outputs[name] = _checked(name, given[name], shape, np.dtype(dtype))
        else:
            outputs[name] = aligned_zeros(shape, dtype)
    present = list(outputs.values())
    for index, array in enumerate(present):
        if any(np.may_share_memory(array, other) for other in present[index + 1 :]):
            raise ValueError("two buffers share memory")
    return outputs


def _checked(name: str, given: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    if not isinstance(given, np.ndarray):
        raise TypeError(f"buffer {name!r} must be a numpy array; got {type(given).__name__}")
    array: NDArray[Any] = given
    if dtype == np.bool_ and array.dtype == np.uint8:
        array = array.view(np.bool_)
    if array.dtype != dtype:
        raise TypeError(f"buffer {name!r} must be of {dtype.name}; got {array.dtype.name}")
    if array.shape != shape:
        raise ValueError(f"buffer {name!r} must have shape {shape}; got {array.shape}")
    if not array.flags.c_contiguous:
        raise ValueError(f"buffer {name!r} must be C-contiguous")
    if not array.flags.writeable:
        raise ValueError(f"buffer {name!r} must be writeable")
    if array.ndim == 2 and array.ctypes.data % ROW_ALIGNMENT:
        raise ValueError(f"buffer {name!r} must begin at a multiple of {ROW_ALIGNMENT} bytes")
    return array
