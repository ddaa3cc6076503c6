"""The numbers of the game's rules that scripted players reckon with, as docs/rules.md gives them.

An agent may run in a sandbox, without the engine, so the numbers are written down here a second time.
tests/agents/test_rules_numbers.py holds each against ``engine/constants.h``, and the damage against blows
struck in a played world: a rule that changes cannot go unnoticed.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[Any]

# ---- levels -----------------------------------------------------------------------------------------

LEVELS: Final = 40
LEVELS_PER_TIER: Final = 8
TIERS: Final = 5
EXPERIENCE_PER_LEVEL: Final = 8
"""Going from level L to L + 1 takes 8 L."""
TIER_GAP_SHIFT: Final = 2
"""Experience is divided by 4 for each tier by which its source lies below the skill."""
TIER_OF_LEVEL: Final = (np.arange(64) + LEVELS_PER_TIER - 1) // LEVELS_PER_TIER
"""By level, as far as the six bits of a tile reach."""

# ---- a body -----------------------------------------------------------------------------------------

FULL_HEALTH: Final = 100
RUN_STAMINA: Final = 8

# ---- fighting ---------------------------------------------------------------------------------------

PLAYER_ATTACK_BASE: Final = 24
PLAYER_ATTACK_PER_LEVEL: Final = 2
SWORD_ATTACK_PER_TIER: Final = 20
BOW_ATTACK_PER_TIER: Final = 10
AMMUNITION_ATTACK_PER_TIER: Final = 6
GEM_ATTACK_PER_TIER: Final = 3
PLAYER_DEFENCE_PER_LEVEL: Final = 2
HELM_DEFENCE_PER_TIER: Final = 3
CHEST_DEFENCE_PER_TIER: Final = 5
LEGS_DEFENCE_PER_TIER: Final = 4
SWORD_DEFENCE_PER_TIER: Final = 9
MONSTER_ATTACK_BASE: Final = 20
MONSTER_ATTACK_PER_LEVEL: Final = 3
MONSTER_DEFENCE_PER_LEVEL: Final = 2
MONSTER_DEFENCE_PER_TIER: Final = 18
LEAST_DAMAGE_DIVISOR: Final = 8
MELEE_RANGE: Final = 1
SHOT_RANGE: Final = 3
MONSTER_KILL_EXPERIENCE: Final = 4
WORTHLESS_KILL_GAP: Final = 8
AGGRO_RADIUS: Final = 4

# ---- harvesting and food ----------------------------------------------------------------------------

HARVEST_EXPERIENCE_PER_TIER: Final = 16
TOOL_FACTOR: Final = 2
TOOL_REACH: Final = 1
"""Tiers above its own that a tool still harvests, without doubling; bare hands are a tool of tier 0."""
FOOD_HEALTH_BASE: Final = 30
FOOD_HEALTH_PER_TIER: Final = 10
REGENERATION_NEED: Final = 50

# ---- the market -------------------------------------------------------------------------------------

PRICE_LADDER: Final = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675)
PRICES: Final = np.array((0, *PRICE_LADDER), np.int32)
"""Gold at the price steps 1..16; at 0 nothing."""

# ---- tables made of the numbers ---------------------------------------------------------------------

MONSTER_ATTACK: Final = MONSTER_ATTACK_BASE + MONSTER_ATTACK_PER_LEVEL * np.arange(64)
MONSTER_DEFENCE: Final = MONSTER_DEFENCE_PER_LEVEL * np.arange(64) + MONSTER_DEFENCE_PER_TIER * (
    np.maximum(TIER_OF_LEVEL, 1) - 1
)

STYLES: Final = 3
ELEMENTS: Final = 5
"""None, earth, fire, air, water."""
_BEATEN_ELEMENT: Final = {1: 4, 2: 3, 3: 1, 4: 2}  # earth beats water, fire air, air earth, water fire
_BIGGEST: Final = 1024


def _matchups() -> Integers:
    """How a pair (style * 5 + element) fares against another: 0-2 by element, 3 more if the style wins."""
    found = np.empty((STYLES * ELEMENTS, STYLES * ELEMENTS), np.int64)
    for mine in range(len(found)):
        for other in range(len(found)):
            style, element = divmod(mine, ELEMENTS)
            other_style, other_element = divmod(other, ELEMENTS)
            wins = _BEATEN_ELEMENT.get(element) == other_element
            loses = _BEATEN_ELEMENT.get(other_element) == element
            found[mine, other] = 3 * ((style + 1) % 3 == other_style) + 1 + int(wins) - int(loses)
    return found


def _blows() -> Integers:
    """Damage by matchup and by attack less defence; each step is cut to a whole number."""
    net = np.arange(_BIGGEST)
    styled = [net, net * 3 // 2]
    return np.array([np.maximum(styled[k // 3] * (3 + k % 3) // 4, 1) for k in range(6)])


MATCHUP: Final = _matchups()
_BLOW: Final = _blows()


def damage(attack: Integers, defence: Integers, matchup: Integers) -> Integers:
    """Health that a blow takes from a monster, or that a monster's takes; between players it is half.

    Parameters
    ----------
    attack, defence : integer [k]
        Of the attacker and of the other; attack below 1,024.
    matchup : integer [k]
        ``MATCHUP[style * 5 + element, the other's style * 5 + element]``.
    """
    found: Integers = _BLOW[matchup, np.maximum(attack - defence, attack // LEAST_DAMAGE_DIVISOR)]
    return found
