"""What a run reports: the schedule, the game's metrics, the assignment of slots, the pool, the dashboard."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from rich.console import Console

import nmmo
from nmmo.train.dashboard import Dashboard
from nmmo.train.metrics import MetricsWriter, game_metrics, read_metrics, total_statistics
from nmmo.train.opponents import LEARNER, OpponentPool, assign_slots
from nmmo.train.recipe import OpponentOptions, Recipe, RunOptions, TrainOptions
from nmmo.train.registries import SCHEDULES
from nmmo.train.rollout import Timer
from nmmo.train.schedules import RunSchedule
from nmmo.train.trainer import TrainStep


def test_a_registered_schedule_is_used(monkeypatch):
    monkeypatch.setattr(SCHEDULES, "_entries", dict(SCHEDULES._entries))
    SCHEDULES.add("squared", lambda progress: (1 - progress) ** 2)
    schedule = RunSchedule(TrainOptions(schedule="squared", min_lr_ratio=0))
    assert [schedule.lr_scale(p) for p in (0, 0.5, 1)] == [1, 0.25, 0]


def test_the_schedule_by_hand():
    schedule = RunSchedule(
        TrainOptions(
            total_timesteps=1000, min_lr_ratio=0.2, ent_coef=0.1, final_ent_coef=0.02,
            priority_beta0=0.4,
        )
    )  # fmt: skip
    assert [schedule.progress(steps, 1e9) for steps in (0, 250, 1000, 5000)] == [0, 0.25, 1, 1]
    assert [schedule.lr_scale(p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.6, 0.2])
    assert schedule.lr_scale(1 / 3) == pytest.approx(0.2 + 0.8 * 0.75)
    assert [schedule.ent_coef(p) for p in (0, 0.5, 1)] == pytest.approx([0.1, 0.06, 0.02])
    assert [schedule.priority_beta(p) for p in (0, 0.5, 1)] == pytest.approx([0.4, 0.7, 1])


def test_minutes_follow_the_timer():
    schedule = RunSchedule(TrainOptions(total_timesteps=1, minutes=2))
    assert [schedule.progress(10**9, seconds) for seconds in (0, 30, 120, 999)] == [0, 0.25, 1, 1]


def test_the_games_metrics_are_sums_over_worlds_since_the_last_time():
    config = nmmo.Config.preset("small", n_monsters=400)
    worlds = [nmmo.Worlds(2, config, seed=1), nmmo.Worlds(1, config, seed=2)]
    rng = np.random.default_rng(0)

    def play(ticks: int) -> None:
        for _ in range(ticks):
            for batch in worlds:
                batch.step(nmmo.sample_actions(batch.mask, rng))

    for batch in worlds:
        batch.reset()
    play(100)
    before = total_statistics(worlds)
    singles = [batch.world(i) for batch in worlds for i in range(len(batch))]
    earlier = [world.statistics() for world in singles]
    play(150)
    metrics = game_metrics(total_statistics(worlds), before)
    later = [world.statistics() for world in singles]

    def gained(*path: str) -> float:
        def value(statistics):
            for name in path:
                statistics = statistics[name]
            return float(np.sum(statistics))

        return sum(value(statistics) for statistics in later) - sum(value(statistics) for statistics in earlier)

    steps = 150 * 3 * 64
    assert metrics["lives_ended"] == gained("finished", "lives") > 0
    assert metrics["finished/age"] == pytest.approx(gained("finished", "age") / gained("finished", "lives"))
    assert metrics["per_1000/monster_kills"] == pytest.approx(1000 * gained("monster_kills") / steps, rel=0.02)
    assert metrics["per_1000/harvests"] == pytest.approx(1000 * gained("harvests") / steps, rel=0.02)
    assert sum(share for name, share in metrics.items() if name.startswith("deaths/")) == pytest.approx(1)
    rows = np.concatenate([batch.observations["self"] for batch in worlds])
    score = np.minimum(rows["combat_level"], rows["harvest_level"])
    assert metrics["living/score"] == pytest.approx(score.mean())
    assert metrics["living/best_score"] == score.max()
    assert metrics["living/worn_tiers"] == pytest.approx(rows["worn_tier"].sum(1).mean())


def test_slots_are_assigned_by_share_without_overlap():
    config = nmmo.Config.preset("small")
    options = OpponentOptions(past_share=0.25, past_policies=2, scripted_share=0.125, scripted="random")
    assigned, same, other = (assign_slots(config, options, seed) for seed in (0, 0, 1))
    assert {name: len(slots) for name, slots in assigned.by_name().items()} == {
        "past 1": 8, "past 2": 8, "random": 8, LEARNER: 40,
    }  # fmt: skip
    assert sorted(np.concatenate(list(assigned.by_name().values()))) == list(range(64))
    np.testing.assert_array_equal(assigned.of_slot, same.of_slot)
    assert not np.array_equal(assigned.by_name()[LEARNER], other.by_name()[LEARNER])
    np.testing.assert_array_equal(assigned.batch_rows(2, 2)[8:], 64 + assigned.by_name()["random"])


def test_teams_stay_together():
    config = nmmo.Config.preset("battle")
    assigned = assign_slots(config, OpponentOptions(past_share=0.5), 3)
    for slots in assigned.by_name().values():
        teams, counts = np.unique(slots // config.team_size, return_counts=True)
        assert (counts == config.team_size).all()
        assert len(teams) == 8


def test_too_few_slots_are_refused():
    with pytest.raises(ValueError, match="too few"):
        assign_slots(nmmo.Config.preset("small", n_players=3), OpponentOptions(past_share=0.9, past_policies=5), 0)


def test_the_pool_spans_the_whole_run():
    pool = OpponentPool(4)
    policy = torch.nn.Linear(1, 1)
    for update in range(0, 100, 10):
        with torch.no_grad():
            policy.weight.fill_(update)
        pool.add(update, policy)  # type: ignore[arg-type]
    kept = [update for update, _ in pool.members]
    assert len(kept) == 4
    assert kept[0] == 0
    assert kept[-1] == 90
    assert max(np.diff(kept)) <= 50
    assert [float(weights["weight"]) for _, weights in pool.members] == kept  # each as it was then
    drawn = {float(pool.draw(np.random.default_rng(seed))["weight"]) for seed in range(40)}
    assert drawn == set(kept)


def test_the_timer_adds_up():
    timer, other = Timer(), Timer()
    for _ in range(3):
        with timer.of("work"):
            pass
    other.seconds = {"work": 2.0, "rest": 1.0}
    timer.take(other)
    assert 2 <= timer.seconds["work"] < 3
    assert timer.seconds["rest"] == 1
    assert other.seconds == {}


def step(update: int = 3, **metrics: float) -> TrainStep:
    known = {"living/score": 4.25, "living/age": 321.0, "losses/entropy": 1.5, "SPS": 40_000.0}
    return TrainStep(update, 98_304, 75.0, 0.25, known | metrics)


def shown(*steps: TrainStep, terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=140, color_system=None)
    with Dashboard("small-1", console) as dashboard:
        for each in steps:
            dashboard.show(each)
    return out.getvalue()


def test_the_dashboard_on_a_terminal():
    metrics = {
        "time/learn": 0.66,
        "time/act": 0.3,
        "deaths/monster": 1.0,
        "score/forager": 7.5,
        "score/learner": 3.0,
    }
    text = shown(step(**metrics), terminal=True)
    for part in (
        "small-1", "25.0%", "98,304 agent-steps", "40,000/s", "1:15 gone", "learn 66%", "4.25", "321",
        "monster 100%", "forager", "7.5",
    ):  # fmt: skip
        assert part in text, part
    assert text.index("learn 66%") < text.index("act 30%")


def test_elsewhere_the_dashboard_is_plain_lines_and_the_last_one_is_shown():
    text = shown(step(1), step(2), step(3), terminal=False)
    assert [line.split(":")[0] for line in text.splitlines()] == ["update 1", "update 3"]
    assert "\x1b" not in text


def test_metrics_of_updates_that_are_repeated_are_written_once(tmp_path):
    recipe = Recipe(run=RunOptions(tensorboard=False))
    first = MetricsWriter(tmp_path, recipe, 0)
    for update in (1, 2, 3):
        first.write(update, {"reward": update})
    first.close()
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"update": 4, "rew')  # cut off
    second = MetricsWriter(tmp_path, recipe, 2)
    second.write(3, {"reward": 30})
    second.close()
    assert [(line["update"], line["reward"]) for line in read_metrics(tmp_path)] == [(1, 1), (2, 2), (3, 30)]


def test_reading_metrics_takes_no_torch():
    """`nmmo plot` is quick."""
    code = "import nmmo.cli.plot, nmmo.train.metrics, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
