"""A scripted player: one way of playing, from which the baselines differ in what they are after.

Each tick it reads its rows, weighs what is in view, and chooses one action a slot from a ladder of
instincts; a later rung overrules an earlier one:

1. walk to what is worth most for its distance, or on through the land;
2. trade; put on what is better; take the tool or the weapon that is needed next;
3. eat;
4. attack, or shoot and step back;
5. drink a potion, run away.

What a thing is worth is counted in levels: the experience it gives, after the division by tiers, over what
the next level takes, times how much the skill matters for the score now. The numbers are those of
docs/rules.md. Every slot plays for itself: nothing learned from one slot's row is used for another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nmmo.agents import perception as see
from nmmo.agents.base import Agent, Setting
from nmmo.agents.paths import NORTH_EAST_SOUTH_WEST, Paths
from nmmo.agents.perception import Senses, Things

__all__ = ["ScriptedAgent"]

Integers: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float32]
Booleans: TypeAlias = NDArray[np.bool_]

_DELAYS: Final = np.arange(0, 16, 2)
"""By how many steps the classes of wants are put back."""
_MOST_STEPS: Final = 34
_HEADINGS: Final = np.array([[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]], np.int32)
_PLAN_EVERY: Final = 4  # ticks between two looks at inventory and market: they change slowly
_NEVER: Final = 9  # a tier above all: what one has enough of

_NO_SKILL: Final = 10
_SKILL_OF_ITEM: Final = np.array(
    # the skill whose level decides whether an item can be worn: 8 is the combat level, 9 none is needed
    [_NO_SKILL, 8, 8, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 0, 1, 2, 9, 9],
    np.int64,
)
_PLACE_OF_ITEM: Final = np.array([7, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 6], np.int64)
_ELEMENT_QUARTERS: Final = np.array(
    # damage in quarters, by the attacker's and the other's element: none, earth, fire, air, water
    [[4, 4, 4, 4, 4], [4, 4, 4, 3, 5], [4, 4, 4, 5, 3], [4, 5, 3, 4, 4], [4, 3, 5, 4, 4]],
    np.int32,
)


def damage(
    attack: Integers,
    defence: Integers,
    style: Integers,
    other: Integers,
    element: Integers,
    against: Integers,
) -> Integers:
    """Health that a hit takes from a monster or by one.

    Parameters
    ----------
    attack, defence
        Of the attacker and of the other, before style and element.
    style, other
        Their styles.
    element, against
        Their elements; 0 for none.
    """
    dealt = np.maximum(attack - defence, attack >> 3)
    dealt = np.where((style + 1) % 3 == other, dealt * 3 >> 1, dealt)
    quartered: Integers = np.maximum(dealt * _ELEMENT_QUARTERS[element, against] >> 2, 1)
    return quartered


class ScriptedAgent(Agent):
    """See the module. Subclasses set what follows, and may override ``prefer``.

    Attributes
    ----------
    fighting_bias, harvesting_bias : float
        Levels by which the agent feels behind in fighting, in harvesting: it is after the lower of both.
    boldness : float
        The share of its health that it stakes on a fight.
    sale_worth : float
        What an item that is only good for selling is worth, in levels.
    sells_below : int
        By how many tiers goods may lie below what the agent uses itself to be worth offering.
    potions_kept, rations_kept : int
        A larger store is offered for sale, a dozen at a time.
    craft_worth : float
        What a node's yield is worth for selling it, in levels for each tier.
    hunts_players : bool
        Whether it attacks players that it should beat.
    """

    fighting_bias: float = 0.0
    harvesting_bias: float = 0.0
    boldness: float = 0.75
    sale_worth: float = 0.03
    sells_below: int = 0
    potions_kept: int = 20
    rations_kept: int = 12
    craft_worth: float = 0.0
    hunts_players: bool = False

    def __init__(self, setting: Setting, folder: Path) -> None:
        super().__init__(setting, folder)
        self.senses = Senses(setting.observation)
        self.paths = Paths(self.senses.view_rows, self.senses.view_columns)
        self._survival = bool(setting.config.get("survival", 0))
        self._pvp_danger = int(setting.config.get("pvp_min_danger", 3))
        self._edges, self._borders = self._border_tiles()

    def _border_tiles(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """For each heading half of the view's edge, and what lies far ahead, both [view_rows + 2, 8]."""
        senses = self.senses
        rows = np.arange(senses.tiles) // senses.view_columns - senses.view_rows // 2
        columns = np.arange(senses.tiles) % senses.view_columns - senses.view_columns // 2
        planes = np.zeros((8, senses.tiles), bool)
        halves = np.zeros((8, senses.tiles), bool)
        outermost = (abs(rows) == senses.view_rows // 2) | (abs(columns) == senses.view_columns // 2)
        for number, (down, right) in enumerate(_HEADINGS):
            # Scaled to a square, so that diagonal headings end in the view's corners.
            ahead = down * rows / max(senses.view_rows // 2, 1) + right * columns / max(
                senses.view_columns // 2, 1
            )
            planes[number] = ahead >= (1.0 if down == 0 or right == 0 else 1.4)
            halves[number] = outermost & (ahead >= 0.3)
        return self.paths.from_planes(halves), self.paths.from_planes(planes)

    # ---- episodes ----------------------------------------------------------------------------------

    def reset(self, seed: int, slots: NDArray[np.int64]) -> None:  # documented by Agent
        super().reset(seed, slots)
        n = len(slots)
        self.tick = 0
        self.lane = np.arange(n)
        self.style, self.profession = self.prefer(slots)
        self.liked_profession = self.profession.copy()
        self.heading = self.rng.integers(0, 8, n)
        self.last_spot = np.full(n, -1, np.int64)
        self.stuck = np.zeros(n, np.int32)
        self.goal_distance = np.zeros(n, np.int32)
        self.last_direction = np.full(n, -1, np.int32)
        self.have_tier = np.zeros((n, 21), np.int32)
        self.surplus = np.zeros((n, see.INVENTORY), bool)
        self.utility = np.zeros((n, see.PROFESSIONS), np.float32)
        self.errand = np.zeros(n, np.int64)
        self.last_health = np.full(n, 100, np.int32)
        self.known = np.full((n, 16, 2), -1, np.int32)  # where each danger was last stood on
        self.highest = np.zeros(n, np.int32)  # the most dangerous ground stood on of late
        self.highest_ticks = np.zeros(n, np.int32)  # ticks since
        self.dread = np.zeros((n, 2), np.int32)  # where a monster that is too strong was last seen
        self.dread_ticks = np.zeros(n, np.int32)
        self.hemmed = np.zeros(n, np.int32)  # grows while no way leads anywhere
        self.break_out = np.zeros(n, np.int32)  # ticks for which one may walk on ground that is too dangerous
        self.detour = np.zeros(n, np.int32)  # ticks for which the heading is kept whatever is known

    def prefer(self, slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The style and the profession that each slot likes best: all occur.

        Returns
        -------
        style : int64 [n]
            0 to 2.
        profession : int64 [n]
            0 to 4.
        """
        n = len(slots)
        styles, professions = self.rng.permutation(n), self.rng.permutation(n)
        first_style, first_profession = self.rng.integers(0, 15, 2)  # for those who play few slots
        return (styles + first_style) % 3, (professions + first_profession) % 5

    # ---- a tick --------------------------------------------------------------------------------------

    def act(self, rows: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
        """One action for each slot, as described by ``Agent.act``."""
        senses = self.senses
        things = senses.read(rows)
        self.mask = mask
        self.action = np.zeros(len(rows), np.int64)
        self._look_at_myself()
        if self.tick % _PLAN_EVERY == 0:
            self._set_ambition()
            self._plan(rows)
        self._look_at_bodies(things)
        self._go(things)
        self._manage()
        self._fight()
        self._survive()
        self.tick += 1
        self.last_health = senses.health.copy()
        return self.action

    def _do(self, action: NDArray[Any] | int, when: Booleans) -> None:
        np.copyto(self.action, action, where=when)

    # ---- what I am -----------------------------------------------------------------------------------

    def _look_at_myself(self) -> None:
        """Gear, attack and defence as they will be with the best weapon in the hand."""
        senses, lane = self.senses, self.lane
        levels = np.empty((11, len(lane)), np.int32)
        levels[:8] = senses.levels
        levels[8] = senses.combat_level
        levels[9] = 40
        levels[10] = -7  # tier 0: an empty slot is of no use
        self.tiers = (levels + 7) >> 3
        kind, tier = senses.item_type, senses.item_tier
        flat = _SKILL_OF_ITEM[kind] * len(lane) + lane[:, None]
        self.usable = tier <= self.tiers.reshape(-1)[flat]
        fit = np.where(self.usable, tier, 0)
        weapons = np.where(kind == (see.SWORD + self.style)[:, None], fit, 0)
        self.weapon_slot = weapons.argmax(axis=1)
        self.weapon_tier = weapons[lane, self.weapon_slot]
        tools = np.where(kind == (see.PICKAXE + self.profession)[:, None], fit, 0)
        self.tool_slot = tools.argmax(axis=1)
        self.tool_tier = tools[lane, self.tool_slot]
        self.hand = senses.worn_type[see.HAND]
        self.armed = self.weapon_tier > 0
        self.holds_weapon = senses.item_worn[lane, self.weapon_slot].astype(bool) & self.armed
        self.holds_tool = senses.item_worn[lane, self.tool_slot].astype(bool) & (self.tool_tier > 0)
        self.fighting_style = np.where(self.armed, self.style, 0)
        self.in_combat = senses.combat_ticks > 0
        # In combat the hand cannot change: what it holds is what one fights with.
        stuck = self.in_combat & ~self.holds_weapon
        bare = stuck & ((self.hand < see.SWORD) | (self.hand > see.STAFF))
        self.fighting_style = np.where(stuck, senses.style, self.fighting_style)
        weapon_tier = np.where(bare, 0, np.where(stuck, senses.worn_tier[see.HAND], self.weapon_tier))
        style = self.fighting_style
        level = senses.levels[style, lane]
        worn = senses.worn_tier
        loaded = (weapon_tier > 0) & (senses.worn_type[5] == see.WHETSTONE + style)
        self.loaded = loaded
        self.attack = (
            24 + 2 * level + np.where(style == 0, 18, 10) * weapon_tier + 6 * worn[5] * loaded + 3 * worn[4]
        )
        self.defence = (
            2 * senses.combat_level + 3 * worn[0] + 5 * worn[1] + 4 * worn[2]
            + np.where(style == 0, 6, 0) * weapon_tier
        )  # fmt: skip
        self.reach = np.where(style == 0, 1, 3)
        potions = kind == see.POTION
        self.potion_slot = np.where(potions, tier, 0).argmax(axis=1)
        self.healing = 30 + 10 * senses.item_tier[lane, self.potion_slot]
        self.potions = np.where(potions, senses.item_quantity, 0).sum(axis=1)
        self.ration_slot = (kind == see.RATION).argmax(axis=1)
        self.free_slots = (kind == 0).sum(axis=1)
        # How much fighting and harvesting matter now: the lower of the two is the score.
        lead = (senses.combat_level - self.fighting_bias) - (senses.harvest_level - self.harvesting_bias)
        self.fight_weight = np.exp2(-np.clip(lead, 0, 24) / 3)
        self.harvest_weight = np.exp2(-np.clip(-lead, 0, 24) / 3)

    def _set_ambition(self) -> None:
        """The most dangerous ground on which a typical monster can be beaten at full health."""
        senses = self.senses
        tier = np.arange(1, 6, dtype=np.int32)[:, None]
        level = 8 * tier - 5
        dealt = np.maximum(self.attack - (2 * level + 18 * (tier - 1)), self.attack >> 3)
        taken = np.maximum(16 + 4 * level - self.defence, 16 + 4 * level >> 3)
        rounds = -(-100 // dealt) - 1
        cost = rounds * taken * np.where(self.reach > 1, 0.65, 1.0)
        beaten = cost <= 100 * self.boldness + 10 * np.minimum(self.potions, 4)
        beaten[0] = True
        self.ambition = np.where(beaten.all(axis=0), 5, beaten.argmin(axis=0)).astype(np.int32)
        # Where fighting teaches nothing any more, one goes on to where it does.
        self.limit = np.maximum(self.ambition, 1)
        # A first life on tier 1 learns there before it leaves.
        green = (senses.combat_level < 7) | (senses.harvest_level < 6)
        self.limit[green] = 1

    # ---- slow thoughts -------------------------------------------------------------------------------

    def _plan(self, rows: NDArray[np.uint8]) -> None:
        """Profession, what is surplus, and an errand to the market."""
        senses, lane = self.senses, self.lane
        n = len(lane)
        kind, tier = senses.item_type, senses.item_tier
        have = np.zeros((n, 21), np.int32)
        np.maximum.at(have.reshape(-1), (lane[:, None] * 21 + kind).reshape(-1), tier.reshape(-1))
        self.tool_tiers = have[:, see.PICKAXE : see.PICKAXE + 5].copy()
        self._choose_profession()
        best_gem = have[:, see.EARTH_GEM : see.WATER_GEM + 1].max(axis=1)
        have[:, see.EARTH_GEM : see.WATER_GEM + 1] = best_gem[:, None]
        for style in range(3):
            other = self.style != style
            have[other, see.SWORD + style] = _NEVER
            have[other, see.WHETSTONE + style] = _NEVER
        ammunition = see.WHETSTONE + self.style
        pieces = np.where(kind == ammunition[:, None], senses.item_quantity, 0).sum(axis=1)
        have[lane, ammunition] = np.where(
            pieces >= 36, _NEVER, np.where(pieces >= 8, have[lane, ammunition], 0)
        )
        for profession in range(5):
            have[self.profession != profession, see.PICKAXE + profession] = _NEVER
        rations = np.where(kind == see.RATION, senses.item_quantity, 0).sum(axis=1)
        have[:, see.RATION] = np.where(
            rations >= (10 if self._survival else min(4, self.rations_kept)), _NEVER, 0
        )
        have[:, see.POTION] = np.where(self.potions >= min(10, self.potions_kept), _NEVER, 0)
        self.have_tier = have
        self.pieces, self.rations = pieces, rations
        # Worth, in levels, of a node's yield beside its experience.
        worn = senses.worn_tier
        lacking = (worn[:3] == 0).sum(axis=0) * 0.06
        self.utility[:, 0] = lacking + np.where(self.style == 0, _need(self.weapon_tier == 0, pieces), 0)
        self.utility[:, 1] = np.where(self.style == 1, _need(self.weapon_tier == 0, pieces), 0)
        self.utility[:, 2] = np.where(self.style == 2, _need(self.weapon_tier == 0, pieces), 0) + 0.04 * (
            worn[4] == 0
        )
        self.utility[:, 3] = np.where(self.potions < 5, 0.1, np.where(self.potions < 15, 0.04, 0))
        self.utility[:, 4] = np.where(rations < 2, 0.04, 0) + (0.3 * (rations < 4) if self._survival else 0)
        self._find_surplus()
        self._plan_trade(rows)
        self._set_heading()

    def _choose_profession(self) -> None:
        """The one in which the best tool at hand leads furthest."""
        skill = self.senses.levels[3:8].T
        promise = 10.0 * np.maximum(self.tool_tiers, 1) + 0.5 * skill
        promise[self.lane, self.liked_profession] += 3
        promise[self.lane, self.profession] += 2  # a reason is needed to change
        self.profession = promise.argmax(axis=1)

    def _find_surplus(self) -> None:
        """Slots whose contents the agent has no use for."""
        senses = self.senses
        kind, tier = senses.item_type, senses.item_tier
        worn_there = senses.worn_tier[:, :].T
        place = np.minimum(_PLACE_OF_ITEM[kind], 5)
        better = tier > worn_there[self.lane[:, None], place]
        mine = np.zeros(kind.shape, bool)
        armour = (kind >= see.HELM) & (kind <= see.LEGS)
        gem = (kind >= see.EARTH_GEM) & (kind <= see.WATER_GEM)
        mine |= (armour | gem) & better
        mine |= (kind == (see.SWORD + self.style)[:, None]) & (tier > self.weapon_tier[:, None])
        mine |= (kind == (see.PICKAXE + self.profession)[:, None]) & (tier > self.tool_tier[:, None])
        mine |= kind == (see.WHETSTONE + self.style)[:, None]
        mine |= (kind == see.POTION) & (self.potions <= self.potions_kept)[:, None]
        mine |= (kind == see.RATION) & (self.rations <= self.rations_kept)[:, None]
        mine[self.lane, self.weapon_slot] |= self.weapon_tier > 0
        mine[self.lane, self.tool_slot] |= self.tool_tier > 0
        self.surplus = ~mine & (kind > 0) & (senses.item_worn == 0)

    def _plan_trade(self, rows: NDArray[np.uint8]) -> None:
        """Chooses an errand: sell, buy, or move the asking price; 0 for none."""
        senses, lane, mask = self.senses, self.lane, self.mask
        self.errand[:] = 0
        board = senses.cheapest
        price = see.PRICES[board]  # [20, 5]
        tier = np.arange(1, 6, dtype=np.int32)
        usable = tier <= self.tiers[_SKILL_OF_ITEM[1:]].T[:, :, None]  # [n, 20, 5]
        affordable = (board > 0) & usable & (price <= senses.gold[:, None, None])
        wanted = (affordable & (tier > self.have_tier[:, 1:, None])) * tier
        # A purchase takes the highest tier, so that is what one is to count with.
        best = wanted.max(axis=2)
        eager = best * _EAGERNESS
        item = eager.argmax(axis=1)
        want = eager[lane, item] > 0
        step = board[item, np.maximum(best[lane, item], 1) - 1].astype(np.int32)
        self.wanted_step = np.where(want, step, 0)
        # Others want the same: who comes late gets a worse piece. Not all go at once.
        want &= self.rng.random(len(lane)) < 0.25
        buy = want & (mask[lane, see.BUY + item] > 0) & (senses.price_step >= step)
        self.errand = np.where(buy, see.BUY + item, 0)
        heaps = (
            senses.item_type >= see.WHETSTONE
        )  # what stacks is worth its slot, and would be picked up again
        sell = self.surplus & (mask[:, see.SELL : see.SELL + see.INVENTORY] > 0)
        sell &= (senses.item_tier >= self.limit[:, None] - self.sells_below) | heaps
        slot = np.where(sell, senses.item_tier, 0).argmax(axis=1)
        selling = sell[lane, slot]
        target = self._asking_step(slot, selling)
        target = np.where(want, np.maximum(step, 1), target)
        pricing = (target > 0) & (target != senses.price_step)
        up = np.where(target > senses.price_step, see.PRICE_UP, see.PRICE_DOWN)
        self.errand = np.where((self.errand == 0) & pricing, up, self.errand)
        self.errand = np.where((self.errand == 0) & selling, see.SELL + slot, self.errand)
        drop = self.surplus & ~heaps & (mask[:, see.DROP : see.DROP + see.INVENTORY] > 0)
        poorest = np.where(drop, senses.item_tier, 99).argmin(axis=1)
        junk = senses.item_tier[lane, poorest] < self.limit
        full = (self.free_slots <= 1) & drop[lane, poorest] & (junk | ~selling)
        self.errand = np.where(
            full & (self.errand == 0) | full & (self.free_slots == 0), see.DROP + poorest, self.errand
        )

    def _asking_step(self, slot: NDArray[np.int64], selling: Booleans) -> Integers:
        """The price step at which to sell a slot's content; 0: stay where one is."""
        senses = self.senses
        tier = senses.item_tier[self.lane, slot]
        kind = np.maximum(senses.item_type[self.lane, slot], 1) - 1
        cheapest = senses.cheapest[kind, np.maximum(tier, 1) - 1].astype(np.int32)
        fair = 2 + tier
        # As cheap as the cheapest other, but not below half of what is fair.
        step = np.where(cheapest > 0, np.clip(cheapest, fair - 1, fair + 2), fair)
        return np.where(selling, step, 0)

    # ---- who is near ---------------------------------------------------------------------------------

    def _look_at_bodies(self, things: Things) -> None:
        """Every monster in view: can it be beaten, is it worth it, which one would an attack strike?"""
        senses = self.senses
        n = len(self.lane)
        monsters = things.where(things.occupant >= see.PASSIVE)
        self.monsters = monsters
        mine = monsters.owner
        level, style = monsters.level, monsters.style
        tier = (level + 7) >> 3
        my_style = self.fighting_style[mine]
        strength = 16 + 4 * level
        dealt = damage(
            self.attack[mine],
            2 * level + 18 * (tier - 1),
            my_style,
            style,
            senses.element[mine],
            monsters.element,
        )
        taken = damage(strength, self.defence[mine], style, my_style, monsters.element, senses.element[mine])
        hits = -(-monsters.health // dealt)
        peaceful = monsters.occupant == see.PASSIVE
        # An archer hits a swordsman on the way, and again after each step back.
        long = (my_style > 0) & (style == 0)
        rounds = np.where(long, np.maximum(hits - 3, 0) * 0.5, hits - 1)
        cost = np.where(peaceful, 0, rounds * taken)
        hostile = monsters.occupant == see.HOSTILE
        # A potion helps by what it heals beyond the blow taken while one drinks.
        relief = np.minimum(self.potions, 4)[mine] * np.maximum(self.healing[mine] - taken, 0)
        budget = (senses.health * self.boldness)[mine] + 0.7 * relief
        company = np.bincount(mine, cost * (hostile & (monsters.distance <= 5)), minlength=n)
        others = np.where(hostile & (monsters.distance <= 5), company[mine] - cost, company[mine])
        self.taken_by = taken
        can = cost + 0.6 * others * ~peaceful <= budget
        skill = senses.levels[my_style, mine]
        gap = np.maximum(self.tiers[my_style, mine] - tier, 0)
        experience = (4 * level) >> (2 * gap)
        worth = experience / (8.0 * skill) * self.fight_weight[mine]
        # Bare hands train the wrong skill: who likes another style looks for the weapon first.
        waiting = ~self.armed[mine] & (self.style[mine] > 0) & (senses.age[mine] < 400)
        worth = np.where(waiting, worth * 0.2, worth)
        wanted = can & (worth > 0.02) & ((gap == 0) | (monsters.danger >= self.limit[mine]))
        self.can_beat, self.wants = can, wanted
        self.monster_delay = hits + cost / 12 - 3 * np.log2(np.maximum(worth, 1e-4) / 0.5)
        threat = hostile & (monsters.distance <= 6)
        # Whoever fights back counts as hostile: neutral ones in combat beside me.
        angry = (
            (monsters.occupant == see.NEUTRAL)
            & (monsters.distance <= 3)
            & (monsters.health < 100)
            & self.in_combat[mine]
        )
        self.threatens = threat | angry
        self.feared = (hostile | angry) & ~can
        near_fear = self.feared & (monsters.distance <= 5)
        self.afraid = np.bincount(mine[near_fear], minlength=n) > 0
        striking = self.threatens & (monsters.distance <= np.where(style == 0, 2, 4)) & (hostile | angry)
        self.pressed = np.bincount(mine[striking & (monsters.distance <= 1)], minlength=n) > 0
        self.blow = np.bincount(mine[striking], taken[striking], minlength=n)
        self.hits = hits
        ready = wanted & (monsters.distance <= self.reach[mine] + 1) | (threat & can)
        self.wants_weapon = np.bincount(mine[ready], minlength=n) > 0
        # The engine strikes the nearest, of these the weakest, of these the first in reading order.
        reach_now = np.where((self.hand == see.BOW) | (self.hand == see.STAFF), 3, 1)[mine]
        struck = monsters.distance <= reach_now
        index = np.flatnonzero(struck)
        key = (
            (monsters.distance[index].astype(np.int64) << 7 | monsters.health[index]) << 10
            | monsters.place[index]
        ) << 32 | index
        first = np.full(n, np.iinfo(np.int64).max)
        np.minimum.at(first, mine[index], key)
        self.has_target = first != np.iinfo(np.int64).max
        self.target = np.where(self.has_target, first & 0xFFFFFFFF, 0)
        self.players = (
            things.where(things.occupant == see.PLAYER)
            if self.hunts_players and self.mask[:, see.ATTACK_PLAYER].any()
            else None
        )

    # ---- where to go ---------------------------------------------------------------------------------

    def _go(self, things: Things) -> None:
        senses, paths, lane = self.senses, self.paths, self.lane
        n = len(lane)
        here = senses.danger_here
        self.highest_ticks += 1
        raised = (here >= self.highest) | (self.highest_ticks > 40)
        self.highest[raised] = here[raised]
        self.highest_ticks[raised] = 0
        self.break_out = np.where(self.hemmed > 12, 40, np.maximum(self.break_out - 1, 0))
        self.hemmed[self.break_out > 0] = 0
        limit = np.where(self.break_out > 0, 5, self.limit)
        inside = here <= limit
        bound = np.where(inside, limit, here)[:, None]
        # walkable: ground 1..3; as unsigned, void - 1 wraps round to 255
        open_ground = (senses.ground - np.uint8(1)) < np.uint8(3)
        walkable = paths.from_planes(open_ground & (senses.danger <= bound))
        feared = np.flatnonzero(self.feared)
        fear = self._fear(feared)
        bodies = things.occupant > 0
        blocked = paths.from_places(
            n, 1, np.zeros(int(bodies.sum()), np.int64), things.owner[bodies], things.place[bodies]
        )[0]
        passable = walkable & ~blocked
        # Who only travels does not turn back: the way there looks a little different from every tile.
        traveller = np.flatnonzero((self.goal_distance >= 8) & (self.last_direction >= 0))
        if len(traveller):
            back = (self.last_direction[traveller] + 2) % 4
            step = NORTH_EAST_SOUTH_WEST[back]
            passable[paths.centre_row + step[:, 0], traveller] &= ~(
                paths.bits(1) << (paths.centre_bit + step[:, 1]).astype(paths.bits)
            )
        calm = passable & ~fear
        scared = paths.has(fear, 0, 0)
        self.scared = scared
        # Wants
        wants = self._wants(things)
        wants &= ~(fear & walkable)
        if (self.limit > self.highest).any():
            upward = (senses.danger > self.highest[:, None]) & (senses.danger <= self.limit[:, None])
            wants[5] |= paths.from_planes(open_ground & upward)
        lower = np.flatnonzero(~inside)
        if len(lower):
            down = paths.from_planes(open_ground[lower] & (senses.danger[lower] < here[lower, None]))
            wants[0][:, lower] = down
        wants[6] |= self._edges[:, self.heading] & paths.from_planes(
            open_ground & (senses.danger >= here[:, None]) & (senses.danger <= bound)
        )
        wants[7] |= self._borders[:, self.heading] & walkable
        flee = np.flatnonzero(scared)
        if len(flee):
            wants[:, :, flee] = 0
            wants[0][:, flee] = calm[:, flee]
            calm[:, flee] = passable[:, flee]
        self.calm = calm
        direction, distance = paths.first_steps(calm, wants, _DELAYS, _MOST_STEPS)
        self.direction, self.goal_distance = direction, distance
        self.last_direction = direction
        move = direction >= 0
        self._do(see.MOVE + direction, move)
        # Sideways now and then, when the way is blocked or nothing is in reach.
        spot = senses.row.astype(np.int64) << 16 | senses.column
        self.stuck = np.where((spot == self.last_spot) & ~self.in_combat, self.stuck + 1, 0)
        self.last_spot = spot
        self.hemmed = np.maximum(self.hemmed + np.where(move, -1, 2), 0)
        lost = ~move | (self.stuck > 8)
        turn = np.flatnonzero(lost)
        if len(turn):
            turned = np.where(turn % 2 == 0, 1, -1) * self.rng.choice(np.array([1, 1, 2, 2, 3]), len(turn))
            self.heading[turn] = (self.heading[turn] + turned) % 8
            self.detour[turn] = self.rng.integers(8, 24, len(turn))
            self.action[turn] = see.MOVE + self.rng.integers(0, 4, len(turn))

    def _fear(self, feared: NDArray[np.int64]) -> NDArray[Any]:
        """The ground near monsters that are too strong, and near the one that was last seen."""
        senses, monsters = self.senses, self.monsters
        owner, row, column = monsters.owner[feared], monsters.row[feared], monsters.column[feared]
        self.dread_ticks = np.maximum(self.dread_ticks - 1, 0)
        self.dread_ticks[owner] = 25
        self.dread[owner, 0] = row + senses.row[owner]
        self.dread[owner, 1] = column + senses.column[owner]
        past = np.flatnonzero((self.dread_ticks > 0) & (self.dread_ticks < 25))
        past_row = self.dread[past, 0] - senses.row[past]
        past_column = self.dread[past, 1] - senses.column[past]
        unseen = np.maximum(abs(past_row), abs(past_column)) > 4  # were it still there, one would see it
        near = monsters.distance[feared] <= 5
        who = owner[near]
        self.heading[who] = np.rint(np.arctan2(-column[near], row[near]) * (4 / np.pi)).astype(np.int64) % 8
        self.detour[who] = 24
        return self.paths.squares(
            len(self.lane),
            4,
            np.concatenate([owner, past[unseen]]),
            np.concatenate([row, past_row[unseen]]),
            np.concatenate([column, past_column[unseen]]),
        )

    def _set_heading(self) -> None:
        """Towards known ground of the danger one is after; else on as before, with a turn at times."""
        senses, lane = self.senses, self.lane
        self.known[lane, senses.danger_here, 0] = senses.row
        self.known[lane, senses.danger_here, 1] = senses.column
        self.detour = np.maximum(self.detour - _PLAN_EVERY, 0)
        spot = self.known[lane, self.limit]
        away = (spot[:, 0] >= 0) & (senses.danger_here != self.limit) & (self.detour == 0)
        angle = np.arctan2(spot[:, 1] - senses.column, senses.row - spot[:, 0])  # 0 is north, clockwise
        towards = np.rint(angle * (4 / np.pi)).astype(np.int64) % 8
        self.heading = np.where(away, towards, self.heading)
        wander = np.flatnonzero(self.rng.random(len(lane)) < 0.02)
        self.heading[wander] = (self.heading[wander] + self.rng.integers(-1, 2, len(wander))) % 8

    def _wants(self, things: Things) -> NDArray[Any]:
        """Nodes, items and monsters by class of worth, [classes, view_rows + 2, n]."""
        senses = self.senses
        n = len(self.lane)
        nodes = things.where((things.object >= see.ORE) & (things.object < see.ORE + 5))
        kind = nodes.object - see.ORE
        mine = nodes.owner
        own = kind == self.profession[mine]
        tool = np.where(own, self.tool_tier[mine], 0)
        helped = tool >= nodes.tier
        can = helped | (nodes.tier == 1)
        gap = np.maximum(self.tiers[3 + kind, mine] - nodes.tier, 0)
        experience = (16 * nodes.tier * (1 + helped)) >> (2 * gap)
        skill = senses.levels[3 + kind, mine]
        worth = own * experience / (8.0 * skill) * self.harvest_weight[mine]
        worth = worth + self.utility[mine, kind] + self.craft_worth * nodes.tier
        delay = -3 * np.log2(np.maximum(worth, 1e-4) / 0.5)
        # Who can go where there is more to learn does not dally over what teaches little.
        wanted = (
            can
            & (worth > 0.02)
            & ((gap == 0) | (nodes.danger >= self.limit[mine]) | (self.utility[mine, kind] > 0.1))
        )
        # With the tool in hand the node gives twice as much: time to take it.
        steps = np.abs(nodes.row) + np.abs(nodes.column)
        at_hand = wanted & helped & (steps <= 2)
        self.wants_tool = np.bincount(mine[at_hand], minlength=n) > 0

        items = things.where((things.object >= 1) & (things.object <= 20))
        holder = items.owner
        better = items.tier > self.have_tier[holder, items.object]
        room = self.free_slots[holder] > np.where(better, 0, 2)
        tools = (items.object >= see.PICKAXE) & (items.object <= see.ROD)
        saleable = self.sale_worth * items.tier * (1 + tools) * (items.tier >= self.limit[holder])
        value = np.where(better, 0.5, saleable)
        item_delay = -3 * np.log2(np.maximum(value, 1e-4) / 0.5)
        picked = room & (value > 0)

        monsters = self.monsters
        owner = np.concatenate([mine[wanted], holder[picked], monsters.owner[self.wants]])
        place = np.concatenate([nodes.place[wanted], items.place[picked], monsters.place[self.wants]])
        delays = np.concatenate([delay[wanted], item_delay[picked], self.monster_delay[self.wants]])
        classes = np.clip(delays / 2, 0, 4).astype(np.int64)  # nearer than any way to elsewhere
        return self.paths.from_places(n, len(_DELAYS), classes, owner, place)

    # ---- hands and pockets ---------------------------------------------------------------------------

    def _manage(self) -> None:
        senses, lane, mask = self.senses, self.lane, self.mask
        quiet = ~self.in_combat & ~self.scared
        errand = quiet & (self.errand > 0) & ~self.wants_weapon
        errand &= mask[lane, self.errand] > 0
        self._do(self.errand, errand)
        self.errand[errand] = 0

        if self.tick % 2 == 0:
            self._dress(quiet)
        take_tool = (
            quiet
            & ~self.afraid
            & self.wants_tool
            & ~self.holds_tool
            & (self.tool_tier > 0)
            & ~self.wants_weapon
        )
        self._do(see.USE + self.tool_slot, take_tool)
        arm = (
            ~self.in_combat
            & self.armed
            & ~self.holds_weapon
            & (self.wants_weapon | (quiet & ~self.holds_tool & ~self.wants_tool))
        )
        self._do(see.USE + self.weapon_slot, arm)
        self.arming = arm
        hungry = (senses.health <= 60) & ~self.in_combat
        if self._survival:
            hungry |= (np.minimum(senses.food, senses.water) < 55) & ~self.in_combat
        eat = (
            hungry
            & (self.rations > 0)
            & (mask[lane, see.USE + self.ration_slot] > 0)
            & (senses.item_type[lane, self.ration_slot] == see.RATION)
        )
        self._do(see.USE + self.ration_slot, eat)

    def _dress(self, quiet: Booleans) -> None:
        """Puts on what is better than what is worn, one piece at a time."""
        senses, lane = self.senses, self.lane
        kind, tier = senses.item_type, senses.item_tier
        place = _PLACE_OF_ITEM[kind]
        worn = senses.worn_tier.T[lane[:, None], np.minimum(place, 5)]
        plain = (place <= 2) | (place == 4)
        gain = np.where(self.usable & plain & (tier > worn), tier - worn, 0)
        fitting = self.usable & (kind == (see.WHETSTONE + self.style)[:, None])
        loaded_tier = np.where(senses.worn_type[5] == see.WHETSTONE + self.style, senses.worn_tier[5], 0)
        gain = np.where(fitting, tier - loaded_tier[:, None], gain)
        slot = gain.argmax(axis=1)
        dress = quiet & (gain[lane, slot] > 0)
        self._do(see.USE + slot, dress)

    # ---- fighting ------------------------------------------------------------------------------------

    def _fight(self) -> None:
        mask = self.mask
        if len(self.monsters):
            target = self.target
            willing = self.has_target & (
                self.can_beat[target] & (self.wants[target] | self.threatens[target])
            )
            cornered = self.has_target & self.threatens[target] & (self.direction < 0)
            strike = (mask[:, see.ATTACK_MONSTER] > 0) & (willing | cornered) & ~self.arming
            self._do(see.ATTACK_MONSTER, strike)
            self._step_back(strike)
        if self.players is not None and len(self.players):
            self._hunt()

    def _step_back(self, strike: Booleans) -> None:
        """Who shoots need not be struck by who cannot: run two tiles, shoot as it comes, run again."""
        senses, monsters = self.senses, self.monsters
        target = self.target
        pressed = (
            strike
            & (self.reach > 1)
            & self.holds_weapon
            & (senses.stamina >= 8)
            & (monsters.distance[target] == 1)
            & (monsters.style[target] == 0)
            & (monsters.occupant[target] != see.PASSIVE)
            & (self.taken_by[target] >= 6)
        )
        # the last blow needs no step back
        who = np.flatnonzero(pressed)
        if not len(who):
            return
        gap, action = self._run_from(who, monsters.row[target[who]], monsters.column[target[who]])
        able = gap > 2
        self.action[who[able]] = action[able]

    def _run_from(self, who: NDArray[np.int64], row: Integers, column: Integers) -> tuple[Integers, Integers]:
        """The run that ends furthest from a place, and the distance there; 0 where none is free."""
        paths, calm = self.paths, self.calm[:, who]
        best = np.zeros(len(who), np.int32)
        action = np.full(len(who), see.WAIT, np.int32)
        for number, (down, right) in enumerate(NORTH_EAST_SOUTH_WEST.tolist()):
            free = paths.has(calm, down, right) & paths.has(calm, 2 * down, 2 * right)
            gap = np.maximum(abs(row - 2 * down), abs(column - 2 * right)) * free
            better = gap > best
            best[better] = gap[better]
            action[better] = see.RUN + number
        return best, action

    def _hunt(self) -> None:
        """Attacks the nearest player if it should fall first."""
        senses, players = self.senses, self.players
        assert players is not None
        n = len(self.lane)
        mine = players.owner
        close = np.flatnonzero(players.distance <= 3)
        key = (players.distance[close].astype(np.int64) << 7 | players.health[close]) << 32 | close
        first = np.full(n, np.iinfo(np.int64).max)
        np.minimum.at(first, mine[close], key)
        seen = first != np.iinfo(np.int64).max
        other = np.where(seen, first & 0xFFFFFFFF, 0)
        level = players.level[other]
        gear = players.gear[other] * (level + 7 >> 3)
        style = players.style[other]
        dealt = np.maximum(
            damage(
                self.attack,
                2 * level + 4 * gear,
                self.fighting_style,
                style,
                senses.element,
                players.element[other],
            )
            // 2,
            1,
        )
        taken = np.maximum(
            damage(
                24 + 2 * level + 7 * gear,
                self.defence,
                style,
                self.fighting_style,
                players.element[other],
                senses.element,
            )
            // 2,
            1,
        )
        mine_falls = senses.health // taken
        other_falls = players.health[other] // dealt + 1
        worthwhile = (level + 8 >= senses.combat_level) & (self.lane % 4 == 0)  # one in four is a robber
        strike = (
            seen
            & (self.mask[:, see.ATTACK_PLAYER] > 0)
            & (other_falls * 1.5 < mine_falls)
            & worthwhile
            & ~self.scared
        )
        self._do(see.ATTACK_PLAYER, strike)

    def _flee(self) -> None:
        """Runs straight away from the nearest monster that is feared, where the land allows it."""
        monsters, n = self.monsters, len(self.lane)
        index = np.flatnonzero(self.feared & (monsters.distance <= 4) & self.scared[monsters.owner])
        if not len(index):
            return
        key = monsters.distance[index].astype(np.int64) << 32 | index
        first = np.full(n, np.iinfo(np.int64).max)
        np.minimum.at(first, monsters.owner[index], key)
        who = np.flatnonzero((first != np.iinfo(np.int64).max) & (self.senses.stamina >= 8))
        nearest = first[who] & 0xFFFFFFFF
        gap, action = self._run_from(who, monsters.row[nearest], monsters.column[nearest])
        able = gap >= monsters.distance[nearest] + 2
        self.action[who[able]] = action[able]

    # ---- staying alive -------------------------------------------------------------------------------

    def _survive(self) -> None:
        senses, lane, mask = self.senses, self.lane, self.mask
        if not (self.scared | (self.blow > 0) | (senses.health <= 50)).any():
            return
        # One drinks before the blow that would kill, and earlier where drinking gains something.
        winning = self.can_beat[self.target] & self.has_target if len(self.monsters) else self.has_target
        last_blow = winning & (self.hits[self.target] <= 1) if len(self.monsters) else winning
        deadly = (senses.health <= self.blow * 1.2 + 3) & (self.blow > 0)
        after = np.minimum(senses.health + self.healing, 100)
        saved = (after > self.blow) & (after - senses.health >= 20)
        weak = (senses.health <= 50) & (self.in_combat | self.afraid) & (self.healing > self.blow + 10)
        drink = (deadly | weak) & saved & ~last_blow & (self.potions > 0)
        drink &= mask[lane, see.USE + self.potion_slot] > 0
        # Running is better than drinking for ever, unless what one runs from stands beside one.
        escaping = self.scared & (self.direction >= 0) & (senses.stamina >= 8) & ~(self.pressed & deadly)
        drink &= ~escaping | (self.blow == 0)
        run = self.scared & (self.direction >= 0) & (senses.stamina >= 8)
        self._do(see.RUN + np.maximum(self.direction, 0), run)
        self._flee()
        walk = self.scared & (self.direction >= 0) & (senses.stamina < 8)
        self._do(see.MOVE + np.maximum(self.direction, 0), walk)
        self._do(see.USE + self.potion_slot, drink)


_EAGERNESS: Final = np.array([2, 2, 2, 4, 4, 4, 5, 5, 5, 5, 5, 1, 1, 1, 1, 2, 2, 2, 1, 1], np.int32)
"""How much a better piece of each item type is wanted from the market."""


def _need(unarmed: Booleans, pieces: Integers) -> Floats:
    """The worth of finding a weapon or its ammunition, in levels."""
    found: Floats = np.where(
        unarmed, 0.35, np.where(pieces < 12, 0.12, np.where(pieces < 40, 0.04, 0.0))
    ).astype(np.float32)
    return found
