"""How much memory a world needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nmmo
from nmmo.bench.figures import Figure

PROCESSES = 5  # where the system puts a process makes some pages of difference
RESIDENT = """
import json, sys
import numpy
import nmmo
from nmmo.machine import resident_bytes

rng = numpy.random.default_rng(0)
before = resident_bytes()
world = nmmo.World(nmmo.Config(**json.loads(sys.argv[1])), seed=0)
world.reset()
for _ in range(10):
    if not world.over:
        world.step(nmmo.sample_actions(world.mask, rng))
print(json.dumps([before, resident_bytes()]))
"""


def memory_of(config: nmmo.Config, id: str = "memory") -> list[Figure]:
    """Return the bytes that a world asks for, by what they are for. The last figure is that of one row."""
    with nmmo.World(config, seed=0) as world:
        observations, _ = world.reset()
        rows, row = observations.nbytes, world.row_bytes
        snapshot = len(world.snapshot())
    arena = config.world_bytes
    return [
        Figure(f"{id}/world", "a world: all of its state and working memory", "bytes", [arena]),
        Figure(f"{id}/observations", "its observations", "bytes", [rows]),
        Figure(f"{id}/both", "both", "bytes", [arena + rows]),
        Figure(f"{id}/snapshot", "a snapshot", "bytes", [snapshot]),
        Figure(f"{id}/row", "one row of observations", "bytes/row", [row]),
    ]


def resident_of(config: nmmo.Config, id: str = "memory") -> list[Figure]:
    """Return the bytes that a process with one world holds, looked at in processes of their own.

    Returns
    -------
    list of Figure
        Empty where the system doesn't tell.

    Raises
    ------
    RuntimeError
        If such a process fails; with what it said.
    """
    seen = [_resident(config) for _ in range(PROCESSES)]
    whole = [after for _, after in seen if after is not None]
    because = [after - before for before, after in seen if before is not None and after is not None]
    if not whole or not because:
        return []
    return [
        Figure(f"{id}/resident", "a Python process with one world, in all", "bytes", [*whole]),
        Figure(f"{id}/resident-world", "of it held because of the world", "bytes", [*because]),
    ]


def _resident(config: nmmo.Config) -> tuple[int | None, int | None]:
    """Return what a process of its own holds before it makes a world, and with one that was stepped."""
    paths = os.pathsep.join(path for path in sys.path if path)  # the nmmo that runs here, from anywhere
    done = subprocess.run(
        [sys.executable, "-P", "-c", RESIDENT, json.dumps(config.to_dict())],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if done.returncode != 0:
        raise RuntimeError(f"a process with one world failed: {done.stderr.strip()}")
    before, after = json.loads(done.stdout)
    return before, after
