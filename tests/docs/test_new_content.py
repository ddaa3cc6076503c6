"""docs/new-content.md: its patches fit this tree, and each addition takes at most five files.

That the rest follows is tested by test_new_content_built.py.
"""

from __future__ import annotations

import re

import pytest
from new_content import ADDITIONS
from new_rule import TREE, apply


def test_there_is_one_addition_of_each_kind():
    assert list(ADDITIONS) == ["item", "observation", "event"]


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_takes_at_most_five_files(name):
    files = [block.title for block in ADDITIONS[name]]
    assert len(set(files)) == len(files)
    assert 3 <= len(files) <= 5


PATCHES = [block for blocks in ADDITIONS.values() for block in blocks]


@pytest.mark.parametrize("block", PATCHES, ids=lambda block: block.title)
def test_the_patch_is_of_the_file_that_its_title_names_and_fits(block):
    assert re.findall(r"^(?:---|\+\+\+) [ab]/(.+)$", block.code, re.MULTILINE) == [block.title] * 2
    apply(block, TREE, "--check")
