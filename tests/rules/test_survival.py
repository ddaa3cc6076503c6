"""The system `survival`: food, water, rations, what hunger and thirst do."""

import pytest
from helpers import Action, act, events, me, player
from rulebook import food_health

import nmmo

DRY = ". . .\n. @ .\n. . ."


def hungry(drawing: str = DRY, **vitals: int) -> nmmo.World:
    """Return one player in a world with survival on."""
    world = nmmo.World.from_text(drawing, survival=True)
    if vitals:
        world.edit.set(0, **vitals)
    return world


def vitals(world: nmmo.World) -> tuple[int, int, int]:
    """Return health, food, water."""
    record = me(world)
    return int(record["health"]), int(record["food"]), int(record["water"])


def test_survival_a_life_begins_with_full_food_and_water() -> None:
    assert vitals(hungry()) == (100, 100, 100)


def test_survival_takes_one_of_each_every_four_ticks() -> None:
    world = hungry()
    seen = []
    for _ in range(12):
        act(world)
        seen.append(vitals(world)[1:])
    assert seen == [(100, 100)] * 3 + [(99, 99)] * 4 + [(98, 98)] * 4 + [(97, 97)]


def test_survival_counts_the_ticks_of_each_life() -> None:
    world = nmmo.World.from_text("0 . .", n_players=2, survival=True)
    act(world, ticks=2)
    world.edit.place_player(1, 0, 2)
    act(world, ticks=2)
    assert [int(me(world, slot)["food"]) for slot in (0, 1)] == [99, 100]
    act(world, ticks=2)
    assert [int(me(world, slot)["food"]) for slot in (0, 1)] == [99, 99]


def test_survival_off_leaves_food_and_water_full() -> None:
    world = nmmo.World.from_text(DRY)
    act(world, ticks=12)
    assert vitals(world) == (100, 100, 100)


@pytest.mark.parametrize("spot", [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)])
def test_survival_water_beside_any_of_eight_tiles_is_drunk(spot: tuple[int, int]) -> None:
    lines = [list("..."), list(".@."), list("...")]
    lines[spot[0]][spot[1]] = "~"
    world = hungry("\n".join("".join(line) for line in lines), water=40)
    act(world)
    assert vitals(world)[2] == 50
    act(world, ticks=2)
    assert vitals(world)[2] == 70
    act(world)  # the fourth tick takes one
    assert vitals(world)[2] == 79
    act(world, ticks=4)
    assert vitals(world) == (100, 98, 100)


def test_survival_water_two_tiles_away_is_not_drunk() -> None:
    world = hungry("~ . @ . ~", water=40)
    act(world)
    assert vitals(world)[2] == 40


@pytest.mark.parametrize("tier", [1, 3, 5])
def test_survival_ration_gives_food_and_water(tier: int) -> None:
    world = hungry(health=10, stamina=10, food=5, water=60)
    world.edit.give(0, "ration", tier)
    act(world, {0: Action.USE_1})
    food, water = 25 + 10 * tier, min(100, 80 + 10 * tier)
    regenerated = 2 if min(food, water) > 50 else 0
    assert vitals(world) == (10 + food_health(tier) + regenerated, food, water)
    assert me(world)["stamina"] == 62


def test_survival_potion_gives_neither_food_nor_water() -> None:
    world = hungry(health=10, food=20, water=30)
    world.edit.give(0, "potion", 5)
    act(world, {0: Action.USE_1})
    assert vitals(world) == (10 + food_health(5), 20, 30)


@pytest.mark.parametrize(
    ("food", "water", "change"),
    [(51, 51, 2), (50, 51, 0), (51, 50, 0), (1, 1, 0), (0, 100, -2), (100, 0, -2), (0, 0, -4), (100, 100, 2)],
)
def test_survival_health_by_food_and_water(food: int, water: int, change: int) -> None:
    world = hungry(health=60, food=food, water=water)
    act(world)
    assert vitals(world) == (60 + change, food, water)


def test_survival_does_not_heal_in_combat() -> None:
    world = hungry(health=60, combat_ticks=5)
    act(world)
    assert vitals(world)[0] == 60


def test_survival_stamina_recovers_even_when_starving() -> None:
    world = hungry(stamina=10, food=0, water=0)
    act(world)
    assert me(world)["stamina"] == 12


def test_survival_food_and_water_do_not_fall_below_nothing() -> None:
    world = hungry(food=0, water=0)
    act(world, ticks=4)
    assert vitals(world) == (84, 0, 0)


@pytest.mark.parametrize(
    ("health", "food", "water", "cause"),
    [
        (2, 0, 100, "HUNGER"),
        (1, 0, 100, "HUNGER"),
        (2, 100, 0, "THIRST"),
        (2, 0, 0, "HUNGER"),
        (4, 0, 0, "THIRST"),
    ],
)
def test_survival_starving_ends_the_life(health: int, food: int, water: int, cause: str) -> None:
    world = hungry(health=health, food=food, water=water)
    _, rewards, terminated, truncated, _ = act(world)
    assert (terminated[0], truncated[0], rewards[0]) == (True, False, -1.0)
    [event] = events(world, "death")
    assert (event["actor"], event["target"], event["detail"]) == (0, -1, nmmo.Cause[cause])
    assert player(world)["life"] == 2
    assert vitals(world) == (100, 100, 100)


def test_survival_preset_turns_it_on() -> None:
    assert nmmo.Config.preset("survival").survival is True
    assert nmmo.Config().survival is False
