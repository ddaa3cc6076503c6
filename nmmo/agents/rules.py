"""The rules of the game as scripted players use them: numbers and arrays made of what a setting tells.

Nothing of the game is written here a second time. Everything comes from ``Setting.content``, so that an agent in a
sandbox, without the engine, plays by the numbers of the game that it is in.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nmmo.content_types import Content, Numbers, Rows

__all__ = ["Rules"]

Integers: TypeAlias = NDArray[Any]

_LEVELS_OF_A_TILE: Final = 64  # as far as the six bits of a tile reach
_BIGGEST: Final = 1024  # attack


class Rules:
    """Numbers of the game by name, and arrays by item type, level, style or profession.

    Parameters
    ----------
    content
        ``setting.content``.

    Attributes
    ----------
    number : Numbers
        Every number of the rules: ``number.TIERS``.
    action : Numbers
        The number of the first action of each kind: ``action.move`` + 0, 1, 2, 3 for north, east, south, west;
        ``action.use``, ``sell`` and ``drop`` + inventory slot; ``action.buy`` + item type - 1.
    item, node, occupant, ground, slot : Numbers
        Item types, objects of ripe nodes, and so on, by name.
    objects : int
        How many object numbers there are, 0 included.
    role_of_item : ndarray of str, shape [item types + 1]
        Like the others, by item type; 0 is nothing.
    slot_of_item, skill_of_item, attack_of_item, defence_of_item, reach_of_item : int64 [item types + 1]
        Where it is worn (-1: nowhere), the skill that it needs (see ``ItemType``), what it adds per tier, and the
        tiles that one who holds it can strike.
    stacks : bool [item types + 1]
        Several pieces share an inventory slot.
    weapon_of_style, ammunition_of_style : int64 [styles]
    tool_of_profession, node_of_profession : int64 [professions]
    tier_of_level, monster_attack, monster_defence : int64 [64]
        By level.
    prices : int32 [price steps + 1]
        Gold at the price steps; 0 at 0.
    matchup : int64 [styles * elements, styles * elements]
        How a pair (style * elements + element) fares against another, for ``damage``.
    """

    def __init__(self, content: Content) -> None:
        self.number = number = content.number
        self.action = Numbers({kind.name: kind.first for kind in content.actions})
        self.item = _numbers(content.items)
        self.node = _numbers(content.nodes)
        self.occupant = content.numbers_of("occupant")
        self.ground = content.numbers_of("ground")
        self.slot = content.numbers_of("equipment")
        self.objects = number.LAST_OBJECT + 1
        self.content = content

        items = content.items
        self.role_of_item = np.array(["none", *(item.role for item in items)])
        self.slot_of_item = np.array([-1, *(item.slot for item in items)], np.int64)
        self.skill_of_item = np.array([-1, *(item.skill for item in items)], np.int64)
        self.attack_of_item = np.array([0, *(item.attack for item in items)], np.int64)
        self.defence_of_item = np.array([0, *(item.defence for item in items)], np.int64)
        self.stacks = np.array([False, *(item.stack > 1 for item in items)])
        shoots = (self.role_of_item == "weapon") & (self.skill_of_item > 0)
        self.reach_of_item = np.where(shoots, number.SHOT_RANGE, number.MELEE_RANGE)
        self.weapon_of_style = self._first_of("weapon")
        self.ammunition_of_style = self._first_of("ammunition")
        self.tool_of_profession = np.array([node.tool for node in content.nodes], np.int64)
        self.node_of_profession = np.array([node.number for node in content.nodes], np.int64)

        level = np.arange(_LEVELS_OF_A_TILE)
        self.tier_of_level = (level + number.LEVELS_PER_TIER - 1) // number.LEVELS_PER_TIER
        self.monster_attack = number.MONSTER_ATTACK_BASE + number.MONSTER_ATTACK_PER_LEVEL * level
        self.monster_defence = number.MONSTER_DEFENCE_PER_LEVEL * level + number.MONSTER_DEFENCE_PER_TIER * (
            np.maximum(self.tier_of_level, 1) - 1
        )
        self.prices = np.array((0, *content.prices), np.int32)
        self.matchup = self._matchups()
        self._blow = self._blows()

    def of_role(self, role: str) -> NDArray[np.int64]:
        """Return the item types of a role, such as "tool"."""
        found: NDArray[np.int64] = (self.role_of_item == role).nonzero()[0]
        return found

    def profession_of(self, item: int) -> int:
        """Return the first profession whose nodes yield an item type; -1: none does."""
        for profession, node in enumerate(self.content.nodes):
            if any(item in drawn.items for drawn in node.yields):
                return profession
        return -1

    def damage(self, attack: Integers, defence: Integers, matchup: Integers) -> Integers:
        """Return the health that a blow takes from a monster, or that a monster's takes; between players it is half.

        Parameters
        ----------
        attack, defence : integer [k]
            Of the attacker and of the other; attack below 1,024.
        matchup : integer [k]
            ``matchup[style * elements + element, the other's style * elements + element]``.
        """
        least = attack // self.number.LEAST_DAMAGE_DIVISOR
        found: Integers = self._blow[matchup, np.maximum(attack - defence, least)]
        return found

    def _first_of(self, role: str) -> NDArray[np.int64]:
        """Return the first item type of a role by style."""
        types = self.of_role(role)
        skills = self.skill_of_item[types]
        return np.array([types[skills == style][0] for style in range(self.number.STYLES)], np.int64)

    def _matchups(self) -> Integers:
        """Return how each pair fares against each other: 0-2 by element, 3 more if the style wins."""
        styles, elements = self.number.STYLES, self.number.ELEMENTS
        beats = [element.beats for element in self.content.elements]
        found = np.empty((styles * elements, styles * elements), np.int64)
        for mine in range(len(found)):
            for other in range(len(found)):
                style, element = divmod(mine, elements)
                other_style, other_element = divmod(other, elements)
                wins = element > 0 and beats[element] == other_element
                loses = other_element > 0 and beats[other_element] == element
                found[mine, other] = 3 * ((style + 1) % styles == other_style) + 1 + int(wins) - int(loses)
        return found

    @staticmethod
    def _blows() -> Integers:
        """Damage by matchup and by attack less defence; each step is cut to a whole number."""
        net = np.arange(_BIGGEST)
        styled = [net, net * 3 // 2]
        return np.array([np.maximum(styled[k // 3] * (3 + k % 3) // 4, 1) for k in range(6)])


def _numbers(rows: Rows[Any]) -> Numbers:
    return Numbers({row.name: row.number for row in rows})
