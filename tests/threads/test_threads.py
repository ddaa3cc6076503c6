"""The engine's pool of threads, in C: under ThreadSanitizer, and across a fork under AddressSanitizer.

``CC`` chooses the compiler.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parents[1] / "engine"
FLAGS = ["-std=c17", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]


def build(folder: Path, sanitizers: str) -> Path:
    """Compile engine and test with sanitizers; skip the test where the compiler has none."""
    command = os.environ.get("CC", "cc").split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no C compiler {command[0]!r}")
    probe = folder / "probe.c"
    probe.write_text("int main(void) { return 0; }\n")
    flags = [*FLAGS, f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all"]
    made = subprocess.run([*command, *flags, probe, "-o", folder / "probe"], capture_output=True, text=True)
    # linking may succeed where the program cannot start: ThreadSanitizer knows not every address layout
    if made.returncode or subprocess.run([folder / "probe"], capture_output=True).returncode:
        pytest.skip(f"{command[0]} makes no program that runs with -fsanitize={sanitizers}")
    sources = sorted(ENGINE.glob("*.c"))
    sources.append(HERE / "threads.c")
    objects = [folder / f"{source.stem}.o" for source in sources]

    def compile_one(pair: tuple[Path, Path]) -> None:
        run([*command, *flags, "-c", str(pair[0]), "-o", str(pair[1])])

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(compile_one, zip(sources, objects, strict=True)))
    run([*command, *flags, *map(str, objects), "-o", str(folder / "threads"), "-lm", "-lpthread"])
    return folder / "threads"


def run(command: list[str], **environment: str) -> str:
    """Run a command; return what it printed; fail with all of its output if it does not succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, **environment})
    if done.returncode:
        printed = f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{printed}")
    return done.stdout


def test_threads_touch_nothing_without_order(tmp_path: Path) -> None:
    program = build(tmp_path, "thread")
    assert "all is well" in run([str(program)], TSAN_OPTIONS="halt_on_error=1")


def test_a_fork_starts_threads_of_its_own(tmp_path: Path) -> None:
    program = build(tmp_path, "address,undefined")
    assert "all is well" in run([str(program), "--fork"])
