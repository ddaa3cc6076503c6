"""`nmmo bench --compare`, the files it reads, and the pages that are made of them."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from nmmo.bench import compare, report
from nmmo.bench.figures import Figure, FigureTable
from nmmo.bench.topics import TopicResult

TREE = Path(__file__).resolve().parents[2]
MACHINE = {
    "processor": "Abacus 1", "cores": 2, "memory_bytes": 2**30, "system": "test", "nmmo": "3", "rules": 1,
    "engine": "aa" * 20, "compiler": "cc 1", "flags": "-O3", "python": "3.11", "numpy": "2.0",
}  # fmt: skip


def made(values, unit="agent-steps/s", **changes):
    """Return a report of one figure, `world/engine`."""
    topic = TopicResult(
        "A world",
        {"seed": 1, "ticks": 10, "config": {"n_players": 64}, **changes.pop("conditions", {})},
        {"digests": ["0"], **changes.pop("played", {})},
        ["a line"],
        [FigureTable("Speed", [Figure("engine", "engine alone", unit, values)])],
    )
    return report.made_report({**MACHINE, **changes}, len(values), {"world": topic})


def only_change(old, new):
    ((_, changes),) = compare.compare(old, new).changes["world"]
    return changes[0]


@pytest.mark.parametrize(
    ("old", "new", "unit", "verdict"),
    [
        ([1, 2, 3], [4, 5, 6], "agent-steps/s", "better"),
        ([4, 5, 6], [1, 2, 3], "agent-steps/s", "worse"),
        ([1, 2, 3], [4, 5, 6], "milliseconds", "worse"),
        ([4, 5, 6], [1, 2, 3], "milliseconds", "better"),
        ([1, 2, 3], [3, 5, 6], "agent-steps/s", ""),
        ([1, 5, 9], [4, 5, 6], "agent-steps/s", ""),
        ([4, 5, 6], [1, 8, 9], "agent-steps/s", ""),
        ([5], [5], "percent", ""),
        ([5], [6], "percent", "changed"),
    ],
)
def test_verdict_needs_more_than_the_spread(old, new, unit, verdict):
    change = only_change(made(old, unit), made(new, unit))
    assert change.verdict == verdict
    assert change.ratio == pytest.approx(change.new / change.old)


def test_nothing_divided_by_nothing_is_no_ratio():
    assert only_change(made([0.0]), made([1.0])).ratio is None


def test_machine_and_build_are_told():
    found = compare.compare(made([1]), made([1], processor="Abacus 2", flags="-O2"))
    assert found.differences == [
        "machine: processor was Abacus 1, is Abacus 2",
        "build: flags was -O3, is -O2",
    ]
    assert compare.compare(made([1]), made([1])).differences == []


def test_other_game_is_told():
    found = compare.compare(made([1]), made([1], played={"digests": ["1"]}))
    assert "the rules changed" in found.differences[0]
    assert "world" in found.changes


def test_other_conditions_are_not_compared():
    found = compare.compare(made([1]), made([1], conditions={"ticks": 20}))
    assert found.changes == {}
    assert found.left_out == ["world: measured under other conditions (ticks)"]


def test_what_only_one_has_is_told():
    empty = {**made([1]), "topics": {}}
    assert compare.compare(empty, made([1])).left_out == ["world: the old file does not have it"]
    assert compare.compare(made([1]), empty).left_out == ["world: the new report does not have it"]
    renamed = made([1])
    renamed["topics"]["world"]["tables"][0]["figures"][0]["id"] = "other"
    assert compare.compare(renamed, made([1])).left_out == ["world/engine: the old file does not have it"]


def test_command_compares(nmmo_command, tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    report.write(made([1e6, 2e6]), old)
    report.write(made([3e6, 4e6], compiler="cc 2"), new)
    done = nmmo_command("bench", "--show", str(new), "--compare", str(old))
    assert done.status == 0, done.err
    assert "build: compiler was cc 1, is cc 2" in done.out
    assert "better" in done.out and "2.333" in done.out


def test_command_reads_the_old_file_first(nmmo_command, tmp_path):
    """A bad file must not be noticed after minutes of measuring."""
    done = nmmo_command("bench", "--compare", str(tmp_path / "none.json"))
    assert done.status == 2
    assert "none.json: there is no such file" in done.err and "round" not in done.err


def damaged():
    whole = made([1.0, 2.0])

    def with_change(change):
        data = copy.deepcopy(whole)
        change(data)
        return json.dumps(data).encode()

    def figure(data):
        return data["topics"]["world"]["tables"][0]["figures"][0]

    yield b"", "not JSON"
    yield b"\xff\xfe", "not JSON"
    yield b"[" * 100_000, "not JSON"
    yield b"[]", "not written by"
    yield b'{"throughput": []}', "not written by"
    yield with_change(lambda data: data.update(version=1)), "report of version 1"
    yield with_change(lambda data: data.pop("machine")), "damaged"
    yield with_change(lambda data: data.update(topics=[])), "damaged"
    yield with_change(lambda data: data["topics"]["world"].pop("tables")), "damaged"
    yield with_change(lambda data: figure(data).update(unit="furlongs")), "damaged"
    yield with_change(lambda data: figure(data).update(median="1")), "damaged"
    yield with_change(lambda data: figure(data).update(median=float("nan"))), "damaged"
    yield with_change(lambda data: figure(data).update(median=5.0)), "damaged"
    yield with_change(lambda data: data["topics"]["world"].update(title=3)), "damaged"
    yield with_change(lambda data: data.update(ratios=[{"id": "a", "name": "b"}])), "damaged"


@pytest.mark.parametrize(("data", "problem"), list(damaged()))
def test_foreign_and_damaged_files_are_refused(nmmo_command, tmp_path, data, problem):
    file = tmp_path / "bench.json"
    file.write_bytes(data)
    with pytest.raises(report.ReportError, match=problem):
        report.read(file)
    done = nmmo_command("bench", "--show", str(file))
    assert done.status == 2
    assert done.err.count("\n") == 1 and problem in done.err


def test_what_was_written_is_read(tmp_path):
    file = tmp_path / "bench.json"
    report.write(made([1.0, 2.0]), file)
    assert report.read(file) == made([1.0, 2.0])


def test_too_large_a_file_is_refused(tmp_path, monkeypatch):
    report.write(made([1]), tmp_path / "bench.json")
    monkeypatch.setattr(report, "MOST_BYTES", 100)
    with pytest.raises(report.ReportError, match="larger than any report"):
        report.read(tmp_path / "bench.json")


@pytest.fixture(scope="module")
def figures():
    """Load scripts/figures.py as a module."""
    spec = importlib.util.spec_from_file_location("figures_script", TREE / "scripts" / "figures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_pages_are_what_the_kept_report_gives(figures):
    kept = report.read(TREE / "docs" / "figures.json")
    for page in figures.PAGES:
        text = page.read_text(encoding="utf-8")
        assert figures.BLOCK.search(text)
        assert figures.rendered(text, kept) == text, "run scripts/figures.py"


def test_every_block_is_used(figures):
    text = "".join(page.read_text(encoding="utf-8") for page in figures.PAGES)
    assert {match[2] for match in figures.BLOCK.finditer(text)} == set(figures.RENDERERS)


def test_pages_follow_the_report(figures):
    kept = report.read(TREE / "docs" / "figures.json")
    page = "a <!-- not this -->\n<!-- figures: stepping -->\nold\n<!-- end of figures -->\nb\n"
    figure = dict(report.figures(kept))["world/engine"]
    figure.update(median=123.45e6, least=123.45e6, most=200e6)
    text = figures.rendered(page, kept)
    assert "| 123.45 (123.45–200.00) | M agent-steps/s |" in text
    assert text.startswith("a <!-- not this -->\n") and text.endswith("<!-- end of figures -->\nb\n")
    assert "old" not in text


def test_targets_are_met_or_missed(figures):
    kept = report.read(TREE / "docs" / "figures.json")
    by_id = dict(report.figures(kept))
    by_id["world/engine"]["median"], by_id["world/reset/same-map"]["median"] = 11e6, 1.0
    lines = figures.targets(kept).splitlines()
    assert lines[2].endswith("| ≥ 10 M agent-steps/s | 11.00 M agent-steps/s | met |")
    assert "| ≤ 2 ms | 1.00 ms | met |" in figures.targets(kept)
    by_id["world/engine"]["median"], by_id["world/reset/same-map"]["median"] = 9e6, 3.0
    assert figures.targets(kept).splitlines()[2].endswith("| 9.00 M agent-steps/s | **missed** |")
    assert "| ≤ 2 ms | 3.00 ms | **missed** |" in figures.targets(kept)


def test_missing_figures_and_unknown_blocks_are_errors(figures):
    with pytest.raises(figures.FigureMissing, match="measure all topics"):
        figures.targets(made([1]))
    with pytest.raises(figures.FigureMissing, match="nothing renders a block 'nonsense'"):
        figures.rendered("<!-- figures: nonsense -->\n<!-- end of figures -->\n", made([1]))
