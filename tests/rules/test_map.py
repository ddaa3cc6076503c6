"""What a generated map promises, over several seeds, and where players and monsters begin on it."""

from collections import deque
from functools import cache

import numpy as np
import pytest

import nmmo

SEEDS = range(6)
VOID, GRASS, SAND, DIRT, STONE, WATER = range(6)
NODE_KINDS = ["ore", "tree", "crystal", "herb", "fish"]
FIRST_NODE = int(nmmo.ObjectKind.ORE)


class Map:
    """The parts of a world's tiles and tables, as of its reset."""

    def __init__(self, world):
        tiles = world.tiles
        self.ground = tiles["ground"].astype(int) >> 2
        self.biome = tiles["ground"].astype(int) & 3
        self.danger = tiles["tier"].astype(int) >> 4
        self.occupant = tiles["occupant"].astype(int) & 7
        self.walkable = (self.ground >= GRASS) & (self.ground <= DIRT)
        self.nodes, self.players, self.monsters = world.nodes, world.players, world.monsters
        self.words = world.map()


@cache
def generated(seed, height=160, width=160, n_players=64, n_monsters=1000, **fields):
    config = nmmo.Config(height=height, width=width, n_players=n_players, n_monsters=n_monsters, **fields)
    world = nmmo.World(config, seed=seed)
    world.reset()
    return Map(world)


def around(mask, radius=1):
    """Return tiles that have one of the mask's within a radius (Chebyshev), themselves included."""
    padded = np.pad(mask, radius)
    rows, columns = mask.shape
    found = np.zeros_like(mask)
    for row in range(2 * radius + 1):
        for column in range(2 * radius + 1):
            found |= padded[row : row + rows, column : column + columns]
    return found


def regions(mask):
    """Return sizes of a mask's connected parts (four neighbours), largest first."""
    left = mask.copy()
    sizes = []
    for start in zip(*np.nonzero(mask), strict=True):
        if not left[start]:
            continue
        queue, size = deque([start]), 0
        left[start] = False
        while queue:
            row, column = queue.popleft()
            size += 1
            for place in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= place[0] < mask.shape[0] and 0 <= place[1] < mask.shape[1] and left[place]:
                    left[place] = False
                    queue.append(place)
        sizes.append(size)
    return sorted(sizes, reverse=True)


# ---- ground -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_all_walkable_ground_is_connected(seed):
    assert len(regions(generated(seed).walkable)) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_walkable_share(seed):
    assert generated(seed).walkable.mean() >= 0.55


@pytest.mark.parametrize(("height", "width"), [(32, 32), (32, 200), (100, 40), (64, 64)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_small_and_long_maps_hold_together(height, width, seed):
    map_ = generated(seed, height, width, n_players=32, n_monsters=64)
    assert map_.ground.shape == (height, width)
    assert len(regions(map_.walkable)) == 1
    assert map_.walkable.mean() >= 0.55
    assert (map_.players["alive"] == 1).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_ground_is_there_and_no_void(seed):
    kinds, counts = np.unique(generated(seed).ground, return_counts=True)
    assert kinds.tolist() == [GRASS, SAND, DIRT, STONE, WATER]
    assert (counts >= 0.01 * counts.sum()).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_biomes_are_four_contiguous_regions_or_more(seed):
    biome = generated(seed).biome
    for number in range(4):
        share = (biome == number).mean()
        assert 0.05 <= share <= 0.6
        sizes = regions(biome == number)
        assert sum(size for size in sizes if size >= 200) >= 0.9 * sum(sizes)


# ---- danger -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_danger_shares(seed):
    map_ = generated(seed)
    danger = map_.danger[map_.walkable]
    shares = [float((danger == tier).mean()) for tier in range(1, 6)]
    assert sum(shares) == pytest.approx(1)
    assert shares == pytest.approx([0.35, 0.25, 0.18, 0.13, 0.09], abs=0.02)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_danger_has_several_regions(seed):
    """Of walkable ground, which is what danger is for, and none of them a mere speck."""
    map_ = generated(seed)
    for tier in range(1, 6):
        sizes = regions((map_.danger == tier) & map_.walkable)
        assert len([size for size in sizes if size >= 16]) >= 2, (tier, sizes[:5])


@pytest.mark.parametrize("seed", SEEDS)
def test_danger_is_smooth(seed):
    danger = generated(seed).danger
    steps = np.concatenate([np.abs(np.diff(danger, axis=axis)).ravel() for axis in (0, 1)])
    assert (steps <= 1).mean() >= 0.995
    assert (steps == 0).mean() >= 0.8


# ---- nodes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", NODE_KINDS)
def test_node_counts(seed, kind):
    map_ = generated(seed)
    expected = 8 * map_.walkable.sum() / 1024
    count = int((map_.nodes["kind"] == FIRST_NODE + NODE_KINDS.index(kind)).sum())
    assert 0.85 * expected <= count <= 1.15 * expected


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_node_density_is_configured(kind):
    none = generated(3, **{f"{kind}_density": 0})
    twice = generated(3, **{f"{kind}_density": 16})
    number = FIRST_NODE + NODE_KINDS.index(kind)
    expected = 16 * twice.walkable.sum() / 1024
    assert (none.nodes["kind"] == number).sum() == 0
    assert len(none.nodes) > 0
    assert 0.85 * expected <= (twice.nodes["kind"] == number).sum() <= 1.15 * expected


@pytest.mark.parametrize("seed", SEEDS)
def test_nodes_stand_where_they_belong(seed):
    map_ = generated(seed)
    border = np.zeros_like(map_.walkable)
    for axis in (0, 1):
        change = np.diff(map_.biome, axis=axis) != 0
        border |= np.pad(change, [(0, int(axis == 0)), (0, int(axis == 1))])
    belongs = {
        "ore": around(map_.ground == STONE),
        "tree": map_.ground == GRASS,
        "crystal": around(border, 8),
        "herb": map_.ground == GRASS,
        "fish": around(map_.ground == WATER),
    }
    for node in map_.nodes:
        place = int(node["row"]), int(node["column"])
        assert map_.walkable[place]
        assert belongs[NODE_KINDS[int(node["kind"]) - FIRST_NODE]][place]
        assert node["ripe"]
        assert 1 <= node["tier"] <= map_.danger[place]
    places = {(int(node["row"]), int(node["column"])) for node in map_.nodes}
    assert len(places) == len(map_.nodes)


def test_node_tiers_halve_downward():
    counts = np.zeros((6, 6), int)
    for seed in SEEDS:
        map_ = generated(seed)
        danger = map_.danger[map_.nodes["row"], map_.nodes["column"]]
        np.add.at(counts, (danger, map_.nodes["tier"].astype(int)), 1)
    for danger in range(2, 6):
        total = counts[danger].sum()
        assert total >= 200
        for tier in range(1, danger + 1):
            share = 0.5 ** (danger - tier + 1) if tier > 1 else 0.5 ** (danger - 1)
            error = 5 * (share * (1 - share) / total) ** 0.5
            assert counts[danger, tier] / total == pytest.approx(share, abs=error)


# ---- seeds ------------------------------------------------------------------------------------------


def test_seeds_make_different_maps():
    maps = [generated(seed) for seed in SEEDS]
    for first in range(len(maps)):
        for second in range(first):
            assert (maps[first].ground != maps[second].ground).mean() > 0.1
            assert (maps[first].biome != maps[second].biome).mean() > 0.1
            assert (maps[first].danger != maps[second].danger).mean() > 0.1


def test_equal_seeds_make_equal_worlds():
    first, second = generated(0), generated.__wrapped__(0)
    assert first is not second
    for name in ("words", "players", "monsters", "nodes"):
        assert (getattr(first, name) == getattr(second, name)).all()


def test_map_seed_fixes_the_map_and_not_the_rest():
    config = nmmo.Config.preset("small").replace(map_seed=5)
    world = nmmo.World(config, seed=1)
    world.reset()
    first, born = world.map(), world.players["self"]["row"].copy()
    world.reset(seed=2)
    assert (world.map() == first).all()
    assert (world.players["self"]["row"] != born).any()
    assert world.map_seed == 5
    free = nmmo.World(config.replace(map_seed=None), seed=1)
    free.reset()
    one = free.map()
    free.reset(seed=0)
    assert (free.map() != one).any()
    assert (free.map() != first).any()


# ---- who begins where -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_players_are_born_on_free_ground_of_danger_one(seed):
    map_ = generated(seed)
    here = map_.players["self"]["row"], map_.players["self"]["column"]
    assert (map_.players["alive"] == 1).all()
    assert (map_.danger[here] == 1).all()
    assert map_.walkable[here].all()
    assert (map_.occupant[here] == int(nmmo.Occupant.PLAYER)).all()
    places = set(zip(here[0].tolist(), here[1].tolist(), strict=True))
    assert len(places) == len(map_.players)
    spread = np.ptp(here[0]), np.ptp(here[1])
    assert min(spread) >= 60  # all over the map, not in a corner


@pytest.mark.parametrize("seed", SEEDS)
def test_monster_homes_by_danger(seed):
    map_ = generated(seed)
    danger = map_.danger[map_.monsters["home_row"], map_.monsters["home_column"]]
    shares = [float((danger == tier).mean()) for tier in range(1, 6)]
    assert shares == pytest.approx([0.45, 0.25, 0.15, 0.10, 0.05], abs=0.01)
    assert (map_.monsters["tier"] == danger).all()
    assert (map_.monsters["alive"] == 1).all()
    assert (map_.monsters["health"] == 100).all()
    places = set(zip(map_.monsters["row"].tolist(), map_.monsters["column"].tolist(), strict=True))
    assert len(places) == len(map_.monsters)
    assert map_.walkable[map_.monsters["row"], map_.monsters["column"]].all()


def every_monster(name):
    return np.concatenate([generated(seed).monsters[name].astype(int) for seed in SEEDS])


def near(count, total, share):
    """Return whether a share is within five standard deviations of another."""
    return abs(count - share * total) <= 5 * (total * share * (1 - share)) ** 0.5


def test_monster_levels_are_uniform_within_the_tier():
    tier, level = every_monster("tier"), every_monster("level")
    assert ((level - 1) // 8 + 1 == tier).all()
    for number in range(1, 41):
        of_tier = int((tier == (number - 1) // 8 + 1).sum())
        assert near(int((level == number).sum()), of_tier, 1 / 8)


def test_monster_styles_are_uniform():
    style = every_monster("style")
    for number in range(3):
        assert near(int((style == number).sum()), len(style), 1 / 3)


def test_monster_tempers_by_tier():
    tier, temper = every_monster("tier"), every_monster("temper")
    passive, neutral, hostile = (int(nmmo.Occupant[name]) for name in ("PASSIVE", "NEUTRAL", "HOSTILE"))
    first, second = temper[tier == 1], temper[tier == 2]
    assert near(int((first == passive).sum()), len(first), 2 / 3)
    assert set(first.tolist()) == {passive, neutral}
    assert near(int((second == neutral).sum()), len(second), 2 / 3)
    assert set(second.tolist()) == {neutral, hostile}
    assert set(temper[tier >= 3].tolist()) == {hostile}


@pytest.mark.parametrize("seed", SEEDS)
def test_monster_element_is_the_biomes_from_tier_two(seed):
    map_ = generated(seed)
    biome = map_.biome[map_.monsters["home_row"], map_.monsters["home_column"]]
    expected = np.where(map_.monsters["tier"] >= 2, biome + 1, 0)
    assert (map_.monsters["element"] == expected).all()


# ---- limits -----------------------------------------------------------------------------------------


def test_players_and_monsters_fill_at_most_a_quarter():
    quarter = 32 * 32 // 4
    with pytest.raises(nmmo.ConfigError):
        nmmo.Config(height=32, width=32, n_players=1, n_monsters=quarter)
    world = nmmo.World(nmmo.Config(height=32, width=32, n_players=6, n_monsters=quarter - 6), seed=0)
    world.reset()
    assert world.players["alive"].sum() == 6
    assert world.monsters["alive"].sum() == quarter - 6


@pytest.mark.parametrize("side", [31, 0, -1, 4097])
@pytest.mark.parametrize("field", ["height", "width"])
def test_map_sides_have_a_range(field, side):
    with pytest.raises(nmmo.ConfigError, match=field):
        nmmo.Config(**{field: side})
