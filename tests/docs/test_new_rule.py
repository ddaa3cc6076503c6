"""docs/new-rule.md: its patches fit this tree, and its test fails on it.

That they work is tested by test_new_rule_built.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from new_rule import BLOCKS, FILES, PATCHES, TREE, apply, tried


def test_every_patch_is_of_the_file_that_its_title_names():
    assert len(PATCHES) >= 5
    for block in PATCHES:
        assert re.findall(r"^(?:---|\+\+\+) [ab]/(.+)$", block.code, re.MULTILINE) == [block.title] * 2
    assert len(BLOCKS) == len(PATCHES) + len(FILES) + sum(block.language == "sh" for block in BLOCKS)


@pytest.mark.parametrize("block", PATCHES, ids=lambda block: block.title)
def test_the_patch_fits(block):
    apply(block, TREE, "--check")


def test_its_test_fails_without_the_rule(tmp_path):
    (page,) = FILES
    assert not (TREE / page.title).exists()
    file = tmp_path / Path(page.title).name
    file.write_text(page.code)
    ended = tried(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        tmp_path,
        PYTHONPATH=str(TREE / "tests" / "rules"),
    )
    assert ended.returncode == 1, ended.stdout
    failed, passed = map(int, re.findall(r"(\d+) failed, (\d+) passed", ended.stdout)[0])
    assert passed == 2, "the page says that two go as expected"
    assert failed == 4
