"""What a run reports: the schedule, the game's figures, seats, the pool, the dashboard."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from rich.console import Console

import nmmo
from nmmo.train.clock import Clock
from nmmo.train.dashboard import Dashboard
from nmmo.train.loop import Turn
from nmmo.train.metrics import Metrics, read_metrics
from nmmo.train.recipe import Recipe, RunOptions, SelfPlayOptions, TrainOptions
from nmmo.train.schedule import Schedule
from nmmo.train.selfplay import LEARNER, Pool, seats_for
from nmmo.train.statistics import game_figures, totals


def test_the_schedule_by_hand():
    schedule = Schedule(
        TrainOptions(
            total_steps=1000, final_learning_rate=0.2, entropy_weight=0.1, final_entropy_weight=0.02,
            priority_correction=0.4,
        )
    )  # fmt: skip
    assert [schedule.progress(steps, 1e9) for steps in (0, 250, 1000, 5000)] == [0, 0.25, 1, 1]
    assert [schedule.rate(p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.6, 0.2])
    assert schedule.rate(1 / 3) == pytest.approx(0.2 + 0.8 * 0.75)
    assert [schedule.entropy_weight(p) for p in (0, 0.5, 1)] == pytest.approx([0.1, 0.06, 0.02])
    assert [schedule.priority_correction(p) for p in (0, 0.5, 1)] == pytest.approx([0.4, 0.7, 1])


def test_minutes_follow_the_clock():
    schedule = Schedule(TrainOptions(total_steps=1, minutes=2))
    assert [schedule.progress(10**9, seconds) for seconds in (0, 30, 120, 999)] == [0, 0.25, 1, 1]


def test_the_games_figures_are_sums_over_worlds_since_the_last_time():
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
    before = totals(worlds)
    singles = [batch.world(i) for batch in worlds for i in range(len(batch))]
    earlier = [world.statistics() for world in singles]
    play(150)
    figures = game_figures(totals(worlds), before)
    later = [world.statistics() for world in singles]

    def gained(*path: str) -> float:
        def value(statistics):
            for name in path:
                statistics = statistics[name]
            return float(np.sum(statistics))

        return sum(value(statistics) for statistics in later) - sum(
            value(statistics) for statistics in earlier
        )

    steps = 150 * 3 * 64
    assert figures["lives_ended"] == gained("finished", "lives") > 0
    assert figures["finished/age"] == pytest.approx(gained("finished", "age") / gained("finished", "lives"))
    assert figures["per_1000/monster_kills"] == pytest.approx(
        1000 * gained("monster_kills") / steps, rel=0.02
    )
    assert figures["per_1000/harvests"] == pytest.approx(1000 * gained("harvests") / steps, rel=0.02)
    assert sum(share for name, share in figures.items() if name.startswith("deaths/")) == pytest.approx(1)
    rows = np.concatenate([batch.observations["self"] for batch in worlds])
    score = np.minimum(rows["combat_level"], rows["harvest_level"])
    assert figures["living/score"] == pytest.approx(score.mean())
    assert figures["living/best_score"] == score.max()
    assert figures["living/worn_tiers"] == pytest.approx(rows["worn_tier"].sum(1).mean())


def test_seats_are_dealt_by_share_without_overlap():
    config = nmmo.Config.preset("small")
    options = SelfPlayOptions(pool_share=0.25, policies=2, scripted_share=0.125, scripted="random")
    seats, same, other = (seats_for(config, options, seed) for seed in (0, 0, 1))
    assert {name: len(slots) for name, slots in seats.of_player.items()} == {
        "past 1": 8, "past 2": 8, "random": 8, LEARNER: 40,
    }  # fmt: skip
    assert sorted(np.concatenate(list(seats.of_player.values()))) == list(range(64))
    assert all(np.array_equal(seats.of_player[name], same.of_player[name]) for name in seats.of_player)
    assert not np.array_equal(seats.of_player[LEARNER], other.of_player[LEARNER])
    np.testing.assert_array_equal(seats.rows("random", 2, 64)[8:], 64 + seats.of_player["random"])


def test_teams_sit_together():
    config = nmmo.Config.preset("battle")
    seats = seats_for(config, SelfPlayOptions(pool_share=0.5), 3)
    for slots in seats.of_player.values():
        teams, counts = np.unique(slots // config.team_size, return_counts=True)
        assert (counts == config.team_size).all()
        assert len(teams) == 8


def test_too_few_seats_are_refused():
    with pytest.raises(ValueError, match="too few"):
        seats_for(nmmo.Config.preset("small", n_players=3), SelfPlayOptions(pool_share=0.9, policies=5), 0)


def test_the_pool_spans_the_whole_run():
    pool = Pool(4)
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


def test_the_clock_adds_up():
    clock, other = Clock(), Clock()
    for _ in range(3):
        with clock.of("work"):
            pass
    other.seconds = {"work": 2.0, "rest": 1.0}
    clock.take(other)
    assert 2 <= clock.seconds["work"] < 3
    assert clock.seconds["rest"] == 1
    assert other.seconds == {}


def turn(update: int = 3, **figures: float) -> Turn:
    known = {"living/score": 4.25, "living/age": 321.0, "learning/entropy": 1.5, "speed": 40_000.0}
    return Turn(update, 98_304, 75.0, 0.25, known | figures)


def shown(*turns: Turn, terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=140, color_system=None)
    with Dashboard("small-1", console) as dashboard:
        for each in turns:
            dashboard.show(each)
    return out.getvalue()


def test_the_dashboard_on_a_terminal():
    figures = {
        "time/learn": 0.66,
        "time/act": 0.3,
        "deaths/monster": 1.0,
        "score/forager": 7.5,
        "score/learner": 3.0,
    }
    text = shown(turn(**figures), terminal=True)
    for part in (
        "small-1", "25.0%", "98,304 agent-steps", "40,000/s", "1:15 gone", "learn 66%", "4.25", "321",
        "monster 100%", "forager", "7.5",
    ):  # fmt: skip
        assert part in text, part
    assert text.index("learn 66%") < text.index("act 30%")


def test_elsewhere_the_dashboard_is_plain_lines_and_the_last_one_is_shown():
    text = shown(turn(1), turn(2), turn(3), terminal=False)
    assert [line.split(":")[0] for line in text.splitlines()] == ["update 1", "update 3"]
    assert "\x1b" not in text


def test_metrics_of_updates_that_are_repeated_are_written_once(tmp_path):
    recipe = Recipe(run=RunOptions(tensorboard=False))
    first = Metrics(tmp_path, recipe, 0)
    for update in (1, 2, 3):
        first.write(update, {"reward": update})
    first.close()
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"update": 4, "rew')  # cut off
    second = Metrics(tmp_path, recipe, 2)
    second.write(3, {"reward": 30})
    second.close()
    assert [(line["update"], line["reward"]) for line in read_metrics(tmp_path)] == [(1, 1), (2, 2), (3, 30)]
