"""The libraries that read our environments, each as its users do first. `make compat` runs these tests.

The libraries are pinned and live in environments of their own: `libraries.txt` holds those that get along,
`agilerl.txt` AgileRL, which wants other versions, and Minari. The environment variable NMMO_COMPAT names the
file whose libraries are there; without it nothing is collected here, and with it a library that is missing is an
error, not a skip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
TESTS = {path.name for path in FOLDER.glob("test_*.py")}
ALONE = {"test_agilerl.py", "test_minari.py"}
BOTH = {"test_gymnasium.py"}
FILES = {
    "": set(),
    "libraries": TESTS - ALONE,
    "agilerl": ALONE | BOTH,
}
collect_ignore = sorted(TESTS - FILES[os.environ.get("NMMO_COMPAT", "")])

os.environ.setdefault("OMP_NUM_THREADS", "1")  # several tests run at once: PyTorch's threads would wait for each other
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # Tianshou compiles for longer than its tests play
sys.path.append(str(FOLDER.parent / "docs"))  # for page_blocks
PAGE = FOLDER.parents[1] / "docs" / "libraries.md"


@pytest.fixture
def run_section(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that runs all code under a heading of docs/libraries.md as one program."""
    from page_blocks import blocks_of

    def run(heading: str) -> str:
        lines = PAGE.read_text(encoding="utf-8").splitlines()
        begin = lines.index(f"## {heading}") + 1
        end = next((at for at in range(begin, len(lines)) if lines[at].startswith("## ")), len(lines))
        blocks = [block for block in blocks_of("\n".join(lines)) if begin < block.line <= end]
        code = "\n".join(block.code for block in blocks if block.language == "python")
        assert code, f"there is no code under {heading!r}"
        program = tmp_path / "section.py"
        program.write_text(code, encoding="utf-8")
        done = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
        return done.stdout

    return run
