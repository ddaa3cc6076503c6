"""A reader of replays written from docs/replay-format.md alone: it knows nothing of the package.

It reads a closed file from its first byte to its last, and gives what it finds as plain arrays.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import msgpack
import numpy as np
import zstandard

MAGIC = bytes([0xAB]) + b"nmmo.replay"
HEADER, MAP, SNAPSHOT, CHUNK, STATE, INDEX, FOOTER = range(1, 8)


def records(data: bytes):
    assert data[:12] == MAGIC
    offset = 12
    while offset < len(data):
        assert data[offset] == 0xC9
        length, kind, checksum = struct.unpack(">IbI", data[offset + 1 : offset + 10])
        payload = data[offset + 10 : offset + 6 + length]
        assert zlib.crc32(data[offset + 1 : offset + 6] + payload) == checksum
        yield kind, offset, payload
        offset += 6 + length
    assert offset == len(data)


def unpack(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(frame)


def by_agent(frame: bytes, ticks: int):
    return np.frombuffer(unpack(frame), np.uint8).reshape(-1, ticks).T


def columns(data: bytes, fields: list[list[Any]]) -> dict[str, np.ndarray]:
    """Return a table that lies byte by byte: first the first byte of every record, then the second ..."""
    size = sum(int(form[1:]) * length for _, form, length in fields)
    planes = np.frombuffer(data, np.uint8).reshape(size, -1)
    found, at = {}, 0
    for name, form, length in fields:
        width = int(form[1:]) * length
        values = np.ascontiguousarray(planes[at : at + width].T).view("<" + form)
        found[name] = values[:, 0] if length == 1 else values
        at += width
    return found


def states(block: dict[str, Any]) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for name, table in block["tables"].items():
        size = sum(int(form[1:]) * length for _, form, length in table["fields"])
        words = np.frombuffer(unpack(table["data"]), "<u4").reshape(size // 4, table["rows"], block["ticks"])
        words = np.add.accumulate(words, axis=2, dtype=np.uint32)
        raw = np.ascontiguousarray(words.transpose(2, 1, 0)).view(np.uint8)
        fields, at = {}, 0
        for field, form, length in table["fields"]:
            width = int(form[1:]) * length
            values = np.ascontiguousarray(raw[:, :, at : at + width]).view("<" + form)
            fields[field] = values[:, :, 0] if length == 1 else values
            at += width
        found[name] = fields
    return found


def read(data: bytes) -> dict[str, Any]:
    parts = list(records(data))
    assert parts[0][0] == HEADER and parts[-2][0] == INDEX and parts[-1][0] == FOOTER
    assert len(data) - 19 == parts[-1][1]
    header = msgpack.unpackb(parts[0][2])
    assert header["format"] == 1
    index_offset = msgpack.unpackb(parts[-1][2])
    assert index_offset == parts[-2][1]
    index = msgpack.unpackb(parts[-2][2])
    kinds = np.frombuffer(index["kinds"], "<u1").tolist()
    offsets = np.frombuffer(index["offsets"], "<u8").tolist()
    assert [(kind, offset) for kind, offset, _ in parts[:-2]] == list(zip(kinds, offsets, strict=True))
    found: dict[str, Any] = {"header": header, "actions": [], "tokens": [], "digests": [], "events": [],
                             "respawns": [], "states": [], "changes": [], "ground": None, "map": None,
                             "snapshots": [], "hashes": None}  # fmt: skip
    for (kind, _, payload), flag in zip(parts[:-2], np.frombuffer(index["flags"], "<u1"), strict=True):
        values = msgpack.unpackb(payload)
        if kind == CHUNK:
            found["actions"] += list(by_agent(values["actions"], values["ticks"])) if values["ticks"] else []
            if "tokens" in values and values["ticks"]:
                found["tokens"] += list(by_agent(values["tokens"], values["ticks"]))
            found["digests"] += list(np.frombuffer(values["digests"], "<u8").reshape(-1, 5))
            if "events" in values:
                table = columns(unpack(values["events"]), values["event_fields"])
                assert len(table["tick"]) == values["event_count"]
                found["events"].append(table)
            for tick, bits in values.get("rebirths", []):
                slots = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
                found["respawns"].append((tick, np.flatnonzero(slots).tolist()))
            if "hashes" in values:
                found["hashes"] = np.frombuffer(values["hashes"], "<u8").tolist()
        elif kind == STATE:
            tables = states(values)
            for row in range(values["ticks"]):
                found["states"].append({
                    name: {field: column[row] for field, column in fields.items()}
                    for name, fields in tables.items()
                })  # fmt: skip
            assert bool(flag) == ("ground" in values)
            if "ground" in values and found["ground"] is None:
                found["ground"] = np.frombuffer(unpack(values["ground"]), "<u4")
                found["names"] = values["names"]
            fields = [["tick", "u4", 1], ["tile", "u4", 1], ["word", "u4", 1]]
            found["changes"].append(columns(unpack(values["changes"]), fields))
        elif kind == SNAPSHOT:
            assert bool(flag) == values["cut"]
            found["snapshots"].append((values["tick"], values["cut"], unpack(values["state"])))
        elif kind == MAP:
            shape = values["height"], values["width"]
            found["map"] = np.frombuffer(unpack(values["words"]), "<u4").reshape(shape)
    return found
