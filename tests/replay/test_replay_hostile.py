"""Files that were made to do harm end in a typed error, and before much memory is taken."""

from __future__ import annotations

import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
import zstandard
from conftest import played, tiny

import nmmo
from nmmo.replay import (
    DamagedError,
    FormatVersionError,
    NotAReplayError,
    Replay,
    ReplayError,
    RulesVersionError,
    TooLargeError,
)
from nmmo.replay.container import EXTENSION, MAGIC, ContainerReader, Kind, footer, framed
from nmmo.replay.index import Index
from nmmo.replay.recovery import recover

MEBIBYTE = 1024 * 1024
MOST_MEMORY = 64 * MEBIBYTE


def bomb(size: int) -> bytes:
    """Return a zstd frame of few bytes that unpacks to many zeros, and says so."""
    return zstandard.ZstdCompressor(level=1).compress(bytes(size))


def silent_bomb(size: int) -> bytes:
    """Do the same, but do not say so."""
    parameters = zstandard.ZstdCompressionParameters.from_level(1, write_content_size=0)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(bytes(size))


def lying_bomb(size: int, claimed: int) -> bytes:
    """Do the same, but claim another size."""
    frame = bytearray(bomb(size))
    parameters = zstandard.get_frame_parameters(bytes(frame))
    assert parameters.content_size == size
    place = bytes(frame).index(struct.pack("<I", size))
    frame[place : place + 4] = struct.pack("<I", claimed)
    return bytes(frame)


class Forger:
    """Takes a good file apart, and makes bad ones of its records."""

    def __init__(self, path: Path, folder: Path) -> None:
        with ContainerReader(path) as file:
            self.records = [(record.kind, payload) for record, payload in file.scan()]
        self.folder = folder
        self.made = 0

    def file(self, data: bytes) -> Path:
        self.made += 1
        path = self.folder / f"forged-{self.made}.nmr"
        path.write_bytes(data)
        return path

    def of(self, records: list[tuple[int, bytes]], index: bytes | None = None) -> Path:
        data = MAGIC + b"".join(framed(kind, payload) for kind, payload in records)
        if index is not None:
            data += framed(Kind.INDEX, index) + footer(len(data))
        return self.file(data)

    def changed(self, kind: Kind, **changes: Any) -> Path:
        """Return the file with other values in the first record of a kind, and checksums that agree."""
        records = []
        done = False
        for number, payload in self.records:
            if number == kind and not done:
                values = msgpack.unpackb(payload)
                for name, value in changes.items():
                    if value is None:
                        values.pop(name)
                    else:
                        values[name] = value(values[name]) if callable(value) else value
                payload, done = msgpack.packb(values), True
            if number not in (Kind.INDEX, Kind.FOOTER):
                records.append((number, payload))
        assert done
        return self.of(records)


@pytest.fixture
def forger(small_file, tmp_path):
    return Forger(small_file, tmp_path)


def read_all(path: Path) -> None:
    """Read everything that can be asked of a file."""
    with Replay(path) as replay:
        if replay.damage is not None:
            raise replay.damage
        for tick in (replay.start + 1, replay.stop):
            replay.actions(tick)
        replay.events()
        for first, last in replay.state_ticks:
            replay.state(first)
            replay.state(last)
        report = replay.verify()
        if not report:
            raise DamagedError(str(report))


def config_with(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda config: {**config, **changes}


def _of_bytes(value: int, count: int) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(bytes([value]) * count)


def _reversed(data: bytes) -> bytes:
    planes = zstandard.decompress(data)
    return zstandard.ZstdCompressor(level=1).compress(planes[::-1])


def _with(tables: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: {**table, **changes} for name, table in tables.items()}


def _far() -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(b"\0\0\0\0" + b"\xff\xff\xff\x7f" + b"\0\0\0\0")


FORGERIES: dict[str, tuple[Kind, dict[str, Any], type[ReplayError]]] = {
    "a later format": (Kind.HEADER, {"format": 2}, FormatVersionError),
    "format 0": (Kind.HEADER, {"format": 0}, DamagedError),
    "other rules": (Kind.HEADER, {"rules": nmmo.RULES_VERSION + 1}, RulesVersionError),
    "old rules": (Kind.HEADER, {"rules": 0}, RulesVersionError),
    "rules that are no number": (Kind.HEADER, {"rules": "1"}, DamagedError),
    "no configuration": (Kind.HEADER, {"config": None}, DamagedError),
    "a configuration without players": (Kind.HEADER, {"config": config_with(n_players=0)}, DamagedError),
    "true players": (Kind.HEADER, {"config": config_with(n_players=True)}, DamagedError),
    "more players than chosen actions": (Kind.HEADER, {"config": config_with(n_players=65535)}, DamagedError),
    "an unknown field": (Kind.HEADER, {"config": config_with(gravity=10)}, ReplayError),
    "a field out of its range": (Kind.HEADER, {"config": config_with(node_regrow_ticks=-5)}, ReplayError),
    "a nested configuration": (Kind.HEADER, {"config": config_with(horizon=[[[]]])}, DamagedError),
    "an unknown base": (Kind.HEADER, {"base": "moon"}, DamagedError),
    "a map that is missing": (Kind.HEADER, {"base": "map"}, DamagedError),
    "a state of 0 bytes": (Kind.HEADER, {"state_bytes": 0}, DamagedError),
    "a huge state": (Kind.HEADER, {"state_bytes": 2**32, "base": "zero"}, DamagedError),
    "a negative seed": (Kind.HEADER, {"seed": -1}, DamagedError),
    "a huge seed": (Kind.HEADER, {"seed": 0.5}, DamagedError),
    "another seed": (Kind.HEADER, {"seed": 12345}, ReplayError),
    "a start in the middle": (Kind.HEADER, {"start": 7}, ReplayError),
    "slots without names": (Kind.HEADER, {"slots": bomb(12), "names": []}, DamagedError),
    "slots of many": (Kind.HEADER, {"slots": bomb(10**9), "names": ["a"]}, DamagedError),
    "notes that are lists": (Kind.HEADER, {"notes": {"a": [1]}}, DamagedError),
    "a bomb of actions": (Kind.CHUNK, {"actions": bomb(10**9)}, DamagedError),
    "a silent bomb": (Kind.CHUNK, {"actions": silent_bomb(10**8)}, DamagedError),
    "a lying bomb": (Kind.CHUNK, {"actions": lying_bomb(10**8, 768)}, DamagedError),
    "actions that do not fill": (Kind.CHUNK, {"actions": lying_bomb(70_000, 800_000)}, DamagedError),
    "actions that are no frame": (Kind.CHUNK, {"actions": b"abc"}, DamagedError),
    "actions with something behind": (Kind.CHUNK, {"actions": lambda data: data + b"x"}, DamagedError),
    "impossible actions": (Kind.CHUNK, {"actions": lambda _: _of_bytes(200, 768)}, DamagedError),
    "ticks below zero": (Kind.CHUNK, {"start": -1}, DamagedError),
    "ticks beyond time": (Kind.CHUNK, {"start": 2**31 - 1}, ReplayError),
    "too many ticks": (Kind.CHUNK, {"ticks": 10**6}, DamagedError),
    "digests of other ticks": (Kind.CHUNK, {"digests": b"1234567"}, DamagedError),
    "other digests": (Kind.CHUNK, {"digests": lambda data: bytes(len(data))}, DamagedError),
    "hashes cut short": (Kind.CHUNK, {"hashes": b"1"}, DamagedError),
    "respawns of nobody": (Kind.CHUNK, {"rebirths": [[0, b""]]}, DamagedError),
    "respawns later": (Kind.CHUNK, {"rebirths": [[500, b"\0"]]}, DamagedError),
    "respawns out of order": (Kind.CHUNK, {"rebirths": [[5, b"\0"], [4, b"\0"]]}, DamagedError),
    "a bomb of events": (Kind.CHUNK, {"events": bomb(10**9), "event_count": 10**6}, DamagedError),
    "events out of order": (Kind.CHUNK, {"events": lambda data: _reversed(data)}, DamagedError),
    "events of unknown form": (Kind.CHUNK, {"event_fields": [["tick", "O8", 1]]}, DamagedError),
    "events without ticks": (Kind.CHUNK, {"event_fields": [["kind", "u1", 1]]}, DamagedError),
    "wide events": (Kind.CHUNK, {"event_fields": [["tick", "u8", 10**6]]}, DamagedError),
    "a table of many rows": (Kind.STATE, {"tables": lambda t: _with(t, rows=2**24)}, DamagedError),
    "a table without data": (Kind.STATE, {"tables": lambda t: _with(t, data=b"")}, DamagedError),
    "no tables": (Kind.STATE, {"tables": {}}, DamagedError),
    "changes outside of the map": (Kind.STATE, {"changes": _far(), "change_count": 1}, DamagedError),
    "many changes": (Kind.STATE, {"changes": bomb(10**9), "change_count": 2**22}, DamagedError),
    "ground of another size": (Kind.STATE, {"ground": bomb(64)}, DamagedError),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_values(forger, name):
    kind, changes, error = FORGERIES[name]
    path = forger.changed(kind, **changes)
    tracemalloc.start()
    try:
        with pytest.raises(error) as raised:
            read_all(path)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert isinstance(raised.value, ReplayError) and len(str(raised.value)) < 1000


def nested(opening: bytes, depth: int) -> bytes:
    return opening * depth


PAYLOADS = {
    "arrays in arrays that each claim much": nested(b"\xdd\x7f\xff\xff\xff", 100_000),
    "arrays in arrays that each claim a million": nested(b"\xdd\x00\x0f\xff\xff", 900),
    "arrays in arrays": nested(b"\xdc\x03\xe8", 100_000),
    "maps in maps that each claim much": nested(b"\xdf\x7f\xff\xff\xff", 100_000),
    "maps in maps": b"\x81\xa1a" * 200_000,
    "small arrays, deep": b"\x91" * 1_000_000,
    "a string of 4 GiB": b"\xdb\xff\xff\xff\xff" + b"a" * 100,
    "bytes of 4 GiB": b"\xc6\xff\xff\xff\xff" + b"a" * 100,
    "an extension of 4 GiB": b"\xc9\xff\xff\xff\xff\x01",
    "nothing": b"",
    "a number": b"\x07",
    "a number as key": b"\x81\x07\x07",
    "a list as key": b"\x81\x91\x07\x07",
    "no UTF-8": b"\x81\xa2\xff\xfe\x01",
    "an unused byte": b"\xc1",
    "a time": b"\x81\xa1a\xd6\xff\xff\xff\xff\xff",
    "more than one value": b"\x80\x80",
}


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("kind", [Kind.HEADER, Kind.CHUNK, Kind.SNAPSHOT, Kind.STATE, Kind.INDEX])
def test_hostile_payloads(forger, name, kind):
    records = [record for record in forger.records if record[0] not in (Kind.INDEX, Kind.FOOTER)]
    if kind == Kind.INDEX:
        path = forger.of(records, PAYLOADS[name])
    elif kind == Kind.HEADER:
        path = forger.of([(kind, PAYLOADS[name]), *records[1:]])
    else:
        path = forger.of([records[0], (kind, PAYLOADS[name]), *records[1:]])
    tracemalloc.start()
    try:
        if kind == Kind.INDEX:  # the records themselves are whole
            with Replay(path) as replay:
                assert not replay.complete and replay.ticks == 300
        else:
            with pytest.raises(DamagedError) as raised:
                read_all(path)
            assert raised.value.offset is not None
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def index_of(entries: list[tuple[int, int, int, int, int]]) -> bytes:
    values: dict[str, Any] = {"records": len(entries)}
    forms = (("kinds", "<u1"), ("flags", "<u1"), ("starts", "<u4"), ("stops", "<u4"), ("offsets", "<u8"))
    for column, (name, form) in enumerate(forms):
        values[name] = np.array([entry[column] for entry in entries], form).tobytes()
    return msgpack.packb(values)


def test_forged_indexes(forger):
    records = [record for record in forger.records if record[0] not in (Kind.INDEX, Kind.FOOTER)]
    offsets, spans, flags = [], [], []
    offset = len(MAGIC)
    for kind, payload in records:
        values = msgpack.unpackb(payload)
        start = values.get("start", values.get("tick", 0))
        flags.append(int("ground" in values))
        stop = start + values.get("ticks", 0) - (kind == Kind.STATE)
        offsets.append(offset)
        spans.append((start, stop))
        offset += len(framed(kind, payload))
    good = [
        (kind, flag, *span, place) for (kind, _), flag, span, place in zip(records, flags, spans, offsets, strict=True)
    ]
    read_all(forger.of(records, index_of(good)))
    end = offset
    chunk = next(number for number, entry in enumerate(good) if entry[0] == Kind.CHUNK)

    def replaced(number: int, *entry: int) -> bytes:
        return index_of([*good[:number], entry, *good[number + 1 :]])

    bad = {
        "leads to itself": replaced(len(good) - 1, *good[-1][:4], end),
        "leads behind the file": replaced(len(good) - 1, *good[-1][:4], 2**63),
        "leads back": replaced(chunk, *good[chunk][:4], offsets[0]),
        "other ticks": replaced(chunk, Kind.CHUNK, 0, 5, 100, good[chunk][4]),
        "ticks that run backwards": replaced(chunk, Kind.CHUNK, 0, 100, 5, good[chunk][4]),
        "a state for a chunk": replaced(chunk, Kind.STATE, 1, 200, 240, good[chunk][4]),
        "into the middle": replaced(chunk, *good[chunk][:4], good[chunk][4] + 3),
        "empty": index_of([]),
        "no header": index_of(good[1:]),
        "two headers": index_of([good[0], (Kind.HEADER, 0, 0, 0, good[0][4] + 20), *good[1:]]),
        "a count that is not its columns'": msgpack.packb({**msgpack.unpackb(index_of(good)), "records": 10**5}),
    }
    for name, index in bad.items():
        path = forger.of(records, index)
        try:
            read_all(path)
        except ReplayError:
            continue
        with Replay(path) as replay:  # no index at all is better than a wrong one
            assert not replay.complete, name


def test_an_index_that_runs_backwards_is_none():
    good = [(Kind.HEADER, 0, 0, 0, len(MAGIC)), (Kind.CHUNK, 0, 0, 9, 700), (Kind.CHUNK, 0, 9, 18, 900)]
    assert len(Index.read(index_of(good), 2000).entries) == 3
    for offsets in ((700, 700), (900, 700), (700, 2**40), (13, 900)):
        bad = [good[0], *((*entry[:4], offset) for entry, offset in zip(good[1:], offsets, strict=True))]
        with pytest.raises(DamagedError, match="byte 2,000"):
            Index.read(index_of(bad), 2000)


def test_recovering_keeps_records_in_the_order_of_the_game(forger, tmp_path):
    records = [record for record in forger.records if record[0] not in (Kind.INDEX, Kind.FOOTER)]
    chunks = [record for record in records if record[0] == Kind.CHUNK]
    saved = recover(forger.of([*records, chunks[0], records[0], *records[-2:]]), tmp_path / "saved.nmr")
    assert saved.ticks == 300 and saved.records == len(records)
    read_all(tmp_path / "saved.nmr")


def test_footers_that_lead_astray(forger):
    records = [record for record in forger.records if record[0] not in (Kind.INDEX, Kind.FOOTER)]
    data = MAGIC + b"".join(framed(kind, payload) for kind, payload in records)
    for offset in (0, len(MAGIC), len(data), len(data) + 7, 2**64 - 1):
        with Replay(forger.file(data + footer(offset))) as replay:
            assert not replay.complete and replay.ticks == 300


def test_not_a_replay(tmp_path):
    for number, data in enumerate((b"", b"\xab", b"nmmo.replay", MAGIC[:-1], b"\x80\x04K", MAGIC[::-1])):
        path = tmp_path / f"{number}.nmr"
        path.write_bytes(data)
        with pytest.raises(NotAReplayError):
            Replay(path)
    with pytest.raises(NotAReplayError, match="regular"):
        Replay("/dev/zero")
    with pytest.raises(NotAReplayError, match="regular"):
        Replay(tmp_path)
    for data in (MAGIC, MAGIC + bytes([EXTENSION]) * 50, MAGIC + b"\xc9\xff\xff\xff\xff\x01" + bytes(90)):
        path = tmp_path / "almost.nmr"
        path.write_bytes(data)
        with pytest.raises(DamagedError):
            Replay(path)


def test_a_header_that_asks_for_a_huge_world(forger):
    path = forger.changed(Kind.HEADER, config=config_with(height=4096, width=4096, n_players=6, n_monsters=8))
    tracemalloc.start()
    try:
        with Replay(path, max_world_bytes=64 * MEBIBYTE) as replay:
            assert replay.actions(1).shape == (6,)
            with pytest.raises(TooLargeError, match="max_world_bytes"):
                replay.world_at(1)
            with pytest.raises(TooLargeError):
                replay.verify()
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_events_and_states_of_other_rules_can_be_read(forger, small_file):
    path = forger.changed(Kind.HEADER, rules=99, config=lambda config: {**config, "gravity": 9.8})
    with Replay(path) as replay, Replay(small_file) as same:
        assert not replay.playable and replay.header.rules_version == 99
        assert np.array_equal(replay.events("birth"), same.events("birth"))
        assert np.array_equal(replay.state(200).players, same.state(200).players)
        assert np.array_equal(replay.actions(7), same.actions(7))
        with pytest.raises(RulesVersionError, match="version 99"):
            replay.world_at(3)
        with pytest.raises(ReplayError, match="gravity"):
            _ = replay.config


@pytest.mark.parametrize("seed", range(4))
def test_states_that_no_world_can_have(tmp_path, seed):
    """Bytes of recorded states are changed at random: the engine's own checks refuse or the digests tell."""
    path = tmp_path / "game.nmr"
    played(path, tiny(), 300)
    with ContainerReader(path) as file:
        records = [(record.kind, payload) for record, payload in file.scan()]
    rng = np.random.default_rng(seed)
    made = []
    for kind, payload in records:
        if kind == Kind.SNAPSHOT:
            values = msgpack.unpackb(payload)
            state = bytearray(zstandard.decompress(values["state"]))
            for place in rng.integers(40, len(state), 30):
                state[place] ^= int(rng.integers(1, 256))
            values["state"] = zstandard.compress(bytes(state), 1)
            payload = msgpack.packb(values)
        if kind not in (Kind.INDEX, Kind.FOOTER):
            made.append((kind, payload))
    bad = tmp_path / "bad.nmr"
    bad.write_bytes(MAGIC + b"".join(framed(kind, payload) for kind, payload in made))
    with Replay(path) as good, Replay(bad) as replay:
        with pytest.raises(DamagedError):
            replay.verify()
        assert replay.world_at(290).hash() == good.world_at(290).hash()  # gone round


def test_recovering_hostile_files_ends(forger, tmp_path):
    for name in ("a bomb of actions", "a later format", "ticks below zero"):
        kind, changes, _ = FORGERIES[name]
        path = forger.changed(kind, **changes)
        try:
            recover(path, tmp_path / "saved.nmr", overwrite=True)
        except ReplayError:
            continue
        with pytest.raises(ReplayError):
            read_all(tmp_path / "saved.nmr")


def test_a_checksum_covers_kind_and_length(small_file):
    data = small_file.read_bytes()
    length = int.from_bytes(data[13:17], "big")
    covered = data[13:18] + data[22 : 17 + length + 1]
    assert data[12] == EXTENSION and int.from_bytes(data[18:22], "big") == zlib.crc32(covered)


READ_IN_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
import nmmo, numpy, zstandard, msgpack
from nmmo.replay import Replay, ReplayError
import nmmo.replay.verification
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 64 * 1024 * 1024,) * 2)
for name in sys.argv[1:]:
    try:
        with Replay(name) as replay:
            if replay.damage is not None:
                raise replay.damage
            replay.actions(1)
            replay.events()
            for first, last in replay.state_ticks:
                replay.state(last)
            assert replay.verify(), "differs"
    except (ReplayError, AssertionError):
        continue
    sys.exit(f"{name} was read")
print("all refused")
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit on memory is Linux's")
def test_forgeries_are_refused_within_64_mebibytes(forger):
    paths = [forger.changed(kind, **changes) for kind, changes, _ in FORGERIES.values()]
    for payload in PAYLOADS.values():
        paths.append(forger.of([forger.records[0], (Kind.CHUNK, payload)]))
    command = [sys.executable, "-c", READ_IN_LITTLE_MEMORY, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.strip() == "all refused", done.stderr[-2000:]
