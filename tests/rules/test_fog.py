"""The system `fog`: how the safe area shrinks, what it costs to be outside."""

from typing import Any

import pytest
from helpers import act, events, me, player

import nmmo

START, PERIOD = 3, 4


def field(places: dict[int, tuple[int, int]], height: int = 32, width: int = 32, **options: Any) -> nmmo.World:
    """Return a meadow that fills the map, with players at given tiles."""
    lines = [["."] * width for _ in range(height)]
    for slot, (row, column) in places.items():
        lines[row][column] = str(slot)
    settings: dict[str, Any] = {
        "fog": True,
        "fog_start": START,
        "fog_period": PERIOD,
        "fog_final": 4,
    } | options
    return nmmo.World.from_text("\n".join("".join(line) for line in lines), height=height, width=width, **settings)


def margin(tick: int, length: int, final: int, start: int = START, period: int = PERIOD) -> int:
    """Return rows or columns swallowed on each side at a tick."""
    if tick < start:
        return 0
    grown = 1 + (tick - start) // period
    return min(grown, max(0, -(-(length - final) // 2)))


def depth(place: tuple[int, int], margins: tuple[int, int], size: tuple[int, int]) -> int:
    """Return tiles outside the safe area; 0 on its rim, below 0 inside."""
    (row, column), (rows, columns), (height, width) = place, margins, size
    return max(rows - row, row - (height - 1 - rows), columns - column, column - (width - 1 - columns))


PLACES = {0: (0, 0), 1: (0, 16), 2: (31, 5), 3: (5, 5), 4: (10, 20), 5: (20, 31), 6: (15, 16), 7: (30, 30)}


@pytest.mark.parametrize("final", [4, 5, 20, 31])
def test_fog_closes_in_by_its_timetable(final: int) -> None:
    world = field(PLACES, fog_final=final)
    for _ in range(START + 14 * PERIOD + 10):
        for slot in PLACES:
            world.edit.set(slot, health=100)
        act(world)
        closed = margin(world.tick, 32, final)
        for slot, place in PLACES.items():
            outside = depth(place, (closed, closed), (32, 32))
            record = me(world, slot)
            lost = min(10, max(0, outside))
            assert record["health"] == 100 - lost, (world.tick, place)
            assert record["fog_damage"] == lost
            # The tile outside the safe area that is nearest; before the fog moves, that is beyond the map.
            assert record["fog_distance"] == max(0, 1 - outside)
    assert closed == (32 - final + 1) // 2


@pytest.mark.parametrize(("start", "period"), [(1, 1), (10, 2), (5, 7)])
def test_fog_start_and_period(start: int, period: int) -> None:
    world = field({0: (0, 16)}, fog_start=start, fog_period=period)
    for _ in range(30):
        world.edit.set(0, health=100)
        act(world)
        assert me(world)["health"] == 100 - min(10, margin(world.tick, 32, 4, start, period))


def test_fog_each_axis_stops_at_its_own_size() -> None:
    places = {0: (0, 30), 1: (16, 0), 2: (16, 30)}
    world = field(places, height=32, width=60, fog_final=20, fog_start=1, fog_period=1)
    for _ in range(40):
        for slot in places:
            world.edit.set(slot, health=100)
        act(world)
        margins = (margin(world.tick, 32, 20, 1, 1), margin(world.tick, 60, 20, 1, 1))
        for slot, place in places.items():
            assert me(world, slot)["health"] == 100 - min(10, max(0, depth(place, margins, (32, 60))))
    assert margins == (6, 20)


def test_fog_never_closes_on_a_map_as_small_as_its_final_area() -> None:
    world = field({0: (0, 0)}, fog_final=32, fog_start=1, fog_period=1)
    act(world, ticks=30)
    assert (me(world)["health"], me(world)["fog_damage"]) == (100, 0)


def test_fog_damage_is_at_most_ten_a_tick() -> None:
    world = field({0: (0, 0)}, fog_start=1, fog_period=1, stagnation_ticks=0)
    act(world, ticks=9)
    world.edit.set(0, health=100)
    for _ in range(5):
        act(world)
    assert me(world)["fog_damage"] == 10
    # Regeneration comes first and stops at full health: 90, then 8 a tick.
    assert me(world)["health"] == 100 - 10 - 4 * 8


def test_fog_takes_health_after_regeneration() -> None:
    world = field({0: (2, 16)}, fog_start=1, fog_period=1)
    act(world, ticks=4)  # a margin of 4: two tiles deep
    assert me(world)["fog_damage"] == 2
    world.edit.set(0, health=50)
    world.edit.set(0, combat_ticks=5)
    act(world)  # three deep now, and no regeneration in combat
    assert me(world)["health"] == 47


def test_fog_kills_without_a_killer() -> None:
    world = field({0: (0, 0)}, fog_start=1, fog_period=1, lives=1)
    act(world, ticks=5)
    world.edit.set(0, health=4)
    _, rewards, terminated, truncated, _ = act(world)
    assert (terminated[0], truncated[0], rewards[0]) == (True, False, -1.0)
    [event] = events(world, "death")
    assert (event["actor"], event["target"], event["detail"]) == (0, -1, nmmo.Cause.FOG)
    assert player(world)["alive"] == 0


def test_fog_off_shows_no_fog_and_hurts_nobody() -> None:
    world = nmmo.World.from_text("@ . .", fog_start=0, fog_period=1)
    act(world, ticks=20)
    assert (me(world)["health"], me(world)["fog_distance"], me(world)["fog_damage"]) == (100, 255, 0)


def test_fog_that_has_not_started_hurts_nobody() -> None:
    world = field({0: (0, 0)}, fog_start=20)
    act(world, ticks=19)
    assert (me(world)["health"], me(world)["fog_damage"]) == (100, 0)
    act(world)
    assert (me(world)["health"], me(world)["fog_damage"]) == (99, 1)


def test_fog_defaults_and_preset() -> None:
    config = nmmo.Config()
    assert (config.fog, config.fog_start, config.fog_period, config.fog_final) == (False, 256, 8, 16)
    assert nmmo.Config.preset("battle").fog is True
