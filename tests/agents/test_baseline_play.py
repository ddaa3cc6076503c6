"""The scripted baselines: what each is good at, and single decisions in drawn worlds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import nmmo
from nmmo import Monster, Node
from nmmo.agents import Cast, load_agent, setting_of

BASELINES = ("forager", "fighter", "trader")
HELD_OUT = 424_242  # a seed that no baseline was tuned on


@cache
def played(name: str, seed: int = HELD_OUT, ticks: int = 600):
    """A world after an agent has played all its slots, and its actions."""
    world = nmmo.World(nmmo.Config.preset("small"), seed=seed)
    world.reset()
    cast = Cast([load_agent(name, setting_of(world.config))], world.config)
    cast.reset(world.seed)
    actions = []
    for _ in range(ticks):
        actions.append(cast.act(world))
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
@pytest.mark.parametrize("preset", ["survival", "battle"])
def test_it_plays_every_kind_of_world(name, preset):
    config = nmmo.Config.preset(preset, vocabulary=3, view_row_radius=2, view_column_radius=9)
    world = nmmo.World(config, seed=3)
    world.reset()
    cast = Cast([load_agent(name, setting_of(config))], config)
    cast.reset(3)
    for _ in range(40):
        world.step(cast.act(world))
    assert world.statistics()["harvests"].sum() > 0


@pytest.mark.parametrize("name", BASELINES)
def test_it_reads_only_its_rows(name):
    """Whoever the other slots are, a slot chooses the same: nothing passes between them."""
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


def test_traders_trade_most():
    config = nmmo.Config.preset("medium")
    world = nmmo.World(config, seed=HELD_OUT)
    world.reset()
    cast = Cast([load_agent(name, setting_of(config)) for name in BASELINES], config)
    cast.reset(world.seed)
    sold = np.zeros(len(BASELINES), int)
    for _ in range(700):
        world.step(cast.act(world))
        sales = world.events[world.events["kind"] == nmmo.EventKind.SALE]
        sold += np.bincount(cast.of_slot[sales["target"]], minlength=len(BASELINES))
    assert sold[2] > 1.2 * max(sold[0], sold[1])


# ---- single decisions ---------------------------------------------------------------------------------


def decide(drawing: str, legend: dict, name: str = "fighter", ticks: int = 1, edit=None, seed=4) -> list[str]:
    """What slot 0 does in a drawn world, tick by tick."""
    world = nmmo.World.from_text(drawing, legend)
    if edit is not None:
        edit(world.edit)
    cast = Cast([load_agent(name, setting_of(world.config))], world.config)
    cast.reset(seed)
    names = [row.name for row in nmmo.ACTION_TABLE]
    done = []
    for _ in range(ticks):
        actions = cast.act(world)
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
