"""Golden replays: this engine comes to them again, and so does every other build of it."""

from __future__ import annotations

import importlib.util
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nmmo.replay import Replay

ROOT = Path(__file__).resolve().parents[2]


def module_of(path: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made  # dataclasses look their module up there
    spec.loader.exec_module(made)
    return made


builds = module_of(ROOT / "tests" / "golden" / "test_golden.py", "golden_builds")
golden = module_of(ROOT / "scripts" / "make_replays.py", "make_replays")
NAMES = [entry.name for entry in golden.GOLDEN]


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_replay_verifies(name):
    with Replay(ROOT / "replays" / f"{name}.nmr") as replay:
        report = replay.verify()
        assert report, str(report)
        assert replay.pure and replay.complete and report.states >= 1
        assert report.ticks == replay.ticks >= 200 and len(replay.events("harvest"))


def test_the_folder_has_the_golden_replays_alone():
    assert sorted(path.stem for path in (ROOT / "replays").glob("*.nmr")) == sorted(NAMES)


def game_of(replay: Replay, changed_tick: int | None = None) -> bytes:
    """Return what play_again.c reads."""
    header = replay.header
    parts = [
        replay.config.to_bytes(),
        struct.pack("<QIII", header.seed, replay.ticks, int(header.vocabulary > 0), int(header.base == "map")),
    ]
    if header.base == "map":
        parts.append(replay.world_at(0).map().tobytes())
    for tick in range(1, replay.ticks + 1):
        actions = replay.actions(tick)
        if tick == changed_tick:
            actions = np.roll(actions, 1)
        parts.append(actions.tobytes())
        if header.vocabulary:
            parts.append(replay.tokens(tick).tobytes())
        parts.append(replay.digests(tick).tobytes())
    return b"".join(parts)


@pytest.mark.parametrize("build", builds.BUILDS, ids=str)
def test_a_replay_made_here_verifies_in_other_builds(build, tmp_path):
    builds.need(build, tmp_path)
    sources = sorted((ROOT / "engine").glob("*.c"))
    program = tmp_path / "play_again"
    command = [
        *build.compiler.split(),
        "-std=c17",
        "-ffp-contract=off",
        f"-I{ROOT / 'engine'}",
        *map(str, sources),
    ]
    command += [str(ROOT / "tests" / "replay" / "play_again.c"), *build.flags, "-o", str(program)]
    subprocess.run(command, check=True)
    for name in NAMES:
        with Replay(ROOT / "replays" / f"{name}.nmr") as replay:
            game, forged = game_of(replay), game_of(replay, changed_tick=20)
            ticks = replay.ticks
        done = subprocess.run([*build.runner, str(program)], input=game, capture_output=True)
        assert (done.returncode, done.stdout.decode()) == (0, f"{ticks} ticks agree\n"), done.stderr
        done = subprocess.run([*build.runner, str(program)], input=forged, capture_output=True)
        assert done.returncode == 1 and done.stdout.startswith(b"tick 20: ")
