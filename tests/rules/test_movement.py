"""Moving and running: where one comes to stand, what blocks, what it costs, what happens on the way."""

import pytest
from helpers import Action, act, drawn, events, inventory, me, on_ground, possible, where

import nmmo

STEPS = {"NORTH": (-1, 0), "EAST": (0, 1), "SOUTH": (1, 0), "WEST": (0, -1)}
OPEN = """
    . . . . . . .
    . . . . . . .
    . . . . . . .
    . . . @ . . .
    . . . . . . .
    . . . . . . .
    . . . . . . .
"""


@pytest.mark.parametrize("direction", STEPS)
def test_move_goes_one_tile(direction):
    world = drawn(OPEN)
    rows, columns = STEPS[direction]
    assert possible(world, 0, Action[f"MOVE_{direction}"])
    act(world, {0: Action[f"MOVE_{direction}"]})
    assert where(world) == (3 + rows, 3 + columns)
    assert me(world)["stamina"] == 100


@pytest.mark.parametrize("direction", STEPS)
def test_run_goes_two_tiles_for_stamina(direction):
    world = drawn(OPEN)
    rows, columns = STEPS[direction]
    assert possible(world, 0, Action[f"RUN_{direction}"])
    act(world, {0: Action[f"RUN_{direction}"]})
    assert where(world) == (3 + 2 * rows, 3 + 2 * columns)
    assert me(world)["stamina"] == 100 - 8 + 2


def test_wait_changes_no_place():
    world = drawn(OPEN)
    assert possible(world, 0, Action.WAIT)
    act(world)
    assert where(world) == (3, 3)


@pytest.mark.parametrize("ground", [".", ",", ":"])
@pytest.mark.parametrize("action", [Action.MOVE_EAST, Action.RUN_EAST])
def test_walkable_ground_lets_pass(ground, action):
    world = drawn(f"@ {ground} #")
    assert possible(world, 0, action)
    act(world, {0: action})
    assert where(world) == (0, 1)


BLOCKING = {
    "stone": ("@ # .", None),
    "water": ("@ ~ .", None),
    "void": ("@ _ .", None),
    "player": ("0 1 .", None),
    "monster": ("@ M .", {"M": nmmo.Monster("passive")}),
}


@pytest.mark.parametrize("what", BLOCKING)
@pytest.mark.parametrize("action", [Action.MOVE_EAST, Action.RUN_EAST])
def test_blocked_tile_makes_it_a_wait(what, action):
    drawing, legend = BLOCKING[what]
    world = drawn(drawing, legend)
    world.edit.set(0, stamina=50)
    assert not possible(world, 0, action)
    act(world, {0: action})
    assert where(world) == (0, 0)
    assert me(world)["stamina"] == 52  # a run that is not possible costs nothing


@pytest.mark.parametrize("direction", ["NORTH", "WEST"])
@pytest.mark.parametrize("gait", ["MOVE", "RUN"])
def test_edge_of_the_map_blocks(direction, gait):
    world = drawn("@ .\n. .")
    action = Action[f"{gait}_{direction}"]
    assert not possible(world, 0, action)
    act(world, {0: action})
    assert where(world) == (0, 0)


def test_far_edge_of_the_map_blocks():
    rows = "\n".join(". " * 32 for _ in range(32))
    world = drawn(rows, n_players=1)
    world.edit.place_player(0, 31, 31)
    for direction in ("EAST", "SOUTH"):
        assert not possible(world, 0, Action[f"MOVE_{direction}"])
        assert not possible(world, 0, Action[f"RUN_{direction}"])
    act(world, {0: Action.RUN_NORTH})
    assert where(world) == (29, 31)


@pytest.mark.parametrize("blocker", ["#", "~", "_", "1", "M"])
def test_run_stops_before_what_blocks_the_second_tile(blocker):
    world = drawn(f"0 . {blocker}", {"M": nmmo.Monster("passive")})
    assert possible(world, 0, Action.RUN_EAST)
    act(world, {0: Action.RUN_EAST})
    assert where(world) == (0, 1)
    assert me(world)["stamina"] == 94  # one tile or two: the price is the same


@pytest.mark.parametrize(("stamina", "runs"), [(7, False), (8, True), (9, True), (0, False)])
def test_run_needs_its_stamina(stamina, runs):
    world = drawn("@ . .")
    world.edit.set(0, stamina=stamina)
    assert possible(world, 0, Action.RUN_EAST) is runs
    assert possible(world, 0, Action.MOVE_EAST)
    act(world, {0: Action.RUN_EAST})
    assert where(world) == ((0, 2) if runs else (0, 0))
    assert me(world)["stamina"] == stamina - 8 * runs + 2


def test_stamina_returns_up_to_full():
    world = drawn("@")
    world.edit.set(0, stamina=95)
    seen = []
    for _ in range(4):
        act(world)
        seen.append(int(me(world)["stamina"]))
    assert seen == [97, 99, 100, 100]


def test_run_can_be_kept_up_every_fourth_tick():
    world = drawn("@ . .")
    world.edit.set(0, stamina=8)
    for round_of_four in range(5):
        action = Action.RUN_EAST if round_of_four % 2 == 0 else Action.RUN_WEST
        assert possible(world, 0, action)
        act(world, {0: action})
        act(world, ticks=3)
    assert me(world)["stamina"] == 8


def test_entering_picks_up_the_item():
    world = drawn("@ i .", {"i": nmmo.Item("arrow", tier=2, quantity=7)})
    act(world, {0: Action.MOVE_EAST})
    assert inventory(world) == [("arrow", 2, 7, False)]
    assert on_ground(world) == {}


def test_standing_on_an_item_does_not_pick_it_up():
    world = drawn(". x .", {"x": [nmmo.Item("arrow", quantity=7), nmmo.Player(0)]})
    act(world, ticks=3)
    assert inventory(world) == []
    assert on_ground(world) == {(0, 1): ("arrow", 1, 7)}


def test_run_picks_up_on_the_middle_tile_and_the_last():
    world = drawn("@ i j .", {"i": nmmo.Item("helm"), "j": nmmo.Item("legs", tier=3)})
    act(world, {0: Action.RUN_EAST})
    assert where(world) == (0, 2)
    assert inventory(world) == [("helm", 1, 1, False), ("legs", 3, 1, False)]
    assert on_ground(world) == {}


def test_run_stopped_on_the_middle_tile_still_picks_up_there():
    world = drawn("@ i #", {"i": nmmo.Item("helm")})
    act(world, {0: Action.RUN_EAST})
    assert where(world) == (0, 1)
    assert inventory(world) == [("helm", 1, 1, False)]


def test_run_harvests_on_the_middle_tile_and_the_last():
    world = drawn("@ h f .", {"h": nmmo.Node("herb"), "f": nmmo.Node("fish")})
    act(world, {0: Action.RUN_EAST})
    assert where(world) == (0, 2)
    assert inventory(world) == [("potion", 1, 1, False), ("ration", 1, 1, False)]
    assert len(events(world, "harvest", actor=0)) == 2
    assert [int(node["ripe"]) for node in world.nodes] == [0, 0]


def test_standing_on_a_node_does_not_harvest():
    world = drawn(". x .", {"x": [nmmo.Node("herb"), nmmo.Player(0)]})
    act(world, ticks=3)
    assert inventory(world) == []
    assert world.nodes[0]["ripe"]


def test_impossible_move_is_a_wait_in_all_its_effects():
    moved, waited = drawn("@ # .", seed=5), drawn("@ # .", seed=5)
    for world in (moved, waited):
        world.edit.set(0, stamina=40, health=40)
    act(moved, {0: Action.MOVE_EAST})
    act(waited)
    for section in ("players", "monsters", "tiles", "market"):
        assert moved.hash()[section] == waited.hash()[section]
    act(moved, {0: Action.MOVE_WEST})  # off the map: a wait too
    assert moved.hash()["players"] != waited.hash()["players"]  # a tick further: the hash does tell


def test_players_cannot_swap_tiles():
    world = drawn("0 1")
    act(world, {0: Action.MOVE_EAST, 1: Action.MOVE_WEST})
    assert (where(world, 0), where(world, 1)) == ((0, 0), (0, 1))


def test_mask_follows_the_world():
    world = drawn("0 . 1")
    assert possible(world, 0, Action.MOVE_EAST)
    act(world, {1: Action.MOVE_WEST})
    assert not possible(world, 0, Action.MOVE_EAST)
    assert possible(world, 1, Action.MOVE_EAST)
