"""Saving and going on: bit for bit, and never from something damaged."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shutil
from pathlib import Path

import pytest

import nmmo
from nmmo.train import checkpoint as checkpoint_module
from nmmo.train.checkpoint import Checkpoint, CheckpointError, checkpoints_of
from nmmo.train.loop import CHECKPOINTS, Trainer, newest
from nmmo.train.recipe import PolicyOptions, Recipe, RunOptions, SelfPlayOptions, TrainOptions

CONFIG = nmmo.Config.preset(
    "small", n_players=12, n_monsters=16, height=32, width=32, view_row_radius=2, view_column_radius=2,
    horizon=50,
)  # fmt: skip
RECIPE = Recipe(
    CONFIG,
    PolicyOptions(width=16, encoder_width=16, tile_channels=2, item_channels=2),
    TrainOptions(worlds=3, segment=16, minibatch=12, total_steps=30_000),
    SelfPlayOptions(pool_share=0.25, pool_every=2, pool_size=3),
    RunOptions(threads=1, precision="float32", groups=2, keep=2),
)


def digest_after(turns: int, seed: int = 0, folder: Path | None = None, resume: Path | None = None) -> str:
    recipe = dataclasses.replace(RECIPE, run=dataclasses.replace(RECIPE.run, seed=seed))
    trainer = Trainer(recipe, folder, resume)
    for _ in range(turns):
        trainer.turn()
    if folder is not None:
        trainer.save()
    return trainer.digest()


def test_the_seed_decides():
    assert digest_after(3) == digest_after(3)
    assert digest_after(3) != digest_after(3, seed=1)
    assert digest_after(0) != digest_after(0, seed=1)


def test_twice_k_updates_are_2k_updates(tmp_path):
    """Over a horizon, a renewal of the pool, and in the middle of lives."""
    whole = digest_after(6)
    half = digest_after(3, folder=tmp_path)
    assert half != whole
    found = newest(tmp_path)
    assert found.name == "000000003"
    assert digest_after(0, resume=found) == half
    assert digest_after(3, resume=found) == whole


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run's folder with one checkpoint."""
    folder = tmp_path_factory.mktemp("run")
    digest_after(2, folder=folder)
    return folder


@pytest.fixture
def run(saved, tmp_path):
    """A copy of it to spoil."""
    return shutil.copytree(saved, tmp_path / "run")


FILES = ["policy.safetensors", "learning.safetensors", "pool.safetensors", "process-0.safetensors"]


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_is_noticed_and_the_file_named(run, name):
    path = newest(run) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"damaged: {name}"):
        Trainer(RECIPE, resume=newest(run))


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_noticed(run, name):
    (newest(run) / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        Trainer(RECIPE, resume=newest(run))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "photo album"},
        {"format": 99},
        {"rules": 0},
        {"files": {}},
        {"files": {"../../etc/passwd": "x"}},
    ],
)
def test_foreign_checkpoints_are_refused(run, changes):
    path = newest(run) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(CheckpointError):
        Trainer(RECIPE, resume=newest(run))


def test_a_manifest_that_is_none_is_refused(run):
    (newest(run) / "manifest.json").write_bytes(b"\xff\x00 nonsense")
    with pytest.raises(CheckpointError, match=r"manifest\.json"):
        Trainer(RECIPE, resume=newest(run))


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": PolicyOptions(width=24, encoder_width=16, tile_channels=2, item_channels=2)},
        {"train": dataclasses.replace(RECIPE.train, worlds=2)},
        {"world": CONFIG.replace(n_players=8)},
    ],
    ids=["policy", "worlds", "players"],
)
def test_a_checkpoint_of_another_recipe_is_refused(run, changed):
    with pytest.raises(CheckpointError, match="does not fit"):
        Trainer(dataclasses.replace(RECIPE, **changed), resume=newest(run))


def test_folders_that_are_no_run_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="neither"):
        newest(tmp_path)
    (tmp_path / CHECKPOINTS).mkdir()
    with pytest.raises(CheckpointError, match="no checkpoint yet"):
        newest(tmp_path)


@pytest.mark.parametrize("moment", range(4))
def test_a_full_disk_leaves_the_last_checkpoint_whole(tmp_path, monkeypatch, moment):
    """Whichever file it is that no longer fits."""
    trainer = Trainer(RECIPE, tmp_path)
    trainer.turn()
    trainer.save()
    good = trainer.digest()
    trainer.turn()
    written, save = [], checkpoint_module.save_file

    def full(tensors, path, metadata):
        if len(written) == moment:
            path.write_bytes(b"half of it")
            raise OSError(28, "No space left on device")
        written.append(path)
        save(tensors, path, metadata)

    monkeypatch.setattr(checkpoint_module, "save_file", full)
    with pytest.raises(OSError, match="No space"):
        trainer.save()
    monkeypatch.undo()
    assert [path.name for path in (tmp_path / CHECKPOINTS).iterdir()] == ["000000001"]
    assert Trainer(RECIPE, resume=newest(tmp_path)).digest() == good


def test_saving_reads_no_sources_which_may_have_changed_meanwhile(tmp_path, monkeypatch):
    trainer = Trainer(RECIPE, tmp_path)
    trainer.turn()
    monkeypatch.setattr(inspect, "getsource", lambda _: pytest.fail("read the sources"))
    trainer.save()


def test_old_checkpoints_are_removed_and_what_a_kill_left(tmp_path):
    recipe = dataclasses.replace(
        RECIPE,
        train=dataclasses.replace(RECIPE.train, total_steps=5 * 27 * 16),
        run=dataclasses.replace(RECIPE.run, checkpoint_updates=1),
    )
    trash = tmp_path / CHECKPOINTS / "000000009.unfinished"
    trash.mkdir(parents=True)
    trainer = Trainer(recipe, tmp_path)
    saved: list[Path] = []
    trainer.run(lambda turn: None, saved.append)
    assert trainer.update == 5
    assert [path.name for path in checkpoints_of(tmp_path / CHECKPOINTS)] == ["000000004", "000000005"]
    assert not trash.exists()
    assert saved[-1] == newest(tmp_path)


def test_reading_runs_no_code_of_the_checkpoint(run):
    """Nothing in it is a pickle: all but the manifest is safetensors."""
    for path in newest(run).iterdir():
        start = path.read_bytes()[:9]
        assert path.name == "manifest.json" or start[8:9] == b"{", path.name
    Checkpoint(newest(run)).check()
