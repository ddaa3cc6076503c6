"""docs/replay-format.md is enough to read a replay: a reader written from it finds what was played."""

from __future__ import annotations

import msgpack
import numpy as np
import plain_reader
import pytest
from conftest import choices, played, tiny

import nmmo
from nmmo.replay import Recorder, Replay
from nmmo.replay.container import MAGIC, ContainerReader, Kind, framed


def joined(tables, name):
    return np.concatenate([table[name] for table in tables])


@pytest.mark.parametrize("vocabulary", [0, 4])
def test_a_stranger_reads_what_was_played(tmp_path, vocabulary):
    path = tmp_path / "game.nmr"
    config = tiny(respawn="on_request", vocabulary=vocabulary)
    world = nmmo.World(config, 6, map=nmmo.Map.generate(3, 32, 32))
    rng = np.random.default_rng(0)
    actions, events, calls, tiles = [], [], [], {}
    with Recorder(world, path, state=True, players={"a": range(3), "b": range(3, 6)}, notes={"n": 1}):
        world.reset()
        events.append(world.events)
        for _ in range(300):
            actions.append(choices(world, rng))
            world.step(actions[-1])
            events.append(world.events)
            seen = len(events[-1])
            if not world.tick % 9 and world.respawn(np.ones(6, np.bool_)):
                calls.append(world.tick)
                events.append(world.events[seen:])
            if world.tick % 32 == 0:
                tiles[world.tick] = (world.tiles.view(np.uint64) & 0xFFFFFF).astype(np.uint32)
        end = world.hash()
    found = plain_reader.read(path.read_bytes())
    header = found["header"]
    assert header["config"] == config.to_dict() and header["seed"] == world.seed
    assert header["names"] == ["a", "b"] and header["notes"] == {"n": 1}
    slots = np.frombuffer(plain_reader.unpack(header["slots"]), "<u2")
    assert slots.tolist() == [0, 0, 0, 1, 1, 1]
    stacked = np.array(actions)
    assert np.array_equal(found["actions"], stacked[..., 0] if vocabulary else stacked)
    assert np.array_equal(found["tokens"], stacked[..., 1] if vocabulary else [])
    expected = np.concatenate(events)
    for name in expected.dtype.names:
        assert np.array_equal(joined(found["events"], name), expected[name]), name
    assert [tick for tick, _ in found["respawns"]] == calls and len(calls) > 0
    assert found["hashes"] == list(end.values())
    assert np.array_equal(found["map"], world.map())
    assert [tick for tick, _, _ in found["snapshots"]] == [256]
    with Replay(path) as replay:
        assert np.array_equal(found["digests"], [replay.digests(tick) for tick in range(1, 301)])
        for tick in (0, 100, 300):
            frame = replay.state(tick)
            for name in frame.players.dtype.names:
                assert np.array_equal(found["states"][tick]["players"][name], frame.players[name])
            for name in frame.monsters.dtype.names:
                assert np.array_equal(found["states"][tick]["monsters"][name], frame.monsters[name])
        # a snapshot is the difference from the base
        base = nmmo.World(config, header["seed"], map=found["map"])
        base.reset(header["seed"])
        state = np.frombuffer(found["snapshots"][0][2], np.uint8) ^ np.frombuffer(base.snapshot(), np.uint8)
        assert nmmo.World.from_snapshot(state.tobytes()).hash() == replay.world_at(256).hash()
    changes = {name: joined(found["changes"], name) for name in ("tick", "tile", "word")}
    for tick, words in tiles.items():
        shown = found["ground"].copy()
        done = changes["tick"] <= tick
        shown[changes["tile"][done]] = changes["word"][done]
        assert np.array_equal(shown.reshape(32, 32), words)
    assert found["names"]["event"][int(expected["kind"][0])] == "birth"


def test_the_numbers_of_the_page(least_file):
    """What the page says of sizes and places, on a file."""
    data = least_file.read_bytes()
    kinds = [kind for kind, _, _ in plain_reader.records(data)]
    assert kinds == [plain_reader.HEADER, plain_reader.CHUNK, plain_reader.INDEX, plain_reader.FOOTER]
    assert data[-19] == 0xC9 and data[-9] == 0xCF


def test_the_whole_file_is_one_msgpack_stream(small_file):
    import msgpack

    unpacker = msgpack.Unpacker(max_buffer_size=2**24)
    unpacker.feed(small_file.read_bytes())
    values = list(unpacker)
    assert values[0] == "nmmo.replay"
    assert all(isinstance(value, msgpack.ExtType) for value in values[1:])
    assert [value.code for value in values[-2:]] == [6, 7]


def test_digests_are_equal_for_equal_games(tmp_path):
    played(tmp_path / "a.nmr", tiny(), 20)
    played(tmp_path / "b.nmr", tiny(), 20, play=2)
    a, b = (plain_reader.read((tmp_path / name).read_bytes())["digests"] for name in ("a.nmr", "b.nmr"))
    assert not np.array_equal(a[0], b[0])


def test_replays_with_the_old_name_of_a_field_can_be_played(tmp_path):
    """``respawn`` was called ``rebirth`` when the shipped replays were recorded."""
    path, old = tmp_path / "new.nmr", tmp_path / "old.nmr"
    world = nmmo.World(tiny(respawn="on_request", stagnation_ticks=9), 4)
    with Recorder(world, path):
        world.reset()
        for _ in range(40):
            world.step(np.zeros(6, np.int64))
            world.respawn(np.ones(6, np.bool_))
        end = world.hash()
    data = MAGIC
    with ContainerReader(path) as file:
        for record, payload in file.scan():
            if record.kind == Kind.HEADER:
                values = msgpack.unpackb(payload)
                values["config"]["rebirth"] = values["config"].pop("respawn")
                payload = msgpack.packb(values)
            if record.kind not in (Kind.INDEX, Kind.FOOTER):
                data += framed(record.kind, payload)
    old.write_bytes(data)
    with Replay(old) as replay:
        assert replay.config.respawn == "on_request"
        with replay.world_at(replay.stop) as again:
            assert again.hash() == end
