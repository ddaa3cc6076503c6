"""docs/new-rule.md taken apart, and running what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from page_blocks import Block, blocks_of

TREE = Path(__file__).resolve().parents[2]
BLOCKS = blocks_of((TREE / "docs" / "new-rule.md").read_text(encoding="utf-8"))
PATCHES = [block for block in BLOCKS if block.language == "diff"]
FILES = [block for block in BLOCKS if block.language == "python" and block.title]


def copy_tree(folder: Path) -> None:
    """Copy the files that git knows, and those that it does not ignore."""
    listing = done(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], TREE)
    for name in filter(None, listing.split("\0")):
        if (TREE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TREE / name, folder / name)


def tried(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def done(command: list[str], folder: Path) -> str:
    """Run a command that must end well; return what it printed."""
    ended = tried(command, folder)
    printed = f"{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}\n{printed}"
    return ended.stdout


def apply(block: Block, folder: Path, *options: str) -> None:
    ended = subprocess.run(
        ["git", "apply", *options, "-"], cwd=folder, input=block.code, capture_output=True, text=True
    )
    assert ended.returncode == 0, f"{block.title}: {ended.stderr}"
