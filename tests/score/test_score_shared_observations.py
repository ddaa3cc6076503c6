"""Memory that the engine writes and agents read: each sees its own rows, and only these."""

from __future__ import annotations

import gc
import mmap
import os
from pathlib import Path

import numpy as np
import pytest

import nmmo
from nmmo.score.shared_observations import SharedObservations, SharedSlice

ROW = 1728  # 27 * 64 bytes: 64 rows fill 27 pages of 4,096


def seen(part: SharedSlice) -> np.ndarray:
    """Return all bytes of a part's file, as another process would map them: a page is seen to its end."""
    size = os.fstat(part.file).st_size
    assert size % mmap.PAGESIZE == 0
    return np.frombuffer(mmap.mmap(part.file, size, prot=mmap.PROT_READ), np.uint8)


def rows_seen(part: SharedSlice) -> np.ndarray:
    return seen(part)[part.offset : part.offset + part.rows.size].reshape(part.rows.shape)


SHAPES = [(16, 8), (16, 64), (1, 1024), (5, 3), (3, 1), (2, 7), (40, 5)]


@pytest.mark.parametrize(("agents", "each"), SHAPES)
@pytest.mark.parametrize("row_bytes", [ROW, 64, 4096, 5000])
def test_each_agent_sees_its_rows_and_nothing_else(agents, each, row_bytes):
    memory = SharedObservations(agents * each, row_bytes)
    parts = [memory.share(number * each, each) for number in range(agents)]
    try:
        for turn in (1, 2):
            for number in range(agents):
                memory.array[number * each : (number + 1) * each] = turn * (number + 1)
            for number, part in enumerate(parts):
                part.publish()
                whole, mine = seen(part), turn * (number + 1)
                assert (rows_seen(part) == mine).all() and (part.rows == mine).all()
                assert set(np.unique(whole)) <= {0, mine}, "rows of another agent can be seen"
    finally:
        for part in parts:
            os.close(part.file)


def test_large_parts_are_not_copied_and_small_ones_in_part():
    assert mmap.PAGESIZE == 4096 or pytest.skip("the sizes below are for pages of 4,096 bytes")

    def copied(agents: int, each: int) -> list[int]:
        memory = SharedObservations(agents * each, ROW)
        parts = [memory.share(number * each, each) for number in range(agents)]
        for part in parts:
            os.close(part.file)
        return [part.copied_bytes for part in parts]

    assert copied(1, 1024) == [0] and copied(16, 64) == [0] * 16 and copied(1, 3) == [0]
    teams = copied(16, 8)
    assert 0 < max(teams) < 2 * 4096 < 8 * ROW
    assert copied(4, 1) == [ROW, ROW, ROW, ROW], "rows on a page with another's are copied"


def test_what_an_agent_gets_cannot_be_written_or_resized():
    part = SharedObservations(64, ROW).share(0, 64)
    size = os.fstat(part.file).st_size
    try:
        for attempt in (
            lambda: mmap.mmap(part.file, size),
            lambda: os.pwrite(part.file, b"x", 0),
            lambda: os.ftruncate(part.file, 0),
            lambda: os.ftruncate(part.file, 2 * size),
        ):
            with pytest.raises(PermissionError):
                attempt()
        part.rows[...] = 7  # while the scorer keeps writing
        assert (rows_seen(part) == 7).all()
    finally:
        os.close(part.file)


def test_the_engine_writes_where_the_agents_read():
    config = nmmo.Config.preset("small", height=64, width=64, n_players=24, n_monsters=8)
    memory = SharedObservations(24, nmmo.observation_dtype(config).itemsize)
    parts = [memory.share(first, 6) for first in range(0, 24, 6)]
    rng = np.random.default_rng(1)
    with nmmo.World(config, 3, buffers={"observations": memory.array}) as world:
        world.reset()
        for _ in range(20):
            for number, part in enumerate(parts):
                part.publish()
                own = world.observations[6 * number : 6 * number + 6]
                assert rows_seen(part).tobytes() == own.tobytes() and own["self"]["health"].any()
            world.step(nmmo.sample_actions(world.mask, rng))
    for part in parts:
        os.close(part.file)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="there is no /proc here")
def test_memory_and_files_are_given_back():
    def mapped() -> int:
        return Path("/proc/self/maps").read_text().count("memfd:rows")

    gc.collect()
    before, files = mapped(), len(os.listdir("/proc/self/fd"))
    memory = SharedObservations(24, ROW)
    parts = [memory.share(first, 8) for first in range(0, 24, 8)]
    assert mapped() > before
    rows = parts[0].rows
    for part in parts:
        os.close(part.file)
    del memory, part, parts
    rows[...] = 1  # keeps what it needs
    del rows
    gc.collect()
    assert mapped() == before and len(os.listdir("/proc/self/fd")) == files
