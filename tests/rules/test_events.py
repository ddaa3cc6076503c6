"""Events: each of the twelve kinds with every field."""

from typing import Any

import numpy as np
import pytest
from helpers import Action, act, drawn, events, kind_number, monster_entity, where
from rulebook import NODE_NUMBER, NUMBER, attack, defence

import nmmo

FIELDS = ("tick", "actor", "target", "amount", "gold", "row", "column", "kind", "item", "tier", "detail")


def fields(event: Any) -> dict[str, int]:
    """Return an event as a dictionary."""
    return {name: int(event[name]) for name in FIELDS}


def expected(kind: str, **values: int) -> dict[str, int]:
    """Return all fields of an event: 0 unless given, the target -1."""
    return dict.fromkeys(FIELDS, 0) | {"target": -1, "kind": kind_number(kind)} | values


def only(world: nmmo.World, kind: str, **narrow: int) -> dict[str, int]:
    """Return the one event of a kind in the last tick."""
    [event] = events(world, kind, **narrow)
    return fields(event)


def fight(**options: Any) -> nmmo.World:
    """Return a player beside a passive monster of level 5, in the second row."""
    legend = {"m": nmmo.Monster("passive", 5, "magic", "fire")}
    return drawn(". . .\n. @ m", legend, **options)


def test_events_have_twelve_kinds() -> None:
    names = ["HIT", "KILL", "DEATH", "BIRTH", "LEVEL_UP", "HARVEST", "EQUIP", "CONSUME", "LIST", "SALE"]
    assert [kind.name for kind in nmmo.EventKind] == [*names, "PICK_UP", "DROP"]
    assert [int(kind) for kind in nmmo.EventKind] == list(range(1, 13))
    assert nmmo.World.from_text("@").events.dtype.names == FIELDS


def test_events_hit_of_a_player() -> None:
    world = fight()
    act(world, {0: Action.ATTACK_MONSTER})
    # Attack 26, defence of the monster 10; magic beats melee, not the other way round.
    damage = attack(1) - 2 * 5
    monster = monster_entity(world)
    assert only(world, "hit") == expected(
        "hit",
        tick=1,
        actor=0,
        target=monster,
        amount=damage,
        row=1,
        column=1,
        tier=1,
        detail=nmmo.Skill.MELEE,
    )
    assert world.monsters[0]["health"] == 100 - damage


def test_events_hit_of_a_monster() -> None:
    world = drawn("@ . m", {"m": nmmo.Monster("hostile", 9, "ranged")})
    act(world)
    # Ranged beats magic, not the melee of bare hands: no more and no less than the difference.
    damage = 20 + 3 * 9 - defence(1)
    assert only(world, "hit") == expected(
        "hit",
        tick=1,
        actor=monster_entity(world),
        amount=damage,
        target=0,
        column=2,
        detail=nmmo.Skill.RANGED,
    )
    assert world.players[0]["self"]["health"] == 100 - damage


def test_events_kill_and_death_of_a_monster() -> None:
    world = fight()
    world.edit.monster_health(0, 1)
    act(world, {0: Action.ATTACK_MONSTER})
    monster = monster_entity(world)
    assert only(world, "kill") == expected(
        "kill", tick=1, actor=0, target=monster, amount=4 * 5, gold=1 + 5 // 4, row=1, column=1, tier=1
    )
    death = only(world, "death")
    assert death == expected(
        "death", tick=1, actor=monster, target=0, row=1, column=2, tier=1, detail=nmmo.Cause.PLAYER
    )
    assert world.players[0]["self"]["gold"] == 2


def test_events_kill_and_death_of_a_player() -> None:
    world = drawn(". . .\n@ @ .", danger=3)
    for skill in ("melee", "fishing"):
        world.edit.level(1, skill, 3)
    world.edit.set(1, health=1, gold=77)
    act(world, {0: Action.ATTACK_PLAYER})
    kill = only(world, "kill")
    assert kill == expected("kill", tick=1, actor=0, target=1, amount=2 * 3, row=1, column=0)
    assert only(world, "death") == expected(
        "death", tick=1, actor=1, target=0, amount=3, gold=77, row=1, column=1, detail=nmmo.Cause.PLAYER
    )
    assert world.players[0]["self"]["gold"] == 77
    birth = only(world, "birth")
    place = where(world, 1)
    assert birth == expected("birth", tick=1, actor=1, row=place[0], column=place[1])


@pytest.mark.parametrize(("cause", "options"), [("STAGNATION", {"stagnation_ticks": 2}), ("HORIZON", {"horizon": 2})])
def test_events_death_of_a_truncated_life(cause: str, options: dict[str, int]) -> None:
    world = nmmo.World.from_text(". .\n. @", **options)
    world.edit.level(0, "magic", 4)
    world.edit.level(0, "mining", 6)
    act(world, ticks=1)
    assert events(world, "death") == []
    for _ in range(3):
        act(world)
        if events(world, "death"):
            break
    death = only(world, "death")
    assert death == expected("death", tick=world.tick, actor=0, amount=4, row=1, column=1, detail=nmmo.Cause[cause])


def test_events_birth_of_everyone_at_a_reset() -> None:
    config = nmmo.Config(height=64, width=64, n_players=5, n_monsters=7)
    with nmmo.World(config, seed=3) as world:
        world.reset(seed=3)
        born = [fields(event) for event in events(world, "birth")]
        assert sorted(event["actor"] for event in born) == list(range(12))
        for event in born:
            record = world.players["self"][event["actor"]] if event["actor"] < 5 else world.monsters[event["actor"] - 5]
            assert (event["row"], event["column"], event["tick"]) == (record["row"], record["column"], 0)


def test_events_birth_of_a_monster_that_returns() -> None:
    world = fight(monster_return_ticks=3)
    world.edit.monster_health(0, 1)
    act(world, {0: Action.ATTACK_MONSTER})
    ticks = 0
    while not events(world, "birth"):
        act(world)
        ticks += 1
        assert ticks < 6
    assert only(world, "birth") == expected("birth", tick=world.tick, actor=monster_entity(world), row=1, column=2)


def test_events_level_up() -> None:
    world = nmmo.World.from_text("@ n", {"n": nmmo.Node("fish")})
    act(world, {0: Action.MOVE_EAST})
    assert only(world, "level_up") == expected(
        "level_up", tick=1, actor=0, amount=2, row=0, column=1, detail=nmmo.Skill.FISHING
    )


def test_events_harvest() -> None:
    world = nmmo.World.from_text("@ n", {"n": nmmo.Node("herb", 2)})
    world.edit.level(0, "herbalism", 9)
    world.edit.give(0, "sickle", 2, worn=True)
    act(world, {0: Action.MOVE_EAST})
    assert only(world, "harvest") == expected(
        "harvest",
        tick=1,
        actor=0,
        amount=2,
        row=0,
        column=1,
        item=NODE_NUMBER["herb"],
        tier=2,
        detail=NUMBER["potion"],
    )


def test_events_equip() -> None:
    world = nmmo.World.from_text(". @")
    world.edit.level(0, "melee", 17)
    world.edit.give(0, "helm", 3)
    for amount in (1, 0):
        act(world, {0: Action.USE_1})
        assert only(world, "equip") == expected(
            "equip", tick=world.tick, actor=0, amount=amount, row=0, column=1, item=NUMBER["helm"], tier=3
        )


@pytest.mark.parametrize("food", ["ration", "potion"])
def test_events_consume(food: str) -> None:
    world = nmmo.World.from_text(". @")
    world.edit.give(0, food, 4, 9)
    act(world, {0: Action.USE_1})
    assert only(world, "consume") == expected(
        "consume", tick=1, actor=0, amount=1, row=0, column=1, item=NUMBER[food], tier=4
    )


def test_events_of_ammunition_spent_are_none() -> None:
    world = fight()
    world.edit.give(0, "sword", worn=True)
    world.edit.give(0, "whetstone", 1, 3, worn=True)
    act(world, {0: Action.ATTACK_MONSTER})
    assert [int(event["kind"]) for event in world.events] == [kind_number("hit")]


def test_events_list_and_sale() -> None:
    world = nmmo.World.from_text("@ .\n. @")
    world.edit.give(0, "rune", 1, 20)
    world.edit.set(0, price_step=7)
    act(world, {0: Action.SELL_1})
    assert only(world, "list") == expected("list", tick=1, actor=0, amount=12, gold=18, item=NUMBER["rune"], tier=1)
    world.edit.set(1, gold=50, price_step=9)
    act(world, {1: Action.BUY_RUNE})
    assert only(world, "sale") == expected(
        "sale", tick=2, actor=1, target=0, amount=12, gold=18, row=1, column=1, item=NUMBER["rune"], tier=1
    )


def test_events_pick_up_and_drop() -> None:
    world = nmmo.World.from_text("@ .\n. _", {})
    world.edit.item(0, 1, "arrow", 2, 30)
    act(world, {0: Action.MOVE_EAST})
    assert only(world, "pick_up") == expected(
        "pick_up", tick=1, actor=0, amount=30, row=0, column=1, item=NUMBER["arrow"], tier=2
    )
    world.edit.item(0, 1, "helm")  # so that the drop falls elsewhere
    act(world, {0: Action.DROP_1})
    assert only(world, "drop") == expected(
        "drop", tick=2, actor=0, amount=30, row=0, column=0, item=NUMBER["arrow"], tier=2
    )


def test_events_drop_of_a_dead_players_things_names_whose_they_were() -> None:
    world = drawn(". . .\n@ @ .", danger=3)
    world.edit.give(1, "bow", 3)
    world.edit.give(1, "potion", 5, 8)
    world.edit.set(1, health=1)
    act(world, {0: Action.ATTACK_PLAYER})
    dropped = [(e["actor"], e["item"], e["tier"], e["amount"], e["row"], e["column"]) for e in events(world, "drop")]
    assert dropped == [(1, NUMBER["potion"], 5, 8, 1, 1), (1, NUMBER["bow"], 3, 1, 0, 0)]


def test_events_are_those_of_the_last_tick() -> None:
    world = nmmo.World.from_text(". @")
    world.edit.give(0, "helm")
    act(world, {0: Action.USE_1})
    assert len(world.events) == 1
    kept = world.events
    act(world)
    assert len(world.events) == 0
    assert fields(kept[0])["tick"] == 1  # a copy


def test_events_follow_in_the_order_in_which_they_happened() -> None:
    world = fight()
    world.edit.level(0, "melee", 1, 7)
    world.edit.monster_health(0, 1)
    act(world, {0: Action.ATTACK_MONSTER})
    kinds = [nmmo.EventKind(int(event["kind"])).name for event in world.events]
    assert kinds[0] == "HIT" and set(kinds[1:3]) == {"KILL", "LEVEL_UP"}
    assert kinds.index("DEATH") > kinds.index("KILL")


def test_events_agree_with_the_statistics_in_random_play() -> None:
    config = nmmo.Config(height=48, width=48, n_players=40, n_monsters=80, pvp_min_danger=1, protection_ticks=0)
    rng = np.random.default_rng(5)
    counted: dict[str, int] = {}
    by_monsters = 0
    with nmmo.World(config) as world:
        world.reset(seed=9)
        for _ in range(150):
            world.step(nmmo.sample_actions(world.mask, rng))
            happened = world.events
            assert (happened["tick"] == world.tick).all()
            for kind in nmmo.EventKind:
                counted[kind.name] = counted.get(kind.name, 0) + int((happened["kind"] == kind).sum())
            kills = happened[happened["kind"] == nmmo.EventKind.KILL]
            by_monsters += int((kills["actor"] >= 40).sum())
        total = world.statistics()
    assert counted["HIT"] == total["hits_by_players"] + total["hits_by_monsters"] > 0
    assert counted["KILL"] - by_monsters == total["monster_kills"] + total["player_kills"] > 0
    assert by_monsters == total["finished"]["causes"][nmmo.Cause.MONSTER] > 0
    assert counted["HARVEST"] == np.sum(total["harvests"]) > 0
    assert counted["SALE"] == np.sum(total["sales"])
    assert counted["DEATH"] == total["finished"]["lives"] + total["monster_kills"] > 0
    assert counted["CONSUME"] <= np.sum(total["consumed"])  # which counts ammunition too
    assert counted["EQUIP"] >= np.sum(total["equipped"]) > 0
