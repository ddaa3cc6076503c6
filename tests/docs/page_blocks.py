"""The code blocks of a page, and running them as a reader would: `python page_blocks.py PAGE [--slow]`.

The blocks of a page run in their order, in the folder in which the program is started. Python blocks share
one namespace; `sh` blocks are shell scripts, and of `console` blocks the lines behind `$ ` are. A block with
a title is also written to a file of that name first. A comment in the line above a block keeps it from
being run:

    <!-- not run: WHY -->
    <!-- slow: WHY -->      run with --slow only
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path

RUN = ("python", "sh", "console")
SHOWN = ("", "c", "diff", "json", "text", "toml")  # languages of blocks that are not run
FENCE = re.compile(r'^```(\w*)(?: title="([^"]+)")?$')
MARK = re.compile(r"^<!-- (not run|slow): (.+) -->$")


@dataclass(frozen=True)
class Block:
    """One block of code."""

    language: str
    title: str
    code: str
    line: int
    """Where the code begins, counted from 1."""
    mark: str
    """Empty, "not run" or "slow"."""
    reason: str


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a page.

    Raises
    ------
    ValueError
        If a fence is not understood, or a mark is not above a block that could be run.
    """
    lines = text.splitlines()
    found: list[Block] = []
    used = set()
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("```"):
            number += 1
            continue
        opening = FENCE.match(lines[number])
        if opening is None:
            raise ValueError(f"line {number + 1}: this fence is not understood: {lines[number]}")
        end = next((at for at in range(number + 1, len(lines)) if lines[at].rstrip() == "```"), None)
        if end is None:
            raise ValueError(f"line {number + 1}: this block has no end")
        mark = MARK.match(lines[number - 1]) if number else None
        if mark and opening[1] in RUN:
            used.add(number - 1)
        found.append(
            Block(
                language=opening[1],
                title=opening[2] or "",
                code="\n".join(lines[number + 1 : end]) + "\n",
                line=number + 2,
                mark=mark[1] if mark else "",
                reason=mark[2] if mark else "",
            )
        )
        number = end + 1
    for number, line in enumerate(lines):
        if re.match(r"^<!-- *(not run|slow)\b", line) and number not in used:
            raise ValueError(f"line {number + 1}: this mark is not above a block that could be run: {line}")
    return found


def run(page: Path, slow: bool) -> None:
    """Run the blocks of a page; the first that fails ends the program."""
    module = types.ModuleType("page")
    sys.modules["page"] = module  # classes of the page know where they were defined
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.mark == "not run" or (block.mark == "slow" and not slow):
            continue
        if block.title:
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.code, encoding="utf-8")
        if block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.code, page.name, "exec"), module.__dict__)
        elif block.language in RUN:
            shell(block, page)


def shell(block: Block, page: Path) -> None:
    """Run a shell block; `nmmo` and `python` are those of the interpreter that runs this."""
    script = block.code
    if block.language == "console":
        script = "\n".join(line[2:] for line in script.splitlines() if line.startswith("$ "))
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env={**os.environ, "PATH": programs})
    if done.returncode:
        sys.exit(f"{page.name}, line {block.line}: the commands ended with {done.returncode}:\n{script}")


if __name__ == "__main__":
    run(Path(sys.argv[1]), "--slow" in sys.argv[2:])
