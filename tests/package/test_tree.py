"""The repository's own files: documentation that is true, nothing of one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import nmmo

TREE = Path(__file__).resolve().parents[2]
PAGES = sorted([TREE / "README.md", *(TREE / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HOME = re.compile(r"(?<![\w.])/(?:home|root|Users|work|farm)/[\w.-]+")


def tracked() -> list[Path]:
    """Return the files that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=TREE, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [TREE / name for name in listing.split("\0") if name and (TREE / name).is_file()]


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced code blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(there), f"{target}: no such heading"


def test_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z]+):", (TREE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)\b", "\n".join(blocks(TREE / "README.md", "sh"))))
    assert named
    assert named <= targets


def test_nothing_names_one_machine():
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a binary file
        found += [f"{path.relative_to(TREE)}: {match}" for match in HOME.findall(text)]
    assert found == []


def test_the_search_for_machine_paths_finds_one():
    assert HOME.search("see /" + "home/somebody/nmmo")
    assert not HOME.search("https://example.org/" + "home/page")


def fields_of_the_rules() -> dict[str, tuple[str, str]]:
    """Return range and default of each field, as docs/rules.md gives them."""
    found = {}
    text = (TREE / "docs" / "rules.md").read_text(encoding="utf-8")
    for line in text[text.index("## What a configuration can change") :].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`(\w+)`", cells[0]) if len(cells) == 4 else []:
            found[name] = (cells[1], cells[2])
    return found


def test_the_rules_page_gives_the_engines_configuration():
    from nmmo.core import _engine

    fields, _ = _engine.table_fields(0)
    expected = {}
    for name, _doc, _offset, _type, _table, _rows, _columns, least, most, preset in fields:
        expected[name] = (f"{least:.0f}..{most:.0f}", f"{preset:g}")
    expected["respawn"] = ("", nmmo.Config().respawn)
    assert fields_of_the_rules() == expected


def test_the_rules_page_gives_the_presets():
    text = (TREE / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) × ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", text, re.MULTILINE)
    given = {name: tuple(int(number.replace(",", "")) for number in numbers) for name, *numbers in rows}
    presets = {name: nmmo.Config.preset(name) for name in nmmo.Config.PRESETS}
    assert given == {name: (c.height, c.width, c.n_players, c.n_monsters) for name, c in presets.items()}


def test_the_rules_page_gives_the_prices():
    text = (TREE / "docs" / "rules.md").read_text(encoding="utf-8")
    row = re.search(r"^\| gold \|(.*)\|$", text, re.MULTILINE)
    assert row is not None
    assert tuple(int(cell) for cell in row.group(1).split("|")) == nmmo.PRICES
    assert f"Rules version {nmmo.RULES_VERSION};" in text
