"""Records as planes of bytes: equal bytes come to lie together, which compresses well.

A table's fields are described in the file that holds it, so that a reader needs no engine to read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_FIELDS: Final = 64
MOST_RECORD: Final = 1024
GAP: Final = "gap_"
"""What the names of bytes that mean nothing begin with."""
_FORMATS: Final = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")


def described(dtype: np.dtype[Any]) -> list[list[Any]]:
    """Return the fields of a structured dtype: name, format and number of elements (1: a plain number) of each.

    Bytes between them that mean nothing are described as fields too.
    """
    found: list[list[Any]] = []
    end = 0
    for name, (field, offset, *_) in (dtype.fields or {}).items():
        if offset > end:
            found.append([f"{GAP}{end}", "u1", offset - end])
        base, shape = field.subdtype or (field, ())
        found.append([name, base.str[1:], int(np.prod(shape)) if shape else 1])
        end = offset + field.itemsize
    if dtype.itemsize > end:
        found.append([f"{GAP}{end}", "u1", dtype.itemsize - end])
    return found


def dtype_of(description: list[Any], error: Callable[[str], Exception]) -> np.dtype[Any]:
    """Return the dtype of a description, little-endian; error makes the exception where it is none."""
    if not 1 <= len(description) <= MOST_FIELDS:
        raise error(f"a table has 1 to {MOST_FIELDS} fields; this has {len(description)}")
    names: list[str] = []
    formats: list[Any] = []
    offsets: list[int] = []
    size = 0
    for entry in description:
        if not (isinstance(entry, list) and len(entry) == 3):
            raise error("a field is described by name, format and length")
        name, form, length = entry
        if not (isinstance(name, str) and name.isidentifier() and len(name) <= 64):
            raise error(f"a field's name cannot be {str(name)[:80]!r}")
        if form not in _FORMATS or type(length) is not int or not 1 <= length <= 256:
            raise error(f"the field {name!r} has an unknown format")
        if not name.startswith(GAP):
            names.append(name)
            formats.append("<" + form if length == 1 else ("<" + form, (length,)))
            offsets.append(size)
        size += length * int(form[1:])
    if len(set(names)) != len(names):
        raise error("two fields have the same name")
    if not names or size > MOST_RECORD:
        raise error(f"a record of {size:,} bytes has no field, or is larger than {MOST_RECORD:,}")
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


def joined_columns(records: NDArray[np.void]) -> NDArray[np.uint8]:
    """Return the records byte by byte: the first byte of every record, then the second of every record ..."""
    count = len(records)
    octets = np.ascontiguousarray(records).view(np.uint8).reshape(count, records.dtype.itemsize)
    return np.ascontiguousarray(octets.T).reshape(-1)


def split_columns(data: bytes, dtype: np.dtype[Any]) -> NDArray[np.void]:
    """Return the records that ``joined_columns`` took apart; their number follows from the length."""
    count = len(data) // dtype.itemsize
    planes = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, count)
    return np.ascontiguousarray(planes.T).view(dtype).reshape(count)
