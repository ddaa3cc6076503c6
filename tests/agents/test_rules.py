"""The rules that scripted players use are the game's: names, arrays by item, and the damage made of them."""

from __future__ import annotations

import numpy as np
import pytest

import nmmo
from nmmo import Monster
from nmmo.agents.rules import Rules
from nmmo.content_types import Content
from nmmo.core.content import CONTENT

RULES = Rules(CONTENT)
NUMBER = RULES.number


def test_names_are_the_numbers_of_the_enumerations():
    for numbers, kinds in (
        (RULES.occupant, nmmo.Occupant), (RULES.ground, nmmo.GroundKind), (RULES.slot, nmmo.EquipmentSlot),
        (RULES.item, nmmo.ObjectKind), (RULES.node, nmmo.ObjectKind),
    ):  # fmt: skip
        assert len(numbers) > 0
        for name, number in numbers.items():
            assert kinds[name.upper()] == number
    firsts = {row.name: row.number for row in reversed(nmmo.ACTION_TABLE)}
    assert RULES.action.move == firsts["move_north"]
    assert RULES.action.use == firsts["use_1"]
    assert RULES.action.buy == firsts["buy_helm"]
    assert RULES.action.price_down == firsts["price_down"]


def test_arrays_by_item_follow_the_items():
    assert [nmmo.ObjectKind(weapon).name for weapon in RULES.weapon_of_style] == ["SWORD", "BOW", "STAFF"]
    assert [nmmo.ObjectKind(item).name for item in RULES.ammunition_of_style] == ["WHETSTONE", "ARROW", "RUNE"]
    assert RULES.reach_of_item[[0, RULES.item.sword, RULES.item.bow]].tolist() == [1, 1, 3]
    assert RULES.slot_of_item[[0, RULES.item.helm, RULES.item.potion]].tolist() == [-1, 0, -1]
    assert [nmmo.ObjectKind(item).name for item in np.flatnonzero(RULES.stacks)][:5] == [
        "WHETSTONE", "ARROW", "RUNE", "RATION", "POTION",
    ]  # fmt: skip
    assert RULES.profession_of(RULES.item.rune) == 2
    assert RULES.profession_of(RULES.item.pickaxe) == -1
    assert RULES.prices.tolist() == [0, *nmmo.PRICES]


def test_an_agent_elsewhere_reads_the_same_rules():
    again = Rules(Content.from_plain(CONTENT.to_plain()))
    assert again.content == CONTENT
    assert np.array_equal(again.matchup, RULES.matchup)


def test_a_name_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(AttributeError, match="did you mean 'sword'"):
        RULES.item.swrod  # noqa: B018


@pytest.mark.parametrize("weapon", ["sword", "bow", "staff"])
@pytest.mark.parametrize("style", ["melee", "ranged", "magic"])
def test_blows_take_what_is_computed(weapon, style):
    """A player and a monster strike each other in a drawn world; both blows are as computed."""
    mine, theirs = (("sword", "bow", "staff").index(weapon), ("melee", "ranged", "magic").index(style))
    for level, skill, tier in ((3, 4, 1), (14, 10, 2), (22, 19, 2)):
        world = nmmo.World.from_text(". . .\n. @ M\n. . .", {"M": Monster("hostile", level=level, style=style)})
        world.edit.level(0, style_name(mine), skill)
        world.edit.give(0, weapon, tier=tier, worn=True)
        before = world.observations["self"]["health"][0]
        world.step([nmmo_action("attack_monster")])
        hits = world.events[world.events["kind"] == nmmo.EventKind.HIT]
        attack = NUMBER.PLAYER_ATTACK_BASE + NUMBER.PLAYER_ATTACK_PER_LEVEL * skill
        attack += tier * RULES.attack_of_item[RULES.item[weapon]]
        defence = NUMBER.PLAYER_DEFENCE_PER_LEVEL * skill
        defence += RULES.defence_of_item[RULES.item[weapon]] * tier
        pair, other = mine * NUMBER.ELEMENTS, theirs * NUMBER.ELEMENTS + monster_element(world)
        dealt = RULES.damage(np.array([attack]), RULES.monster_defence[[level]], RULES.matchup[[pair], [other]])
        taken = RULES.damage(RULES.monster_attack[[level]], np.array([defence]), RULES.matchup[[other], [pair]])
        amounts = hits["amount"].tolist()
        assert amounts[0] == min(dealt[0], NUMBER.FULL_HEALTH), (level, skill, tier)
        if len(amounts) > 1:
            assert amounts[1] == min(taken[0], before)


def style_name(style: int) -> str:
    return ("melee", "ranged", "magic")[style]


def nmmo_action(name: str) -> int:
    return next(row.number for row in nmmo.ACTION_TABLE if row.name == name)


def monster_element(world: nmmo.World) -> int:
    tiles = world.observations["tiles"][0]
    middle = tuple(length // 2 for length in tiles.shape)
    return int(tiles["style"][middle[0], middle[1] + 1] >> 2 & 7)


def test_the_elements_go_round():
    fire, water, air, earth = 2, 4, 3, 1
    for winner, loser in ((water, fire), (fire, air), (air, earth), (earth, water)):
        dealt = RULES.damage(np.array([50, 50]), np.array([10, 10]), RULES.matchup[[winner, loser], [loser, winner]])
        assert dealt.tolist() == [50, 30]
