"""How bytes are compressed: zstd at its first level."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

# Matches of four bytes cost more than they save where a byte carries two bits: actions shrink by a twentieth
# more when only matches of seven count.
_LONG_MATCHES: Final = zstandard.ZstdCompressionParameters.from_level(1, min_match=7, write_content_size=1)


def compressed(data: bytes | bytearray | memoryview | NDArray[Any]) -> bytes:
    """Return one zstd frame that declares its size."""
    return zstandard.ZstdCompressor(level=1).compress(_bytes_of(data))


def compressed_symbols(data: NDArray[np.uint8]) -> bytes:
    """Return the same, but better for long rows of few different bytes, such as actions."""
    return zstandard.ZstdCompressor(compression_params=_LONG_MATCHES).compress(_bytes_of(data))


def _bytes_of(data: bytes | bytearray | memoryview | NDArray[Any]) -> bytes | bytearray | memoryview:
    if isinstance(data, np.ndarray):
        return np.ascontiguousarray(data).reshape(-1).view(np.uint8).data
    return data
