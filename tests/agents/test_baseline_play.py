"""The scripted baselines: what each is good at, and single decisions in drawn worlds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import nmmo
from nmmo import Monster, Node
from nmmo.agents import METRICS, Match, evaluate, load_agent, seat_agents, setting_of
from nmmo.agents.match import seat_seed

METRIC_NAMES = [metric.name for metric in METRICS]
BASELINES = ("forager", "fighter", "trader")
HELD_OUT = 424_242  # a seed that no baseline was tuned on


@cache
def played(name: str, seed: int = HELD_OUT, ticks: int = 600):
    """Return a world after an agent has played all its slots, and its actions."""
    world = nmmo.World(nmmo.Config.preset("small"), seed=seed)
    world.reset()
    match = Match(world, seat_agents([load_agent(name, setting_of(world.config))], world.config))
    actions = []
    for _ in range(ticks):
        actions.append(match.choose_actions())
        world.step(actions[-1])
    return world, np.array(actions)


def score_of(world: nmmo.World) -> float:
    return world.players["score_sum"].sum() / world.players["ticks_lived"].sum()


@pytest.mark.parametrize("name", BASELINES)
def test_it_beats_random_play_by_far(name):
    mine, _ = played(name)
    other, _ = played("random")
    assert score_of(mine) > 2 * score_of(other)
    assert mine.players["life"].mean() < 0.6 * other.players["life"].mean()


@pytest.mark.parametrize("name", BASELINES)
def test_the_seed_decides(name):
    _, first = played(name, ticks=40)
    _, again = played.__wrapped__(name, ticks=40)
    _, other = played.__wrapped__(name, seed=HELD_OUT + 1, ticks=40)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("preset", ["small", "medium", "large", "huge", "survival", "battle"])
def test_it_plays_every_preset(name, preset):
    """100 ticks of each, on smaller maps of the same crowding; and hardly an action is refused."""
    config = nmmo.Config.preset(preset)
    if config.n_players > 256:
        size = {"height": 256, "width": 256, "n_players": 256, "n_monsters": 512}
        config = nmmo.Config.preset(preset, **size)
    world = nmmo.World(config, seed=3)
    world.reset()
    match = Match(world, seat_agents([load_agent(name, setting_of(config))], config))
    everyone = np.arange(world.n_agents)
    for _ in range(100):
        actions = match.choose_actions()
        assert world.mask[everyone, actions].all(), "only what the mask allows"
        world.step(actions)
    found = world.statistics()
    assert np.sum(found["harvests"]) > 0
    assert np.sum(found["monster_kills"]) > 0


@pytest.mark.parametrize("name", BASELINES)
def test_it_copes_with_any_view_and_with_tokens(name):
    config = nmmo.Config.preset("battle", vocabulary=3, view_row_radius=2, view_column_radius=9)
    world = nmmo.World(config, seed=3)
    world.reset()
    match = Match(world, seat_agents([load_agent(name, setting_of(config))], config))
    for _ in range(40):
        match.step()
    assert np.sum(world.statistics()["harvests"]) > 0


@pytest.mark.parametrize("name", BASELINES)
def test_in_dry_land_it_lives_far_longer_than_random_play(name):
    """A player that never drinks is dead by tick 460."""

    def lives(player: str) -> float:
        size = {"height": 128, "width": 128, "n_players": 32, "n_monsters": 64}
        config = nmmo.Config.preset("survival", **size)
        world = nmmo.World(config, seed=HELD_OUT)
        world.reset()
        match = Match(world, seat_agents([load_agent(player, setting_of(config))], config))
        for _ in range(700):
            match.step()
        return float(world.players["life"].mean())

    assert lives(name) < 0.6 * lives("random")


@pytest.mark.parametrize("name", BASELINES)
def test_in_battle_it_fights_other_teams_and_outlives_random_play(name):
    config = nmmo.Config.preset("battle")
    world = nmmo.World(config, seed=HELD_OUT)
    world.reset()
    match = Match(
        world, seat_agents([load_agent(name, setting_of(config)), load_agent("random", setting_of(config))], config)
    )
    kills = np.zeros(2, int)
    for _ in range(500):
        match.step()
        events = world.events
        of_players = events[(events["kind"] == nmmo.EventKind.KILL) & (events["target"] >= 0)]
        killed = of_players[of_players["target"] < world.n_agents]
        killed = killed[killed["actor"] < world.n_agents]
        kills += np.bincount(match.assignment.of_slot[killed["actor"]], minlength=2)
    ticks = [world.players["ticks_lived"][match.assignment.slots(number)].sum() for number in range(2)]
    assert ticks[0] > 1.3 * ticks[1]
    assert kills[0] > 2 * kills[1]


@pytest.mark.parametrize("name", BASELINES)
def test_it_reads_only_its_rows(name):
    """Whichever slots are played beside it, a slot chooses the same: nothing passes between them."""
    world = nmmo.World(nmmo.Config.preset("small"), seed=9)
    world.reset()
    setting = setting_of(world.config)
    rows = world.observations.view(np.uint8).reshape(world.n_agents, -1)
    chosen = []
    for others in (slice(8, 16), slice(32, 40)):
        agent = load_agent(name, setting)
        agent.reset(1, np.arange(16))
        seen = np.concatenate([rows[:8], rows[others]])
        mask = np.concatenate([world.mask[:8], world.mask[others]])
        chosen.append(agent.act(seen, mask)[:8])
    assert np.array_equal(*chosen)


@cache
def rivals() -> dict[str, dict[str, float]]:
    """Return metrics of the three in one world, by agent."""
    found = evaluate(BASELINES, config=nmmo.Config.preset("medium"), ticks=800, maps=1, map_seed=HELD_OUT)
    return {name: {metric: found.values(name, metric)[0] for metric in METRIC_NAMES} for name in BASELINES}


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("forager", "harvests"),
        ("fighter", "monster_kills"),
        ("trader", "sales"),
        ("trader", "gold_earned"),
    ],
)
def test_each_is_best_at_its_thing(name, metric):
    metrics = rivals()
    others = [metrics[other][metric] for other in BASELINES if other != name]
    assert metrics[name][metric] > 1.1 * max(others)


# ---- single decisions ---------------------------------------------------------------------------------


def decide(
    drawing: str, legend: dict, name: str = "fighter", ticks: int = 1, edit=None, seed=4, **changes
) -> list[str]:
    """Return what slot 0 does in a drawn world, tick by tick."""
    world = nmmo.World.from_text(drawing, legend, **changes)
    if edit is not None:
        edit(world.edit)
    match = Match(
        world, seat_agents([load_agent(name, setting_of(world.config))], world.config), seeds=[seat_seed(seed, 0)]
    )
    names = [row.name for row in nmmo.ACTION_TABLE]
    done = []
    for _ in range(ticks):
        actions = match.choose_actions()
        done.append(names[actions[0]])
        world.step(actions)
    return done


def test_it_walks_round_the_stones_to_a_node():
    drawing = """
        . . . . . . . .
        . . # # # . . .
        . @ # T # . . .
        . . # . # . . .
        . . . . . . . .
    """
    done = decide(drawing, {"T": Node("ore")}, "forager", ticks=6)
    assert done == ["move_south", "move_south", "move_east", "move_east", "move_north", "move_north"]


def test_it_eats_when_hurt_and_out_of_combat():
    def hurt(edit):
        edit.give(0, "ration", tier=1, quantity=2)
        edit.set(0, health=30)

    assert decide(". . .\n. @ .\n. . .", {}, edit=hurt) == ["use_1"]


def test_it_strikes_what_it_can_beat_and_runs_from_what_it_cannot():
    drawing = """
        . . . . . . . . .
        . . . . . . . . .
        . . . . @ M . . .
        . . . . . . . . .
        . . . . . . . . .
    """

    def armed(edit):
        edit.give(0, "sword", tier=1, worn=True)
        edit.give(0, "bow", tier=1)

    weak = {"M": Monster("hostile", level=1)}
    strong = {"M": Monster("hostile", level=40, style="ranged")}
    for style in range(6):  # whichever style the seed likes: bare of its weapon a slot fights with its hands
        assert decide(drawing, weak, edit=armed, seed=style)[0] in ("attack_monster", "use_1", "use_2")
        assert decide(drawing, strong, edit=armed, seed=style)[0].startswith(("run_", "move_"))


def test_it_puts_on_what_is_better():
    def found(edit):
        edit.give(0, "helm", tier=1, worn=True)
        edit.level(0, "melee", 9)
        edit.give(0, "helm", tier=2)

    assert decide(". . .\n. @ .\n. . .", {}, edit=found) == ["use_2"]


def test_it_does_not_put_on_what_it_cannot_wear():
    def found(edit):
        edit.give(0, "helm", tier=2)

    assert decide(". . .\n. @ .\n. . .", {}, edit=found) != ["use_1"]


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(("health", "drinks"), [(100, False), (90, False), (22, True)])
def test_it_drinks_when_a_blow_would_kill_and_not_when_it_is_well(name, health, drinks):
    def thirsty(edit):
        edit.give(0, "potion", tier=1, quantity=3)
        edit.set(0, health=health)

    drawing = "# # #\n# @ M\n# # #"
    done = decide(drawing, {"M": Monster("hostile", level=2)}, name, edit=thirsty)
    assert (done == ["use_1"]) == drinks


@pytest.mark.parametrize("name", BASELINES)
def test_one_it_fights_and_a_group_it_leaves(name):
    def drawing(others: str) -> str:
        return f"""
            . . . . . . . . .
            . . . . . . . . .
            . . . . @ M . . .
            . . . . {others} . . .
            . . . . . . . . .
        """

    def armed(edit):
        for weapon in ("sword", "bow", "staff"):
            edit.give(0, weapon, tier=1)
        edit.level(0, "melee", 6)

    legend = {"M": Monster("hostile", level=8)}
    alone = decide(drawing(". ."), legend, name, edit=armed, seed=2)
    assert alone[0].startswith(("attack", "use_")), alone
    crowd = decide(drawing("M M"), legend, name, edit=armed, seed=2)
    assert crowd[0].startswith(("run_", "move_")), crowd


@pytest.mark.parametrize("name", BASELINES)
def test_it_goes_to_the_water_when_it_is_thirsty(name):
    drawing = """
        . . . . . . . . .
        . . . . @ . . . ~
        . . . . . . . . .
    """

    def dry(edit):
        edit.set(0, water=30)

    done = decide(drawing, {}, name, ticks=5, edit=dry, survival=True)
    assert done == ["move_east"] * 3 + ["wait"] * 2
