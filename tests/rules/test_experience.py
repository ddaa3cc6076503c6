"""What a kill brings: experience, levels, gold, and to whom."""

import pytest
from helpers import Action, act, drawn, events, me, player

import nmmo

SKILLS = ["melee", "ranged", "magic", "mining", "woodcutting", "alchemy", "herbalism", "fishing"]
WEAPON_OF = {"melee": "sword", "ranged": "bow", "magic": "staff"}


def kill(monster_level, style="melee", level=1, experience=0):
    """Return a world just after its player has killed a monster of a level."""
    world = drawn("@ M", {"M": nmmo.Monster("passive", monster_level)})
    world.edit.level(0, style, level, experience)
    if style != "melee":
        world.edit.give(0, WEAPON_OF[style], worn=True)
    world.edit.monster_health(0, 1)
    act(world, {0: Action.ATTACK_MONSTER})
    return world


def standing(world, style="melee", slot=0):
    """Return level and experience toward the next in a skill."""
    number = SKILLS.index(style)
    return int(me(world, slot)["level"][number]), int(player(world, slot)["experience"][number])


def climbed(level, experience):
    """Return where so much experience leads: from L to L + 1 takes 8 L, and 40 is the end."""
    while level < 40 and experience >= 8 * level:
        experience -= 8 * level
        level += 1
    return level, experience if level < 40 else 0


def tier(level):
    return (level - 1) // 8 + 1


@pytest.mark.parametrize("level", [1, 2, 5, 8, 9, 16, 24, 32, 39])
@pytest.mark.parametrize("missing", [0, 1])
def test_level_takes_eight_times_the_level(level, missing):
    """One point short of the threshold one stays, on it one climbs."""
    gain = 4 * 40  # of a level-40 monster: never below the skill's own tier
    world = kill(40, level=level, experience=8 * level - 1)
    assert standing(world) == climbed(level, 8 * level - 1 + gain)
    if 8 * level > gain:
        world = kill(40, level=level, experience=8 * level - gain - missing)
        assert standing(world)[0] == level + 1 - missing


@pytest.mark.parametrize("monster_level", [1, 4, 8, 9, 16, 17, 25, 33, 40])
def test_kill_gives_four_times_the_level(monster_level):
    world = kill(monster_level)
    assert standing(world) == climbed(1, 4 * monster_level)
    (event,) = events(world, "kill")
    assert (event["actor"], event["target"], event["amount"]) == (0, 1, 4 * monster_level)


@pytest.mark.parametrize("level", [1, 8, 9, 16, 17, 24, 25, 33, 39])
@pytest.mark.parametrize("monster_level", [1, 8, 9, 16, 17, 32, 40])
def test_experience_is_divided_by_four_for_each_tier_below(level, monster_level):
    below = max(0, tier(level) - tier(monster_level))
    world = kill(monster_level, level=level)
    assert standing(world) == climbed(level, 4 * monster_level // 4**below)


@pytest.mark.parametrize("style", ["melee", "ranged", "magic"])
def test_experience_goes_to_the_style_in_hand_alone(style):
    world = kill(1, style)
    for skill in SKILLS:
        assert standing(world, skill) == ((1, 4) if skill == style else (1, 0))


def test_gap_is_that_of_the_skill_used_not_of_the_combat_level():
    world = drawn("@ M", {"M": nmmo.Monster("passive", 1)})
    world.edit.level(0, "magic", 40)
    world.edit.monster_health(0, 1)
    act(world, {0: Action.ATTACK_MONSTER})
    assert standing(world, "melee") == (1, 4)


def test_one_kill_can_raise_several_levels():
    world = kill(8)
    assert standing(world) == (3, 32 - 8 - 16)
    ups = events(world, "level_up", actor=0)
    assert ups[-1]["amount"] == 3
    assert all(event["detail"] == 0 for event in ups)
    assert me(world)["combat_level"] == 3


def test_levels_stop_at_forty():
    world = kill(40, level=39, experience=8 * 39 - 1)
    assert standing(world)[0] == 40
    world.edit.place_monster(0, 0, 1, "passive", 40)
    world.edit.monster_health(0, 1)
    before = standing(world)
    act(world, {0: Action.ATTACK_MONSTER})
    assert standing(world) == before
    assert not events(world, "level_up")


def test_a_harvest_skill_divides_likewise():
    for level, gain in ((1, 16), (8, 16), (9, 4), (17, 1), (25, 0), (33, 0)):
        world = drawn("@ h", {"h": nmmo.Node("herb", tier=1)})
        world.edit.level(0, "herbalism", level)
        act(world, {0: Action.MOVE_EAST})
        assert standing(world, "herbalism") == climbed(level, gain)


def test_combat_and_harvest_level_are_the_best_of_their_skills():
    world = drawn("@")
    levels = {"melee": 3, "ranged": 7, "magic": 2, "mining": 4, "fishing": 11, "herbalism": 9}
    for skill, level in levels.items():
        world.edit.level(0, skill, level)
    assert (me(world)["combat_level"], me(world)["harvest_level"]) == (7, 11)
    assert player(world)["score"] == 7
    world.edit.level(0, "ranged", 20)
    assert player(world)["score"] == 11


# ---- gold -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("monster_level", [1, 3, 4, 7, 8, 11, 12, 40])
def test_gold_of_a_monster(monster_level):
    world = kill(monster_level)
    assert me(world)["gold"] == 1 + monster_level // 4
    assert events(world, "kill")[0]["gold"] == 1 + monster_level // 4
    assert world.statistics()["gold_made"] == 1 + monster_level // 4


def test_credit_goes_to_the_last_hitter():
    world = drawn("0 M 1", {"M": nmmo.Monster("passive", 1)})
    act(world, {0: Action.ATTACK_MONSTER})  # 24 of 100
    world.edit.monster_health(0, 20)
    act(world, {1: Action.ATTACK_MONSTER})
    assert (me(world, 0)["gold"], me(world, 1)["gold"]) == (0, 1)
    assert (standing(world, slot=0), standing(world, slot=1)) == ((1, 0), (1, 4))


# ---- killing players --------------------------------------------------------------------------------


def murder(level, victim_level, gold=0, victim_skill="magic"):
    """Return a world just after player 0 has killed player 1."""
    world = drawn("0 1 . .", danger=3)
    world.edit.level(0, "melee", level)
    world.edit.level(1, victim_skill, victim_level)
    world.edit.set(1, health=1)
    if gold:
        world.edit.set(1, gold=gold)
    act(world, {0: Action.ATTACK_PLAYER})
    assert len(events(world, "kill", actor=0, target=1)) == 1
    return world


@pytest.mark.parametrize(
    ("level", "victim_level"),
    [
        (1, 1),
        (1, 12),
        (8, 8),
        (9, 1),
        (10, 1),
        (10, 2),
        (17, 9),
        (18, 9),
        (16, 8),
        (17, 8),
        (40, 32),
        (40, 31),
        (39, 32),
        (39, 30),
        (39, 40),
    ],
)
def test_experience_of_a_player(level, victim_level):
    gain = 2 * victim_level if victim_level >= level - 8 else 0
    gain //= 4 ** max(0, tier(level) - tier(victim_level))
    assert standing(murder(level, victim_level)) == climbed(level, gain)


def test_worth_of_a_player_is_its_combat_level():
    assert standing(murder(1, 30, victim_skill="mining")) == (1, 2)


@pytest.mark.parametrize(("magic", "gain"), [(1, 2), (9, 2), (10, 0), (40, 0)])
def test_worthless_is_who_is_below_the_killers_combat_level(magic, gain):
    """Even when the skill that strikes is no better than the victim's."""
    world = drawn("0 1 . .", danger=3)
    world.edit.level(0, "magic", magic)
    world.edit.set(1, health=1)
    act(world, {0: Action.ATTACK_PLAYER})
    assert standing(world, "melee") == (1, gain)


@pytest.mark.parametrize("gold", [0, 1, 977])
def test_gold_of_a_player_goes_to_its_killer(gold):
    world = murder(1, 1, gold)
    assert (me(world, 0)["gold"], me(world, 1)["gold"]) == (gold, 0)
    assert world.statistics()["gold_lost"] == 0


def test_gold_of_a_worthless_player_is_worth_as_much():
    assert me(murder(40, 1, gold=50), 0)["gold"] == 50


def test_gold_is_lost_when_a_monster_kills():
    world = drawn("@ M . .", {"M": nmmo.Monster("hostile")})
    world.edit.set(0, health=1, gold=70)
    _, _, terminated, _, _ = act(world)
    assert terminated[0]
    assert me(world)["gold"] == 0
    assert world.statistics()["gold_lost"] == 70


def test_gold_is_lost_when_the_killer_falls_in_the_same_tick():
    """The killer dies by a monster too, before the deaths of the tick."""
    world = drawn("1 0 M . .", {"M": nmmo.Monster("hostile")}, danger=3)
    act(world)  # the monster has chosen by now
    world.edit.set(0, health=1, gold=5, protection=0)
    world.edit.set(1, health=1, gold=70, protection=0)
    _, _, terminated, _, _ = act(world, {0: Action.ATTACK_PLAYER})
    assert terminated.tolist() == [True, True]
    assert (me(world, 0)["gold"], me(world, 1)["gold"]) == (0, 0)
    assert [int(event["gold"]) for event in events(world, "death")] == [0, 0]
    assert world.statistics()["gold_lost"] == 75
