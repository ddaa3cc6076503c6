"""The target of scripts/fuzz_replay.py works, and random recipes find nothing."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "fuzz_replay.py"


@pytest.fixture(scope="module")
def target():
    return runpy.run_path(str(SCRIPT))


def test_an_empty_recipe_is_the_good_file(target, tmp_path):
    from nmmo.replay import Replay

    (tmp_path / "good.nmr").write_bytes(target["made_of"](b"\x01"))
    with Replay(tmp_path / "good.nmr") as replay:
        assert replay.ticks == 40 and replay.cuts == [20]
        assert replay.verify()


def test_random_recipes_end_in_typed_errors(target, tmp_path):
    from nmmo.replay.container import MAGIC

    rng = np.random.default_rng(0)
    made = set()
    for _ in range(120):
        recipe = b"\x01" + rng.integers(0, 256, int(rng.integers(1, 80)), np.uint8).tobytes()
        made.add(target["made_of"](recipe))
        target["try_recipe"](recipe, tmp_path / "input.nmr")
    assert len(made) > 100 and all(data.startswith(MAGIC) for data in made)
    target["try_recipe"](b"", tmp_path / "input.nmr")
    target["try_recipe"](b"\x00\xc9\x00", tmp_path / "input.nmr")


def test_the_target_lets_other_errors_through(target, tmp_path, monkeypatch):
    def broken(*_):
        raise KeyError("a defect")

    monkeypatch.setattr("nmmo.replay.replay.Replay.actions", broken)
    with pytest.raises(KeyError, match="a defect"):
        target["try_recipe"](b"\x01", tmp_path / "input.nmr")
