"""Evaluation: its metrics against a slow count from scratch, its plan, and that it repeats."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from agent_folders import WAITER, acting, write_agent

import nmmo
from nmmo.agents import (
    METRICS,
    Agent,
    AgentError,
    Contestant,
    Evaluation,
    Match,
    MatchObserver,
    PlannedMatch,
    Series,
    UntrustedAgent,
    deal,
    evaluate,
    load_agent,
    seat_agents,
    setting_of,
)

SMALL = nmmo.Config.preset("small", height=64, width=64, n_players=32, n_monsters=64, pvp_min_danger=1)
# Many ends of many kinds: teams that fight, lives that end for good, a horizon.
BATTLE = nmmo.Config.preset(
    "battle", n_players=32, team_size=4, lives=2, horizon=220, survival=True, fog_start=8, fog_period=2
)
STAGNANT = SMALL.replace(stagnation_ticks=30, respawn="next_tick")


class Brawler(Agent):
    """Attacks whom it can, players first; buys and sells; else wanders."""

    def act(self, rows, mask):
        order = self.rng.random(mask.shape) * mask
        order[:, 9:11] *= (20, 40)
        order[:, 23:35] *= 5
        order[:, 47:67] *= 10
        order[:, 67:] *= 0.1
        return order.argmax(axis=1)


BRAWLER = Contestant("brawler", lambda setting: Brawler(setting, Path()))


def slowly(config: nmmo.Config, planned: PlannedMatch, ticks: int, mine: int) -> dict[str, Any]:
    """Return the metrics of one of two players in a match, from scratch, slot by slot."""
    config = config.replace(map_seed=planned.map_seed)
    setting = setting_of(config)
    of_slot = deal(2, config, planned.rotation)
    slots = [slot for slot in range(config.n_players) if of_slot[slot] == mine]
    counts: Counter[str] = Counter()
    scores, ended_levels, returns = [], [], 0.0
    with nmmo.World(config, planned.seed, final_observations=True) as world:
        world.reset(planned.seed)
        match = Match(world, seat_agents([BRAWLER.make(setting), load_agent("random", setting)], config, of_slot))
        lives = {(slot, 1) for slot in slots}
        had_body = {slot for slot in slots if world.players["alive"][slot]}
        dtype = world.observations.dtype
        while world.tick < ticks and not world.over:
            _, rewards, terminated, truncated, info = world.step(match.choose_actions())
            final = info["final_obs"].view(dtype)[:, 0]["self"]
            players = world.players
            for slot in slots:
                returns += float(rewards[slot])
                if terminated[slot] or truncated[slot]:
                    assert slot in had_body
                    levels = (int(final["combat_level"][slot]), int(final["harvest_level"][slot]))
                    ended_levels.append(levels)
                    scores.append(min(levels))
                    counts["deaths"] += bool(terminated[slot])
                elif slot in had_body:
                    mine_now = players["self"][slot]
                    scores.append(int(min(mine_now["combat_level"], mine_now["harvest_level"])))
                if players["alive"][slot]:
                    lives.add((slot, int(players["life"][slot])))
            had_body = {slot for slot in slots if players["alive"][slot]}
            for event in world.events:
                kind, actor, target = int(event["kind"]), int(event["actor"]), int(event["target"])
                if kind == nmmo.EventKind.SALE and target in slots:
                    counts["sales"] += 1
                    counts["gold_earned"] += int(event["gold"])
                if actor not in slots:
                    continue
                if kind == nmmo.EventKind.SALE:
                    counts["purchases"] += 1
                    counts["gold_spent"] += int(event["gold"])
                elif kind == nmmo.EventKind.HARVEST:
                    counts["harvests"] += 1
                elif kind == nmmo.EventKind.KILL:
                    counts["player_kills" if target < config.n_players else "monster_kills"] += 1
                elif kind == nmmo.EventKind.DEATH:
                    counts[f"ended_by_{nmmo.Cause(event['detail']).name.lower()}"] += 1
        now = [world.players["self"][slot] for slot in sorted(had_body)]
    lived = len(scores)

    def mean(values: list[int]) -> float | None:
        return sum(values) / len(values) if values else None

    metrics: dict[str, Any] = {metric.name: 1000 * counts[metric.name] / lived for metric in METRICS}
    metrics.update(
        {
            "score": sum(scores) / lived,
            "best": max(scores),
            "return": returns / len(lives),
            "life": lived / len(lives),
            "ended_combat": mean([levels[0] for levels in ended_levels]),
            "ended_harvest": mean([levels[1] for levels in ended_levels]),
            "living_combat": mean([int(one["combat_level"]) for one in now]),
            "living_harvest": mean([int(one["harvest_level"]) for one in now]),
        }
    )
    return metrics


@pytest.mark.parametrize(
    ("config", "ticks", "met"),
    [
        (
            SMALL,
            400,
            {"deaths", "ended_by_player", "monster_kills", "player_kills", "purchases", "gold_earned"},
        ),
        (BATTLE, 300, {"ended_by_fog", "player_kills"}),
        (STAGNANT, 120, {"ended_by_stagnation"}),
    ],
    ids=["small", "battle", "stagnant"],
)
def test_figures_are_those_of_a_slow_count(config, ticks, met):
    found = evaluate([BRAWLER, "random"], config=config, ticks=ticks, maps=2, map_seed=50)
    for result in found.results:
        for number in (0, 1):
            expected = slowly(config, result.planned, ticks, number)
            assert result.metrics[number].keys() == expected.keys()
            for name, value in expected.items():
                given = result.metrics[number][name]
                assert given == (None if value is None else pytest.approx(value, rel=1e-9)), (name, number)
    for name in met:
        assert any(value for one in found.names for value in found.values(one, name)), f"nothing met {name}"


def test_the_parts_add_up_to_the_world():
    """What the agents did is what the world's own statistics counted, no more and no less."""
    totals: list[dict[str, int]] = []

    class Totals(MatchObserver):
        def end_match(self, planned, match):
            statistics = match.world.statistics()
            totals.append(
                {
                    "monster_kills": int(statistics["monster_kills"]),
                    "player_kills": int(statistics["player_kills"]),
                    "harvests": int(statistics["harvests"].sum()),
                    "purchases": int(statistics["sales"].sum()),
                    "sales": int(statistics["sales"].sum()),
                    "gold_spent": int(statistics["turnover"].sum()),
                    "gold_earned": int(statistics["turnover"].sum()),
                    "deaths": int(statistics["finished"]["causes"][1:6].sum()),
                }
            )

    found = evaluate([BRAWLER, "random"], config=SMALL, ticks=300, maps=2, observers=[Totals()])
    half = 300 * SMALL.n_players / 2  # respawn in the same tick: every slot lives on every tick
    for result, total in zip(found.results, totals, strict=True):
        for name, count in total.items():
            assert sum(metrics[name] for metrics in result.metrics) * half / 1000 == pytest.approx(count), name
            assert count > 0, name


# ---- the plan --------------------------------------------------------------------------------------


def test_the_plan_of_shared_worlds():
    series = Series(["random", "random", "random"], config=SMALL, maps=2, seeds=2, map_seed=70)
    assert series.names == ["random", "random 2", "random 3"]
    assert [match.map_seed for match in series.matches] == [70, 70, 71, 71]
    assert [match.rotation for match in series.matches] == [0, 1, 2, 0]
    assert {match.contestants for match in series.matches} == {(0, 1, 2)}
    assert len({match.seed for match in series.matches}) == 4
    assert [match.index for match in series.matches] == [0, 1, 2, 3]


def test_the_plan_of_separate_worlds_is_the_same_worlds_for_each():
    series = Series(["random", "random"], config=SMALL, maps=2, seeds=1, separate=True)
    together = Series(["random", "random"], config=SMALL, maps=2, seeds=1)
    assert [match.contestants for match in series.matches] == [(0,), (1,), (0,), (1,)]
    for player in ((0,), (1,)):
        worlds = [(match.map_seed, match.seed) for match in series.matches if match.contestants == player]
        assert worlds == [(match.map_seed, match.seed) for match in together.matches]


def test_separate_is_alone():
    apart = evaluate(["random", BRAWLER], config=SMALL, ticks=60, maps=2, separate=True)
    alone = evaluate([BRAWLER], config=SMALL, ticks=60, maps=2)
    for metric in METRICS:
        assert apart.values("brawler", metric.name) == alone.values("brawler", metric.name)
    assert [result.slots for result in apart.results] == [(32,)] * 4
    shared = evaluate(["random", BRAWLER], config=SMALL, ticks=60, maps=2)
    assert shared.values("brawler", "harvests") != alone.values("brawler", "harvests")
    assert [result.slots for result in shared.results] == [(16, 16)] * 2


def test_the_world_has_the_map_of_its_match():
    seen = []

    class Looker(MatchObserver):
        def begin_match(self, planned, match):
            world = match.world
            assert world.tick == 0
            assert match.assignment.of_slot.tolist() == deal(2, SMALL, planned.rotation).tolist()
            seen.append((world.map_seed, world.seed, planned.map_seed, planned.seed))

    evaluate(["random", "random"], config=SMALL, ticks=2, maps=3, observers=[Looker()])
    assert [one[0] for one in seen] == [1_000_000, 1_000_001, 1_000_002]
    assert all(one[:2] == one[2:] for one in seen)


# ---- repeating -------------------------------------------------------------------------------------


def test_it_repeats_and_the_seeds_decide():
    def found(**changes: Any) -> dict[str, Any]:
        return evaluate(["random", BRAWLER], config=SMALL, **{"ticks": 40, "maps": 2, **changes}).to_dict()

    first = found()
    assert found() == first
    for changes in ({"map_seed": 0}, {"map_seed": 1}):
        other = found(**changes)
        assert [world["hash"] for world in other["worlds"]] != [world["hash"] for world in first["worlds"]]
        assert found(**changes) == other
    worlds = [found(map_seed=first)["worlds"][1 - first] for first in (0, 1)]  # map 1 in either series
    assert worlds[0]["seed"] == worlds[1]["seed"]
    more = found(seeds=2)["worlds"]
    assert len({json.dumps(world["hash"]) for world in more}) == 4


def test_the_order_of_play_changes_nothing():
    series = Series(["random", BRAWLER], config=SMALL, ticks=40, maps=3)
    forward = [series.play(match) for match in series.matches]
    backward = [series.play(match) for match in reversed(series.matches)]
    assert forward == backward[::-1]


def test_being_watched_changes_nothing_and_shows_the_whole_game():
    """What an observer is told suffices to play the game again: the recorder's hook."""

    class Recorder(MatchObserver):
        def begin_match(self, planned, match):
            self.config, self.actions = match.world.config, []

        def after_step(self, world, actions, observed):
            self.actions.append(actions.copy())
            assert world.tick == len(self.actions)

        def end_match(self, planned, match):
            self.hash = match.world.hash()

    recorder = Recorder()
    series = Series(["random", BRAWLER], config=SMALL, ticks=40, maps=1)
    watched = series.play(series.matches[0], [recorder])
    assert watched == series.play(series.matches[0])
    assert watched.hash == recorder.hash
    with nmmo.World(recorder.config, series.matches[0].seed) as world:
        world.reset(series.matches[0].seed)
        for actions in recorder.actions:
            world.step(actions)
        assert world.hash() == recorder.hash


# ---- what comes out --------------------------------------------------------------------------------


def test_estimates_are_over_worlds():
    found = evaluate(["random"], config=SMALL, ticks=60, maps=4)
    values = found.values("random", "harvests")
    estimate = found.estimate("random", "harvests")
    assert estimate.n == 4 == len(values)
    assert estimate.mean == pytest.approx(sum(values) / 4)
    assert estimate.half_width == pytest.approx(3.1824 * np.std(values, ddof=1) / math.sqrt(4), rel=1e-4)
    with pytest.raises(KeyError, match="no contestant 'wolf'"):
        found.values("wolf", "score")


def test_as_json():
    found = evaluate(["random", "random"], config=SMALL, ticks=20, maps=2)
    read = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert read["config"] == SMALL.to_dict()
    assert (read["ticks"], read["maps"], read["seeds"], read["finished"]) == (20, 2, 1, True)
    assert [agent["name"] for agent in read["agents"]] == ["random", "random 2"]
    assert read["agents"][0]["metrics"]["score"]["worlds"] == 2
    assert set(read["agents"][0]["metrics"]) == {metric.name for metric in METRICS}
    assert read["worlds"][1]["agents"][1]["slots"] == 16
    part = Evaluation(found.series, found.results[:1]).to_dict()
    assert part["finished"] is False
    assert part["agents"][0]["metrics"]["score"] == {
        "mean": found.results[0].metrics[0]["score"], "half_width": None, "worlds": 1,
    }  # fmt: skip


def test_a_world_that_is_over_early():
    found = evaluate(["random"], config=BATTLE.replace(horizon=30), ticks=100, maps=1)
    assert found.results[0].ticks == 30
    assert found.results[0].metrics[0]["living_combat"] is None
    assert found.estimate("random", "living_combat").n == 0
    assert found.results[0].metrics[0]["ended_by_horizon"] > 0


# ---- what is refused -------------------------------------------------------------------------------


def test_nobody_and_too_many():
    with pytest.raises(AgentError, match="nobody to evaluate"):
        evaluate([])
    with pytest.raises(TypeError, match=r"write \[name\]"):
        evaluate("random")
    with pytest.raises(TypeError, match=r"config must be an nmmo\.Config, a dict of its fields or None; got str"):
        evaluate(["random"], config="small")
    with pytest.raises(AgentError, match="cannot share a world of 8 teams"):
        Series(["random"] * 9, config=BATTLE)
    assert len(Series(["random"] * 9, config=BATTLE, maps=1, separate=True).matches) == 9


@pytest.mark.parametrize(
    "changes",
    [{"ticks": 0}, {"maps": 0}, {"seeds": 0}, {"map_seed": -1}, {"map_seed": 2**53 - 1, "maps": 2}],
)
def test_numbers_out_of_range(changes):
    with pytest.raises(ValueError, match="out of range"):
        evaluate(["random"], config=SMALL, **changes)


def test_the_last_of_all_maps():
    assert evaluate(["random"], config=SMALL, ticks=1, maps=1, map_seed=2**53 - 1).results[0].ticks == 1


def test_strangers_and_failures_are_named(tmp_path):
    folder = write_agent(tmp_path / "waiter", WAITER)
    with pytest.raises(UntrustedAgent):
        evaluate([folder], config=SMALL, ticks=2, maps=1)
    assert evaluate([folder], config=SMALL, ticks=2, maps=1, trust=True).names == ["waiter"]
    broken = write_agent(tmp_path / "broken", acting("return 1 / 0"))
    with pytest.raises(AgentError, match="agent 'waiter 2' failed in act"):
        evaluate([folder, broken], config=SMALL, ticks=2, maps=1, trust=True)
