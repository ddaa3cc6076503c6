"""Damaged files: all before the damage is read, nothing is read wrongly, what can be saved is saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import played, tiny

from nmmo.replay import DamagedError, MissingTicksError, NotAReplayError, Replay, ReplayError
from nmmo.replay.container import FOOTER_BYTES, MAGIC, ContainerReader, Kind, framed
from nmmo.replay.recovery import recover
from nmmo.replay.recovery import whole_records as whole


def content(replay: Replay) -> tuple[object, ...]:
    """Return all that a file tells without being played."""
    ticks = range(replay.start + 1, replay.stop + 1)
    found: list[object] = [replay.header.packed(), replay.start, replay.stop, replay.ticks, replay.cuts]
    for tick in ticks:
        digests = replay.digests(tick)
        found += [replay.actions(tick).tobytes(), replay.tokens(tick).tobytes()]
        found.append(None if digests is None else digests.tobytes())
    for entry in replay.contents.timeline:
        found.append(replay.contents.payload(entry))
    for first, last in replay.state_ticks:
        for tick in (first, last):
            frame = replay.state(tick)
            found += [frame.players.tobytes(), frame.monsters.tobytes(), frame.tiles.tobytes()]
    return tuple(found)


def records_of(path: Path) -> list[tuple[int, int, int]]:
    with ContainerReader(path) as file:
        return [record for record, _ in file.scan()]


def test_a_file_cut_anywhere_reads_up_to_its_last_whole_chunk(least_file, tmp_path):
    data = least_file.read_bytes()
    records = records_of(least_file)
    header = next(record for record in records if record.kind == Kind.HEADER)
    chunk = next(record for record in records if record.kind == Kind.CHUNK)
    with Replay(least_file) as replay:
        expected = content(replay)
    cut = tmp_path / "cut.nmr"
    for length in range(len(data)):
        cut.write_bytes(data[:length])
        if length < len(MAGIC):
            with pytest.raises(NotAReplayError):
                Replay(cut)
            continue
        if length < header.stop:
            with pytest.raises(DamagedError):
                Replay(cut)
            continue
        with Replay(cut) as replay:
            assert not replay.complete
            if length < chunk.stop:
                assert replay.ticks == 0
            else:
                assert content(replay)[:60] == expected[:60] and replay.stop == 20


def test_a_long_file_cut_at_some_bytes_reads_up_to_its_last_whole_chunk(small_file, tmp_path):
    data = small_file.read_bytes()
    records = records_of(small_file)
    stops = [record.stop for record in records if record.kind == Kind.CHUNK]
    ticks = [0, 128, 256, 300]
    cut = tmp_path / "cut.nmr"
    edges = {record.offset + shift for record in records for shift in (-1, 0, 1, 7)}
    with Replay(small_file) as whole_replay:
        for length in sorted(edges | set(range(records[0].stop, len(data), 997))):
            if not records[0].stop <= length < len(data):
                continue
            cut.write_bytes(data[:length])
            with Replay(cut) as replay:
                last = ticks[sum(stop <= length for stop in stops)]
                assert replay.stop in (
                    last,
                    max(last, replay.contents.timeline[-1].stop if replay.contents.timeline else 0),
                )
                assert replay.ticks == last
                for tick in range(1, last + 1, 50):
                    assert np.array_equal(replay.actions(tick), whole_replay.actions(tick))
                if last:
                    assert replay.world_at(last).hash() == whole_replay.world_at(last).hash()


def test_every_flipped_bit_is_noticed_or_harmless(least_file, tmp_path):
    data = least_file.read_bytes()
    with Replay(least_file) as replay:
        expected = content(replay)
    flipped = tmp_path / "flipped.nmr"
    noticed = 0
    with open(flipped, "wb+") as file:
        file.write(data)
        for place in range(len(data)):
            for bit in range(8):
                file.seek(place)
                file.write(bytes([data[place] ^ 1 << bit]))
                file.flush()
                try:
                    with Replay(flipped) as replay:
                        found = content(replay)
                        if not replay.complete:
                            noticed += 1
                            assert found[:1] == expected[:1]
                            assert replay.ticks in (0, 20)
                            if replay.ticks:
                                assert found == expected
                        else:
                            assert found == expected
                except ReplayError:
                    noticed += 1
            file.seek(place)
            file.write(data[place : place + 1])
    assert noticed == len(data) * 8  # the checksums cover every byte


def test_some_flipped_bits_of_a_file_with_everything(small_file, tmp_path):
    data = small_file.read_bytes()
    with Replay(small_file) as replay:
        expected = content(replay)
    flipped = tmp_path / "flipped.nmr"
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(data), 150).tolist():
        changed = bytearray(data)
        changed[place] ^= 1 << int(rng.integers(8))
        flipped.write_bytes(changed)
        try:
            with Replay(flipped) as replay:
                assert not replay.complete or content(replay) != expected
                pytest.fail(f"a flipped bit of byte {place} was not noticed") if replay.complete else None
        except ReplayError:
            pass


def test_recover_gives_a_cut_file_its_index(small_file, tmp_path):
    data = small_file.read_bytes()
    (tmp_path / "cut.nmr").write_bytes(data[:-FOOTER_BYTES])
    saved = recover(tmp_path / "cut.nmr", tmp_path / "saved.nmr")
    assert (saved.ticks, saved.lost > 0, saved.missing) == (300, False, [])
    with Replay(small_file) as replay, Replay(tmp_path / "saved.nmr") as again:
        assert again.complete and content(again) == content(replay)
        assert again.verify()


def test_recover_saves_what_is_behind_damage(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 600)
    data = bytearray(path.read_bytes())
    second = [record for record in records_of(path) if record.kind == Kind.CHUNK][1]
    data[second.offset + 1] ^= 0x40  # its length: the next record is not where it seems
    path.write_bytes(data)
    with Replay(path) as replay:
        assert replay.complete  # the index is whole
        assert replay.world_at(128).hash() == game.hashes[128]
        with pytest.raises(DamagedError, match=f"byte {second.offset:,}"):
            replay.world_at(129)
        assert replay.world_at(600).hash() == game.hashes[600]
    saved = recover(path, tmp_path / "saved.nmr")
    assert saved.missing == [(129, 256)] and saved.ticks == 600 - 128
    assert saved.lost == second.stop - second.offset
    with Replay(tmp_path / "saved.nmr") as replay:
        assert replay.missing == [(129, 256)] and not replay.pure
        for tick in (0, 100, 128, 256, 257, 600):
            assert replay.world_at(tick).hash() == game.hashes[tick]
        for tick in (129, 200, 255):
            with pytest.raises(MissingTicksError):
                replay.world_at(tick)
        report = replay.verify()
        assert report and report.ticks == 472 and report.missing == [(129, 256)]


def test_recover_in_place_and_refusals(small_file, tmp_path):
    path = tmp_path / "cut.nmr"
    path.write_bytes(small_file.read_bytes()[:-7])
    with pytest.raises(FileExistsError):
        recover(path, path)
    recover(path, path, overwrite=True)
    with Replay(path) as replay:
        assert replay.complete and replay.ticks == 300
    assert [entry.name for entry in tmp_path.iterdir()] == ["cut.nmr"]
    headless = tmp_path / "headless.nmr"
    records = records_of(path)
    headless.write_bytes(MAGIC + path.read_bytes()[records[0].stop :])
    with pytest.raises(DamagedError, match="header is lost"):
        recover(headless, tmp_path / "saved.nmr")
    assert not (tmp_path / "saved.nmr").exists()


def test_searching_for_records_in_a_file_full_of_false_starts_ends(tmp_path):
    """Every byte looks like a record as long as the rest of the file."""
    path = tmp_path / "false.nmr"
    body = (b"\xc9" + (120_000).to_bytes(4, "big") + b"\x04") * 40_000
    path.write_bytes(MAGIC + body)
    assert list(whole_records_of(path)) == []


def whole_records_of(path: Path) -> list[int]:
    with ContainerReader(path) as file:
        return [record.offset for record, _ in whole(file)]


def test_a_damaged_snapshot_is_gone_round(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 600)
    data = bytearray(path.read_bytes())
    snapshots = [record for record in records_of(path) if record.kind == Kind.SNAPSHOT]
    assert len(snapshots) == 2
    data[snapshots[1].stop - 3] ^= 1
    path.write_bytes(data)
    with Replay(path) as replay:
        assert replay.world_at(550).hash() == game.hashes[550]
        with pytest.raises(DamagedError):
            replay.verify()


def test_unknown_records_are_passed_over(small_file, tmp_path):
    with ContainerReader(small_file) as file:
        parts = list(file.scan())
    data = MAGIC
    for record, payload in parts:
        if record.kind not in (Kind.INDEX, Kind.FOOTER):
            data += framed(record.kind, payload) + framed(100, b"from a later version") + framed(-3, b"")
    path = tmp_path / "later.nmr"
    path.write_bytes(data)
    recover(path, tmp_path / "indexed.nmr")
    with Replay(small_file) as replay, Replay(path) as later, Replay(tmp_path / "indexed.nmr") as indexed:
        assert not later.complete and later.damage is None
        assert content(later) == content(replay) == content(indexed)
        assert later.verify()
    assert [record.kind for record in records_of(tmp_path / "indexed.nmr")].count(100) == len(parts) - 2
