"""How lives end and begin: death, its loot, truncation, respawn, lives, horizon, the score of a slot."""

import numpy as np
import pytest
from helpers import (
    Action,
    act,
    drawn,
    events,
    inventory,
    me,
    meadow,
    on_ground,
    player,
    possible,
    row,
    where,
)

import nmmo

SHOOTER = {"M": nmmo.Monster("hostile", 1, "ranged")}
ISLAND = """
    . . . . .
    . . . . .
    . . @ . .
    . . . . .
    ~ ~ ~ ~ ~
    ~ ~ M ~ ~
"""


def doomed(drawing=ISLAND, legend=None, **settings):
    """Return a player whom a shot from an island of one tile will kill in the next tick."""
    world = drawn(drawing, SHOOTER if legend is None else legend, **settings)
    world.edit.set(0, health=1)
    return world


# ---- dying ------------------------------------------------------------------------------------------


def test_death_terminates_once():
    world = doomed()
    _, rewards, terminated, truncated, _ = act(world)
    assert (terminated[0], truncated[0]) == (True, False)
    assert rewards[0] == -1
    (death,) = events(world, "death", actor=0)
    assert death["target"] == 1  # the monster
    assert death["detail"] == int(nmmo.Cause.MONSTER)
    assert death["amount"] == 1  # its score
    _, rewards, terminated, truncated, _ = act(world)
    assert (terminated[0], truncated[0], rewards[0]) == (False, False, 0)
    assert not events(world, "death")


def test_death_by_a_player_names_it():
    world = drawn("0 1 .", danger=3)
    world.edit.set(1, health=1)
    _, rewards, terminated, _, _ = act(world, {0: Action.ATTACK_PLAYER})
    assert terminated.tolist() == [False, True]
    assert rewards.tolist() == [0, -1]
    (death,) = events(world, "death", actor=1)
    assert (death["target"], death["detail"]) == (0, int(nmmo.Cause.PLAYER))


def test_a_new_life_begins_afresh():
    world = doomed()
    world.edit.level(0, "melee", 5)
    world.edit.level(0, "mining", 4)
    world.edit.give(0, "helm", worn=True)
    world.edit.set(0, gold=30, stamina=3, combat_ticks=4)
    act(world)
    record = player(world)
    assert record["alive"]
    assert record["life"] == 2
    assert record["self"]["level"].tolist() == [1] * 8
    assert record["experience"].tolist() == [0] * 8
    assert inventory(world) == []
    assert record["self"]["worn_type"].tolist() == [0] * 6
    vitals = [int(me(world)[name]) for name in ("health", "stamina", "gold", "combat_ticks", "age")]
    assert vitals == [100, 100, 0, 0, 0]
    assert (me(world)["protection_ticks"], me(world)["monster_protection_ticks"]) == (32, 8)
    assert record["born_tick"] == world.tick == 1
    assert (record["birth_row"], record["birth_column"]) == where(world)
    assert len(events(world, "birth", actor=0)) == 1


def test_the_asking_price_outlives_death():
    world = doomed()
    assert me(world)["price_step"] == 4
    world.edit.set(0, price_step=9)
    act(world)
    assert player(world)["life"] == 2
    assert me(world)["price_step"] == 9


def test_the_row_after_death_is_that_of_the_new_life():
    world = doomed(final_observations=True)
    world.edit.set(0, gold=12)
    world.edit.give(0, "potion", quantity=2)
    *_, info = act(world)
    last = info["final_obs"].view(nmmo.observation_dtype(world.config))[0]
    last = last[0] if last.shape else last
    assert (last["self"]["health"], last["self"]["gold"]) == (0, 12)  # before its loot fell
    assert (last["self"]["row"], last["self"]["column"]) == (2, 2)
    assert last["inventory"]["quantity"][0] == 2
    assert last["self"]["age"] == 1
    now = row(world)
    assert (now["self"]["health"], now["self"]["gold"], now["self"]["age"]) == (100, 0, 0)
    assert now["inventory"]["quantity"].tolist() == [0] * 12


# ---- what falls -------------------------------------------------------------------------------------

TWELVE = [  # as carried: type, tier, quantity, worn
    ("ration", 1, 5, False), ("helm", 1, 1, True), ("helm", 1, 1, False), ("sword", 3, 1, True),
    ("potion", 3, 2, False), ("arrow", 1, 40, False), ("rod", 5, 1, False), ("bow", 3, 1, False),
    ("air_gem", 2, 1, True), ("pickaxe", 1, 1, False), ("rune", 1, 99, False), ("chest", 4, 1, False),
]  # fmt: skip
MOST_VALUABLE = [  # by tier, then lowest type
    ("rod", 5, 1), ("chest", 4, 1), ("sword", 3, 1), ("bow", 3, 1), ("potion", 3, 2),
    ("air_gem", 2, 1), ("helm", 1, 1), ("helm", 1, 1), ("pickaxe", 1, 1),
]  # fmt: skip
FROM_OWN_OUTWARD = [(2, 2), (1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2), (3, 3)]


def laden(world):
    world.edit.level(0, "melee", 40)
    for item, tier, quantity, worn in TWELVE:
        world.edit.give(0, item, tier, quantity, worn)
    assert len(inventory(world)) == 12
    world.edit.set(0, health=1)


def test_the_nine_most_valuable_fall_in_order():
    world = doomed()
    laden(world)
    act(world)
    assert on_ground(world) == dict(zip(FROM_OWN_OUTWARD, MOST_VALUABLE, strict=True))
    drops = events(world, "drop", actor=0)
    assert [(int(event["row"]), int(event["column"])) for event in drops] == FROM_OWN_OUTWARD
    assert world.listings.size == 0


def test_loot_fills_the_free_tiles_and_the_rest_is_lost():
    world = doomed()
    laden(world)
    world.edit.ground(1, 1, "stone")
    world.edit.ground(2, 3, "water")
    world.edit.node(1, 3, "tree")
    world.edit.item(3, 1, "ration")
    act(world)
    free = [tile for tile in FROM_OWN_OUTWARD if tile not in {(1, 1), (2, 3), (1, 3), (3, 1)}]
    expected = dict(zip(free, MOST_VALUABLE, strict=False))
    assert on_ground(world) == {**expected, (3, 1): ("ration", 1, 1)}


def test_the_slots_order_decides_between_equals():
    world = doomed()
    for quantity in (30, 20, 10):
        world.edit.give(0, "arrow", quantity=quantity)
        world.edit.give(0, "whetstone", quantity=99)
    carried = [item for item in inventory(world) if item[0] == "whetstone"]
    act(world)
    expected = [("whetstone", 1, quantity) for _, _, quantity, _ in carried] + [("arrow", 1, 60)]
    assert [on_ground(world)[tile] for tile in FROM_OWN_OUTWARD[: len(expected)]] == expected


def test_listings_are_lost_with_the_life():
    world = doomed()
    world.edit.set(0, health=100)
    world.edit.set(0, monster_protection=2)
    world.edit.give(0, "helm", tier=2)
    act(world, {0: Action.SELL_1})
    assert len(world.listings) == 1
    world.edit.set(0, health=1)
    for _ in range(4):
        act(world)
    assert player(world)["life"] == 2
    assert len(world.listings) == 0
    assert on_ground(world) == {}


# ---- truncation -------------------------------------------------------------------------------------


def test_stagnation_truncates_without_penalty():
    world = drawn("@ . .", stagnation_ticks=10)
    world.edit.give(0, "helm")
    world.edit.set(0, gold=40)
    for tick in range(1, 10):
        assert row(world)["self"]["stagnation_left"] == 11 - tick
        _, rewards, terminated, truncated, _ = act(world)
        assert not terminated[0]
        assert not truncated[0]
    _, rewards, terminated, truncated, _ = act(world)
    assert (terminated[0], truncated[0], rewards[0]) == (False, True, 0)
    assert on_ground(world) == {}  # nothing falls
    assert inventory(world) == []
    assert me(world)["gold"] == 0
    assert player(world)["life"] == 2
    (death,) = events(world, "death", actor=0)
    assert (death["detail"], death["target"]) == (int(nmmo.Cause.STAGNATION), -1)
    assert world.statistics()["finished"]["causes"][int(nmmo.Cause.STAGNATION)] == 1
    *_, truncated, _ = act(world)
    assert not truncated[0]


def test_a_gain_in_score_ends_stagnation():
    world = drawn("@ h . .", {"h": nmmo.Node("herb")}, stagnation_ticks=10)
    world.edit.level(0, "melee", 5)
    act(world, ticks=5)
    act(world, {0: Action.MOVE_EAST})  # herbalism 2: the score rises from 1 to 2
    assert (player(world)["score"], player(world)["best_score"]) == (2, 2)
    for _ in range(9):
        *_, truncated, _ = act(world)
        assert not truncated[0]
    *_, truncated, _ = act(world)
    assert truncated[0]


def test_a_level_that_is_no_gain_in_score_does_not():
    world = drawn("@ h . .", {"h": nmmo.Node("herb")}, stagnation_ticks=10)
    act(world, ticks=5)
    act(world, {0: Action.MOVE_EAST})  # herbalism 2, but combat level 1
    assert (me(world)["harvest_level"], player(world)["score"]) == (2, 1)
    act(world, ticks=3)
    *_, truncated, _ = act(world)
    assert truncated[0]


def test_stagnation_0_is_never():
    world = drawn("@", stagnation_ticks=0)
    assert row(world)["self"]["stagnation_left"] == 0
    for _ in range(2100):
        *_, truncated, _ = world.step([0])
        assert not truncated[0]


def test_listings_are_lost_in_truncation_too():
    world = drawn("@ . .", stagnation_ticks=3)
    world.edit.give(0, "helm")
    act(world, {0: Action.SELL_1})
    assert len(world.listings) == 1
    act(world, ticks=2)
    assert player(world)["life"] == 2
    assert len(world.listings) == 0
    assert inventory(world) == []


def test_who_dies_in_the_tick_of_the_horizon_is_dead():
    world = doomed(ISLAND.replace("@", "0").replace(". . . . .", "1 . . . .", 1), horizon=1)
    world.edit.place_player(1, 0, 4)
    _, rewards, terminated, truncated, _ = act(world)
    assert (terminated.tolist(), truncated.tolist()) == ([True, False], [False, True])
    assert rewards.tolist() == [-1, 0]
    assert world.over


def test_horizon_truncates_everybody_and_ends_the_world():
    world = drawn("0 1 2", horizon=7)
    for _ in range(6):
        _, _, terminated, truncated, _ = act(world)
        assert not truncated.any()
        assert not world.over
    _, rewards, terminated, truncated, _ = act(world)
    assert world.tick == 7
    assert truncated.all()
    assert not terminated.any()
    assert rewards.tolist() == [0, 0, 0]
    assert world.over
    assert world.statistics()["finished"]["causes"][int(nmmo.Cause.HORIZON)] == 3
    assert not world.players["alive"].any()
    with pytest.raises(nmmo.WorldOver):
        act(world)
    world.reset()
    assert not world.over
    act(world)
    assert world.tick == 1


# ---- the next life ----------------------------------------------------------------------------------


def held(world, slot=0):
    """Return whether a slot shows a row of zeros with nothing but waiting."""
    data = world.observations[slot].tobytes()
    offset = nmmo.observation_dtype(world.config).fields["mask"][1]
    zeros = bytes(offset) + b"\1" + bytes(len(data) - offset - 1)
    return data == zeros and not player(world, slot)["alive"]


def test_respawn_in_the_same_tick():
    world = doomed(respawn="same_tick")
    _, _, terminated, _, _ = act(world)
    assert terminated[0]
    assert player(world)["alive"]
    assert not held(world)


def test_respawn_in_the_next_tick():
    world = doomed(respawn="next_tick")
    _, _, terminated, _, _ = act(world)
    assert terminated[0]
    assert held(world)
    _, rewards, terminated, truncated, _ = act(world, {0: Action.MOVE_EAST})
    assert (rewards[0], terminated[0], truncated[0]) == (0, False, False)
    assert player(world)["alive"]
    assert (player(world)["life"], player(world)["born_tick"]) == (2, 2)


def test_respawn_on_request():
    world = doomed(respawn="on_request", n_players=2)
    act(world)
    for _ in range(5):
        assert held(world)
        assert not world.over
        act(world, {0: Action.ATTACK_MONSTER})
    assert world.respawn(np.array([False, True])) == 0
    assert held(world)
    assert world.respawn(np.array([True, False])) == 1
    assert player(world)["alive"]
    assert not held(world)
    assert world.respawn(np.array([True, False])) == 0  # it lives already
    assert player(world)["life"] == 2


@pytest.mark.parametrize("lives", [1, 2, 3])
def test_lives_run_out(lives):
    world = drawn("0 1 . .", danger=3, lives=lives)
    for life in range(1, lives + 1):
        assert row(world, 1)["self"]["lives_left"] == lives - life + 1
        if abs(where(world, 0)[1] - where(world, 1)[1]) != 1:  # born out of reach
            world.edit.place_player(1, 0, {0: 1, 3: 2}.get(where(world, 0)[1], where(world, 0)[1] + 1))
        world.edit.set(1, health=1, protection=0)
        _, _, terminated, _, _ = act(world, {0: Action.ATTACK_PLAYER})
        assert terminated.tolist() == [False, True]
    for _ in range(4):
        assert held(world, 1)
        assert not world.over
        _, rewards, terminated, truncated, _ = act(world)
        assert (terminated.any(), truncated.any(), rewards[1]) == (False, False, 0)
    assert player(world, 1)["life"] == lives


def test_world_is_over_when_all_lives_are_used_up():
    world = doomed(lives=1)
    assert not world.over
    act(world)
    assert world.over
    with pytest.raises(nmmo.WorldOver):
        act(world)


def test_birth_on_free_walkable_ground_of_danger_one():
    safe = {(0, 4), (1, 4), (4, 0)}
    born = set()
    for seed in range(40):
        world = doomed(danger=3, seed=seed)
        for tile in safe - {(4, 0)}:
            world.edit.ground(*tile, "grass", danger=1)
        world.edit.ground(4, 0, "water", danger=1)
        world.edit.set(0, health=1)
        act(world)
        born.add(where(world))
    assert born == {(0, 4), (1, 4)}


def test_birth_falls_back_to_the_next_danger():
    world = drawn("0 1 . .", danger=4, seed=3)
    world.edit.ground(0, 3, "grass", danger=2)
    world.edit.set(1, health=1)
    act(world, {0: Action.ATTACK_PLAYER})
    assert where(world, 1) == (0, 3)


def test_birth_passes_on_where_the_safe_ground_is_taken():
    world = drawn("0 1 2 . .", danger=3, seed=5)
    world.edit.ground(0, 2, "grass", danger=1)  # where player 2 stands
    world.edit.ground(0, 4, "grass", danger=2)
    world.edit.set(1, health=1)
    act(world, {0: Action.ATTACK_PLAYER})
    assert where(world, 1) == (0, 4)


def test_births_differ_by_seed():
    born = set()
    for seed in range(12):
        world = doomed(seed=seed)
        act(world)
        born.add(where(world))
    assert len(born) >= 5


# ---- the score --------------------------------------------------------------------------------------


def test_score_is_the_lesser_of_combat_and_harvest():
    world = drawn("@")
    for combat, harvest, score in ((1, 1, 1), (5, 3, 3), (3, 9, 3), (12, 12, 12)):
        world.edit.level(0, "magic", combat)
        world.edit.level(0, "fishing", harvest)
        assert player(world)["score"] == score


def test_score_of_a_slot_is_weighted_by_ticks():
    world = drawn("@")
    world.edit.level(0, "melee", 5)
    world.edit.level(0, "fishing", 3)
    act(world, ticks=10)
    assert (player(world)["ticks_lived"], player(world)["score_sum"]) == (10, 30)
    world.edit.level(0, "fishing", 4)
    act(world, ticks=5)
    assert (player(world)["ticks_lived"], player(world)["score_sum"]) == (15, 50)
    assert (player(world)["score"], player(world)["best_score"]) == (4, 4)


def test_score_goes_on_over_lives():
    world = doomed()
    world.edit.level(0, "melee", 6)
    world.edit.level(0, "fishing", 6)
    act(world)
    assert player(world)["life"] == 2
    lived, total = int(player(world)["ticks_lived"]), int(player(world)["score_sum"])
    assert total == 6 * lived
    act(world, ticks=7)
    assert (player(world)["ticks_lived"] - lived, player(world)["score_sum"] - total) == (7, 7)
    assert (player(world)["score"], player(world)["best_score"]) == (1, 6)
    finished = world.statistics()["finished"]
    assert (finished["lives"], finished["score"], finished["best_score"]) == (1, 6, 6)


def test_score_adds_up_tick_by_tick_in_random_play():
    crowd = {"height": 48, "width": 48, "n_players": 48, "n_monsters": 64}
    config = nmmo.Config(**crowd, pvp_min_danger=1, protection_ticks=2, stagnation_ticks=90)
    world = nmmo.World(config, seed=21)
    world.reset()
    rng = np.random.default_rng(21)
    total, best = np.zeros(48, int), np.ones(48, int)
    for tick in range(1, 251):
        _, _, terminated, truncated, _ = world.step(nmmo.sample_actions(world.mask, rng))
        record = world.players
        score = record["score"].astype(int)
        for slot in np.flatnonzero(terminated | truncated):
            (death,) = events(world, "death", actor=int(slot))
            score[slot] = death["amount"]  # the record shows the next life already
        total += score
        best = np.maximum(best, score)
        assert record["score_sum"].tolist() == total.tolist()
        assert (record["ticks_lived"] == tick).all()
        assert record["best_score"].tolist() == best.tolist()
    finished = world.statistics()["finished"]
    assert finished["lives"] >= 20
    assert total.max() > 250
    assert finished["score"] > finished["lives"]


def test_age_counts_the_ticks_of_a_life():
    world = drawn(meadow(3, 3), n_players=1)
    world.edit.place_player(0, 1, 1)
    assert row(world)["self"]["age"] == 0
    act(world, ticks=9)
    assert row(world)["self"]["age"] == 9
    assert possible(world, 0, Action.WAIT)
