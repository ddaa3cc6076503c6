"""Rewards: each of the seven terms alone, by its own weight, and nothing else."""

import numpy as np
import pytest
from helpers import Action, act, drawn, events, inventory, me, meadow, player, where

import nmmo

TERMS = ["combat", "harvest", "progress", "equipment", "gold", "explore", "death"]
WEIGHTS = [1.0, 0.5, -3.0]


def only(term, weight=1.0):
    """Return a configuration in which one term alone is paid."""
    return {f"w_{name}": weight if name == term else 0.0 for name in TERMS}


def reward(world, actions=None, slot=0):
    """Return what one tick pays a slot."""
    return float(act(world, actions)[1][slot])


def quarry(level=1, **settings):
    """Return a player beside a monster with a point of health."""
    world = drawn("# # # #\n# @ M #\n# # # #", {"M": nmmo.Monster("passive", level)}, **settings)
    world.edit.monster_health(0, 1)
    return world


def test_defaults():
    weights = {term: getattr(nmmo.Config(), f"w_{term}") for term in TERMS}
    assert weights == pytest.approx(
        {"combat": 1, "harvest": 1, "progress": 0, "equipment": 0.25, "gold": 0.01, "explore": 0, "death": -1}
    )


@pytest.mark.parametrize("term", TERMS)
def test_waiting_earns_nothing(term):
    world = drawn("@ .", **only(term))
    assert [reward(world) for _ in range(5)] == [0] * 5


@pytest.mark.parametrize("term", TERMS)
def test_edits_earn_nothing(term):
    world = drawn("@ .", **only(term))
    world.edit.level(0, "magic", 9, 20)
    world.edit.level(0, "mining", 7, 3)
    world.edit.give(0, "helm", 2, worn=True)
    world.edit.set(0, gold=500)
    assert reward(world) == 0


# ---- levels -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize(("monster_level", "gain"), [(1, 0), (2, 1), (8, 2), (40, 5)])
def test_combat_level(weight, monster_level, gain):
    world = quarry(monster_level, **only("combat", weight))
    assert reward(world, {0: Action.ATTACK_MONSTER}) == pytest.approx(weight * gain)
    assert me(world)["combat_level"] == 1 + gain
    assert reward(world) == 0


def test_a_lesser_combat_skill_is_no_gain():
    world = quarry(2, **only("combat"))
    world.edit.level(0, "magic", 2)
    assert reward(world, {0: Action.ATTACK_MONSTER}) == 0
    assert me(world)["level"][0] == 2


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize(("tier", "gain"), [(1, 2), (3, 1), (5, 1)])
def test_harvest_level(weight, tier, gain):
    world = drawn("@ h", {"h": nmmo.Node("herb", tier)}, **only("harvest", weight))
    level = 8 * tier - 7
    world.edit.level(0, "herbalism", level, 8 * level - 1)  # a point short of the next
    world.edit.give(0, "sickle", tier, worn=True)
    assert reward(world, {0: Action.MOVE_EAST}) == pytest.approx(weight * gain)
    assert me(world)["harvest_level"] == level + gain


def test_harvest_level_is_not_the_combat_level():
    assert reward(quarry(8, **only("harvest")), {0: Action.ATTACK_MONSTER}) == 0
    world = drawn("@ h", {"h": nmmo.Node("herb")}, **only("combat"))
    assert reward(world, {0: Action.MOVE_EAST}) == 0
    assert me(world)["harvest_level"] == 2


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize(
    ("monster_level", "level", "experience", "gain"),
    [
        (1, 1, 0, 4 / 8),  # half of the way to level 2
        (2, 1, 0, 1),
        (8, 1, 0, 2 + 8 / 24),
        (1, 1, 6, 1 + 2 / 16 - 6 / 8),
        (10, 10, 7, 40 / 80),
        (1, 9, 0, 1 / 72),  # a tier below: a quarter
    ],
)
def test_progress_counts_fractions(weight, monster_level, level, experience, gain):
    world = quarry(monster_level, **only("progress", weight))
    world.edit.level(0, "melee", level, experience)
    assert reward(world) == 0
    assert reward(world, {0: Action.ATTACK_MONSTER}) == pytest.approx(weight * gain, abs=1e-4)


def test_progress_counts_every_skill():
    world = drawn("@ h . M", {"h": nmmo.Node("herb"), "M": nmmo.Monster("passive")}, **only("progress"))
    world.edit.level(0, "fishing", 20)  # the best harvest skill, and not the one that grows
    assert reward(world, {0: Action.MOVE_EAST}) == pytest.approx(1 + 8 / 16, abs=1e-4)


# ---- equipment --------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("tier", [1, 3, 5])
def test_equipment_earns_a_sixth_a_tier(weight, tier):
    world = drawn("@", **only("equipment", weight))
    world.edit.level(0, "melee", 40)
    world.edit.give(0, "chest", tier)
    assert reward(world, {0: Action.USE_1}) == pytest.approx(weight * tier / 6)
    assert reward(world) == 0
    assert reward(world, {0: Action.USE_1}) == pytest.approx(-weight * tier / 6)


def test_swapping_earns_the_difference():
    world = drawn("@", **only("equipment"))
    world.edit.level(0, "melee", 40)
    world.edit.give(0, "helm", 1, worn=True)
    world.edit.give(0, "helm", 4)
    assert reward(world, {0: Action.USE_2}) == pytest.approx(3 / 6)


def test_wearing_and_taking_off_earns_nothing_in_sum():
    world = drawn("@", **only("equipment"))
    world.edit.give(0, "helm")
    world.edit.give(0, "sword")
    earned = [reward(world, {0: action}) for action in [Action.USE_1, Action.USE_2] * 6]
    assert any(earned)
    assert sum(earned) == pytest.approx(0, abs=1e-6)


def test_carrying_earns_nothing():
    world = drawn("@ i", {"i": nmmo.Item("chest", 5)}, **only("equipment"))
    assert reward(world, {0: Action.MOVE_EAST}) == 0
    assert inventory(world) == [("chest", 5, 1, False)]


def test_spent_ammunition_costs_what_it_earned():
    world = quarry(1, **only("equipment"))
    world.edit.give(0, "sword", worn=True)
    world.edit.give(0, "whetstone", quantity=1)
    assert reward(world, {0: Action.USE_2}) == pytest.approx(1 / 6)
    assert reward(world, {0: Action.ATTACK_MONSTER}) == pytest.approx(-1 / 6)


def test_passing_a_helm_round_earns_nothing_in_sum():
    """Worn, taken off, dropped, picked up by the other and worn there, round and round."""
    world = drawn("0 . 1", **only("equipment"))
    world.edit.give(0, "helm")
    total = 0.0
    for turn in range(4):
        giver, taker = turn % 2, 1 - turn % 2
        step, back = [(Action.MOVE_EAST, Action.MOVE_WEST), (Action.MOVE_WEST, Action.MOVE_EAST)][giver]
        for actions in (
            {giver: Action.USE_1},
            {giver: Action.USE_1},
            {giver: step},
            {giver: Action.DROP_1},
            {giver: back},
            {taker: back},
            {taker: step},
        ):
            total += float(act(world, actions)[1].sum())
        assert (inventory(world, giver), inventory(world, taker)) == ([], [("helm", 1, 1, False)])
    assert total == pytest.approx(0, abs=1e-6)


# ---- gold -------------------------------------------------------------------------------------------


def market(**settings):
    """Return two players with gold and goods; the first's sales and purchases follow the script of a test."""
    world = drawn("0 . 1", **settings)
    for slot in (0, 1):
        world.edit.set(slot, gold=1000)
        for _ in range(3):
            world.edit.give(slot, "helm")
    return world


def pass_helm(world, seller):
    """Return the seller lists a helm at step 4, 5 gold; the other buys it in the next tick: both's rewards."""
    slot = player(world, seller)["inventory"]["type"].tolist().index(int(nmmo.ObjectKind.HELM))
    act(world, {seller: Action.SELL_1 + slot})
    assert len(world.listings) == 1
    rewards = act(world, {1 - seller: Action.BUY_HELM})[1]
    assert len(events(world, "sale", actor=1 - seller, target=seller)) == 1
    return float(rewards[0]), float(rewards[1])


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_sale_earns_its_gold(weight):
    assert pass_helm(market(**only("gold", weight)), seller=0) == pytest.approx((5 * weight, 0))


def test_only_the_record_of_sales_over_purchases_earns():
    world = market(**only("gold"))
    assert pass_helm(world, seller=0) == (5, 0)  # net sales 5, -5
    assert pass_helm(world, seller=1) == (0, 0)  # 0, 0: what was spent is not taken back
    assert pass_helm(world, seller=0) == (0, 0)  # 5, -5: no new record
    assert pass_helm(world, seller=0) == (5, 0)  # 10, -10
    assert pass_helm(world, seller=1) == (0, 0)
    assert (player(world, 0)["net_sales"], player(world, 1)["net_sales"]) == (5, -5)


def test_passing_an_item_round_earns_nothing_after_the_first_time():
    world = market(**only("gold"))
    earned = [sum(pass_helm(world, seller=turn % 2)) for turn in range(8)]
    assert earned[0] == 5
    assert sum(earned[1:]) == 0


def test_gold_of_kills_earns_nothing():
    world = quarry(8, **only("gold"))
    assert reward(world, {0: Action.ATTACK_MONSTER}) == 0
    assert me(world)["gold"] == 3


def test_listing_alone_earns_nothing():
    world = market(**only("gold"))
    assert reward(world, {0: Action.SELL_1}) == 0


# ---- exploring --------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
def test_each_new_eight_tiles_from_birth(weight):
    world = drawn("@" + "." * 29, **only("explore", weight))
    paid = {}
    for _ in range(25):
        earned = reward(world, {0: Action.MOVE_EAST})
        if earned:
            paid[where(world)[1]] = earned
    assert paid == pytest.approx({8: weight, 16: weight, 24: weight})


def test_going_back_and_forth_earns_nothing():
    world = drawn("@" + "." * 29, **only("explore"))
    there = sum(reward(world, {0: Action.MOVE_EAST}) for _ in range(10))
    back = sum(reward(world, {0: Action.MOVE_WEST}) for _ in range(10))
    again = sum(reward(world, {0: Action.MOVE_EAST}) for _ in range(15))
    assert (there, back, again) == (1, 0, 0)
    assert reward(world, {0: Action.MOVE_EAST}) == 1


def test_distance_is_by_the_longer_side():
    world = drawn(meadow(12, 12), n_players=1, **only("explore"))
    world.edit.place_player(0, 0, 0)
    earned = [reward(world, {0: Action.MOVE_EAST if step % 2 else Action.MOVE_SOUTH}) for step in range(16)]
    assert earned == [0] * 14 + [1, 0]  # (8, 7) is eight away, (8, 8) as well


def test_running_is_paid_at_its_end():
    world = drawn("@" + "." * 29, **only("explore"))
    earned = [reward(world, {0: Action.RUN_EAST}) for _ in range(5)]
    assert earned == [0, 0, 0, 1, 0]


# ---- death ------------------------------------------------------------------------------------------


def doomed(**settings):
    world = drawn("@ M . .", {"M": nmmo.Monster("hostile")}, **settings)
    world.edit.set(0, health=1)
    return world


@pytest.mark.parametrize("weight", WEIGHTS)
def test_death_is_paid_once(weight):
    world = doomed(**only("death", weight))
    assert [reward(world) for _ in range(4)] == pytest.approx([weight, 0, 0, 0])


@pytest.mark.parametrize("term", TERMS[:-1])
def test_what_death_takes_away_is_not_counted(term):
    world = doomed(**only(term))
    world.edit.level(0, "melee", 20, 5)
    world.edit.level(0, "mining", 10, 5)
    world.edit.give(0, "chest", 3, worn=True)
    world.edit.set(0, gold=300, health=1)
    _, rewards, terminated, _, _ = act(world)
    assert terminated[0]
    assert rewards[0] == 0
    assert [reward(world) for _ in range(3)] == [0] * 3


def test_the_last_tick_of_a_life_pays_its_gains():
    """A killer that falls in the tick of its kill: the level gained and the penalty together."""
    world = drawn("M 0 N . .", {"M": nmmo.Monster("passive", 2), "N": nmmo.Monster("hostile")})
    world.edit.monster_health(0, 1)
    world.edit.set(0, health=1)
    # of two at the same distance the weaker is struck
    _, rewards, terminated, _, _ = act(world, {0: Action.ATTACK_MONSTER})
    assert terminated[0]
    assert rewards[0] == pytest.approx(1 - 1)
    world = drawn("M 0 N . .", {"M": nmmo.Monster("passive", 2), "N": nmmo.Monster("hostile")}, w_death=-5.0)
    world.edit.monster_health(0, 1)
    world.edit.set(0, health=1)
    assert reward(world, {0: Action.ATTACK_MONSTER}) == pytest.approx(1 - 5)


@pytest.mark.parametrize("term", TERMS)
def test_truncation_pays_nothing(term):
    world = drawn("@ .", stagnation_ticks=3, **only(term))
    assert [reward(world) for _ in range(6)] == [0] * 6
    assert player(world)["life"] == 3


def test_the_next_life_earns_its_levels_again():
    world = drawn("@ h . . .", {"h": nmmo.Node("herb")}, stagnation_ticks=2, seed=2, **only("harvest"))
    assert reward(world, {0: Action.MOVE_EAST}) == 1
    assert reward(world) == 0  # truncated, and respawned at level 1
    assert me(world)["harvest_level"] == 1
    if where(world) != (0, 0):
        world.edit.place_player(0, 0, 0)
    world.edit.clear(0, 1)
    world.edit.node(0, 1, "herb")
    assert reward(world, {0: Action.MOVE_EAST}) == 1


def played(term, ticks=250):
    """Play at random with one term alone, tick by tick: yield world, rewards, terminated."""
    config = nmmo.Config.preset("small").replace(
        height=48, width=48, n_players=48, n_monsters=64, pvp_min_danger=1, protection_ticks=2, **only(term)
    )
    world = nmmo.World(config, seed=12)
    world.reset()
    rng = np.random.default_rng(12)
    for _ in range(ticks):
        _, rewards, terminated, _, _ = world.step(nmmo.sample_actions(world.mask, rng))
        yield world, rewards, terminated


def progress(record):
    level = record["self"]["level"].astype(float)
    return (level - 1 + record["experience"] / (8 * level)).sum(axis=1)


STANDING = {  # what a living player's rewards of this life must add up to
    "combat": lambda record: record["self"]["combat_level"] - 1.0,
    "harvest": lambda record: record["self"]["harvest_level"] - 1.0,
    "progress": progress,
    "equipment": lambda record: record["self"]["worn_tier"].sum(axis=1) / 6.0,
}


@pytest.mark.parametrize("term", STANDING)
def test_a_life_has_earned_what_it_has_now(term):
    """In random play, for everybody and always: gains less losses within one life."""
    earned = np.zeros(48)
    lives, most = 0, 0.0
    for world, rewards, _ in played(term):
        earned += rewards
        record = world.players
        begun = record["born_tick"] == world.tick
        earned[begun] = 0  # the reward of this tick was the last one's
        lives += int(begun.sum())
        most = max(most, float(earned.max()))
        assert earned == pytest.approx(STANDING[term](record), abs=2e-3)
    assert lives >= 20
    assert most >= 0.1


def test_every_death_costs_and_nothing_else_does():
    deaths = 0
    for _, rewards, terminated in played("death"):
        assert (rewards == terminated).all()
        deaths += int(terminated.sum())
    assert deaths >= 20


def test_gold_pays_the_record_of_net_sales():
    """Sale by sale: a record that the same tick's purchase undoes is a record all the same."""
    earned, net, record_of, sales = np.zeros(48), np.zeros(48), np.zeros(48), 0
    for world, rewards, _ in played("gold", ticks=500):
        for sale in events(world, "sale"):
            net[sale["actor"]] -= sale["gold"]
            net[sale["target"]] += sale["gold"]
            record_of = np.maximum(record_of, net)
            sales += 1
        earned += rewards
        begun = world.players["born_tick"] == world.tick
        earned[begun] = net[begun] = record_of[begun] = 0
        assert earned == pytest.approx(record_of)
        assert (world.players["net_sales"] == net).all()
    assert sales >= 3


def test_the_next_life_explores_from_its_own_birth():
    world = drawn("." * 16 + "@" + "." * 15, stagnation_ticks=10, seed=4, **only("explore"))
    assert sum(reward(world, {0: Action.MOVE_EAST}) for _ in range(10)) == 1
    born = where(world)[1]
    assert player(world)["life"] == 2
    onward = Action.MOVE_EAST if born < 16 else Action.MOVE_WEST
    assert [reward(world, {0: onward}) for _ in range(9)] == [0] * 7 + [1, 0]


def test_terms_add_up():
    world = quarry(2, w_combat=1.0, w_harvest=1.0, w_progress=0.5, w_death=-1.0)
    assert reward(world, {0: Action.ATTACK_MONSTER}) == pytest.approx(1 + 0.5 * 1, abs=1e-4)


def test_return_of_a_life_is_the_sum_of_its_rewards():
    world = drawn("@ h . .", {"h": nmmo.Node("herb")}, w_explore=1.0, w_progress=1.0)
    total = sum(reward(world, {0: action}) for action in (Action.MOVE_EAST, Action.WAIT, Action.RUN_EAST))
    assert total > 1
    assert player(world)["life_return"] == pytest.approx(total)
