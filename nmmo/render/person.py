"""A person who plays a slot: turns keys and clicks into the slot's next action."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.enums import Action, GroundKind, Skill
from nmmo.core.world import World
from nmmo.render.scene import Scene

__all__ = ["DIRECTIONS", "Person"]

DIRECTIONS: Final = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}
_MOVES: Final = {step: number for number, step in enumerate(DIRECTIONS.values(), Action.MOVE_NORTH)}
_RUN: Final = Action.RUN_NORTH - Action.MOVE_NORTH
MOST_SEARCHED: Final = 6000  # tiles, for a way to walk


class Person:
    """Chooses the actions of one slot, unless its policy does.

    Parameters
    ----------
    world
        The world that is played.
    slot
        Whose actions.

    Attributes
    ----------
    by_policy
        Whether the slot's agent plays at the moment.
    wanted
        The next action; None: go where was clicked, or wait.
    last_action
        What was done in the last tick.
    """

    def __init__(self, world: World, slot: int) -> None:
        self.world, self.slot = world, slot
        self.by_policy = False
        self.wanted: int | None = None
        self.held: tuple[int, int] | None = None
        self.running = False
        self.goal: tuple[int, int] | None = None
        self.prey: int | None = None
        self.last_action = 0

    def want(self, action: int) -> None:
        """Choose the next action; it takes the place of a walk."""
        self.wanted = int(action)
        self.goal = self.prey = None

    def go_to(self, row: int, column: int, prey: int | None) -> None:
        """Walk to a tile, or after somebody until it can be attacked."""
        self.goal, self.prey, self.wanted = (row, column), prey, None

    @property
    def busy(self) -> bool:
        """Whether there is something to do: a tick that waits for the person need wait no longer."""
        return self.wanted is not None or self.held is not None or self.goal is not None

    def can(self, action: int) -> bool:
        """Whether an action is possible now."""
        return bool(self.world.mask[self.slot, action])

    def choose(self, actions: NDArray[np.int64]) -> None:
        """Put this slot's action among those of all slots."""
        if not self.by_policy:
            chosen = self._next()
            if actions.ndim == 1:
                actions[self.slot] = chosen
            else:
                actions[self.slot] = chosen, 0
        chosen_now: Any = actions[self.slot]
        self.last_action = int(chosen_now if actions.ndim == 1 else chosen_now[0])

    def _next(self) -> int:
        if self.wanted is not None:
            action, self.wanted = self.wanted, None
            return action
        if self.held is not None:
            return _MOVES[self.held] + (_RUN if self.running else 0)
        if self.goal is not None:
            return self._toward()
        return int(Action.WAIT)

    def _toward(self) -> int:
        scene = Scene.of(self.world)
        here = scene.place_of(self.slot)
        if here is None:
            self.goal = self.prey = None
            return int(Action.WAIT)
        if self.prey is not None:
            place = scene.place_of(self.prey)
            attack = Action.ATTACK_PLAYER if self.prey < len(scene.players) else Action.ATTACK_MONSTER
            if place is None:
                self.goal = self.prey = None
                return int(Action.WAIT)
            self.goal = place
            reach = 1 if scene.players["self"]["style"][self.slot] == Skill.MELEE else 3
            if max(abs(place[0] - here[0]), abs(place[1] - here[1])) <= reach and self.can(attack):
                return int(attack)
        assert self.goal is not None
        step = way(scene, here, self.goal, self.prey is not None)
        if step is None:
            self.goal = self.prey = None
            return int(Action.WAIT)
        if (here[0] + step[0], here[1] + step[1]) == self.goal and self.prey is None:
            self.goal = None
        action = _MOVES[step]
        return action + _RUN if self.running and self.can(action + _RUN) else action


def way(scene: Scene, start: tuple[int, int], goal: tuple[int, int], beside: bool) -> tuple[int, int] | None:
    """The first step of a shortest way; None: there is none nearby. Beside: next to the goal is enough."""
    if start == goal:
        return None
    walkable = (scene.ground >> 2 >= GroundKind.GRASS) & (scene.ground >> 2 <= GroundKind.DIRT)
    if not walkable[goal] and not beside:
        return None
    taken: set[tuple[int, int]] = set()
    me = scene.players["self"]
    for rows, columns, alive in (
        (me["row"], me["column"], scene.players["alive"]),
        (scene.monsters["row"], scene.monsters["column"], scene.monsters["alive"]),
    ):
        near = (alive == 1) & (np.abs(rows.astype(int) - start[0]) < 12) & (np.abs(columns.astype(int) - start[1]) < 12)
        taken.update(zip(rows[near].tolist(), columns[near].tolist(), strict=True))
    # From the goal backward: where the start is reached, the step is known.
    seen = {goal}
    open_ = deque([goal])
    height, width = walkable.shape
    while open_ and len(seen) < MOST_SEARCHED:
        row, column = open_.popleft()
        for down, right in DIRECTIONS.values():
            at = row - down, column - right
            if at == start:
                if (row, column) in taken and not ((row, column) == goal and beside):
                    continue
                if (row, column) == goal and beside:
                    return None
                return down, right
            inside = 0 <= at[0] < height and 0 <= at[1] < width
            if inside and at not in seen and walkable[at] and at not in taken:
                seen.add(at)
                open_.append(at)
    return None
