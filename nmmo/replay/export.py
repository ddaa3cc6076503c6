"""Writes tables of replays to files, and replays with a state stream."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from nmmo.replay.container import Kind
from nmmo.replay.event_collector import EventCollector
from nmmo.replay.index import Index
from nmmo.replay.replay import Replay
from nmmo.replay.state_stream import BLOCK_TICKS, StateEncoder, StateLayout
from nmmo.replay.tables import Columns
from nmmo.replay.writer import ContainerWriter

SUFFIXES: Final = (".csv", ".parquet")


def save_table(blocks: Iterator[Columns], path: str | os.PathLike[str]) -> int:
    """Write a table, CSV or Parquet by the name's end. The file appears when it is whole.

    Parameters
    ----------
    blocks
        Rows, some at a time; each block has the same columns.
    path
        Where. An existing file is replaced.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ValueError
        If the name ends otherwise, or pyarrow, which writes Parquet, is not installed.
    OSError
        If the file cannot be written.
    """
    target = Path(path)
    if target.suffix not in SUFFIXES:
        raise ValueError(f"the name of the file must end in {' or '.join(SUFFIXES)}; got {target.name}")
    write = _write_csv if target.suffix == ".csv" else _write_parquet
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        rows = write(blocks, temporary)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return rows


def _write_csv(blocks: Iterator[Columns], path: Path) -> int:
    rows = 0
    with open(path, "x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for block in blocks:
            if not rows and file.tell() == 0:
                writer.writerow(block)
            columns = [column.tolist() for column in block.values()]
            writer.writerows(zip(*columns, strict=True))
            rows += len(columns[0])
    return rows


def _write_parquet(blocks: Iterator[Columns], path: Path) -> int:
    try:
        import pyarrow  # type: ignore[import-not-found, import-untyped, unused-ignore]
        import pyarrow.parquet  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        raise ValueError("Parquet needs pyarrow: pip install 'nmmo[tables]', or write a file ending in .csv") from None
    rows = 0
    writer: Any = None
    try:
        for block in blocks:
            table = pyarrow.table({name: pyarrow.array(column) for name, column in block.items()})
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
            rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def export_state(
    replay: Replay,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write the same replay with events and a state stream, found by playing it again.

    Unlike a stream that was recorded with the play, it has what lies on the tiles at every tick.

    Parameters
    ----------
    replay
        What to play.
    path
        Where. It appears when it is whole.
    overwrite
        Whether an existing file is replaced.
    progress
        Called now and then with the ticks done and all ticks.

    Returns
    -------
    int
        Ticks.

    Raises
    ------
    nmmo.replay.ReplayError
        If it cannot be played from beginning to end.
    FileExistsError, OSError
        If the file is there already, or cannot be written.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} is there already: choose another name, or overwrite it")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    made = ContainerWriter(temporary)
    try:
        _write_with_states(replay, made, progress)
        made.finish()
        os.replace(temporary, target)
    except BaseException:
        made.abandon()
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return replay.ticks


def _write_with_states(replay: Replay, made: ContainerWriter, progress: Callable[[int, int], None] | None) -> None:
    """Copy the records, those of ticks with events, and put blocks of states between them."""
    contents = replay.contents
    collector = EventCollector(contents, replay.snapshots)
    layout = StateLayout(collector.world)
    encoder = StateEncoder(layout)
    frames = layout.new_block()

    def end_block() -> None:
        if frames.count:
            block = encoder.block(frames)
            made.write(Kind.STATE, block.packed(), block.start, block.stop, block.ground is not None)
            frames.clear()

    def look() -> None:
        world = collector.world
        frames.add(layout, world, collector.tick, False)
        frames.tiles.append((collector.tick, world.tiles))
        if frames.count == BLOCK_TICKS:
            end_block()

    with collector.world:
        for entry in contents.index.entries:
            if entry.kind in (Kind.HEADER, Kind.MAP, Kind.SNAPSHOT):
                index = Index()
                index.entries.append(entry)
                made.copy(entry.kind, contents.payload(entry), index)
            if entry.kind != Kind.CHUNK:
                continue
            events = []
            for tick in range(entry.start if entry.start == replay.start else entry.start + 1, entry.stop + 1):
                if collector.tick < 0:
                    events += collector.collect(replay.start, replay.start)
                else:
                    events += collector.collect(tick, tick)
                look()
            found = np.concatenate(events) if events else None
            chunk = contents.chunk(entry)
            if found is not None:
                chunk = replace(chunk, events=found[(found["tick"] >= chunk.start) & (found["tick"] <= chunk.stop)])
            made.write(Kind.CHUNK, chunk.packed(), chunk.start, chunk.stop)
            if progress is not None:
                progress(chunk.stop - replay.start, replay.stop - replay.start)
        end_block()
