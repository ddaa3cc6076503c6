"""Verifying finds every kind of forgery and names tick, section and field; comparing two replays likewise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
import zstandard
from conftest import choices, played, tiny

import nmmo
from nmmo.replay import DivergenceError, Recorder, Replay
from nmmo.replay.chunk import Chunk
from nmmo.replay.compare import compare_worlds
from nmmo.replay.container import MAGIC, ContainerReader, Kind, framed
from nmmo.replay.difference import compare_replays


def rewritten(source: Path, target: Path, change: Any) -> Path:
    """Return a copy with some records' values changed, and checksums that agree: change(kind, values)."""
    data = MAGIC
    with ContainerReader(source) as file:
        for record, payload in file.scan():
            if record.kind in (Kind.INDEX, Kind.FOOTER):
                continue
            values = msgpack.unpackb(payload)
            change(record.kind, values)
            data += framed(record.kind, msgpack.packb(values))
    target.write_bytes(data)
    return target


def other_action(tick: int, agent: int, action: int) -> Any:
    def change(kind: int, values: dict[str, Any]) -> None:
        if kind == Kind.CHUNK and values["start"] < tick <= values["start"] + values["ticks"]:
            actions = np.frombuffer(zstandard.decompress(values["actions"]), np.uint8).copy()
            actions.reshape(-1, values["ticks"])[agent, tick - values["start"] - 1] = action
            values["actions"] = zstandard.compress(actions.tobytes())

    return change


def test_another_action_is_found_at_its_tick(tmp_path):
    path = tmp_path / "game.nmr"
    game = played(path, tiny(), 300)
    for tick in (1, 128, 129, 290):
        with Replay(path) as replay:
            world = replay.world_at(tick - 1)
            chosen = int(game.actions[tick - 1][2])
            moves = [a for a in range(1, 9) if world.mask[2, a] and a != chosen]
        bad = rewritten(path, tmp_path / "bad.nmr", other_action(tick, 2, moves[0]))
        with Replay(bad) as replay:
            report = replay.verify()
            assert not report and report.tick == tick
            assert "players" in report.sections and str(tick) in str(report)
            if tick <= 256:  # the next recorded state tells the fields
                assert report.fields_tick == 256 and report.fields
                assert any(one.table == "players" for one in report.fields)
            else:
                assert report.fields_tick is None
            if tick > 1:
                assert replay.world_at(tick - 1).hash() == game.hashes[tick - 1]
            with pytest.raises(DivergenceError, match=f"tick {tick}"):
                replay.world_at(tick)


def test_a_forged_digest_event_state_or_hash_is_found(tmp_path):
    path = tmp_path / "game.nmr"
    played(path, tiny(n_monsters=60), 300, events=True)

    def forge(target: Kind, start: int, name: str, edit: Any) -> tuple[int | None, tuple[str, ...]]:
        def change(kind: int, values: dict[str, Any]) -> None:
            if kind == target and values.get("start", values.get("tick")) == start:
                values[name] = edit(values[name])

        with Replay(rewritten(path, tmp_path / "bad.nmr", change)) as replay:
            report = replay.verify()
            return report.tick, report.sections

    def flip(at: int) -> Any:
        return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    def packed_flip(at: int) -> Any:
        return lambda data: zstandard.compress(flip(at)(zstandard.decompress(data)))

    assert forge(Kind.CHUNK, 128, "digests", flip(10 * 40 + 3 * 8)) == (139, ("tiles",))
    assert forge(Kind.CHUNK, 256, "hashes", flip(4 * 8)) == (300, ("market",))
    tick, sections = forge(Kind.CHUNK, 0, "events", lambda data: _without_last(data))
    assert sections == ("events",) and 0 <= tick <= 128
    with Replay(path) as replay:
        count = len(replay.events(start=0, stop=129))
        events = replay.events(start=0, stop=129)
    amount_plane = 12 * count
    tick, sections = forge(Kind.CHUNK, 0, "events", packed_flip(amount_plane + count - 1))
    assert (tick, sections) == (int(events["tick"][-1]), ("events",))
    assert forge(Kind.CHUNK, 0, "start", lambda start: start) == (None, ())


def _without_last(data: bytes) -> bytes:
    """Return the same number of events, the last one twice and the first not at all."""
    planes = np.frombuffer(zstandard.decompress(data), np.uint8).reshape(28, -1).copy()
    planes[:, :-1] = planes[:, 1:]
    return zstandard.compress(planes.tobytes())


def test_edits_are_told(tmp_path):
    world = nmmo.World(tiny(), 3)
    rng = np.random.default_rng(0)
    with Recorder(world, tmp_path / "game.nmr", events=True):
        world.reset()
        for tick in range(100):
            if tick == 40:
                world.edit.set(0, gold=500)
                world.edit.give(1, "sword")
            world.step(choices(world, rng))
    with Replay(tmp_path / "game.nmr") as replay:
        report = replay.verify()
        assert report and report.cuts == [40] and report.ticks == 100 and not replay.pure
        assert replay.world_at(40).players["self"]["gold"][0] == 500
        assert replay.world_at(39).players["self"]["gold"][0] == 0


def test_progress_is_told(tmp_path):
    played(tmp_path / "game.nmr", tiny(), 200)
    calls = []
    with Replay(tmp_path / "game.nmr") as replay:
        replay.verify(lambda done, total: calls.append((done, total)))
    assert calls[-1] == (200, 200) and len(calls) > 2 and calls == sorted(calls)


def test_two_replays_part(tmp_path):
    one, other = tmp_path / "one.nmr", tmp_path / "other.nmr"
    config = tiny()
    game = played(one, config, 200, seed=4)
    with nmmo.World(config, 4) as world, Recorder(world, other):
        world.reset()
        for tick, actions in enumerate(game.actions[:190], 1):
            if tick == 150:
                actions = actions.copy()
                actions[3] = next(a for a in range(1, 9) if world.mask[3, a] and a != actions[3])
            world.step(actions)
    with Replay(one) as first, Replay(other) as second:
        found = compare_replays(first, second)
        assert found and found.tick == found.actions_tick == 150 and found.players == [3]
        assert "players" in found.sections and "clock" not in found.sections
        assert {difference.record for difference in found.fields if difference.table == "players"} >= {"3"}
        places = [difference for difference in found.fields if difference.field in ("self.row", "self.column")]
        assert places and all(difference.first != difference.second for difference in places)
        assert found.lengths == (200, 190) and found.beginnings == {}
        assert not compare_replays(first, first)


def test_other_beginnings_are_told(tmp_path):
    played(tmp_path / "one.nmr", tiny(), 20, seed=4)
    played(tmp_path / "other.nmr", tiny(node_regrow_ticks=7), 20, seed=5)
    with Replay(tmp_path / "one.nmr") as first, Replay(tmp_path / "other.nmr") as second:
        found = compare_replays(first, second)
        assert set(found.beginnings) == {"seed", "map_digest", "config.node_regrow_ticks"}
        assert found.beginnings["seed"] == (4, 5)
        assert found.tick == 1 and found.unplayed


def test_worlds_are_compared_field_by_field():
    drawing = """
        . @ . T
        . . M .
        . . . I
    """
    legend = {
        "T": nmmo.Node("tree"),
        "M": nmmo.Monster(),
        "I": nmmo.Item("sword", 2),
    }
    one, other = (nmmo.World.from_text(drawing, legend) for _ in range(2))
    assert compare_worlds(one, other) == []
    other.edit.set(0, gold=9)
    other.edit.monster_health(0, 50)
    other.edit.clear(2, 3)
    other.edit.node(0, 3, "tree", 1, ripe=False)
    found = {(d.section, d.table, d.record, d.field): (d.first, d.second) for d in compare_worlds(one, other)}
    assert found["players", "players", "0", "self.gold"] == (0, 9)
    assert found["monsters", "monsters", "0", "health"] == (100, 50)
    assert found["tiles", "ground_items", "row 2, column 3", "is there"] == (True, False)
    assert found["tiles", "nodes", "row 0, column 3", "ripe"] == (1, 0)
    assert ("tiles", "tiles", "2, 3", "object") in found
    assert len(compare_worlds(one, other, most=2)) == 2


def test_a_chunk_of_nothing_is_allowed(tmp_path):
    """Calls of respawn and events behind the last tick have a chunk without ticks."""
    config = tiny(respawn="on_request", n_monsters=60)
    rng = np.random.default_rng(0)
    world = nmmo.World(config, 3)
    with Recorder(world, tmp_path / "game.nmr", events=True):
        world.reset()
        begun = 0
        while not (begun and world.tick % 128 == 0):
            world.step(choices(world, rng))
            if world.tick % 128 == 0:
                begun = world.respawn(np.ones(6, np.bool_))
            assert world.tick < 5000
        end = world.hash()
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.stop % 128 == 0 and replay.contents.chunks[-1].start == replay.contents.chunks[-1].stop
        assert replay.world_at(-1).hash() == end
        assert replay.verify()
    empty = Chunk(5, np.empty((0, 3), np.uint8), None, np.empty((0, 5), np.uint64))
    assert (empty.start, empty.stop, empty.ticks) == (5, 5, 0)
