"""A row of observation built once more from the tables of a world, by the text of the rules.

What the tables cannot say, a `Mirror` remembers from tick to tick: when a life last gained in score, and at
which step something was last sold.
"""

from typing import Any

import numpy as np
from rulebook import (
    AMMUNITION,
    ARMOUR,
    DROP_ORDER,
    EQUIPMENT,
    FOOD,
    GEMS,
    ITEMS,
    NEEDS,
    NUMBER,
    PRICES,
    SKILLS,
    WEAPONS,
    WORN_AS,
    gear_class,
    lot_price,
    price,
    tier_of,
)

import nmmo
from nmmo.core.content import N_ACTIONS

FAR = 16  # as much void around the map as any view needs
WALKABLE = (1, 2, 3)
STONE = 4
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
WEAPON_STYLE = {NUMBER[name]: style for style, name in enumerate(WEAPONS)}
SLOT_NUMBER = {NUMBER[name]: EQUIPMENT.index(slot) for name, slot in WORN_AS.items()}
NEED_NUMBER = {NUMBER[name]: need if need == "combat" else SKILLS.index(need) for name, need in NEEDS.items()}
FOOD_NUMBERS = {NUMBER[name] for name in FOOD}
AMMUNITION_NUMBERS = {NUMBER[name] for name in AMMUNITION}
GEM_NUMBERS = {NUMBER[name]: element for element, name in enumerate(GEMS, start=1)}
GEAR_NUMBERS = {NUMBER[name] for name in ARMOUR + WEAPONS}
STACKING_FROM = NUMBER["whetstone"]
POTION = NUMBER["potion"]


class Mirror:
    """Follows a world from its reset on; call `tick` after each step, then `row` for any slot."""

    def __init__(self, world: nmmo.World) -> None:
        self.world = world
        self.config = world.config
        self.score = np.zeros(world.n_agents, dtype=int)
        self.score_tick = np.zeros(world.n_agents, dtype=int)
        self.life = np.zeros(world.n_agents, dtype=int)
        self.last_sale: dict[tuple[int, int], set[int]] = {}
        self.map = world.map()
        self.tick()

    # ---- one tick's tables -------------------------------------------------------------------------------

    def tick(self) -> None:
        """Read the tables as they are now."""
        world = self.world
        self.players = world.players
        self.now = world.tick
        self.listings = world.listings
        self.monsters = world.monsters
        self.books: dict[tuple[int, int], list[tuple[int, int, int, int]]] = {}
        for one in self.listings:
            offer = (int(one[name]) for name in ("price_step", "expires_at", "seller", "quantity"))
            self.books.setdefault((int(one["type"]), int(one["tier"])), []).append(tuple(offer))
        self._follow_scores()
        self._follow_sales()
        self._draw_tiles()
        self.board = self._market()

    def _follow_scores(self) -> None:
        for slot, record in enumerate(self.players):
            if record["life"] != self.life[slot]:
                self.life[slot] = record["life"]
                self.score_tick[slot] = record["born_tick"]
                self.score[slot] = 1  # both levels begin at 1
            levels = record["self"]["level"]
            score = int(min(levels[:3].max(), levels[3:].max())) if record["alive"] else 0
            if score > self.score[slot]:
                self.score[slot] = score
                self.score_tick[slot] = self.now

    def _follow_sales(self) -> None:
        for event in self.world.events:
            if event["kind"] == nmmo.EventKind.SALE:
                item, pieces, paid = int(event["item"]), int(event["amount"]), int(event["gold"])
                dozen = item in AMMUNITION_NUMBERS
                steps = {step for step in range(1, 17) if lot_price(step, pieces, dozen) == paid}
                assert steps and pieces <= (12 if dozen else 1)
                self.last_sale[item, int(event["tier"])] = steps

    def _draw_tiles(self) -> None:
        height, width = self.map.shape
        tiles = np.zeros((height, width), dtype=self.world.tiles.dtype)
        tiles["ground"] = self.map & 255
        tiles["tier"] = (self.map >> 20 & 15) << 4
        for node in self.world.nodes:
            tile = tiles[node["row"], node["column"]]
            tile["object"] = node["kind"] + (0 if node["ripe"] else 5)
            tile["tier"] |= node["tier"]
        for item in self.world.ground_items:
            tile = tiles[item["row"], item["column"]]
            assert tile["object"] == 0
            tile["object"] = item["type"]
            tile["tier"] |= item["tier"]
        self.occupied = np.zeros((height, width), dtype=bool)
        for monster in self.monsters:
            if monster["alive"]:
                body = (monster["temper"], monster["level"], monster["health"])
                style = monster["style"] | monster["element"] << 2 | (32 if monster["combat_ticks"] else 0)
                self._stand(tiles, monster, (*body, style, 0))
        for slot, record in enumerate(self.players):
            if record["alive"]:
                me = record["self"]
                gear = gear_class(sum(tier for kind, tier in self._worn(record).values() if kind in GEAR_NUMBERS))
                style = self._style(record) | self._element(record) << 2 | (32 if me["combat_ticks"] else 0)
                combat = int(me["level"][:3].max())
                body = (1 | record["token"] << 3, combat | gear << 6, me["health"])
                self._stand(tiles, me, (*body, style, self._team(slot)))
        # Nothing but zeros, void, lies around the map.
        around = np.zeros((height + 2 * FAR, width + 2 * FAR), dtype=tiles.dtype)
        around[FAR : FAR + height, FAR : FAR + width] = tiles
        self.tiles, self.around = tiles, around
        self.ground = tiles["ground"] >> 2
        self.danger = tiles["tier"] >> 4

    def _stand(self, tiles: Any, who: Any, body: tuple[Any, ...]) -> None:
        place = int(who["row"]), int(who["column"])
        assert not self.occupied[place], "two on one tile"
        self.occupied[place] = True
        for name, value in zip(("occupant", "level", "health", "style", "team"), body, strict=True):
            tiles[name][place] = value

    def _market(self) -> Any:
        board = np.zeros((2, len(ITEMS), 5), dtype=np.uint8)
        for one in self.listings:
            place = 0, int(one["type"]) - 1, int(one["tier"]) - 1
            board[place] = min(int(one["price_step"]), int(board[place]) or 99)
        if not self.players["alive"].any():
            return board
        # A sale of a few pieces can have had one price at several steps: any of them will do.
        seen = self.world.observations[int(self.players["alive"].argmax())]["market"][1]
        for (item, tier), steps in self.last_sale.items():
            shown = int(seen[item - 1, tier - 1])
            board[1, item - 1, tier - 1] = shown if shown in steps else min(steps)
        return board

    # ---- a player's own state ----------------------------------------------------------------------------

    def _team(self, slot: int) -> int:
        return 0 if self.config.team_size == 1 else slot // self.config.team_size + 1

    def _worn(self, record: Any) -> dict[int, tuple[int, int]]:
        worn = {}
        for item in record["inventory"]:
            if item["worn"]:
                slot = SLOT_NUMBER[int(item["type"])]
                assert slot not in worn, "two in one equipment slot"
                worn[slot] = int(item["type"]), int(item["tier"])
        return worn

    def _style(self, record: Any) -> int:
        return WEAPON_STYLE.get(self._worn(record).get(3, (0, 0))[0], 0)

    def _element(self, record: Any) -> int:
        return GEM_NUMBERS.get(self._worn(record).get(4, (0, 0))[0], 0)

    def fog_margin(self, length: int) -> int:
        """Return tiles that the fog has swallowed on each side of an axis of this length."""
        config = self.config
        if not config.fog or self.now < config.fog_start:
            return 0
        return min(
            1 + (self.now - config.fog_start) // config.fog_period,
            max(0, -(-(length - config.fog_final) // 2)),
        )

    def _fog(self, row: int, column: int) -> tuple[int, int]:
        height, width = self.map.shape
        if not self.config.fog:
            return 255, 0
        rows, columns = self.fog_margin(height), self.fog_margin(width)
        depth = max(rows - row, row - (height - 1 - rows), columns - column, column - (width - 1 - columns))
        return min(255, max(0, 1 - depth)), min(10, max(0, depth))

    def _fill_self(self, me: Any, slot: int) -> None:
        record = self.players[slot]
        own = record["self"]
        for name in ("row", "column", "gold", "health", "stamina", "food", "water", "level", "price_step"):
            me[name] = own[name]
        for name in ("combat_ticks", "protection_ticks", "monster_protection_ticks"):
            me[name] = own[name]
        levels = own["level"].astype(int)
        me["progress"] = record["experience"].astype(int) * 256 // (8 * levels)
        me["combat_level"], me["harvest_level"] = levels[:3].max(), levels[3:].max()
        for place, (kind, tier) in self._worn(record).items():
            me["worn_type"][place], me["worn_tier"][place] = kind, tier
        me["style"], me["element"], me["team"] = self._style(record), self._element(record), self._team(slot)
        row, column = int(own["row"]), int(own["column"])
        me["danger"] = self.danger[row, column]
        me["biome"] = self.tiles[row, column]["ground"] & 3
        limit = self.config.stagnation_ticks
        me["stagnation_left"] = limit - (self.now - self.score_tick[slot]) if limit else 0
        me["fog_distance"], me["fog_damage"] = self._fog(row, column)
        lives = self.config.lives
        me["lives_left"] = min(255, lives - int(record["life"]) + 1) if lives else 255
        me["age"] = self.now - int(record["born_tick"])

    # ---- the mask ----------------------------------------------------------------------------------------

    def _free(self, row: int, column: int) -> bool:
        height, width = self.map.shape
        inside = 0 <= row < height and 0 <= column < width
        return inside and self.ground[row, column] in WALKABLE and not self.occupied[row, column]

    def _in_sight(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        """Return whether no stone is between: the line runs from the tile that comes first in reading order."""
        (row, column), (last_row, last_column) = sorted((one, other))
        rows, columns = last_row - row, last_column - column
        length = max(rows, abs(columns))
        for step in range(1, length):
            # Rounded, a half toward the south and the east.
            between = (
                row + (2 * rows * step + length) // (2 * length),
                column + (2 * columns * step + length) // (2 * length),
            )
            if self.ground[between] == STONE:
                return False
        return True

    def _reaches(self, slot: int, other: Any) -> bool:
        mine = self.players[slot]
        weapon = self._worn(mine).get(3, (0, 0))[0]
        reach = 3 if WEAPON_STYLE.get(weapon, 0) else 1
        here = int(mine["self"]["row"]), int(mine["self"]["column"])
        there = int(other["row"]), int(other["column"])
        near = max(abs(here[0] - there[0]), abs(here[1] - there[1])) <= reach
        return near and (reach == 1 or self._in_sight(here, there))

    def _may_attack(self, slot: int, other: int) -> bool:
        me, them = self.players[slot]["self"], self.players[other]["self"]
        least = self.config.pvp_min_danger
        return (
            other != slot
            and bool(self.players[other]["alive"])
            and self.danger[me["row"], me["column"]] >= least
            and self.danger[them["row"], them["column"]] >= least
            and them["protection_ticks"] == 0
            and (self.config.team_size == 1 or self._team(slot) != self._team(other))
            and self._reaches(slot, them)
        )

    def _usable(self, slot: int, kind: int, tier: int) -> bool:
        if kind in FOOD_NUMBERS:
            return True
        need = NEED_NUMBER[kind]
        levels = self.players[slot]["self"]["level"]
        return tier_of(int(levels[:3].max() if need == "combat" else levels[need])) >= tier

    def _has_room(self, slot: int, kind: int, tier: int, pieces: int) -> bool:
        room = 0
        for item in self.players[slot]["inventory"]:
            if item["type"] == 0:
                room += 99 if kind >= STACKING_FROM else 1
            elif kind >= STACKING_FROM and (item["type"], item["tier"]) == (kind, tier):
                room += 99 - int(item["quantity"])
        return room >= pieces

    def _can_buy(self, slot: int, kind: int, tier: int, gold: int, step: int) -> bool | None:
        """Return whether one could; None where the tables do not tell which of two listings is older."""
        offers = [
            one
            for one in self.books.get((kind, tier), ())
            if one[0] <= step and price(one[0]) <= gold and one[2] != slot
        ]
        if not offers or not self._usable(slot, kind, tier):
            return False
        first = min(offers)[:2]
        answers = set()
        for listed_at, expires_at, _, quantity in offers:
            if (listed_at, expires_at) == first:
                pieces = min(12, quantity) if kind in AMMUNITION_NUMBERS else 1
                answers.add(self._has_room(slot, kind, tier, pieces))
        return answers.pop() if len(answers) == 1 else None

    def mask(self, slot: int, shown: Any) -> Any:
        """Return what is possible; `shown` decides only where the tables leave the older of two listings open."""
        mask = np.zeros(N_ACTIONS, dtype=np.uint8)
        mask[0] = 1
        record = self.players[slot]
        if not record["alive"]:
            return mask
        me = record["self"]
        row, column, gold, asking = (int(me[name]) for name in ("row", "column", "gold", "price_step"))
        for direction, (rows, columns) in enumerate(STEPS):
            mask[1 + direction] = self._free(row + rows, column + columns)
            mask[5 + direction] = mask[1 + direction] and me["stamina"] >= 8
        mask[9] = any(self._reaches(slot, monster) for monster in self.monsters if monster["alive"])
        mask[10] = any(self._may_attack(slot, other) for other in range(len(self.players)))
        peaceful = me["combat_ticks"] == 0
        mine = [one for one in self.listings if one["seller"] == slot]
        height, width = self.map.shape
        droppable = any(
            0 <= row + rows < height
            and 0 <= column + columns < width
            and self.ground[row + rows, column + columns] in WALKABLE
            and self.tiles[row + rows, column + columns]["object"] == 0
            for rows, columns in DROP_ORDER
        )
        loose = False
        for place, item in enumerate(record["inventory"]):
            kind, tier = int(item["type"]), int(item["tier"])
            if not kind:
                continue
            mask[11 + place] = kind == POTION or (peaceful and (item["worn"] or self._usable(slot, kind, tier)))
            if not item["worn"]:
                loose = True
                same = [one for one in mine if (one["type"], one["tier"]) == (kind, tier)]
                mask[23 + place] = peaceful and (same[0]["quantity"] < 99 if same else len(mine) < 4)
                mask[35 + place] = peaceful and droppable
        for kind in range(1, len(ITEMS) + 1) if peaceful else ():
            answers = {self._can_buy(slot, kind, tier, gold, asking) for tier in range(1, 6)}
            mask[46 + kind] = True in answers or (None in answers and shown[46 + kind])
        mask[N_ACTIONS - 2] = (loose or gold > 0) and asking < len(PRICES)
        mask[N_ACTIONS - 1] = (loose or gold > 0) and asking > 1
        return mask

    # ---- the row -----------------------------------------------------------------------------------------

    def row(self, slot: int) -> Any:
        """Return the whole row of a player, as one record of the published dtype."""
        shown = self.world.observations[slot]
        made = np.zeros((), dtype=shown.dtype)
        record = self.players[slot]
        made["mask"] = self.mask(slot, shown["mask"])
        if not record["alive"]:
            return made
        rows, columns = self.config.view_row_radius, self.config.view_column_radius
        row, column = int(record["self"]["row"]) + FAR, int(record["self"]["column"]) + FAR
        made["tiles"] = self.around[row - rows : row + rows + 1, column - columns : column + columns + 1]
        self._fill_self(made["self"], slot)
        made["inventory"] = record["inventory"]
        made["listings"] = self._own_listings(slot, shown["listings"])
        made["market"] = self.board
        return made

    def _own_listings(self, slot: int, shown: Any) -> Any:
        """Return one's own listings. Which of the four places each has is no rule: the places are those shown."""
        made = np.zeros_like(shown)
        mine = {(int(one["type"]), int(one["tier"])): one for one in self.listings if one["seller"] == slot}
        assert len(mine) == sum(one["seller"] == slot for one in self.listings) <= 4
        for place, entry in enumerate(shown):
            one = mine.pop((int(entry["type"]), int(entry["tier"])), None)
            if one is not None:
                left = (int(one["expires_at"]) - self.now) // 8
                made[place] = (one["type"], one["tier"], one["quantity"], one["price_step"], left)
        assert not mine, "a listing that its seller does not see"
        return made
