"""Saving and continuing: bit for bit, and never from something damaged."""

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
from nmmo.train.recipe import OpponentOptions, PolicyOptions, Recipe, RunOptions, TrainOptions
from nmmo.train.run_folder import newest_checkpoint
from nmmo.train.trainer import Trainer

CONFIG = nmmo.Config.preset(
    "small", n_players=12, n_monsters=16, height=32, width=32, view_row_radius=2, view_column_radius=2,
    horizon=50,
)  # fmt: skip
RECIPE = Recipe(
    CONFIG,
    PolicyOptions(hidden_size=16, encoder_width=16, tile_channels=2, item_channels=2),
    TrainOptions(worlds=3, bptt_horizon=16, minibatch_segments=12, total_timesteps=30_000),
    OpponentOptions(past_share=0.25, snapshot_interval=2, pool_size=3),
    RunOptions(threads=1, precision="float32", env_groups=2, keep_checkpoints=2),
)


def digest_after(turns: int, seed: int = 0, folder: Path | None = None, resume: Path | None = None) -> str:
    recipe = dataclasses.replace(RECIPE, run=dataclasses.replace(RECIPE.run, seed=seed))
    trainer = Trainer(recipe, folder, resume)
    for _ in range(turns):
        trainer.train_step()
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
    found = newest_checkpoint(tmp_path)
    assert found.name == "000000003"
    assert digest_after(0, resume=found) == half
    assert digest_after(3, resume=found) == whole


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return a run's folder with one checkpoint."""
    folder = tmp_path_factory.mktemp("run")
    digest_after(2, folder=folder)
    return folder


@pytest.fixture
def run(saved, tmp_path):
    """Return a copy of it to spoil."""
    return shutil.copytree(saved, tmp_path / "run")


FILES = ["policy.safetensors", "trainer.safetensors", "pool.safetensors", "process-0.safetensors"]


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_is_noticed_and_the_file_named(run, name):
    path = newest_checkpoint(run) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"damaged: {name}"):
        Trainer(RECIPE, resume=newest_checkpoint(run))


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_noticed(run, name):
    (newest_checkpoint(run) / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        Trainer(RECIPE, resume=newest_checkpoint(run))


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
    path = newest_checkpoint(run) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(CheckpointError):
        Trainer(RECIPE, resume=newest_checkpoint(run))


def test_a_manifest_that_is_none_is_refused(run):
    (newest_checkpoint(run) / "manifest.json").write_bytes(b"\xff\x00 nonsense")
    with pytest.raises(CheckpointError, match=r"manifest\.json"):
        Trainer(RECIPE, resume=newest_checkpoint(run))


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": PolicyOptions(hidden_size=24, encoder_width=16, tile_channels=2, item_channels=2)},
        {"world": CONFIG.replace(view_row_radius=3)},
        {"train": dataclasses.replace(RECIPE.train, optimizer="sgd")},
    ],
    ids=["policy", "view", "optimizer"],
)
def test_a_checkpoint_of_another_network_is_refused(run, changed):
    with pytest.raises(CheckpointError, match="does not fit"):
        Trainer(dataclasses.replace(RECIPE, **changed), resume=newest_checkpoint(run))


@pytest.mark.parametrize(
    "changed",
    [
        {"train": dataclasses.replace(RECIPE.train, worlds=2)},
        {"world": CONFIG.replace(n_players=8)},
        {"world": CONFIG.replace(w_death=-2.5)},
        {"run": dataclasses.replace(RECIPE.run, env_groups=1)},
        {"opponents": dataclasses.replace(RECIPE.opponents, past_share=0.5)},
    ],
    ids=["worlds", "players", "reward", "groups", "opponents"],
)
def test_other_worlds_start_again_under_the_same_weights(run, changed):
    """What was learned goes on; the random numbers are new ones, and the same each time."""
    recipe = dataclasses.replace(RECIPE, **changed)
    one, two = (Trainer(recipe, resume=newest_checkpoint(run)) for _ in range(2))
    assert one.worlds_restarted and one.update == 2
    saved, _ = Checkpoint(newest_checkpoint(run)).read("policy")
    assert all((one.policy.state_dict()[name] == value).all() for name, value in saved.items())
    assert one.digest() == two.digest()
    assert one.digest() != Trainer(recipe).digest()
    one.train_step(), two.train_step()
    assert one.digest() == two.digest()


def test_another_bptt_horizon_keeps_the_worlds(run):
    saved = dataclasses.replace(RECIPE, run=dataclasses.replace(RECIPE.run, seed=0))
    recipe = dataclasses.replace(saved, train=dataclasses.replace(saved.train, bptt_horizon=8))
    whole, short = Trainer(saved, resume=newest_checkpoint(run)), Trainer(recipe, resume=newest_checkpoint(run))
    assert not short.worlds_restarted
    assert short.digest() == whole.digest()


def test_folders_that_are_no_run_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="neither"):
        newest_checkpoint(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(CheckpointError, match="no checkpoint yet"):
        newest_checkpoint(tmp_path)


@pytest.mark.parametrize("moment", range(4))
def test_a_full_disk_leaves_the_last_checkpoint_whole(tmp_path, monkeypatch, moment):
    """Whichever file it is that no longer fits."""
    trainer = Trainer(RECIPE, tmp_path)
    trainer.train_step()
    trainer.save()
    good = trainer.digest()
    trainer.train_step()
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
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["000000001"]
    assert Trainer(RECIPE, resume=newest_checkpoint(tmp_path)).digest() == good


def test_saving_reads_no_sources_which_may_have_changed_meanwhile(tmp_path, monkeypatch):
    trainer = Trainer(RECIPE, tmp_path)
    trainer.train_step()
    monkeypatch.setattr(inspect, "getsource", lambda _: pytest.fail("read the sources"))
    trainer.save()


def test_old_checkpoints_are_removed_and_what_a_kill_left(tmp_path):
    recipe = dataclasses.replace(
        RECIPE,
        train=dataclasses.replace(RECIPE.train, total_timesteps=5 * 27 * 16),
        run=dataclasses.replace(RECIPE.run, checkpoint_updates=1),
    )
    trash = tmp_path / "checkpoints" / "000000009.unfinished"
    trash.mkdir(parents=True)
    trainer = Trainer(recipe, tmp_path)
    saved: list[Path] = []
    trainer.run(lambda step: None, saved.append)
    assert trainer.update == 5
    assert [path.name for path in checkpoints_of(tmp_path / "checkpoints")] == ["000000004", "000000005"]
    assert not trash.exists()
    assert saved[-1] == newest_checkpoint(tmp_path)


def test_reading_runs_no_code_of_the_checkpoint(run):
    """Nothing in it is a pickle: all but the manifest is safetensors."""
    for path in newest_checkpoint(run).iterdir():
        start = path.read_bytes()[:9]
        assert path.name == "manifest.json" or start[8:9] == b"{", path.name
    Checkpoint(newest_checkpoint(run)).check()
