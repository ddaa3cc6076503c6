"""What the tests of the rules share: acting, and reading a world as plain records."""

from typing import Any

import numpy as np

import nmmo

Action = nmmo.Action


def drawn(
    drawing: str, legend: dict[str, Any] | None = None, *, protected: bool = False, **settings: Any
) -> nmmo.World:
    """Return a drawn world whose players can be attacked at once, unless `protected` keeps their first ticks."""
    world = nmmo.World.from_text(drawing, legend, **settings)
    if not protected:
        for slot in range(world.n_agents):
            if world.players[slot]["alive"]:
                world.edit.set(slot, protection=0, monster_protection=0)
    return world


def act(world: nmmo.World, actions: dict[int, int] | None = None, ticks: int = 1) -> tuple[Any, ...]:
    """Step `ticks` times; slots that are not named wait. Returns copies of the last step's outputs."""
    chosen = np.zeros(world.n_agents, dtype=np.int64)
    for slot, action in (actions or {}).items():
        chosen[slot] = int(action)
    result: tuple[Any, ...] = ()
    for _ in range(ticks):
        result = world.step(chosen, copy=True)
    return result


def player(world: nmmo.World, slot: int = 0) -> Any:
    """Return the record of one player, as it is now."""
    return world.players[slot]


def me(world: nmmo.World, slot: int = 0) -> Any:
    """Return the `self` part of one player's record: position, health, levels, timers."""
    return world.players[slot]["self"]


def monster(world: nmmo.World, index: int = 0) -> Any:
    """Return the record of one monster, as it is now."""
    return world.monsters[index]


def monster_entity(world: nmmo.World, index: int = 0) -> int:
    """Return the number by which events name a monster."""
    return int(world.n_agents) + index


def row(world: nmmo.World, slot: int = 0) -> Any:
    """Return one player's row of observation, structured, copied."""
    return world.observations[slot].copy()


def where(world: nmmo.World, slot: int = 0) -> tuple[int, int]:
    """Return the tile on which a player stands: row, column."""
    record = me(world, slot)
    return int(record["row"]), int(record["column"])


def monster_where(world: nmmo.World, index: int = 0) -> tuple[int, int]:
    """Return the tile on which a monster stands: row, column."""
    record = monster(world, index)
    return int(record["row"]), int(record["column"])


def possible(world: nmmo.World, slot: int, action: int) -> bool:
    """Return whether the mask shows the action as possible."""
    return bool(world.mask[slot, int(action)])


def kind_number(kind: str) -> int:
    """Return the number of an event kind by its lower-case name."""
    return int(nmmo.EventKind[kind.upper()])


def events(world: nmmo.World, kind: str, **fields: int) -> list[Any]:
    """Return the last tick's events of a kind, narrowed to equal `fields`."""
    found = [event for event in world.events if event["kind"] == kind_number(kind)]
    return [event for event in found if all(int(event[name]) == value for name, value in fields.items())]


def object_name(number: int) -> str:
    """Return the lower-case name of an item type or another object."""
    return nmmo.ObjectKind(int(number)).name.lower()


def inventory(world: nmmo.World, slot: int = 0) -> list[tuple[str, int, int, bool]]:
    """Return what a player carries, by slot: (type name, tier, quantity, worn), empty slots left out."""
    return [
        (object_name(item["type"]), int(item["tier"]), int(item["quantity"]), bool(item["worn"]))
        for item in world.players[slot]["inventory"]
        if item["type"]
    ]


def on_ground(world: nmmo.World) -> dict[tuple[int, int], tuple[str, int, int]]:
    """Return items on the ground: tile -> (type name, tier, quantity)."""
    return {
        (int(item["row"]), int(item["column"])): (
            object_name(item["type"]),
            int(item["tier"]),
            int(item["quantity"]),
        )
        for item in world.ground_items
    }


def meadow(rows: int, columns: int) -> str:
    """Return a drawing of nothing but grass."""
    return "\n".join("." * columns for _ in range(rows))
