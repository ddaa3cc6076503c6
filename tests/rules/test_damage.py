"""How hard a hit is: attack, defence, style, element and ammunition, against a reference in Python."""

import itertools

import pytest
from helpers import Action, act, drawn, events, inventory, me, monster, monster_entity

import nmmo

STYLES = ["melee", "ranged", "magic"]
WEAPON_OF = {"melee": "sword", "ranged": "bow", "magic": "staff"}
AMMUNITION_OF = {"melee": "whetstone", "ranged": "arrow", "magic": "rune"}
BEATS_STYLE = {"melee": "ranged", "ranged": "magic", "magic": "melee"}
BEATS_ELEMENT = {"water": "fire", "fire": "air", "air": "earth", "earth": "water", "none": None}
ELEMENTS = list(BEATS_ELEMENT)


def tier(level):
    return (level - 1) // 8 + 1


def player_attack(skill, style, weapon=0, ammunition=0, gem=0):
    """Attack by level of the style's skill and tiers worn; 0 for nothing worn."""
    per_tier = {"melee": 20, "ranged": 10, "magic": 10}[style]
    return 24 + 2 * skill + per_tier * weapon + 6 * ammunition + 3 * gem


def player_defence(combat_level, helm=0, chest=0, legs=0, sword=0):
    return 2 * combat_level + 3 * helm + 5 * chest + 4 * legs + 9 * sword


def monster_attack(level):
    return 20 + 3 * level


def monster_defence(level):
    return 2 * level + 18 * (tier(level) - 1)


def damage(attack, defence, style, other_style, element, other_element, between_players=False):
    hit = max(attack // 8, attack - defence)
    if BEATS_STYLE[style] == other_style:
        hit = hit * 3 // 2
    if BEATS_ELEMENT[element] == other_element and other_element != "none":
        hit = hit * 5 // 4
    elif BEATS_ELEMENT[other_element] == element and element != "none":
        hit = hit * 3 // 4
    if between_players:
        hit //= 2
    return max(1, hit)


def equip(world, slot, level, style="melee", weapon=0, gem=0, element="none", ammunition=0, armour=(0, 0, 0)):
    """Give a player a level in a style and worn things of the tiers; 0 for none."""
    world.edit.level(slot, style, level)
    if weapon:
        world.edit.give(slot, WEAPON_OF[style], weapon, worn=True)
    if gem and element != "none":
        world.edit.give(slot, f"{element}_gem", gem, worn=True)
    if ammunition:
        world.edit.give(slot, AMMUNITION_OF[style], ammunition, quantity=9, worn=True)
    for item, item_tier in zip(("helm", "chest", "legs"), armour, strict=True):
        if item_tier:
            world.edit.give(slot, item, item_tier, worn=True)


def check(world, attacker, target, health_of, expected):
    (hit,) = events(world, "hit", actor=attacker, target=target)
    assert health_of == max(0, 100 - expected)
    if expected < 100:
        assert hit["amount"] == expected


PLAYER_KITS = [  # level, weapon, ammunition, gem
    (1, 0, 0, 0), (1, 1, 0, 0), (1, 1, 1, 0), (8, 1, 1, 1), (9, 2, 0, 1), (13, 2, 2, 2), (17, 3, 1, 3),
    (24, 3, 3, 0), (25, 4, 0, 4), (33, 5, 5, 5), (40, 5, 0, 0), (40, 1, 0, 5), (40, 0, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("kit", PLAYER_KITS, ids=str)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("monster_level", [1, 8, 9, 20, 33, 40])
def test_player_hits_monster(kit, style, monster_level):
    level, weapon, ammunition, gem = kit
    if not weapon:
        style_in_hand, ammunition = "melee", 0  # without a weapon one fights hand to hand
    else:
        style_in_hand = style
    other_style, element, other_element = STYLES[monster_level % 3], "fire" if gem else "none", "air"
    world = drawn("@ M", {"M": nmmo.Monster("passive", monster_level, other_style, other_element)})
    equip(world, 0, level, style_in_hand, weapon, gem, element, ammunition)
    expected = damage(
        player_attack(level, style_in_hand, weapon, ammunition, gem),
        monster_defence(monster_level), style_in_hand, other_style, element, other_element,
    )  # fmt: skip
    act(world, {0: Action.ATTACK_MONSTER})
    check(world, 0, monster_entity(world), int(monster(world)["health"]), expected)


@pytest.mark.parametrize(("style", "other_style"), list(itertools.product(STYLES, STYLES)))
@pytest.mark.parametrize(("element", "other_element"), list(itertools.product(ELEMENTS, ELEMENTS)))
def test_style_and_element_of_a_players_hit(style, other_style, element, other_element):
    world = drawn("@ M", {"M": nmmo.Monster("passive", 15, other_style, other_element)})
    equip(world, 0, 14, style, weapon=2, gem=2, element=element)
    attack = player_attack(14, style, weapon=2, gem=0 if element == "none" else 2)
    expected = damage(attack, monster_defence(15), style, other_style, element, other_element)
    act(world, {0: Action.ATTACK_MONSTER})
    check(world, 0, monster_entity(world), int(monster(world)["health"]), expected)


@pytest.mark.parametrize(("style", "other_style"), list(itertools.product(STYLES, STYLES)))
@pytest.mark.parametrize(("element", "other_element"), list(itertools.product(ELEMENTS, ELEMENTS)))
def test_style_and_element_of_a_monsters_hit(style, other_style, element, other_element):
    world = drawn("@ M", {"M": nmmo.Monster("hostile", 9, style, element)})
    equip(world, 0, 9, other_style, weapon=1, gem=1, element=other_element)
    defence = player_defence(9, sword=other_style == "melee")
    expected = damage(monster_attack(9), defence, style, other_style, element, other_element)
    act(world)
    check(world, monster_entity(world), 0, int(me(world)["health"]), expected)


ARMOUR_KITS = [  # level, helm and chest and legs, sword
    (1, (0, 0, 0), 0), (1, (1, 1, 1), 0), (1, (0, 0, 0), 1), (9, (2, 1, 0), 0), (17, (3, 3, 3), 3),
    (24, (3, 2, 1), 2), (33, (0, 5, 0), 0), (33, (0, 0, 5), 0), (33, (5, 0, 0), 0), (40, (5, 5, 5), 5),
]  # fmt: skip


@pytest.mark.parametrize("kit", ARMOUR_KITS, ids=str)
@pytest.mark.parametrize("monster_level", [1, 7, 8, 16, 25, 40])
def test_monster_hits_player(kit, monster_level):
    level, armour, sword = kit
    world = drawn("@ M", {"M": nmmo.Monster("hostile", monster_level, "melee", "none")})
    equip(world, 0, level, "melee", weapon=sword, armour=armour)
    expected = damage(
        monster_attack(monster_level), player_defence(level, *armour, sword), "melee", "melee", "none", "none"
    )
    _, _, terminated, _, _ = act(world)
    assert bool(terminated[0]) is (expected >= 100)
    if not terminated[0]:
        check(world, monster_entity(world), 0, int(me(world)["health"]), expected)


@pytest.mark.parametrize("kit", PLAYER_KITS, ids=str)
@pytest.mark.parametrize("armour", [(0, 0, 0), (1, 1, 1), (5, 5, 5)])
@pytest.mark.parametrize("other_level", [1, 33])
def test_player_hits_player_half_as_hard(kit, armour, other_level):
    if other_level < 33 and max(armour) > 1:
        armour = (0, 1, 1)  # the fifth tier needs a level of 33
    level, weapon, ammunition, gem = kit
    style = "magic" if weapon else "melee"
    world = drawn("0 1", danger=3)
    equip(world, 0, level, style, weapon, gem, "water", ammunition if weapon else 0)
    equip(world, 1, other_level, "melee", gem=1, element="fire", armour=armour)
    expected = damage(
        player_attack(level, style, weapon, ammunition if weapon else 0, gem),
        player_defence(other_level, *armour), style, "melee", "water" if gem else "none", "fire", True,
    )  # fmt: skip
    _, _, terminated, _, _ = act(world, {0: Action.ATTACK_PLAYER})
    assert bool(terminated[1]) is (expected >= 100)
    if not terminated[1]:
        check(world, 0, 1, int(me(world, 1)["health"]), expected)


@pytest.mark.parametrize(("style", "other_style"), list(itertools.product(STYLES, STYLES)))
@pytest.mark.parametrize(("element", "other_element"), list(itertools.product(ELEMENTS, ELEMENTS)))
def test_style_and_element_between_players(style, other_style, element, other_element):
    world = drawn("0 1", danger=3)
    equip(world, 0, 12, style, weapon=2, gem=2, element=element)
    equip(world, 1, 9, other_style, weapon=1, gem=1, element=other_element)
    expected = damage(
        player_attack(12, style, weapon=2, gem=0 if element == "none" else 2),
        player_defence(9, sword=other_style == "melee"), style, other_style, element, other_element, True,
    )  # fmt: skip
    act(world, {0: Action.ATTACK_PLAYER})
    check(world, 0, 1, int(me(world, 1)["health"]), expected)


def test_least_damage_is_an_eighth_of_the_attack():
    world = drawn("@ M", {"M": nmmo.Monster("passive", 40, "melee")})
    act(world, {0: Action.ATTACK_MONSTER})
    assert monster(world)["health"] == 100 - 26 // 8


def test_a_tool_in_hand_adds_nothing():
    world = drawn("@ M", {"M": nmmo.Monster("passive", 1, "melee")})
    world.edit.level(0, "mining", 40)
    world.edit.give(0, "pickaxe", 5, worn=True)
    act(world, {0: Action.ATTACK_MONSTER})
    assert monster(world)["health"] == 100 - (24 + 2 - 2)


def test_attack_counts_the_skill_of_the_style_and_defence_the_best():
    world = drawn("@ M", {"M": nmmo.Monster("hostile", 1, "melee", "none")})
    world.edit.level(0, "magic", 8)  # combat level 8, but the fist knows melee 1
    assert (world.players[0]["attack"], world.players[0]["defence"]) == (26, 16)
    act(world, {0: Action.ATTACK_MONSTER})
    assert monster(world)["health"] == 100 - 24
    assert me(world)["health"] == 100 - max(23 // 8, 23 - 16)


@pytest.mark.parametrize("weapon", ["melee", "ranged", "magic", None])
@pytest.mark.parametrize("ammunition", ["melee", "ranged", "magic"])
def test_only_ammunition_that_matches_counts_and_is_spent(weapon, ammunition):
    world = drawn("@ M", {"M": nmmo.Monster("passive", 1, weapon or "melee")})
    if weapon:
        world.edit.give(0, WEAPON_OF[weapon], worn=True)
    world.edit.give(0, AMMUNITION_OF[ammunition], quantity=3, worn=True)
    matches = weapon == ammunition
    expected = player_attack(1, weapon or "melee", weapon=bool(weapon), ammunition=matches) - 2
    act(world, {0: Action.ATTACK_MONSTER})
    assert monster(world)["health"] == 100 - expected
    left = [quantity for name, _, quantity, _ in inventory(world) if name == AMMUNITION_OF[ammunition]]
    assert left == [2 if matches else 3]


def test_ammunition_runs_out_and_shots_go_on_without():
    world = drawn("@ M", {"M": nmmo.Monster("passive", 1, "ranged")})
    world.edit.give(0, "bow", worn=True)
    world.edit.give(0, "arrow", quantity=2, worn=True)
    falls = []
    for _ in range(3):
        world.edit.monster_health(0, 100)
        assert possible_attack(world)
        act(world, {0: Action.ATTACK_MONSTER})
        falls.append(100 - int(monster(world)["health"]))
    assert falls == [40, 40, 34]
    assert inventory(world) == [("bow", 1, 1, True)]
    assert me(world)["worn_type"][5] == 0
    assert world.statistics()["consumed"][int(nmmo.ObjectKind.ARROW) - 1] == 2


def possible_attack(world):
    return bool(world.mask[0, int(Action.ATTACK_MONSTER)])


def test_unworn_ammunition_does_nothing():
    world = drawn("@ M", {"M": nmmo.Monster("passive", 1, "ranged")})
    world.edit.give(0, "bow", worn=True)
    world.edit.give(0, "arrow", quantity=2)
    act(world, {0: Action.ATTACK_MONSTER})
    assert monster(world)["health"] == 100 - 34
    assert inventory(world)[1] == ("arrow", 1, 2, False)


def test_a_miss_spends_nothing():
    world = drawn("@ . . . . M", {"M": nmmo.Monster("passive", 1)})
    world.edit.give(0, "bow", worn=True)
    world.edit.give(0, "arrow", quantity=2, worn=True)
    act(world, {0: Action.ATTACK_MONSTER})
    assert inventory(world)[1] == ("arrow", 1, 2, True)
