"""Values and compressed bytes inside a record, read without trust.

msgpack takes memory for the length that an array declares, and zstandard for the size that a frame declares,
whatever limit it is given. So lengths are limited here to what this format has, and a frame's declared size
is compared with the size that it must have, before either library is let at the bytes.
"""

from __future__ import annotations

from typing import Any, Final

import msgpack  # type: ignore[import-untyped]
import zstandard

from nmmo.replay.errors import DamagedError

MOST_ELEMENTS: Final = 1024  # of an array or map; everything longer is a byte string
MOST_TEXT: Final = 65536  # bytes of a string
MOST_WINDOW: Final = 8 * 1024 * 1024  # bytes of its own output that a frame may look back
_ONE_FRAME: Final = {"allow_extra_data": False}


def pack(value: dict[str, Any]) -> bytes:
    """Return a record's payload."""
    return bytes(msgpack.packb(value, use_bin_type=True))


class Fields:
    """The fields of a record's payload, each checked when it is taken.

    Parameters
    ----------
    payload
        One msgpack map with strings as keys.
    offset
        Of the record, for the errors.

    Raises
    ------
    nmmo.replay.DamagedError
        If it is not such a map.
    """

    def __init__(self, payload: bytes, offset: int) -> None:
        self.offset = offset
        try:
            values = msgpack.unpackb(
                payload,
                raw=False,
                strict_map_key=True,
                max_str_len=MOST_TEXT,
                max_bin_len=len(payload),
                max_array_len=MOST_ELEMENTS,
                max_map_len=MOST_ELEMENTS,
                max_ext_len=16,
            )
        except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as error:
            reason = str(error) or type(error).__name__
            raise DamagedError(f"the record's values cannot be read: {reason}", offset) from None
        if not isinstance(values, dict):
            raise DamagedError("the record's payload is not a map", offset)
        self.values: dict[Any, Any] = values

    def part(self, values: dict[Any, Any]) -> Fields:
        """Return the fields of a map within this one."""
        found = Fields.__new__(Fields)
        found.offset = self.offset
        found.values = values
        return found

    def damaged(self, reason: str) -> DamagedError:
        """Return an error that names this record."""
        return DamagedError(reason, self.offset)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def _of(self, name: str, kind: type, meaning: str) -> Any:
        value = self.values.get(name)
        if type(value) is not kind:
            raise self.damaged(f"{name!r} must be {meaning}; it is {_described(value)}")
        return value

    def integer(self, name: str, least: int, most: int) -> int:
        """Return a whole number of a range."""
        value: int = self._of(name, int, "a whole number")
        if not least <= value <= most:
            raise self.damaged(f"{name!r} = {value} is out of range {least}..{most}")
        return value

    def flag(self, name: str) -> bool:
        """Read a flag: true or false."""
        return bool(self._of(name, bool, "true or false"))

    def text(self, name: str, most: int = 1024) -> str:
        """Return a string."""
        value: str = self._of(name, str, "a string")
        if len(value) > most:
            raise self.damaged(f"{name!r} has {len(value):,} characters, more than {most:,}")
        return value

    def raw(self, name: str) -> bytes:
        """Return a byte string."""
        value: bytes = self._of(name, bytes, "a byte string")
        return value

    def sized(self, name: str, size: int) -> bytes:
        """Return a byte string of a size that is known."""
        value = self.raw(name)
        if len(value) != size:
            raise self.damaged(f"{name!r} has {len(value):,} bytes instead of {size:,}")
        return value

    def mapping(self, name: str) -> dict[Any, Any]:
        """Return a map."""
        value: dict[Any, Any] = self._of(name, dict, "a map")
        return value

    def array(self, name: str) -> list[Any]:
        """Return an array."""
        value: list[Any] = self._of(name, list, "an array")
        return value

    def unpacked(self, name: str, size: int) -> bytes:
        """Return a compressed byte string, of a size that is known."""
        return decompressed(self.raw(name), size, size, name, self.offset)

    def unpacked_within(self, name: str, least: int, most: int) -> bytes:
        """Return a compressed byte string, of a size within limits."""
        return decompressed(self.raw(name), least, most, name, self.offset)


def _described(value: Any) -> str:
    return "missing" if value is None else type(value).__name__


def decompressed(data: bytes, least: int, most: int, name: str, offset: int) -> bytes:
    """Return the content of one zstd frame that declares its size.

    Raises
    ------
    nmmo.replay.DamagedError
        If it is none, or its size is not within the limits. No memory was taken for it then.
    """
    try:
        frame = zstandard.get_frame_parameters(data)
        size = frame.content_size
        if size == zstandard.CONTENTSIZE_UNKNOWN:
            raise DamagedError(f"the compressed {name!r} does not declare its size", offset)
        if not least <= size <= most:
            wanted = f"{least:,}" if least == most else f"{least:,} to {most:,}"
            raise DamagedError(f"the compressed {name!r} declares {size:,} bytes instead of {wanted}", offset)
        if frame.dict_id:
            raise DamagedError(f"the compressed {name!r} needs a dictionary", offset)
        reader = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW)
        content = reader.decompress(data, **_ONE_FRAME)
    except zstandard.ZstdError as error:
        raise DamagedError(f"the compressed {name!r} is damaged: {error}", offset) from None
    if len(content) != size:
        raise DamagedError(f"the compressed {name!r} has {len(content):,} bytes but declares {size:,}", offset)
    return content
