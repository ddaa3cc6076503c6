"""docs/new-rule.md: with all that it says done, in a copy of the tree, everything passes.

It builds the engine and plays for minutes, so it is run where `NMMO_DOCS` is `all` (see conftest.py).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from new_rule import FILES, PATCHES, apply, copy_tree, done, tried


def raise_version(file: Path, pattern: str) -> None:
    """Raise the number behind the pattern's first group by one."""
    text, count = re.subn(pattern, lambda found: f"{found[1]}{int(found[2]) + 1}", file.read_text(encoding="utf-8"))
    assert count == 1
    file.write_text(text, encoding="utf-8")


def test_the_rule_works_in_a_copy(tmp_path):
    copy_tree(tmp_path)
    pytest_of = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]

    # 2: the test; 3 and 4: the rule
    for block in FILES:
        (tmp_path / block.title).write_text(block.code)
    late = ("tests/rules/test_movement.py", "tests/engine/model.c")
    for block in PATCHES:
        if block.title not in late:
            apply(block, tmp_path)
    done([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], tmp_path)
    done([*pytest_of, *(block.title for block in FILES)], tmp_path)

    # 5: three cases of two tests rely on the old rule
    ended = tried([*pytest_of, "tests/rules"], tmp_path)
    failed = re.findall(r"^FAILED (\S+?)::(\w+)", ended.stdout, re.MULTILINE)
    assert len(failed) == 3, ended.stdout[-3000:]
    assert len(set(failed)) == 2
    assert {file for file, _ in failed} == {late[0]}

    # 6: random play finds that the model does not know the rule yet
    model = [*pytest_of, "tests/engine/test_engine_c.py", "-k", "invariant"]
    assert tried(model, tmp_path).returncode == 1
    for block in PATCHES:
        if block.title in late:
            apply(block, tmp_path)
    done([*pytest_of, "tests/rules"], tmp_path)
    done(model, tmp_path)

    # 7: the version and the golden hashes
    golden = [sys.executable, "scripts/golden.py"]
    assert tried([*golden, "--check"], tmp_path).returncode == 1
    assert "Raise NMMO_RULES_VERSION" in tried(golden, tmp_path).stdout
    raise_version(tmp_path / "engine" / "constants.h", r"(#define NMMO_RULES_VERSION )(\d+)")
    raise_version(tmp_path / "docs" / "rules.md", r"(Rules version )(\d+)")
    assert "game small, tick" in done(golden, tmp_path)
    done([*golden, "--check"], tmp_path)
    done([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], tmp_path)
    done([*pytest_of, "tests/package/test_tree.py", "-k", "rules_page"], tmp_path)
    done([*pytest_of, *(block.title for block in FILES)], tmp_path)
