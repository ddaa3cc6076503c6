"""The numbers that scripted players reckon with are the engine's, and so is the damage made of them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import nmmo
from nmmo import Monster
from nmmo.agents import rules_numbers as rules

CONSTANTS = Path(__file__).resolve().parents[2] / "engine" / "constants.h"
DEFINITION = re.compile(r"^#define NMMO_(\w+) (\d+)(?:u?\s*(?:/\*|$))", re.MULTILINE)
LADDER = re.compile(r"^#define NMMO_PRICE_LADDER ([\d, ]+)", re.MULTILINE)
COUNTED_ELSEWHERE = {"STYLES": 3, "ELEMENTS": 5}  # enumerators of the header, not definitions


def plain_numbers() -> dict[str, int]:
    return {
        name: value
        for name, value in vars(rules).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, int)
    }


@pytest.mark.parametrize("name", sorted(plain_numbers()))
def test_each_number_is_the_engines(name):
    engine = {found: int(number) for found, number in DEFINITION.findall(CONSTANTS.read_text("utf-8"))}
    assert plain_numbers()[name] == {**engine, **COUNTED_ELSEWHERE}[name]


def test_the_ladder_of_prices_is_the_engines():
    found = LADDER.search(CONSTANTS.read_text("utf-8"))
    assert found is not None
    assert tuple(int(price) for price in found[1].split(",")) == rules.PRICE_LADDER == tuple(nmmo.PRICES)
    assert rules.PRICES.tolist() == [0, *nmmo.PRICES]


@pytest.mark.parametrize("weapon", ["sword", "bow", "staff"])
@pytest.mark.parametrize("style", ["melee", "ranged", "magic"])
def test_blows_take_what_is_reckoned(weapon, style):
    """A player and a monster strike each other in a drawn world; both blows are as reckoned."""
    mine, theirs = (("sword", "bow", "staff").index(weapon), ("melee", "ranged", "magic").index(style))
    for level, skill, tier in ((3, 4, 1), (14, 10, 2), (22, 19, 2)):
        world = nmmo.World.from_text(
            ". . .\n. @ M\n. . .", {"M": Monster("hostile", level=level, style=style)}
        )
        world.edit.level(0, style_name(mine), skill)
        world.edit.give(0, weapon, tier=tier, worn=True)
        before = world.observations["self"]["health"][0]
        world.step([nmmo_action("attack_monster")])
        hits = world.events[world.events["kind"] == nmmo.EventKind.HIT]
        attack = rules.PLAYER_ATTACK_BASE + rules.PLAYER_ATTACK_PER_LEVEL * skill
        attack += tier * (rules.SWORD_ATTACK_PER_TIER if mine == 0 else rules.BOW_ATTACK_PER_TIER)
        defence = rules.PLAYER_DEFENCE_PER_LEVEL * skill
        defence += rules.SWORD_DEFENCE_PER_TIER * tier * (mine == 0)
        pair, other = mine * rules.ELEMENTS, theirs * rules.ELEMENTS + monster_element(world)
        dealt = rules.damage(
            np.array([attack]), rules.MONSTER_DEFENCE[[level]], rules.MATCHUP[[pair], [other]]
        )
        taken = rules.damage(
            rules.MONSTER_ATTACK[[level]], np.array([defence]), rules.MATCHUP[[other], [pair]]
        )
        amounts = hits["amount"].tolist()
        assert amounts[0] == min(dealt[0], rules.FULL_HEALTH), (level, skill, tier)
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
        dealt = rules.damage(
            np.array([50, 50]), np.array([10, 10]), rules.MATCHUP[[winner, loser], [loser, winner]]
        )
        assert dealt.tolist() == [50, 30]
