"""Sum up pytest's JUnit files and other checks into one line: "N passed, N failed".

    python scripts/ci_summary.py [--passed N] [--failed N] FILE.xml ...

A test that was skipped counts as failed: on the machine that decides, everything must run. One that failed as
expected did run: it counts as passed, and is named. A file that is missing or empty counts as failed, because it
means that pytest did not get as far as running anything.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def count(path: Path) -> tuple[int, list[str]]:
    """Return how many tests of a file passed, and which did not."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as problem:
        return 0, [f"{path.name}: {problem}"]
    if not cases:
        return 0, [f"{path.name}: no test ran"]
    bad = []
    for case in cases:
        name = f"{case.get('classname')}::{case.get('name')}"
        verdicts = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        expected = [child.get("message") for child in case if child.get("type") == "pytest.xfail"]
        if len(verdicts) > len(expected):
            bad.append(f"{name} ({', '.join(verdicts)})")
        elif expected:
            print(f"failed as expected: {name}: {expected[0]}")
    return len(cases) - len(bad), bad


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Sum up pytest's JUnit files and other checks.")
    parser.add_argument("--passed", type=int, default=0, help="other checks that passed")
    parser.add_argument("--failed", type=int, default=0, help="other checks that failed")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    passed, failed = options.passed, options.failed
    for path in options.files:
        good, bad = count(path)
        passed += good
        failed += len(bad)
        for name in bad:
            print(f"not passed: {name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
