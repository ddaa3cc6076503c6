"""Lives that begin in the middle of a career: what they get, who gets it, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import nmmo
from nmmo.train.head_start import COMBAT_SPREAD, HARVEST_SPREAD, HIGHEST, LOWEST, HeadStarts
from nmmo.train.loop import Trainer
from nmmo.train.recipe import PolicyOptions, Recipe, RecipeError, RunOptions, SelfPlayOptions, TrainOptions
from nmmo.train.schedule import Schedule
from nmmo.train.statistics import game_figures, living_of, totals

CONFIG = nmmo.Config.preset("small", n_players=16, n_monsters=16, height=64, width=64, horizon=0)


@pytest.fixture
def worlds():
    with nmmo.Worlds(2, CONFIG, final_observations=True) as batch:
        batch.reset(5)
        for _ in range(3):
            batch.step(nmmo.sample_actions(batch.mask, np.random.default_rng(1)))
        yield batch


def chosen_of(*slots: tuple[int, int]) -> np.ndarray:
    chosen = np.zeros((2, 16), np.bool_)
    for place in slots:
        chosen[place] = True
    return chosen


def give(worlds, chosen, seed=3) -> None:
    starts = HeadStarts(CONFIG)
    starts.give(worlds, chosen, np.random.default_rng(seed))
    starts.close()


def test_who_is_chosen_is_in_the_middle_of_a_career(worlds):
    give(worlds, np.ones((2, 16), np.bool_))
    own = worlds.observations["self"]
    assert (own["combat_level"] >= LOWEST + COMBAT_SPREAD[0]).all()
    assert (own["combat_level"] <= HIGHEST + COMBAT_SPREAD[1]).all()
    assert (own["harvest_level"] >= LOWEST + HARVEST_SPREAD[0]).all()
    assert (own["harvest_level"] <= HIGHEST + HARVEST_SPREAD[1]).all()
    tier = (np.minimum(own["combat_level"], own["harvest_level"]) - 1) // 8 + 1
    assert set((tier - own["danger"]).tolist()) == {0, 1}  # fit for the place, or for a little more
    assert len(np.unique(own["combat_level"])) > 5 and len(np.unique(own["style"])) == 3
    hand = own["worn_type"][:, 3]
    assert (hand > 0).all() and (own["worn_tier"].max(axis=1) >= 2).any()
    assert (worlds.observations["inventory"]["type"] > 0).sum(axis=1).min() >= 1


def test_nobody_else_is_touched_and_what_the_tick_returned_stays(worlds):
    worlds._outputs["rewards"][:] = np.arange(32)
    worlds._outputs["terminated"][7] = 1
    before = worlds.observations.copy()
    others = {name: array.copy() for name, array in worlds._outputs.items() if name != "observations"}
    seeds, ticks = worlds._next_seeds(), [worlds.world(i).tick for i in range(2)]
    give(worlds, chosen_of((1, 4), (1, 9)))
    own, old = worlds.observations["self"], before["self"]
    for field in ("level", "worn_type", "gold", "row", "column", "age"):
        changed = np.flatnonzero((own[field] != old[field]).reshape(32, -1).any(axis=1))
        assert set(changed.tolist()) <= {20, 25}, field
    assert own["combat_level"][20] > old["combat_level"][20]
    for name, array in others.items():
        np.testing.assert_array_equal(worlds._outputs[name], array)
    assert worlds._next_seeds() == seeds and [worlds.world(i).tick for i in range(2)] == ticks


def test_what_is_given_is_not_rewarded(worlds):
    give(worlds, np.ones((2, 16), np.bool_))
    _, rewards, *_ = worlds.step(np.zeros(32, np.int64))
    np.testing.assert_array_equal(rewards, 0)


def test_the_same_draws_give_the_same(worlds):
    snapshots = worlds._snapshots()
    give(worlds, np.ones((2, 16), np.bool_))
    first = [worlds.world(i).hash() for i in range(2)]
    worlds._restore(snapshots)
    give(worlds, np.ones((2, 16), np.bool_))
    assert [worlds.world(i).hash() for i in range(2)] == first
    worlds._restore(snapshots)
    give(worlds, np.ones((2, 16), np.bool_), seed=4)
    assert [worlds.world(i).hash() for i in range(2)] != first


def test_full_hands_and_a_map_without_danger_are_no_obstacle():
    config = CONFIG.replace(height=32, width=32)
    with nmmo.World(config) as tame, nmmo.Worlds(1, config) as batch:
        tame.reset(1)
        tiles = tame.tiles
        for row, column in np.argwhere(tiles["tier"] >> 4 > 1):
            ground = tiles["ground"][row, column]
            kind, biome = nmmo.GroundKind(ground >> 2).name.lower(), nmmo.Biome(ground & 3).name.lower()
            tame.edit.ground(int(row), int(column), kind, biome)
        for slot in range(16):
            for _ in range(12):
                tame.edit.give(slot, "sword")
        batch.reset(1)
        batch._restore([tame.snapshot()])
        places = batch.observations["self"][["row", "column"]].copy()
        starts = HeadStarts(config)
        starts.give(batch, np.ones((1, 16), np.bool_), np.random.default_rng(2))
        starts.close()
        own = batch.observations["self"]
        assert (own["combat_level"] >= LOWEST + COMBAT_SPREAD[0]).all() and (own["danger"] == 1).all()
        assert (own[["row", "column"]] == places).any()  # nowhere to go


# ---- in a run -----------------------------------------------------------------------------------------


def trainer_of(folder=None, resume=None, *, share: float = 0.5, config=CONFIG, replays: float = 0.0, **more) -> Trainer:
    return Trainer(
        Recipe(
            world=config,
            policy=PolicyOptions(width=8, encoder_width=8, tile_channels=2, item_channels=2),
            train=TrainOptions(
                worlds=2, segment=8, minibatch=16, stagger=False, total_steps=8 * 32 * 8, head_start=share,
                head_start_share=0.5,
            ),
            run=RunOptions(threads=1, precision="float32", replay_minutes=replays),
            **more,
        ),
        folder,
        resume,
    )  # fmt: skip


def ahead_of(trainer: Trainer) -> np.ndarray:
    return np.concatenate([room.ahead for room in trainer.rooms])


def test_lives_are_moved_ahead_once_and_begin_with_an_empty_memory():
    trainer = trainer_of()
    room = trainer.rooms[0]
    room.keep[:] = 1
    trainer._start_ahead(0.5)
    moved = ahead_of(trainer)
    assert 4 < moved.sum() < 28
    np.testing.assert_array_equal(room.keep.numpy() == 0, moved)
    np.testing.assert_array_equal(room.worlds.observations["self"]["combat_level"] > 3, moved)
    trainer.turn()  # everybody is old enough now
    still = ahead_of(trainer)
    own = room.worlds.observations["self"]
    trainer._start_ahead(1.0)
    newborn = own["age"] < 8
    np.testing.assert_array_equal(ahead_of(trainer), still | newborn)
    trainer.close()


def test_a_life_that_ends_is_followed_by_one_as_the_game_begins_it():
    deadly = CONFIG.replace(fog=True, fog_start=1, fog_period=1, fog_final=2, height=32, width=32)
    trainer = trainer_of(config=deadly, share=1.0)
    trainer.turn()
    ended = trainer.rollout.ended.any(dim=0).numpy()
    assert ended.any()
    np.testing.assert_array_equal(ahead_of(trainer), ~ended)
    trainer.close()


def test_the_share_falls_to_nothing():
    schedule = Schedule(TrainOptions(head_start=0.4, head_start_share=0.5))
    assert [schedule.head_start(progress) for progress in (0, 0.25, 0.5, 1)] == pytest.approx([0.4, 0.2, 0, 0])
    trainer = trainer_of()
    while not trainer.finished:
        before = ahead_of(trainer)
        progress = trainer.schedule.progress(trainer.steps, trainer.seconds)
        trainer.turn()
        if progress >= 0.5:
            assert not (ahead_of(trainer) & ~before).any()
    trainer.close()


def test_figures_are_of_lives_as_the_game_begins_them():
    trainer = trainer_of()
    figures = trainer.turn().figures
    ahead = ahead_of(trainer)
    own = trainer.rooms[0].worlds.observations["self"][~ahead]
    assert ahead.any() and not ahead.all()
    score = np.minimum(own["combat_level"], own["harvest_level"])
    assert figures["living/score"] == pytest.approx(score.mean())
    assert figures["living/best_score"] == score.max()
    assert figures["living/beyond"] == pytest.approx((own["danger"] > 1).mean())
    trainer.close()


def test_living_of_everybody_is_what_the_engine_counts(worlds):
    give(worlds, chosen_of((0, 1), (1, 2)))
    for _ in range(30):
        worlds.step(nmmo.sample_actions(worlds.mask, np.random.default_rng(1)))
    now = totals([worlds])
    everybody = living_of([worlds], [np.ones(32, np.bool_)])
    for name, value in everybody.items():
        np.testing.assert_array_equal(value, now["living"][name], name)
    nobody = now | {"living": living_of([worlds], [np.zeros(32, np.bool_)])}
    assert game_figures(nobody, now)["living/score"] == 0


def test_a_world_that_is_recorded_is_spared(tmp_path):
    trainer = trainer_of(tmp_path, share=1.0, replays=1.0)
    trainer.turn()
    ahead = trainer.rooms[0].ahead.reshape(2, 16)
    assert not ahead[0].any() and ahead[1].any()
    trainer.close()
    with pytest.raises(RecipeError, match="the only one"):
        Recipe(train=TrainOptions(worlds=1, head_start=0.5), run=RunOptions(replay_minutes=1))


def test_only_the_learner_is_moved():
    trainer = trainer_of(share=1.0, selfplay=SelfPlayOptions(scripted_share=0.5, scripted="random"))
    trainer._start_ahead(1.0)
    room = trainer.rooms[0]
    np.testing.assert_array_equal(np.flatnonzero(room.ahead), room.learners)
    trainer.turn()
    trainer.close()


def test_a_run_is_resumed_as_if_it_had_gone_on(tmp_path):
    whole, first = trainer_of(tmp_path / "whole"), trainer_of(tmp_path / "parts")
    for _ in range(2):
        whole.turn()
        first.turn()
    saved = first.save()
    first.close()
    second = trainer_of(tmp_path / "parts", saved)
    np.testing.assert_array_equal(ahead_of(second), ahead_of(whole))
    for _ in range(3):
        a, b = whole.turn(), second.turn()
        assert {k: v for k, v in a.figures.items() if k.startswith("living")} == {
            k: v for k, v in b.figures.items() if k.startswith("living")
        }
    assert whole.digest() == second.digest()
    for name, value in whole.policy.state_dict().items():
        assert torch.equal(value, second.policy.state_dict()[name])
    whole.close()
    second.close()
