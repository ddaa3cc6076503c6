"""scripts/docs.py: what the pages say of the code is what the code says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import nmmo
from nmmo.core import _engine
from nmmo.core.records import Table, fields_of

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "docs.py"
spec = importlib.util.spec_from_file_location("docs_script", SCRIPT)
assert spec and spec.loader
docs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docs)


def test_the_pages_are_up_to_date():
    assert [page.name for page, (text, wanted) in docs.pages().items() if text != wanted] == []


def test_every_table_of_the_code_is_on_a_page():
    texts = "".join(text for text, _ in docs.pages().values())
    assert [name for name in docs.BLOCKS if f"<!-- generated: {name} -->" not in texts] == []


def test_every_record_of_the_engine_has_a_block():
    assert len(list(Table)) == _engine.TABLES


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Return a page of a folder that stands for docs/."""
    monkeypatch.setattr(docs, "DOCS", tmp_path / "docs")
    made = tmp_path / "docs" / "deeper" / "page.md"
    made.parent.mkdir(parents=True)
    return made


def command(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["docs.py", *arguments])
    return docs.main()


BLOCK = "before\n<!-- generated: prices -->\n{}<!-- end of generated -->\nafter\n"


def test_a_stale_page_is_found_and_renewed(page, monkeypatch, capsys):
    page.write_text(BLOCK.format("old\n"))
    assert command(monkeypatch, "--check") == 1
    assert "page.md is out of date" in capsys.readouterr().out
    assert page.read_text() == BLOCK.format("old\n")
    assert command(monkeypatch) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| gold | 1 | 2 | 3 | 5 |" in text
    assert "\nold\n" not in text
    assert command(monkeypatch, "--check") == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- generated: prizes -->\n<!-- end of generated -->\n", "there is no block 'prizes'"),
        ("<!-- generated: prices -->\n", "lacks its"),
    ],
)
def test_what_is_not_understood_is_refused(page, monkeypatch, capsys, text, message):
    page.write_text(text)
    assert command(monkeypatch) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "page.md" in error
    assert page.read_text() == text


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_records_tell_every_field():
    found = rows(docs.record(Table.TILE))
    assert [row[:3] for row in found] == [
        [f"`{field.name}`", str(field.offset), "uint8"] for field in fields_of(Table.TILE)
    ]
    assert [row[3].replace("&#124;", "|") for row in found] == [field.doc for field in fields_of(Table.TILE)]
    assert ["`harvests`", "int64 [5, 5]"] in [row[::2] for row in rows(docs.record(Table.STATISTICS))]


def test_actions_are_all_told():
    numbers = []
    for row in rows(docs.actions()):
        first, _, last = row[0].partition("–")
        numbers += range(int(first), int(last or first) + 1)
    assert numbers == list(range(len(nmmo.ACTION_TABLE)))


def test_the_row_is_the_dtypes():
    *parts, whole = rows(docs.row_parts())
    assert int(whole[2].replace(",", "")) == nmmo.observation_dtype().itemsize
    first = 0
    for row in parts:
        assert int(row[1].replace(",", "")) == first
        first += int(row[2].replace(",", ""))


def test_presets_tell_all_that_differs():
    shown = {row[0].strip("`") for row in rows(docs.presets())}
    for name in nmmo.Config.PRESETS:
        values = nmmo.Config.preset(name).to_dict()
        assert {key for key, value in values.items() if value != nmmo.Config().to_dict()[key]} <= shown


def test_configuration_tells_every_field_with_its_default():
    found = {row[0].strip("`"): row for row in rows(docs.configuration())}
    assert list(found) == list(nmmo.Config().to_dict())
    assert found["w_equipment"][1:3] == ["0.25", "-1,000 to 1,000"]
    assert found["map_seed"][1:3] == ["None", "None, 0 to 9,007,199,254,740,991"]
    assert found["respawn"][1:3] == ["same_tick", "same_tick, next_tick, on_request"]
    assert found["fog"][1:3] == ["False", "True, False"]


def test_sizes_in_the_prose_are_the_codes():
    text = (SCRIPT.parents[1] / "docs" / "neural-mmo.md").read_text(encoding="utf-8")
    row_bytes, actions = nmmo.observation_dtype().itemsize, len(nmmo.ACTION_TABLE)
    assert f"{row_bytes:,} in the default view" in text
    assert f"| {row_bytes:,} bytes: 11 × 15 tiles of 8, then" in text
    assert f"one of [{actions}]" in text
    assert f"| {actions}, with a mask |" in text
