"""What the engine allocates, counted by a program (memory.c) that stands between it and the allocator."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parents[1] / "engine"
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FLAGS = ["-std=c17", "-O1", "-g", "-Wall", "-Wextra", *SANITIZERS]
WRAPPED = ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "free")
OTHER_ALLOCATORS = {"strdup", "strndup", "mmap", "sbrk", "memalign", "valloc", "reallocarray", "asprintf"}


def run(command: list[str]) -> str:
    """Run a command; return what it printed; fail with all of its output if it does not succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        printed = f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{printed}")
    return done.stdout


def compiler() -> list[str]:
    """Return the compiler's command, or skip the test where there is none."""
    command = os.environ.get("CC", "cc").split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no C compiler {command[0]!r}")
    return command


def engine_objects(command: list[str], flags: list[str], sources: list[Path], folder: Path) -> list[str]:
    """Compile each source alone; return the objects."""
    objects = [str(folder / f"{source.stem}.o") for source in sources]

    def compile_one(pair: tuple[Path, str]) -> None:
        run([*command, *flags, "-c", str(pair[0]), "-o", pair[1]])

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(compile_one, zip(sources, objects, strict=True)))
    return objects


def engine_sources() -> list[Path]:
    return sorted(ENGINE.glob("*.c"))


def test_what_is_allocated_is_given_back_and_playing_allocates_nothing(tmp_path: Path) -> None:
    command = compiler()
    objects = engine_objects(command, FLAGS, [*engine_sources(), HERE / "memory.c"], tmp_path)
    wraps = ["-Wl," + ",".join(f"--wrap={name}" for name in WRAPPED)]
    program = str(tmp_path / "memory")
    run([*command, *FLAGS, *objects, *wraps, "-o", program, "-lm", "-lpthread"])
    assert "all is well" in run([program])


def test_the_engine_allocates_by_no_other_way(tmp_path: Path) -> None:
    """The count would miss an allocator that is not wrapped."""
    if shutil.which("nm") is None:
        pytest.skip("there is no nm")
    objects = engine_objects(compiler(), ["-std=c17", "-O1"], engine_sources(), tmp_path)
    needed = {line.split()[-1] for line in run(["nm", "-u", *objects]).splitlines() if line.strip()}
    assert {"calloc", "free"} <= needed  # what it does use is seen
    assert needed & OTHER_ALLOCATORS == set()
