"""The table of actions: names, groups, drawing possible ones, and each carried out."""

from typing import Any

import numpy as np
import pytest
from helpers import Action, act, drawn, events, inventory, me, on_ground, where
from rulebook import ITEMS, NUMBER

import nmmo
from nmmo.core.content import N_ACTIONS

DIRECTIONS = ("north", "east", "south", "west")
TABLE = (
    [("wait", "wait")]
    + [(f"move_{direction}", "move") for direction in DIRECTIONS]
    + [(f"run_{direction}", "run") for direction in DIRECTIONS]
    + [("attack_monster", "attack"), ("attack_player", "attack")]
    + [(f"{verb}_{slot}", verb) for verb in ("use", "sell", "drop") for slot in range(1, 13)]
    + [(f"buy_{item}", "buy") for item in ITEMS]
    + [("price_up", "price"), ("price_down", "price")]
)
GROUPS = ("wait", "move", "run", "attack", "use", "sell", "drop", "buy", "price")


# ---- the table -------------------------------------------------------------------------------------------


def test_actions_table_is_that_of_the_rules() -> None:
    assert len(TABLE) == N_ACTIONS
    listed = [(number, str(name).lower(), nmmo.ActionGroup(group).name.lower()) for number, name, group, _ in groups()]
    assert listed == [(number, name, group) for number, (name, group) in enumerate(TABLE)]


def groups() -> list[tuple[int, str, int, str]]:
    """Return the published table, with each group as its number."""
    made = []
    for number, name, group, doc in nmmo.ACTION_TABLE:
        made.append((int(number), name, nmmo.ActionGroup[group.upper()] if isinstance(group, str) else group, doc))
    return made


def test_actions_are_named_by_an_enumeration() -> None:
    assert [(action.name.lower(), int(action)) for action in Action] == [
        (name, number) for number, (name, _) in enumerate(TABLE)
    ]
    assert [group.name.lower() for group in nmmo.ActionGroup] == list(GROUPS)


def test_actions_are_documented() -> None:
    for _, name, _, doc in nmmo.ACTION_TABLE:
        assert len(doc) > 5, name


# ---- drawing ---------------------------------------------------------------------------------------------


def mask_of(*actions: int, rows: int = 1) -> Any:
    mask = np.zeros((rows, N_ACTIONS), dtype=np.uint8)
    mask[:, list(actions)] = 1
    return mask


def test_actions_sampled_group_first_and_then_within_it() -> None:
    """One wait, two moves, twelve uses, one purchase: every group equally often, whatever its size."""
    rows = 40_000
    uses = list(range(Action.USE_1, Action.USE_12 + 1))
    mask = mask_of(Action.WAIT, Action.MOVE_NORTH, Action.MOVE_WEST, *uses, Action.BUY_RUNE, rows=rows)
    drawn_actions = nmmo.sample_actions(mask, np.random.default_rng(1))
    share = np.bincount(drawn_actions, minlength=N_ACTIONS) / rows
    expected = np.zeros(N_ACTIONS)
    expected[[Action.WAIT, Action.BUY_RUNE]] = 1 / 4
    expected[[Action.MOVE_NORTH, Action.MOVE_WEST]] = 1 / 8
    expected[uses] = 1 / 48
    spread = 5 * np.sqrt(expected * (1 - expected) / rows)
    assert (np.abs(share - expected) <= spread).all()


def test_actions_sampled_over_all_of_them() -> None:
    rows = 60_000
    drawn_actions = nmmo.sample_actions(np.ones((rows, N_ACTIONS), dtype=np.uint8), np.random.default_rng(2))
    share = np.bincount(drawn_actions, minlength=N_ACTIONS) / rows
    sizes = {group: sum(one == group for _, one in TABLE) for group in GROUPS}
    expected = np.array([1 / 9 / sizes[group] for _, group in TABLE])
    assert (np.abs(share - expected) <= 5 * np.sqrt(expected * (1 - expected) / rows)).all()


def test_actions_sampled_are_possible() -> None:
    rng = np.random.default_rng(3)
    mask = (rng.random((5000, N_ACTIONS)) < 0.1).astype(np.uint8)
    mask[:, Action.WAIT] = 1
    drawn_actions = nmmo.sample_actions(mask, rng)
    assert drawn_actions.dtype == np.int64 and drawn_actions.shape == (5000,)
    assert mask[np.arange(5000), drawn_actions].all()
    alone = nmmo.sample_actions(mask_of(*range(1), rows=50), rng)
    assert (alone == Action.WAIT).all()
    for action in range(N_ACTIONS):
        assert (nmmo.sample_actions(mask_of(action, rows=3), rng) == action).all()


def test_actions_sampled_from_rows_that_lie_apart() -> None:
    rng = np.random.default_rng(4)
    wide = rng.integers(0, 2, (300, 128), dtype=np.uint8)
    wide[:, 0] = 1
    strided = wide[:, :N_ACTIONS]
    one = nmmo.sample_actions(strided, np.random.default_rng(7))
    other = nmmo.sample_actions(np.ascontiguousarray(strided), np.random.default_rng(7))
    assert np.array_equal(one, other)


def test_actions_sampled_follow_the_generator() -> None:
    mask = np.ones((200, N_ACTIONS), dtype=np.uint8)
    same = [nmmo.sample_actions(mask, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert np.array_equal(same[0], same[1]) and not np.array_equal(same[0], same[2])
    rng = np.random.default_rng(0)
    assert not np.array_equal(nmmo.sample_actions(mask, rng), nmmo.sample_actions(mask, rng))


# ---- each of them, carried out ----------------------------------------------------------------------------


SCENE = """
    . . . . . . .
    . . . . . . .
    . . . . . . .
    . . . 0 1 . .
    . . . . . . .
    . . . . . . 2
    3 4 5 6 7 . .
"""
# Twelve things that a player of level 1 can put on or eat.
BELONGINGS = (
    "helm",
    "chest",
    "legs",
    "sword",
    "bow",
    "staff",
    "earth_gem",
    "fire_gem",
    "arrow",
    "rune",
    "ration",
    "potion",
)


def scene() -> nmmo.World:
    """Return a player who can do everything but buy for want of room, and others who offer every type."""
    world = drawn(SCENE, n_monsters=1, danger=5)
    for index, item in enumerate(ITEMS):
        seller = 2 + index // 4
        world.edit.give(seller, item)
        act(world, {seller: Action.SELL_1})
    for item in BELONGINGS:
        world.edit.give(0, item, 1, 20 if item in ("arrow", "rune", "ration", "potion") else 1)
    world.edit.set(0, gold=500, health=40, stamina=40)
    world.edit.place_monster(0, 2, 4)  # idle ones wander
    return world


def changed(world: nmmo.World, action: int) -> None:
    """Check that the action has the effect that its group has."""
    name, group = TABLE[action]
    argument = name.rpartition("_")[2]
    if group in ("move", "run"):
        rows, columns = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}[argument]
        length = 2 if group == "run" else 1
        assert where(world) == (3 + length * rows, 3 + length * columns)
    elif group == "attack":
        [hit] = events(world, "hit")
        assert (hit["actor"], hit["target"]) == (0, world.n_agents if argument == "monster" else 1)
    elif group == "use":
        item = BELONGINGS[int(argument) - 1]
        kind = "consume" if item in ("ration", "potion") else "equip"
        assert [int(event["item"]) for event in events(world, kind)] == [NUMBER[item]]
    elif group == "sell":
        [event] = events(world, "list")
        assert ITEMS[event["item"] - 1] == BELONGINGS[int(argument) - 1]
    elif group == "drop":
        [(item, _, _)] = on_ground(world).values()
        assert item == BELONGINGS[int(argument) - 1]
    elif group == "buy":
        [event] = events(world, "sale")
        assert ITEMS[event["item"] - 1] == name.removeprefix("buy_")
        assert inventory(world)[-1][0] == name.removeprefix("buy_")
    elif group == "price":
        assert me(world)["price_step"] == (5 if argument == "up" else 3)
    else:
        assert (where(world), len(inventory(world)), len(world.events)) == ((3, 3), 12, 0)


@pytest.mark.parametrize("action", range(N_ACTIONS), ids=[name for name, _ in TABLE])
def test_actions_each_is_carried_out(action: int) -> None:
    world = scene()
    name, group = TABLE[action]
    if name in ("move_east", "run_east"):
        world.edit.remove_player(1)
    if group == "buy":
        world.edit.clear_inventory(0)
    assert world.mask[0, action] == 1
    assert world.would_change(0, action) == (action != Action.WAIT)
    before = world.statistics()
    act(world, {0: action})
    after = world.statistics()
    changed(world, action)
    assert np.array_equal(
        np.asarray(after["actions"]) - np.asarray(before["actions"]),
        np.bincount([action] + [0] * int(world.players["alive"].sum() - 1), minlength=N_ACTIONS),
    )
    assert np.array_equal(after["refused"], before["refused"])


def test_actions_mask_is_what_would_change_the_world() -> None:
    world = scene()
    for slot in range(world.n_agents):
        for action in range(1, N_ACTIONS):
            assert world.would_change(slot, action) == bool(world.mask[slot, action]), (slot, TABLE[action])
    assert world.mask[:, Action.WAIT].all()


def test_actions_that_are_not_possible_are_waits() -> None:
    world = drawn("_ _ _\n_ @ _\n_ _ _")
    world.edit.set(0, health=50)
    impossible = list(range(1, N_ACTIONS))
    assert world.mask[0].tolist() == [1] + [0] * (N_ACTIONS - 1)
    for action in impossible:
        twin = nmmo.World.from_snapshot(world.snapshot())
        act(twin, {0: action})
        act_wait = nmmo.World.from_snapshot(world.snapshot())
        act(act_wait)
        assert twin.players.tobytes() == act_wait.players.tobytes()
        assert twin.tiles.tobytes() == act_wait.tiles.tobytes()
        assert twin.statistics()["refused"][action] == 1


def test_actions_are_judged_at_their_turn_not_by_the_mask() -> None:
    """Upkeep brings a listing back before the player acts: what the mask showed is possible no more."""
    world = nmmo.World.from_text("@ . @", listing_ticks=8)
    world.edit.give(0, "potion")
    world.edit.set(1, gold=100)
    act(world, {0: Action.SELL_1})
    act(world, ticks=7)
    assert world.mask[1, Action.BUY_POTION] == 1
    act(world, {1: Action.BUY_POTION})
    assert inventory(world, 1) == [] and inventory(world, 0) == [("potion", 1, 1, False)]
    assert world.statistics()["refused"][Action.BUY_POTION] == 1


@pytest.mark.parametrize("action", [-1, N_ACTIONS, 255, 256, 2**40])
def test_actions_out_of_range_raise_before_anything_changes(action: int) -> None:
    world = nmmo.World.from_text("@ . @ .")
    world.edit.level(0, "melee", 2)
    before = world.hash()
    with pytest.raises(nmmo.ActionError):
        world.step(np.array([Action.MOVE_EAST, action], dtype=np.int64))
    assert world.hash() == before and world.tick == 0
