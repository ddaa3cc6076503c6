"""The fuzz targets still compile against the engine, run, and find nothing in a moment's search."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "scripts" / "fuzz.py"
MISSING = 2  # the status of fuzz.py without clang or libFuzzer


def test_every_target_runs_a_moment_and_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(FUZZ), "all", "--seconds", "2", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode == MISSING:
        pytest.skip(done.stderr.strip().splitlines()[0])
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["config", "snapshot", "play"]
    assert done.stdout.count("nothing found") == 3


def test_a_missing_compiler_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZ), "config", "--folder", str(tmp_path)],
        capture_output=True, text=True, env={"PATH": "", "CLANG": "no-such-clang"},
    )  # fmt: skip
    assert done.returncode == MISSING
    assert "no-such-clang" in done.stderr
