"""Every block of code in README.md and docs/ runs, or says why it does not.

`NMMO_DOCS=all` runs the blocks that are marked as slow too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from page_blocks import RUN, SHOWN, Block, blocks_of

TREE = Path(__file__).resolve().parents[2]
RUNNER = Path(__file__).with_name("page_blocks.py")
SLOW = os.environ.get("NMMO_DOCS") == "all"
PAGES = sorted([TREE / "README.md", *(TREE / "docs").rglob("*.md")])
BLOCKS = {page: blocks_of(page.read_text(encoding="utf-8")) for page in PAGES}


def runs(block: Block) -> bool:
    return block.language in RUN and (block.mark == "" or (block.mark == "slow" and SLOW))


def run_page(page: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(RUNNER), str(page), *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    "page",
    [page for page, blocks in BLOCKS.items() if any(map(runs, blocks))],
    ids=lambda page: page.relative_to(TREE).as_posix(),
)
def test_the_code_of_the_page_runs(page, tmp_path):
    done = run_page(page, tmp_path, *(["--slow"] if SLOW else []))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TREE).as_posix())
def test_the_languages_are_known(page):
    for block in BLOCKS[page]:
        assert block.language in (*RUN, *SHOWN), f"line {block.line}: is {block.language!r} code that runs?"


def test_there_is_code_of_each_kind():
    found = {block.language for blocks in BLOCKS.values() for block in blocks if runs(block)}
    assert found >= {"python", "sh"}


# ---- the runner itself ---------------------------------------------------------------------------------


def made(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_blocks_run_in_order_and_share_their_names(tmp_path):
    page = made(
        tmp_path,
        "```python\nthere = 1\n```\n```sh\necho 2 > two\n```\n"
        '```python title="made/by.py"\nby = int(open("two").read()) + there\n```\n'
        "```console\n$ cp made/by.py copied.py\nsome output\n```\n"
        '```python\nassert by == 3 and "int(open" in open("copied.py").read()\nopen("end", "w")\n```\n',
    )
    done = run_page(page, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "end").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words\n\n```python\nx = 1\nraise KeyError\n```\n", 'page.md", line 5'),
        ("```sh\nfalse\necho after\n```\n", "line 2: the commands ended with 1"),
        ("```python\nimport warnings\nwarnings.warn('x')\n```\n", "UserWarning"),
        ("```console\n$ false\n```\n", "ended with 1"),
    ],
)
def test_a_block_that_fails_fails_the_page(tmp_path, text, message):
    done = run_page(made(tmp_path, text), tmp_path)
    assert done.returncode != 0
    assert message in done.stderr


def test_marks_keep_blocks_from_being_run(tmp_path):
    page = made(
        tmp_path,
        "<!-- not run: it fails -->\n```sh\nfalse\n```\n"
        "<!-- slow: hours -->\n```python\nopen('slow', 'w').close()\n```\n",
    )
    assert run_page(page, tmp_path).returncode == 0
    assert not (tmp_path / "slow").exists()
    assert run_page(page, tmp_path, "--slow").returncode == 0
    assert (tmp_path / "slow").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```python\nx = 1\n", "no end"),
        ("   ```python\n   x = 1\n   ```\n", "not understood"),
        ("```{python}\nx = 1\n```\n", "not understood"),
        ("<!-- not run: why -->\n\n```python\nx = 1\n```\n", "not above a block"),
        ("<!-- not run -->\n```python\nx = 1\n```\n", "not above a block"),
        ("<!-- slow: why -->\n```toml\nx = 1\n```\n", "not above a block"),
    ],
)
def test_what_is_not_understood_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        blocks_of(text)
