"""Reading rows: what nmmo.agents.observation_reader makes of them must be what the engine's own dtype says."""

from __future__ import annotations

import numpy as np
import pytest

import nmmo
from nmmo.agents.observation_reader import ObservationReader
from nmmo.agents.pathfinding import Pathfinder


def played(preset: str = "small", ticks: int = 120, **changes: int) -> nmmo.World:
    """Return a world in which things have happened."""
    world = nmmo.World(nmmo.Config.preset(preset, **changes), seed=5)
    world.reset()
    rng = np.random.default_rng(5)
    for _ in range(ticks):
        world.step(nmmo.sample_actions(world.mask, rng))
    return world


def rows_of(world: nmmo.World) -> np.ndarray:
    return world.observations.view(np.uint8).reshape(world.n_agents, world.row_bytes)


@pytest.mark.parametrize("radii", [(5, 7), (1, 1), (15, 15), (3, 8)])
def test_the_reader_agrees_with_the_dtype(radii):
    rows, columns = radii
    world = played(view_row_radius=rows, view_column_radius=columns)
    observed = ObservationReader(nmmo.observation_dtype(world.config))
    entities = observed.read(rows_of(world))
    observed.read_inventory(rows_of(world))
    own = world.observations["self"]
    for name in ("row", "column", "gold", "health", "stamina", "food", "water", "age", "price_step"):
        assert np.array_equal(getattr(observed, name), own[name]), name
    for name in ("combat_level", "harvest_level", "style", "element", "combat_ticks", "biome"):
        assert np.array_equal(getattr(observed, name), own[name]), name
    assert np.array_equal(observed.danger_here, own["danger"])
    assert np.array_equal(observed.levels, own["level"].T)
    assert np.array_equal(observed.worn_type, own["worn_type"].T)
    assert np.array_equal(observed.worn_tier, own["worn_tier"].T)
    inventory = world.observations["inventory"]
    assert inventory["type"].any()
    for name in ("type", "tier", "quantity", "worn"):
        assert np.array_equal(getattr(observed, f"item_{name}"), inventory[name]), name
    assert np.array_equal(observed.cheapest, world.observations["market"][3, 0])
    tiles = world.observations["tiles"].reshape(world.n_agents, -1)
    assert np.array_equal(observed.ground, tiles["ground"] >> 2)
    assert np.array_equal(observed.danger, tiles["tier"] >> 4)
    listed = observed.own_listings(rows_of(world))
    assert np.array_equal(listed[:, :, 2], world.observations["listings"]["quantity"])

    something = (tiles["object"] > 0) | ((tiles["occupant"] & 7) > 0)
    something[:, observed.centre] = False
    owner, place = np.nonzero(something)
    assert len(owner) > 0
    assert np.array_equal(entities.owner, owner)
    assert np.array_equal(entities.place, place)
    seen = tiles[owner, place]
    assert np.array_equal(entities.object, seen["object"])
    assert np.array_equal(entities.tier, seen["tier"] & 15)
    assert np.array_equal(entities.danger, seen["tier"] >> 4)
    assert np.array_equal(entities.occupant, seen["occupant"] & 7)
    assert np.array_equal(entities.level, seen["level"] & 63)
    assert np.array_equal(entities.gear, seen["level"] >> 6)
    assert np.array_equal(entities.health, seen["health"])
    assert np.array_equal(entities.style, seen["style"] & 3)
    assert np.array_equal(entities.element, seen["style"] >> 2 & 7)
    assert np.array_equal(entities.team, seen["team"])
    assert np.array_equal(entities.row, place // (2 * columns + 1) - rows)
    assert np.array_equal(entities.column, place % (2 * columns + 1) - columns)
    assert np.array_equal(entities.distance, np.maximum(abs(entities.row), abs(entities.column)))


def test_where_keeps_entries_whole():
    world = played()
    entities = ObservationReader(nmmo.observation_dtype(world.config)).read(rows_of(world))
    monsters = entities.where(entities.occupant >= nmmo.Occupant.PASSIVE)
    assert 0 < len(monsters) < len(entities)
    assert (monsters.occupant >= nmmo.Occupant.PASSIVE).all()
    assert np.array_equal(monsters.level, entities.level[entities.occupant >= nmmo.Occupant.PASSIVE])


def test_rows_apart_in_memory_read_the_same():
    world = played()
    observed = ObservationReader(nmmo.observation_dtype(world.config))
    rows = rows_of(world)
    entities = observed.read(rows[1::3])
    health = observed.health.copy()
    again = observed.read(rows[1::3].copy())
    assert np.array_equal(entities.place, again.place)
    assert np.array_equal(health, observed.health)
    assert np.array_equal(health, world.observations["self"]["health"][1::3])


def test_wrong_rows_are_refused():
    observed = ObservationReader(nmmo.observation_dtype(nmmo.Config.preset("small")))
    with pytest.raises(ValueError, match="rows must be uint8"):
        observed.read(np.zeros((2, 7), np.uint8))
    with pytest.raises(ValueError, match="observation_dtype"):
        ObservationReader(np.dtype([("a", "u1")]))


# ---- paths ------------------------------------------------------------------------------------------


def reference_step(walkable: np.ndarray, delays: np.ndarray) -> int:
    """Return steps, delay included, from the centre to the best want, by plain relaxation; -1 where there is none.

    walkable: bool [rows, columns]; delays: the delay of each wanted tile, a large number elsewhere.
    """
    far = 10_000
    rows, columns = walkable.shape
    cost = delays.copy()
    for _ in range(rows * columns):
        padded = np.pad(cost, 1, constant_values=far)
        near = np.minimum.reduce([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
        better = np.where(walkable, np.minimum(cost, near + 1), cost)
        if np.array_equal(better, cost):
            break
        cost = better
    padded = np.pad(cost, 1, constant_values=far)
    row, column = rows // 2 + 1, columns // 2 + 1
    beside = min(padded[row - 1, column], padded[row, column + 1], padded[row + 1, column], padded[row, column - 1])
    return int(beside) if beside < far else -1


@pytest.mark.parametrize("size", [(11, 15), (3, 3), (31, 31), (7, 17)])
@pytest.mark.parametrize("n", [5, 60])
def test_first_steps_are_shortest(size, n):
    rng = np.random.default_rng(size[0] * n)
    rows, columns = size
    paths = Pathfinder(rows, columns)
    walkable = rng.random((n, rows, columns)) < 0.7
    kinds = rng.integers(0, 3, (n, rows, columns))
    wanted = rng.random((n, rows, columns)) < 3 / (rows * columns)
    wanted[:, rows // 2, columns // 2] = False
    owner, place = np.nonzero(wanted.reshape(n, -1))
    wants = paths.from_places(n, 3, kinds.reshape(n, -1)[owner, place], owner, place)
    delays = np.array([0, 3, 7])
    most = 200
    direction, distance = paths.first_steps(paths.from_planes(walkable.reshape(n, -1)), wants, delays, most)
    assert (direction >= 0).any()
    for agent in range(n):
        costs = np.where(wanted[agent], delays[kinds[agent]], 10_000)
        expected = reference_step(walkable[agent], costs)
        assert (direction[agent] >= 0) == (expected >= 0), agent
        if expected >= 0:
            assert distance[agent] == expected, agent


def test_the_search_gives_up_after_its_steps():
    paths = Pathfinder(11, 15)
    open_ground = paths.from_planes(np.ones((1, 165), bool))
    corner = paths.from_places(1, 1, np.array([0]), np.array([0]), np.array([0]))
    assert paths.first_steps(open_ground, corner, np.array([0]), 11)[0][0] in (0, 3)
    assert paths.first_steps(open_ground, corner, np.array([0]), 10)[0][0] == -1


def test_squares_are_clipped_to_the_view():
    paths = Pathfinder(11, 15)
    corner, near_east = 0, 5 * 15 + 13  # (-5, -7) and (0, 6) from the middle
    tiles = paths.squares(2, 4, np.array([1, 1]), np.array([corner, near_east]))
    held = {(r, c) for r in range(-5, 6) for c in range(-7, 8) if paths.has(tiles, r, c)[1]}
    expected = {(r, c) for r in range(-4, 5) for c in range(2, 8)}
    expected |= {(r, c) for r in range(-5, 0) for c in range(-7, -2)}
    assert held == expected
    assert not tiles[:, 0].any()
