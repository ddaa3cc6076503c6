"""The engine's C tests: compiled with sanitizers against the engine's sources, then run.

``CC`` chooses the compiler. Each program prints the place of the first check that failed and ends with
status 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parents[1] / "engine"
FLAGS = ["-std=c17", "-O1", "-g", "-Wall", "-Wextra"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
PROGRAMS = {"invariants": ["invariants.c", "model.c"], "determinism": ["determinism.c"]}


def compiler() -> list[str]:
    """Return the compiler's command, or skip the test where there is none."""
    command = os.environ.get("CC", "cc").split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no C compiler {command[0]!r}")
    return command


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Compile the engine once and link each test program with it."""
    command = compiler()
    folder = tmp_path_factory.mktemp("engine")
    sources = sorted(ENGINE.glob("*.c"))
    tests = sorted({HERE / name for names in PROGRAMS.values() for name in names})
    objects = {source: folder / f"{source.parent.name}_{source.stem}.o" for source in [*sources, *tests]}
    for source, made in objects.items():
        run([*command, *FLAGS, *SANITIZERS, "-c", str(source), "-o", str(made)])
    built = {}
    for name, parts in PROGRAMS.items():
        built[name] = folder / name
        linked = [str(objects[source]) for source in sources] + [str(objects[HERE / part]) for part in parts]
        run([*command, *SANITIZERS, *linked, "-o", str(built[name]), "-lm", "-lpthread"])
    return built


def run(command: list[str]) -> str:
    """Run a command; return what it printed; fail with all of its output if it does not succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        printed = f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{printed}")
    return done.stdout


@pytest.mark.parametrize("seed", [0, 1])
def test_random_play_keeps_every_invariant(programs: dict[str, Path], seed: int) -> None:
    run([str(programs["invariants"]), "--seed", str(seed), "--ticks", "150", "--require-coverage"])


@pytest.mark.parametrize("seed", [0, 1])
def test_determinism(programs: dict[str, Path], seed: int) -> None:
    assert "all is well" in run([str(programs["determinism"]), "--seed", str(seed)])
