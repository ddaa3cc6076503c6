"""docs/new-content.md taken apart: the patches of each addition."""

from __future__ import annotations

import re

from new_rule import TREE
from page_blocks import Block, blocks_of

PAGE = (TREE / "docs" / "new-content.md").read_text(encoding="utf-8")
ADDITIONS: dict[str, list[Block]] = {
    section.partition("\n")[0].rpartition(" ")[2]: [block for block in blocks_of(section) if block.language == "diff"]
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
}
"""By the last word of the heading: item, observation, event."""
