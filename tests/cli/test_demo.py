"""`nmmo demo`."""

from __future__ import annotations

import json

import pytest

from nmmo.cli import demo
from nmmo.replay import Replay

pytest.importorskip("torch", reason="nmmo[train] is not installed")

SHORT = ["--minutes", "0.02", "--ticks", "30", "--maps", "1"]


def test_trains_evaluates_draws_and_records(nmmo_command, tmp_path):
    folder = tmp_path / "demo"
    done = nmmo_command("demo", *SHORT, "--folder", str(folder))
    assert done.status == 0, done.err
    for part in ("== training", "== learning curves", "== evaluation on maps", "== done"):
        assert part in done.out
    assert done.out.index("$ nmmo train small") < done.out.index("$ nmmo plot") < done.out.index("$ nmmo eval")
    for name in ("demo", "random", "forager"):
        assert f"│ {name} " in done.out  # a row of the table
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert "forager" in json.dumps(json.loads((folder / "evaluation.json").read_text()))
    with Replay(folder / "replays" / "world-001.nmr") as replay:
        assert replay.verify() and len(replay) == 30
    assert any((folder / "checkpoints").iterdir())


def test_a_folder_in_use_is_left_alone(nmmo_command, tmp_path):
    (tmp_path / "precious").write_text("mine")
    done = nmmo_command("demo", *SHORT, "--folder", str(tmp_path))
    assert done.status == 2
    assert "not empty (it has precious)" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize("given", ["0", "-1", "soon", "nan"])
def test_a_wrong_time_is_named(nmmo_command, given):
    done = nmmo_command("demo", f"--minutes={given}")
    assert done.status == 2 and "--minutes" in done.err


def test_what_is_missing_is_named_before_anything_is_done(nmmo_command, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name in ("torch", "matplotlib") else object())
    done = nmmo_command("demo", *SHORT, "--folder", str(tmp_path / "demo"))
    assert (done.status, done.out) == (2, "")
    assert done.err == "nmmo demo: this needs torch, matplotlib: pip install 'nmmo[train]'\n"
    assert not (tmp_path / "demo").exists()
