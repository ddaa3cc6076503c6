"""Where to walk: one search through the view serves everything that is wanted.

What is worth most joins the search first (``nmmo.agents.pathfinding``). Behind all goods come the ways on:
ground of more danger, where there is more to learn, then the edge of the view in the direction that one is
heading. Before all goods come needs: out of danger, out of the fog, to water.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.observation_reader import Entities, ObservationReader
from nmmo.agents.pathfinding import NORTH_EAST_SOUTH_WEST, Pathfinder
from nmmo.agents.scripted.enemies import Enemies
from nmmo.agents.scripted.own_state import AgentSlice, OwnState
from nmmo.agents.scripted.valuation import CLASSES, HELPED, Valuation, value_class

__all__ = ["Navigation"]

_UPWARD, _ONWARD, _FAR_AHEAD, _BODIES = CLASSES, CLASSES + 1, CLASSES + 2, CLASSES + 3
_DELAYS: Final = range(0, 2 * _BODIES, 2)
_MOST_STEPS: Final = 34
_HEADINGS: Final = np.array([[-1, 0], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1]])
_THIRSTY, _QUENCHED = 60, 95
_HUNGRY, _DYING = 60, 15
_FOG_MARGIN: Final = 8  # tiles from the fog at which one goes inward
_MEMORY: Final = 40  # ticks for which one remembers having stood on more dangerous ground
_BETWEEN: Final = 5  # ticks between two calls of think
_BLOCKED: Final = 12  # grows by 2 a tick without a way, shrinks by 1 with one
_BREAK_OUT: Final = 40  # ticks for which who is hemmed in walks on any ground


class Navigation:
    """Plans ways.

    Attributes
    ----------
    direction : int32 [n]
        The way to go, 0 to 3; -1 for none.
    scared : bool [n]
        Too near to a monster that is feared.
    passable : [view_rows + 2, n]
        Where one can walk.
    wants_tool : bool [n]
        A node that the tool is good for is at hand.
    drinking : bool [n]
        Thirsty, and beside water: one stays.
    """

    def __init__(
        self,
        own_state: OwnState,
        valuation: Valuation,
        enemies: Enemies,
        observed: ObservationReader,
        config: Mapping[str, int | float],
        rng: np.random.Generator,
    ) -> None:
        self.own_state, self.valuation, self.enemies = own_state, valuation, enemies
        self.rules = own_state.rules
        self.paths = Pathfinder(observed.view_rows, observed.view_columns)
        self._edges, self._borders = self._border_tiles(observed)
        self._fog = int(config["fog_start"]) - 2 * _FOG_MARGIN if config["fog"] else None
        self._middle = np.array([int(config["height"]) // 2, int(config["width"]) // 2])
        self._survival = bool(config["survival"])
        n = own_state.n
        self.tick = 0
        self.heading = rng.integers(0, 8, n)
        self.last_direction = np.full(n, -1, np.int64)
        self.last_spot = np.full(n, -1, np.int64)
        self.stuck = np.zeros(n, np.int64)
        self.blocked = np.zeros(n, np.int64)
        self.break_out = np.zeros(n, np.int64)
        self.detour = np.zeros(n, np.int64)  # ticks for which the heading is kept whatever is known
        self.known = np.full((n, 16, 2), -1, np.int64)  # where each danger was last stood on
        self.last_water = np.full((n, 2), -1, np.int64)  # where one last saw water
        self.highest = np.zeros(n, np.int64)  # the most dangerous ground stood on of late
        self.highest_ticks = np.zeros(n, np.int64)  # ticks since
        self.thirsty = np.zeros(n, bool)
        self.drinking = np.zeros(n, bool)
        self.uniforms = np.zeros((3, n))
        none = self.paths.bits(0)
        # Who only travels does not turn back: the tile behind one who goes north, east, south, west, nowhere.
        behind = [(-row, -column) for row, column in NORTH_EAST_SOUTH_WEST.tolist()]
        self._behind_row = np.array([self.paths.centre_row + row for row, _ in behind] + [0])
        self._not_behind = ~np.array(
            [self.paths.bits(1 << (self.paths.centre_bit + column)) for _, column in behind] + [none],
            self.paths.bits,
        )

    def _border_tiles(self, observed: ObservationReader) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return for each heading half of the view's edge, and what lies far ahead, both [view_rows + 2, 8]."""
        rows = np.arange(observed.tiles) // observed.view_columns - observed.view_rows // 2
        columns = np.arange(observed.tiles) % observed.view_columns - observed.view_columns // 2
        planes = np.zeros((8, observed.tiles), bool)
        halves = np.zeros((8, observed.tiles), bool)
        outermost = (abs(rows) == observed.view_rows // 2) | (abs(columns) == observed.view_columns // 2)
        for number, (down, right) in enumerate(_HEADINGS):
            # Scaled to a square, so that diagonal headings end in the view's corners.
            ahead = down * rows / (observed.view_rows // 2) + right * columns / (observed.view_columns // 2)
            planes[number] = ahead >= (1.0 if down == 0 or right == 0 else 1.4)
            halves[number] = outermost & (ahead >= 0.3)
        return self.paths.from_planes(halves), self.paths.from_planes(planes)

    # ---- now and then ------------------------------------------------------------------------------

    def think(self, observed: ObservationReader, uniforms: NDArray[Any], agents: AgentSlice) -> None:
        """Choose the heading of some agents. uniforms: float [3, n], 0 to 1; for all."""
        self.uniforms = uniforms
        me = self.own_state
        row, column, here = observed.row[agents], observed.column[agents], observed.danger_here[agents]
        agent = me.agent[agents]
        self.known[agent, here, 0], self.known[agent, here, 1] = row, column
        self.detour[agents] = np.maximum(self.detour[agents] - _BETWEEN, 0)
        limit = me.limit[agents]
        goal = self.known[agent, limit]
        away = (goal[:, 0] >= 0) & (here != limit) & (self.detour[agents] == 0)
        heading = self.heading[agents]
        wander = uniforms[0, agents] < 0.02
        heading = (heading + wander * np.rint(2 * uniforms[1, agents] - 1).astype(np.int64)) % 8
        if self._survival:
            self._remember_water(observed, agents)
            needy = self.thirsty[agents] | ((observed.food[agents] < _HUNGRY) & (me.rations[agents] == 0))
            parched = needy & (self.last_water[agents, 0] >= 0) & (self.detour[agents] == 0)  # fish are there too
            dying = np.minimum(observed.food[agents], observed.water[agents]) < _DYING
            self.break_out[agents] = np.where(dying, _BREAK_OUT, self.break_out[agents])
            goal = np.where(parched[:, None], self.last_water[agents], goal)
            away |= parched
        self.heading[agents] = np.where(away, _towards(goal[:, 0] - row, goal[:, 1] - column), heading)

    def _remember_water(self, observed: ObservationReader, agents: AgentSlice) -> None:
        """Remember where an agent stood when water was in view."""
        water = (observed.tile_bytes[agents, :, 0] >> 2 == self.rules.ground.water).any(axis=1)
        place = np.stack([observed.row[agents], observed.column[agents]], axis=1)
        self.last_water[agents] = np.where(water[:, None], place, self.last_water[agents])

    # ---- every tick --------------------------------------------------------------------------------

    def find_direction(self, observed: ObservationReader, entities: Entities) -> None:
        """Find the way of this tick."""
        me, paths, enemies = self.own_state, self.paths, self.enemies
        self.tick += 1
        here = observed.danger_here
        walkable, upward, level = self._ground(observed)
        sets = self._places(observed, entities)
        wants = sets[:_BODIES]
        self.passable = passable = walkable & ~sets[_BODIES]
        travelling = self.last_direction
        passable[self._behind_row[travelling], me.agent] &= self._not_behind[travelling]
        calm = passable
        self.scared = enemies.afraid
        if np.count_nonzero(enemies.afraid):
            fear = self._fear()
            calm = passable & ~fear
            self.scared = paths.has(fear, 0, 0)
            wants &= ~(fear & walkable)
        wants[_UPWARD] |= upward
        wants[_ONWARD] |= self._edges[:, self.heading] & level
        wants[_FAR_AHEAD] |= self._borders[:, self.heading] & walkable
        calm = self._needs(observed, here, wants, walkable, level, calm)
        self.direction, distance = paths.first_steps(calm, wants, _DELAYS, _MOST_STEPS)
        # The way there looks a little different from every tile: hold on to it.
        self.last_direction = np.where(distance >= 8, self.direction, -1)
        self._unstick(observed)

    def _ground(self, observed: ObservationReader) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return walkable ground no more dangerous than one dares; of that what is more dangerous, as dangerous."""
        me, n = self.own_state, self.own_state.n
        here = observed.danger_here
        self.highest_ticks += 1
        raised = (here >= self.highest) | (self.highest_ticks > _MEMORY)
        np.copyto(self.highest, here, where=raised)
        self.highest_ticks *= ~raised
        limit = me.limit
        if np.count_nonzero(self.break_out):
            limit = np.where(self.break_out > 0, self.rules.number.TIERS, limit)
        bound = np.maximum(limit, here)
        danger = observed.tile_bytes[:, :, 2] & 0xF0
        planes = np.empty((3, n, danger.shape[1]), bool)
        steps = (np.stack([bound, self.highest, here]) << 4).astype(np.uint8)[:, :, None]
        np.less_equal(danger, steps[0], out=planes[0])
        # ground 1..3 is walkable, * 4 + biome; as unsigned, void - 4 wraps round
        planes[0] &= (observed.tile_bytes[:, :, 0] - np.uint8(4)) < 12
        np.greater(danger, steps[1], out=planes[1])
        np.greater_equal(danger, steps[2], out=planes[2])
        bits = self.paths.from_planes(planes.reshape(3 * n, -1))
        walkable = bits[:, :n].copy()
        return walkable, bits[:, n : 2 * n] & walkable, bits[:, 2 * n :] & walkable

    def _places(self, observed: ObservationReader, entities: Entities) -> NDArray[Any]:
        """Return goods and prey by class, and last all bodies: [classes + 1, view_rows + 2, n]."""
        valuation, enemies, n = self.valuation, self.enemies, self.own_state.n
        found = valuation.classes[entities.owner, valuation.key_of(entities.object, entities.tier)]
        at_hand = (found >= HELPED) & (abs(entities.row) + abs(entities.column) <= 2)
        self.wants_tool = np.bincount(entities.owner, at_hand, minlength=n) > 0
        kind = found & (HELPED - 1)
        goods = (kind < CLASSES).nonzero()[0]
        bodies = (entities.occupant > 0).nonzero()[0]
        kinds = [kind[goods], np.full(len(bodies), _BODIES)]
        index = [entities.table[:2, goods], entities.table[:2, bodies]]
        if len(enemies.monsters):
            prey = enemies.wants.nonzero()[0]
            kinds.append(value_class(enemies.want_value[prey], enemies.want_steps[prey]))
            index.append(enemies.monsters.table[:2, prey])
        owner, place = np.concatenate(index, axis=1)
        return self.paths.from_places(n, _BODIES + 1, np.concatenate(kinds), owner, place)

    def _fear(self) -> NDArray[Any]:
        """Return the ground near monsters that are too strong; an agent that sees one heads the other way."""
        enemies, n = self.enemies, self.own_state.n
        monsters = enemies.monsters
        feared = enemies.feared.nonzero()[0]
        owner = monsters.owner[feared]
        self.heading[owner] = _towards(-monsters.row[feared], -monsters.column[feared])
        self.detour[owner] = 24
        return self.paths.squares(n, self.rules.number.AGGRO_RADIUS, owner, monsters.place[feared])

    def _needs(
        self,
        observed: ObservationReader,
        here: NDArray[Any],
        wants: NDArray[Any],
        walkable: NDArray[Any],
        level: NDArray[Any],
        calm: NDArray[Any],
    ) -> NDArray[Any]:
        """Put what comes before all goods into ``wants`` and return where to walk."""
        limit = self.own_state.limit
        astray = here > limit
        if np.count_nonzero(astray):
            lower = (astray & (self.break_out == 0)).nonzero()[0]
            wants[0][:, lower] = (walkable & ~level)[:, lower]
        if self._survival:
            self._seek_water(observed, wants, walkable)
        if self._fog is not None and self.tick >= self._fog:
            self._seek_shelter(observed, wants, walkable)
        if np.count_nonzero(self.scared):
            flee = self.scared.nonzero()[0]
            wants[:, :, flee] = 0
            wants[0][:, flee] = calm[:, flee]
            calm = calm.copy()
            calm[:, flee] = self.passable[:, flee]
        return calm

    def _seek_water(self, observed: ObservationReader, wants: NDArray[Any], walkable: NDArray[Any]) -> None:
        self.thirsty = (observed.water < _THIRSTY) | (self.thirsty & (observed.water < _QUENCHED))
        thirsty = self.thirsty.nonzero()[0]
        self.drinking = np.zeros(len(self.thirsty), bool)
        if not len(thirsty):
            return
        water = self.paths.from_planes(observed.tile_bytes[thirsty, :, 0] >> 2 == self.rules.ground.water)
        one = self.paths.bits(1)
        shore = water | water << one | water >> one
        shore[1:-1] |= shore[:-2] | shore[2:]
        beside = self.paths.has(shore, 0, 0)
        self.drinking[thirsty] = beside
        wants[0][:, thirsty] |= shore & walkable[:, thirsty]
        parched = thirsty[observed.water[thirsty] < 30]
        wants[1:CLASSES, :, parched] = 0

    def _seek_shelter(self, observed: ObservationReader, wants: NDArray[Any], walkable: NDArray[Any]) -> None:
        gap = np.stack([self._middle[0] - observed.row, self._middle[1] - observed.column])
        margin = np.minimum(_FOG_MARGIN, 1 + np.abs(gap).max(axis=0) // 2)
        outer = (observed.fog_distance < margin).nonzero()[0]
        if not len(outer):
            return
        lost = self.detour[outer] > 0  # a way round stones must be gone to its end
        heading = np.where(lost, self.heading[outer], _towards(gap[0, outer], gap[1, outer]))
        self.heading[outer] = heading
        wants[:, :, outer] = 0
        wants[0][:, outer] = self._borders[:, heading] & walkable[:, outer]
        wants[3][:, outer] = self._edges[:, heading] & walkable[:, outer]

    def _unstick(self, observed: ObservationReader) -> None:
        """Choose another heading, and a step aside, where no way leads on."""
        me = self.own_state
        moving = self.direction >= 0
        spot = observed.row.astype(np.int64) << 16 | observed.column
        self.stuck = (self.stuck + 1) * ((spot == self.last_spot) & me.calm)
        self.last_spot = spot
        self.blocked = np.maximum(self.blocked + 2 - 3 * moving, 0)
        if np.count_nonzero(self.break_out) or np.count_nonzero(self.blocked > _BLOCKED):
            self.break_out = np.where(self.blocked > _BLOCKED, _BREAK_OUT, np.maximum(self.break_out - 1, 0))
            self.blocked *= self.break_out == 0
        lost = ~moving | (self.stuck > 8)
        if np.count_nonzero(lost):
            turn = lost.nonzero()[0]
            # Dice are thrown for all, so that nobody's luck depends on who else is lost; used for some ticks.
            first, second, third = (self.uniforms[:, turn] + 0.37 * self.tick) % 1
            turned = (1 + 3 * first).astype(np.int64) * np.where(second < 0.5, 1, -1)
            self.heading[turn] = (self.heading[turn] + turned) % 8
            self.detour[turn] = (8 + 16 * second).astype(np.int64)
            self.direction[turn] = (4 * third).astype(np.int64)


def _towards(row: NDArray[Any], column: NDArray[Any]) -> NDArray[np.int64]:
    """Return the heading to a place so far to the south and to the east: 0 is north, then clockwise."""
    eighth: NDArray[np.int64] = np.rint(np.arctan2(column, -row) * (4 / np.pi)).astype(np.int64) % 8
    return eighth
