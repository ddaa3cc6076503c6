"""Somebody who plays a slot by hand: turns keys and clicks into the slot's next action."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.seat import Seat
from nmmo.core.enums import Action, GroundKind, Skill
from nmmo.core.world import World
from nmmo.render.scene import Scene

__all__ = ["DIRECTIONS", "HumanPlayer"]

DIRECTIONS: Final = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}
_MOVES: Final = {step: number for number, step in enumerate(DIRECTIONS.values(), Action.MOVE_NORTH)}
_RUN: Final = Action.RUN_NORTH - Action.MOVE_NORTH
MAX_SEARCHED: Final = 6000
"""How many tiles a search for a path may visit."""


class HumanPlayer(Seat):
    """A person who plays one slot of a seat, in the place of its agent, which plays the seat's other slots.

    Parameters
    ----------
    world
        The world that is played.
    slot
        Whose actions the person chooses.
    agent
        Who has the slot otherwise. It is asked for actions in any case, so that the person can hand over to it.

    Attributes
    ----------
    autopilot
        Whether the slot's agent plays at the moment.
    queued_action
        The next action; None: go where was clicked, or wait.
    last_action
        What was done in the last tick.
    """

    def __init__(self, world: World, slot: int, agent: Seat) -> None:
        super().__init__(agent.name, agent.slots)
        self.world, self.slot, self.agent = world, slot, agent
        self._position = int(np.searchsorted(self.slots, slot))
        self.autopilot = False
        self.queued_action: int | None = None
        self.held_direction: tuple[int, int] | None = None
        self.running = False
        self.destination: tuple[int, int] | None = None
        self.target: int | None = None
        self.last_action = 0

    def queue(self, action: int) -> None:
        """Choose the next action; it replaces a walk."""
        self.queued_action = int(action)
        self.destination = self.target = None

    def go_to(self, row: int, column: int, target: int | None) -> None:
        """Walk to a tile, or after somebody until it can be attacked."""
        self.destination, self.target, self.queued_action = (row, column), target, None

    @property
    def has_action(self) -> bool:
        """Whether there is something to do, so that a tick need not wait for the human."""
        return self.queued_action is not None or self.held_direction is not None or self.destination is not None

    def is_possible(self, action: int) -> bool:
        """Return whether an action is possible now."""
        return bool(self.world.mask[self.slot, action])

    def reset(self, seed: int) -> None:  # documented by Seat
        self.agent.reset(seed)

    def request(self, observations: NDArray[np.uint8]) -> None:  # documented by Seat
        self.agent.request(observations)

    def actions(self) -> NDArray[np.integer[Any]]:
        """Return the actions of the agent, with that of the person in its slot unless the agent plays it."""
        actions = self.agent.actions()
        if not self.autopilot:
            actions = np.array(actions)
            actions[self._position] = self._next_action() if actions.ndim == 1 else (self._next_action(), 0)
        chosen = actions[self._position]
        self.last_action = int(chosen if actions.ndim == 1 else chosen[0])
        return actions

    def insight(self, slot: int) -> dict[str, Any] | None:  # documented by Seat
        return self.agent.insight(slot)

    def close(self) -> None:  # documented by Seat
        self.agent.close()

    def _next_action(self) -> int:
        if self.queued_action is not None:
            action, self.queued_action = self.queued_action, None
            return action
        if self.held_direction is not None:
            return _MOVES[self.held_direction] + (_RUN if self.running else 0)
        if self.destination is not None:
            return self._step_to_destination()
        return int(Action.WAIT)

    def _step_to_destination(self) -> int:
        scene = Scene.of(self.world)
        here = scene.position_of(self.slot)
        if here is None:
            self.destination = self.target = None
            return int(Action.WAIT)
        if self.target is not None:
            place = scene.position_of(self.target)
            attack = Action.ATTACK_PLAYER if self.target < len(scene.players) else Action.ATTACK_MONSTER
            if place is None:
                self.destination = self.target = None
                return int(Action.WAIT)
            self.destination = place
            reach = 1 if scene.players["self"]["style"][self.slot] == Skill.MELEE else 3
            if max(abs(place[0] - here[0]), abs(place[1] - here[1])) <= reach and self.is_possible(attack):
                return int(attack)
        assert self.destination is not None
        step = first_step(scene, here, self.destination, self.target is not None)
        if step is None:
            self.destination = self.target = None
            return int(Action.WAIT)
        if (here[0] + step[0], here[1] + step[1]) == self.destination and self.target is None:
            self.destination = None
        action = _MOVES[step]
        return action + _RUN if self.running and self.is_possible(action + _RUN) else action


def first_step(scene: Scene, start: tuple[int, int], goal: tuple[int, int], beside: bool) -> tuple[int, int] | None:
    """Return the first step (rows, columns) of a shortest path; None: there is none nearby.

    With ``beside``, the path may end next to the goal.
    """
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
    # From the goal backward: when the start is reached, the step is known.
    seen = {goal}
    open_ = deque([goal])
    height, width = walkable.shape
    while open_ and len(seen) < MAX_SEARCHED:
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
