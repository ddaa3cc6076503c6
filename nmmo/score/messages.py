"""Messages between the scorer and an agent's process: a length, then msgpack. For control only.

Rows and actions go through shared memory, and each tick is one byte each way. This module runs on both
sides, so it needs the standard library, NumPy and msgpack alone.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]
import numpy as np

__all__ = [
    "ACT", "ANSWERED", "FAILED", "ILLEGAL", "INSIDE", "MESSAGE", "MOST_REPLY_BYTES", "READY",
    "dtype_from_plain", "dtype_to_plain", "pack_message", "unpack_message",
]  # fmt: skip

ACT: Final = b"a"
MESSAGE: Final = b"m"
"""To an agent: act on the rows; or a frame follows."""

INSIDE: Final = b"s"
READY: Final = b"r"
ANSWERED: Final = b"."
ILLEGAL: Final = b"i"
FAILED: Final = b"f"
"""From an agent's process: the sandbox stands, and nothing of the agent was run; it is ready; its actions
are there; a frame says what was wrong with its answer, or what ended it."""

MOST_REPLY_BYTES: Final = 4096
LENGTH: Final = struct.Struct("<I")


def pack_message(message: Any) -> bytes:
    """Return a message with its length before it."""
    body: bytes = msgpack.packb(message)
    return LENGTH.pack(len(body)) + body


def unpack_message(body: bytes) -> Any:
    """Return the message of a frame; raises ValueError where there is none."""
    try:
        return msgpack.unpackb(body, strict_map_key=True)
    except ValueError:
        raise
    except Exception as error:  # msgpack's own do not all derive from ValueError
        raise ValueError(str(error)) from error


def dtype_to_plain(dtype: np.dtype[Any]) -> Any:
    """Return a dtype as plain data, offsets included."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return [dtype_to_plain(base), list(shape)]
    if dtype.fields is not None:
        assert dtype.names is not None
        return {
            "names": list(dtype.names),
            "formats": [dtype_to_plain(dtype.fields[name][0]) for name in dtype.names],
            "offsets": [int(dtype.fields[name][1]) for name in dtype.names],
            "itemsize": dtype.itemsize,
        }
    return dtype.str


def dtype_from_plain(plain: Any) -> np.dtype[Any]:
    """Return the dtype that ``dtype_to_plain`` described."""
    described: Any = plain
    if isinstance(plain, dict):
        described = {**plain, "formats": [dtype_from_plain(one) for one in plain["formats"]]}
    elif isinstance(plain, list):
        described = (dtype_from_plain(plain[0]), tuple(plain[1]))
    found: np.dtype[Any] = np.dtype(described)
    return found
