"""What players see, compared with a row built again from the tables, every tick of random play."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from helpers import act, drawn, row
from mirror import Mirror
from rulebook import ITEMS, STACKING

import nmmo
from nmmo.core.content import N_ACTIONS

SMALL: dict[str, Any] = {"height": 40, "width": 40, "n_players": 16, "n_monsters": 30}
DENSE: dict[str, Any] = {
    "ore_density": 40,
    "tree_density": 40,
    "crystal_density": 40,
    "herb_density": 40,
    "fish_density": 40,
}
WORLDS: dict[str, dict[str, Any]] = {
    "default": {},
    "survival": {"survival": True, "node_regrow_ticks": 5},
    "battle": {
        "team_size": 4,
        "fog": True,
        "fog_start": 4,
        "fog_period": 2,
        "pvp_min_danger": 1,
        "protection_ticks": 0,
    }
    | {"lives": 3, "fog_final": 9},
    "everyone for himself": {"pvp_min_danger": 1, "protection_ticks": 5, "respawn": "next_tick"},
    "talking": {"vocabulary": 31, "team_size": 2, "n_monsters": 10},
    "oblong map and long views": {"height": 33, "width": 71, "view_row_radius": 1, "view_column_radius": 15},
    "held slots": {
        "respawn": "on_request",
        "lives": 2,
        "fog": True,
        "fog_start": 1,
        "fog_period": 1,
        "fog_final": 1,
    },
    "short lives": {"stagnation_ticks": 20, "listing_ticks": 8, "node_regrow_ticks": 1},
    "endless boredom": {"stagnation_ticks": 0, "lives": 300, "view_row_radius": 15, "view_column_radius": 1},
}


def leaves(record: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the plain arrays within a structured one, by their full names."""
    if record.dtype.names is None:
        yield name, np.atleast_1d(record)
    else:
        for part in record.dtype.names:
            yield from leaves(record[part], f"{name}.{part}")


def compare(mirror: Mirror) -> None:
    """Compare every byte of every row."""
    world = mirror.world
    shown = world.observations
    for slot in range(world.n_agents):
        made = mirror.row(slot)
        seen = shown[slot]
        if made.tobytes() == seen.tobytes():
            continue
        expected, observed = dict(leaves(made)), dict(leaves(seen))
        for name in expected:
            wrong = np.argwhere(expected[name] != observed[name])
            if len(wrong):
                first = tuple(wrong[0])
                values = f"{expected[name][first]} rebuilt, {observed[name][first]} observed"
                pytest.fail(f"tick {world.tick}, slot {slot}, {name}{list(map(int, first))}: {values}")
        pytest.fail("bytes outside the fields are not 0")


def enrich(world: nmmo.World, rng: np.random.Generator) -> None:
    """Give everybody levels, things and gold, so that much is possible."""
    for slot in range(world.n_agents):
        for skill in nmmo.Skill:
            level = int(rng.integers(1, 41))
            world.edit.level(slot, skill.name.lower(), level, int(rng.integers(0, 8 * level)) if level < 40 else 0)
        for item in rng.choice(ITEMS, 8, replace=False):
            world.edit.give(
                slot, str(item), int(rng.integers(1, 6)), int(rng.integers(1, 99)) if item in STACKING else 1
            )
        world.edit.set(slot, gold=int(rng.integers(0, 300)), health=int(rng.integers(1, 101)))


@pytest.mark.parametrize("rich", [False, True], ids=["poor", "rich"])
@pytest.mark.parametrize("name", WORLDS)
def test_observation_is_true_in_every_byte_of_every_tick(name: str, rich: bool) -> None:
    config = nmmo.Config(**SMALL | DENSE | WORLDS[name])
    rng = np.random.default_rng(len(name))
    with nmmo.World(config) as world:
        world.reset(seed=len(name) + rich)
        if rich:
            enrich(world, rng)
        mirror = Mirror(world)
        compare(mirror)
        happened: set[int] = set()
        for _ in range(36):
            actions = nmmo.sample_actions(world.mask, rng)
            if config.vocabulary:
                actions = np.stack([actions, rng.integers(0, config.vocabulary + 1, world.n_agents)], axis=1)
            world.step(actions)
            happened.update(world.events["kind"].tolist())
            mirror.tick()
            compare(mirror)
            if config.respawn == "on_request" and world.tick % 5 == 0:
                world.respawn(rng.random(world.n_agents) < 0.5)
                mirror.tick()
                compare(mirror)
            if world.over:
                break
    kinds = nmmo.EventKind
    assert happened >= {
        kinds.HIT,
        kinds.DEATH,
        kinds.HARVEST,
        kinds.EQUIP,
        kinds.LIST,
        kinds.DROP,
        kinds.PICK_UP,
    }
    assert kinds.SALE in happened or not rich


def test_observation_mask_is_what_would_change_the_world() -> None:
    rng = np.random.default_rng(8)
    config = nmmo.Config(**SMALL | DENSE | {"pvp_min_danger": 1, "protection_ticks": 4})
    with nmmo.World(config) as world:
        world.reset(seed=4)
        enrich(world, rng)
        for _ in range(25):
            mask = world.mask.copy()
            for slot in rng.choice(world.n_agents, 4, replace=False):
                changing = [0, *(action for action in range(1, N_ACTIONS) if world.would_change(slot, action))]
                assert np.flatnonzero(mask[slot]).tolist() == changing, (world.tick, slot)
            world.step(nmmo.sample_actions(mask, rng))


def test_observation_after_a_snapshot_is_the_same() -> None:
    rng = np.random.default_rng(2)
    with nmmo.World(nmmo.Config(**SMALL | DENSE)) as world:
        world.reset(seed=1)
        for _ in range(20):
            world.step(nmmo.sample_actions(world.mask, rng))
        with nmmo.World.from_snapshot(world.snapshot()) as other:
            assert other.observations.tobytes() == world.observations.tobytes()
        before = world.observations.tobytes()
        world.step(nmmo.sample_actions(world.mask, rng))
        assert world.observations.tobytes() != before


# ---- the published form of a row -------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "columns"), [(5, 7), (1, 1), (15, 15), (1, 15), (15, 1)])
def test_observation_dtype_has_the_published_shapes(rows: int, columns: int) -> None:
    config = nmmo.Config(view_row_radius=rows, view_column_radius=columns)
    dtype = nmmo.observation_dtype(config)
    assert dtype["tiles"].shape == (2 * rows + 1, 2 * columns + 1)
    assert dtype["tiles"].base.itemsize == 8
    assert dtype["tiles"].base.names == (("ground", "object", "tier", "occupant", "level", "health", "style", "team"))
    assert (dtype["inventory"].shape, dtype["inventory"].base.names) == (
        (12,),
        ("type", "tier", "quantity", "worn"),
    )
    assert dtype["listings"].shape == (4,)
    assert dtype["listings"].base.names == ("type", "tier", "quantity", "price_step", "ticks_left_8")
    assert dtype["market"].shape == (2, len(ITEMS), 5) and dtype["mask"].shape == (N_ACTIONS,)
    assert dtype.itemsize % 64 == 0
    with nmmo.World(config.replace(height=64, width=64, n_players=3, n_monsters=0)) as world:
        rows_of_bytes, _ = world.reset(seed=0)
        assert rows_of_bytes.shape == (3, dtype.itemsize) and rows_of_bytes.dtype == np.uint8
        assert world.observations.dtype == dtype


def test_observation_defaults_to_eleven_by_fifteen_tiles() -> None:
    assert nmmo.observation_dtype()["tiles"].shape == (11, 15)


def test_observation_beyond_the_map_is_void() -> None:
    world = nmmo.World.from_text("@")
    tiles = row(world)["tiles"]
    centre = tiles[5, 7]
    assert centre["ground"] == 1 * 4 and centre["occupant"] == 1 and centre["health"] == 100
    elsewhere = np.delete(tiles.ravel(), 5 * 15 + 7)
    assert not elsewhere["ground"].any() and not elsewhere["occupant"].any() and not elsewhere["object"].any()


@pytest.mark.parametrize("kind", ["grass", "sand", "dirt", "stone", "water", "void"])
@pytest.mark.parametrize("biome", ["spring", "summer", "autumn", "winter"])
@pytest.mark.parametrize("danger", [1, 3, 5])
def test_observation_ground_is_kind_biome_and_danger(kind: str, biome: str, danger: int) -> None:
    world = nmmo.World.from_text("@ g", {"g": nmmo.Ground(kind, biome, danger)})
    tile = row(world)["tiles"][5, 8]
    kinds = ("void", "grass", "sand", "dirt", "stone", "water")
    biomes = ("spring", "summer", "autumn", "winter")
    assert tile["ground"] == kinds.index(kind) * 4 + biomes.index(biome)
    assert tile["tier"] == danger << 4


def test_observation_leaves_no_ghosts_behind() -> None:
    """Who moves, dies or vanishes is gone from every view in the same tick."""
    world = drawn("@ @ . . .", danger=5)
    world.edit.set(1, health=1)
    act(world, {0: nmmo.Action.ATTACK_PLAYER, 1: nmmo.Action.WAIT})
    seen = [tuple(place) for place in np.argwhere(row(world)["tiles"]["occupant"])]
    mine, other = ((int(one["row"]), int(one["column"])) for one in world.players["self"])
    assert seen == sorted((5 + place[0] - mine[0], 7 + place[1] - mine[1]) for place in (mine, other))


def test_observation_of_an_ending_life_is_kept_for_who_asks() -> None:
    world = drawn("@ @ .", danger=5, lives=1)
    with nmmo.World(world.config, final_observations=True) as asked:
        asked.restore(world.snapshot())
        asked.edit.set(1, health=1)
        *_, info = asked.step([nmmo.Action.ATTACK_PLAYER, 0])
        final = np.ascontiguousarray(info["final_obs"]).view(asked.observations.dtype).reshape(2)
        assert (asked.terminated[1], final[1]["self"]["health"]) == (True, 0)
        assert final[1]["tiles"][5, 7]["occupant"] == 1 and final[1]["tiles"][5, 7]["health"] == 0
        held = np.zeros((), dtype=asked.observations.dtype)
        held["mask"][0] = 1
        assert asked.observations[1].tobytes() == held.tobytes()
