"""A recorded game as one file, for programs without Python: `engine/programs/profile.c` plays it.

The file is little-endian: the eight bytes ``NMMOLOAD``, then as uint64 the bytes of the snapshot, the ticks
and the agents; the snapshot; and one byte per action, [ticks, agents].
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

import nmmo
from nmmo.bench.files import replace_file
from nmmo.bench.recording import Recording

MAGIC = b"NMMOLOAD"


def write_workload(recording: Recording, config: nmmo.Config, path: Path) -> None:
    """Write the recording of a single world without a vocabulary.

    Raises
    ------
    ValueError
        If it is a batch's, or its players speak.
    OSError
        If the file can't be written.
    """
    if len(recording.snapshots) != 1 or config.vocabulary:
        raise ValueError("only the game of one world whose players do not speak can be written")
    snapshot = recording.snapshots[0]
    ticks, agents = recording.actions.shape
    head = MAGIC + struct.pack("<3Q", len(snapshot), ticks, agents)
    replace_file(path, head + snapshot + recording.actions.astype(np.uint8).tobytes())
