"""Fuzz the reading of replays, with atheris (pip install atheris).

    python scripts/fuzz_replay.py [--seconds N] [--folder DIR]
    python scripts/fuzz_replay.py --reproduce FILE

An input is a recipe for a file: a good replay with some records' payloads replaced or changed, checksums made
to agree, so that the fuzzer gets past them; or raw bytes. Whatever it holds, reading must end in a
``ReplayError`` or in what the file says. The corpus and findings are in the folder, by default
build/fuzz-replay. Ends with status 0 when nothing was found, 1 after a finding, 2 without atheris.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 4096
MOST_MEMORY = 1024  # MiB, of the whole process: atheris' own included
MOST_SECONDS = 10
WORLD_BYTES = 16 * 1024 * 1024


@cache
def good_records() -> list[tuple[int, bytes]]:
    """Return the records of a small replay with everything in it."""
    import nmmo
    from nmmo.replay import Recorder
    from nmmo.replay.container import ContainerReader

    config = nmmo.Config(height=32, width=32, n_players=3, n_monsters=4, respawn="on_request", vocabulary=2, horizon=0)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "good.nmr"
        with nmmo.World(config, 1) as world, Recorder(world, path, state=True, players=list("abc")):
            world.reset()
            for tick in range(40):
                if tick == 20:
                    world.edit.give(0, "sword")
                world.step(np.stack([nmmo.sample_actions(world.mask, rng), rng.integers(0, 3, 3)], axis=1))
                world.respawn(np.ones(3, np.bool_))
        with ContainerReader(path) as file:
            return [(record.kind, payload) for record, payload in file.scan()]


def made_of(recipe: bytes) -> bytes:
    """Return the file that a recipe makes."""
    from nmmo.replay.container import MAGIC, Kind, framed

    if not recipe or recipe[0] == 0:
        return MAGIC + recipe[1:]
    records = [record for record in good_records() if record[0] not in (Kind.INDEX, Kind.FOOTER)]
    place = 1
    while place + 4 <= len(recipe):
        way, which, low, high = recipe[place : place + 4]
        part = recipe[place + 4 : place + 4 + (way >> 2)]
        place += 4 + (way >> 2)
        number = which % len(records)
        kind, payload = records[number]
        if way & 3 == 0:  # overwrite some bytes
            at = (high << 8 | low) % max(len(payload), 1)
            records[number] = kind, payload[:at] + part + payload[at + len(part) :]
        elif way & 3 == 1:  # put some in
            at = (high << 8 | low) % (len(payload) + 1)
            records[number] = kind, payload[:at] + part + payload[at:]
        elif way & 3 == 2:  # another payload
            records[number] = (low % 9), part
        else:  # move a record, or say it twice
            records.insert(low % (len(records) + 1), records[number])
    return MAGIC + b"".join(framed(kind, payload) for kind, payload in records)


def try_recipe(recipe: bytes, path: Path) -> None:
    """Read the file of a recipe in every way. Nothing but ReplayError may come out."""
    from nmmo.replay import Replay, ReplayError
    from nmmo.replay.recovery import recover

    path.write_bytes(made_of(recipe))
    saved = path.with_suffix(".saved")
    with contextlib.suppress(ReplayError):
        recover(path, saved, overwrite=True)
    for name in (path, saved):
        if not name.exists():
            continue
        with contextlib.suppress(ReplayError), Replay(name, max_world_bytes=WORLD_BYTES) as replay:
            for look in (
                lambda: replay.actions(replay.stop),
                lambda: replay.events("birth"),
                lambda: replay.world_at(replay.stop),
                lambda: replay.world_at(replay.start),
                lambda: [replay.state(tick) for span in replay.state_ticks[:4] for tick in span],
                lambda: str(replay.verify()),
            ):
                with contextlib.suppress(ReplayError):
                    look()
    saved.unlink(missing_ok=True)


def fuzz(arguments: list[str], folder: Path) -> None:
    """Run atheris in this process; it does not return."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["nmmo.replay"]):
        import nmmo.replay.recovery
        import nmmo.replay.verification  # noqa: F401 - imported to be watched
    good_records()
    path = folder / "input.nmr"
    atheris.Setup([sys.argv[0], *arguments], lambda recipe: try_recipe(recipe, path))
    atheris.Fuzz()


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description="Fuzz the reading of replays.")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="how long (60)")
    parser.add_argument("--runs", type=int, default=-1, metavar="N", help="how many inputs at most")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the fuzzer (1)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz-replay", metavar="DIR")
    parser.add_argument("--reproduce", type=Path, metavar="FILE", help="try one input, a finding of before")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.reproduce:
        try_recipe(options.reproduce.read_bytes(), options.folder / "input.nmr")
        print(f"{options.reproduce}: nothing found")
        return 0
    try:
        import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore] # noqa: F401
    except ImportError:
        print("fuzz_replay: atheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    corpus = options.folder / "corpus"
    corpus.mkdir(exist_ok=True)
    given = [
        str(corpus),
        f"-max_total_time={options.seconds}",
        f"-runs={options.runs}",
        f"-seed={options.seed}",
        f"-max_len={MOST_BYTES}",
        f"-rss_limit_mb={MOST_MEMORY}",
        f"-timeout={MOST_SECONDS}",
        f"-artifact_prefix={options.folder}/",
        "-print_final_stats=1",
    ]
    if options.inside:
        fuzz(given, options.folder)
    done = subprocess.run(
        [sys.executable, __file__, "--inside", *sys.argv[1:]],
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    lines = done.stderr.splitlines()
    statistics = [line for line in lines if line.startswith("stat::number_of_executed_units")]
    print("\n".join(statistics or lines[-40:]))
    if done.returncode:
        print("\n".join(lines[-60:]))
        print("fuzz_replay: found something")
        return 1
    print("fuzz_replay: nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
