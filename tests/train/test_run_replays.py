"""Replays that a run writes of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import nmmo
from nmmo.replay import Replay
from nmmo.train.recipe import OpponentOptions, PolicyOptions, Recipe, RunOptions, TrainOptions
from nmmo.train.trainer import Trainer

WORLD = nmmo.Config.preset("small", n_players=8, n_monsters=8, height=32, width=32)
RECIPE = Recipe(
    WORLD,
    PolicyOptions(hidden_size=8, encoder_width=8, tile_channels=2, item_channels=2),
    TrainOptions(total_timesteps=8 * 2 * 10 * 12, worlds=2, bptt_horizon=10, minibatch_segments=8),
    run=RunOptions(threads=1, precision="float32", replay_minutes=1e-9, replay_ticks=25),
)


def run(recipe: Recipe, folder: Path | None) -> Trainer:
    trainer = Trainer(recipe, folder)
    trainer.run(lambda step: None, lambda path: None)
    return trainer


def test_replays_of_a_run_verify_and_say_where_they_are_from(tmp_path):
    recipe = replace(RECIPE, opponents=OpponentOptions(scripted_share=0.25, scripted="random"))
    run(recipe, tmp_path / "some-run").close()
    found = sorted((tmp_path / "some-run" / "replays").iterdir())
    assert [path.name for path in found] == [f"{number:09d}-w0.nmr" for number in range(0, 16, 3)]
    for path, ticks in zip(found, (30, 30, 30, 30, 30, 10), strict=True):
        with Replay(path) as replay:
            assert replay.ticks == ticks
            assert replay.verify()
            notes = replay.header.notes
            assert notes["run"] == "some-run"
            assert notes["steps"] == notes["update"] * 12 * 10  # of 16 slots the learner plays 12
            assert set(replay.header.names) == {"learner", "random"}


def test_recording_changes_nothing_about_a_run(tmp_path):
    recorded = run(RECIPE, tmp_path / "a")
    plain = run(replace(RECIPE, run=replace(RECIPE.run, replay_minutes=0)), tmp_path / "b")
    assert (tmp_path / "a" / "replays").is_dir()
    assert not (tmp_path / "b" / "replays").exists()
    assert recorded.digest() == plain.digest()


def test_an_episode_that_ends_ends_its_replay(tmp_path):
    recipe = replace(RECIPE, world=WORLD.replace(horizon=15))
    run(recipe, tmp_path / "a").close()
    found = sorted((tmp_path / "a" / "replays").iterdir())
    with Replay(found[0]) as replay:  # of world 0, which begins with the run
        assert replay.ticks == 15
        assert replay.verify()


def test_a_disk_without_room_costs_the_replay_only(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "replays").write_text("in the way")
    trainer = run(RECIPE, folder)
    assert trainer.finished


@pytest.mark.parametrize("field", ["replay_minutes", "replay_ticks"])
def test_options_have_ranges(field):
    with pytest.raises(ValueError, match=field):
        replace(RECIPE, run=replace(RECIPE.run, **{field: -1}))
