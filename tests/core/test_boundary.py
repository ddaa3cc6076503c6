"""The boundary: what it refuses, that a refusal changes nothing, copies, threads, forks."""

from __future__ import annotations

import array
import ast
import copy
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nmmo
from nmmo.core import _engine, enums
from nmmo.core.content import N_ACTIONS
from nmmo.core.records import Table, fields_of, record_dtype

TINY = nmmo.Config(height=48, width=48, n_players=24, n_monsters=40)
ENDING = TINY.replace(horizon=5)
SPEAKING = TINY.replace(vocabulary=7)


@pytest.fixture
def world() -> Iterator[nmmo.World]:
    with nmmo.World(TINY, seed=11) as made:
        made.reset()
        yield made


def play(world: nmmo.World | nmmo.Worlds, ticks: int, seed: int = 5) -> list[tuple[NDArray[Any], ...]]:
    """Play random possible actions; return what every step returned, copied."""
    rng = np.random.default_rng(seed)
    return [world.step(nmmo.sample_actions(world.mask, rng), copy=True)[:4] for _ in range(ticks)]


def same(first: list[tuple[NDArray[Any], ...]], second: list[tuple[NDArray[Any], ...]]) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(one, other)
        for step, other_step in zip(first, second, strict=True)
        for one, other in zip(step, other_step, strict=True)
    )


# ---- what comes out ------------------------------------------------------------------------------


def test_shapes_and_dtypes(world: nmmo.World) -> None:
    observations, rewards, terminated, truncated, info = world.step(np.zeros(24, np.int64))
    assert observations.shape == (24, world.row_bytes)
    assert observations.dtype == np.uint8
    assert observations.ctypes.data % 64 == 0
    assert (rewards.shape, rewards.dtype) == ((24,), np.dtype(np.float32))
    assert (terminated.shape, terminated.dtype) == ((24,), np.dtype(np.bool_))
    assert (truncated.shape, truncated.dtype) == ((24,), np.dtype(np.bool_))
    assert info == {}
    assert world.row_bytes == nmmo.observation_dtype(TINY).itemsize
    assert world.row_bytes % 64 == 0


def test_arrays_are_reused_unless_copied(world: nmmo.World) -> None:
    waits = np.zeros(24, np.int64)
    first = world.step(waits)
    second = world.step(waits)
    assert all(one is other for one, other in zip(first[:4], second[:4], strict=True))
    copied = world.step(waits, copy=True)
    assert not any(np.shares_memory(one, other) for one, other in zip(first[:4], copied[:4], strict=True))
    before = copied[0].copy()
    play(world, 5)
    assert np.array_equal(copied[0], before)
    assert not np.array_equal(world.step(waits)[0], before)


def test_structured_view_is_the_same_memory(world: nmmo.World) -> None:
    observations, _ = world.reset(seed=1)
    view = world.observations
    assert np.shares_memory(view, observations)
    players = world.players
    assert np.array_equal(view["self"]["row"], players["self"]["row"])
    assert np.array_equal(view["inventory"], players["inventory"])
    assert (view["mask"][:, nmmo.Action.WAIT] == 1).all()
    assert np.shares_memory(world.mask, observations)


def test_own_tile_in_the_middle_of_the_view(world: nmmo.World) -> None:
    play(world, 3)
    middle = world.observations["tiles"][:, 5, 7]
    rows, columns = world.players["self"]["row"], world.players["self"]["column"]
    assert np.array_equal(middle, world.tiles[rows, columns])
    assert (middle["occupant"] & 7 == nmmo.Occupant.PLAYER).all()


def test_every_published_byte_of_a_row_has_one_name() -> None:
    dtype = nmmo.observation_dtype(nmmo.Config(view_row_radius=2, view_column_radius=3))
    covered = np.zeros(dtype.itemsize, int)
    assert dtype.fields is not None
    for member, offset, *_ in dtype.fields.values():
        covered[offset : offset + member.itemsize] += 1
    assert covered.max() == 1
    assert covered[: dtype.fields["mask"][1] + N_ACTIONS].min() == 1
    assert dtype["tiles"].shape == (5, 7)


def test_every_table_of_the_engine_has_a_name() -> None:
    assert [int(table) for table in Table] == list(range(_engine.TABLES))
    for number in (-1, _engine.TABLES):
        with pytest.raises(ValueError, match="no table"):
            _engine.table_fields(number)
    sizes = {Table.TILE: 8, Table.SELF: 64, Table.ITEM: 4, Table.OWN_LISTING: 5, Table.EVENT: 28}
    assert {table: record_dtype(table).itemsize for table in sizes} == sizes
    assert [fields_of(table)[0].name for table in (Table.CONFIG, Table.LISTING, Table.LIVES)] == [
        "map_seed",
        "seller",
        "lives",
    ]


@pytest.mark.parametrize("table", list(Table))
def test_fields_of_tables_lie_within_the_record_and_apart(table: Table) -> None:
    dtype = record_dtype(table)
    assert dtype.fields is not None
    end = 0
    for field in fields_of(table):
        member, offset, *_ = dtype.fields[field.name]
        assert offset >= end, field.name
        end = offset + member.itemsize
    assert end <= dtype.itemsize


def test_tables_and_counts_agree(world: nmmo.World) -> None:
    play(world, 10)
    assert world.players.shape == (24,)
    assert world.monsters.shape == (40,)
    assert world.tiles.shape == (48, 48)
    nodes = world.nodes
    objects = world.tiles["object"][nodes["row"], nodes["column"]]
    assert np.array_equal(objects, nodes["kind"] + 5 * (nodes["ripe"] == 0))
    items = world.ground_items
    assert np.array_equal(world.tiles["object"][items["row"], items["column"]], items["type"])
    assert (world.events["tick"] == world.tick).all()
    statistics = world.statistics()
    assert statistics["ticks"] == 10
    assert statistics["actions"].sum() + statistics["refused"].sum() == 10 * 24
    assert statistics["living"]["lives"] == (world.players["alive"] == 1).sum()
    assert statistics["finished"]["causes"].sum() == statistics["finished"]["lives"]


def test_hash_has_all_sections_and_tells_states_apart(world: nmmo.World) -> None:
    before = world.hash()
    assert sorted(before) == ["clock", "market", "monsters", "players", "tiles"]
    assert world.hash() == before
    play(world, 2)
    after = world.hash()
    assert after["clock"] != before["clock"]
    assert after["players"] != before["players"]


def test_would_change_is_the_mask_and_changes_nothing(world: nmmo.World) -> None:
    play(world, 4)
    before = world.hash()
    for player in range(0, 24, 5):
        found = [world.would_change(player, action) for action in range(1, N_ACTIONS)]
        assert found == world.mask[player, 1:].astype(bool).tolist()
    assert world.hash() == before
    for player, action in ((24, 0), (-1, 0), (0, N_ACTIONS), (0, -1)):
        with pytest.raises(ValueError, match="out of range"):
            world.would_change(player, action)


# ---- enumerations --------------------------------------------------------------------------------


def test_stub_of_enumerations_agrees_with_the_engine() -> None:
    stub = ast.parse((Path(enums.__file__).parent / "enums.pyi").read_text(encoding="utf-8"))
    written = {
        node.name: {
            line.targets[0].id: line.value.value  # type: ignore[attr-defined]
            for line in node.body
            if isinstance(line, ast.Assign)
        }
        for node in stub.body
        if isinstance(node, ast.ClassDef)
    }
    made = {name: {member.name: member.value for member in getattr(enums, name)} for name in written}
    assert written == made
    assert set(written) == {name for name in vars(enums) if isinstance(vars(enums)[name], type(nmmo.Action))} - {
        "IntEnum"
    }


def test_action_table() -> None:
    assert [row.number for row in nmmo.ACTION_TABLE] == list(range(N_ACTIONS))
    assert [row.name.upper() for row in nmmo.ACTION_TABLE] == [action.name for action in nmmo.Action]
    assert {row.group.upper() for row in nmmo.ACTION_TABLE} == {group.name for group in nmmo.ActionGroup}
    assert nmmo.ACTION_TABLE[47].name == "buy_helm"
    assert nmmo.PRICES == (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675)


# ---- actions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_every_integer_type_is_read_alike(dtype: Any) -> None:
    actions = np.arange(24) % 9
    hashes = []
    for given in (actions, actions.astype(dtype), actions.tolist(), tuple(actions.tolist())):
        with nmmo.World(TINY, seed=3) as made:
            made.reset()
            made.step(given)
            hashes.append(made.hash())
    assert all(found == hashes[0] for found in hashes)
    with nmmo.World(TINY, seed=3) as made:
        made.reset()
        made.step(np.zeros(24, dtype))
        assert made.hash() != hashes[0]


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (np.zeros(24), TypeError, "float64"),
    (np.zeros(24, np.float32), TypeError, "float32"),
    (np.zeros(24, bool), TypeError, "bool"),
    (np.zeros(24, complex), TypeError, "complex"),
    (np.zeros(24, object), TypeError, "object"),
    (np.zeros(24, "U1"), TypeError, "integers"),
    (np.zeros(24, "M8[s]"), TypeError, "integers"),
    ([0.0] * 24, TypeError, "float64"),
    ([True] * 24, TypeError, "bool"),
    ([0] * 23 + [False], TypeError, "bool"),
    (None, TypeError, "integers"),
    ("wait", TypeError, "str"),
    (bytes(24), TypeError, "bytes"),
    ({0: 1}, TypeError, "integers"),
    (0, ValueError, "shape"),
    ([], (ValueError, TypeError), "shape|integers"),  # type: ignore[list-item]
    (np.zeros(23, np.int64), ValueError, r"shape \(24,\); got \(23,\)"),
    (np.zeros((24, 1), np.int64), ValueError, r"got \(24, 1\)"),
    (np.zeros((24, 2), np.int64), ValueError, r"got \(24, 2\)"),
    (np.zeros((), np.int64), ValueError, r"got \(\)"),
    ([[0], [0, 1]], ValueError, "inhomogeneous"),
    (np.zeros(48, np.int64)[::4], ValueError, r"got \(12,\)"),
    (np.zeros(48)[::2], TypeError, "float64"),
    (np.full(48, N_ACTIONS)[::2], nmmo.ActionError, str(N_ACTIONS)),
    (np.full(24, N_ACTIONS, ">i4"), nmmo.ActionError, str(N_ACTIONS)),
    (np.zeros((24, 24), np.int64).T, ValueError, r"got \(24, 24\)"),
    (np.full(24, N_ACTIONS, np.int64), nmmo.ActionError, str(N_ACTIONS)),
    (np.full(24, -1, np.int8), nmmo.ActionError, "-1"),
    (np.full(24, 255, np.uint8), nmmo.ActionError, "255"),
    (np.full(24, 2**32, np.int64), nmmo.ActionError, "4294967296"),
    (np.full(24, 2**64 - 1, np.uint64), nmmo.ActionError, "18446744073709551615"),
    (np.r_[np.zeros(23, np.int64), 100], nmmo.ActionError, "100"),
    ([2**70] * 24, nmmo.ActionError, "64 bits"),
]


@pytest.mark.parametrize(("actions", "error", "message"), REFUSED)
def test_bad_actions_are_refused_and_change_nothing(
    world: nmmo.World, actions: Any, error: type[Exception], message: str
) -> None:
    play(world, 2)
    before, seen = world.hash(), world.observations.copy()
    with pytest.raises(error, match=message):
        world.step(actions)
    assert world.hash() == before
    assert np.array_equal(world.observations, seen)
    assert world.tick == 2
    world.step(np.zeros(24, np.int64))  # and it still works
    assert world.tick == 3


def layouts(actions: NDArray[np.int64]) -> dict[str, Any]:
    """Return the same actions as buffers of many kinds: apart in memory, backwards, of the other byte order."""
    table = np.zeros((len(actions), 7), np.int64)  # a rollout buffer, of which one column is a step
    table[:, 3] = actions
    apart = np.zeros(2 * len(actions), np.uint8)
    apart[::2] = actions
    return {
        "column": table[:, 3],
        "backwards": actions[::-1].copy()[::-1],
        "big-endian": actions.astype(">i4"),
        "big-endian column": table.astype(">i8")[:, 3],
        "memoryview": memoryview(apart)[::2],
        "array": array.array("h", actions.tolist()),
        "read-only": actions.astype(np.int8).data.toreadonly(),
    }


@pytest.mark.parametrize("name", list(layouts(np.zeros(24, np.int64))))
def test_actions_of_any_layout_are_played(world: nmmo.World, name: str) -> None:
    """What NumPy can index can be played, as array_like promises."""
    chosen = nmmo.sample_actions(world.mask, np.random.default_rng(5))
    assert len(set(chosen.tolist())) > 5
    with nmmo.World.from_snapshot(world.snapshot()) as other:
        other.step(chosen)
        world.step(layouts(chosen)[name])
        assert world.hash() == other.hash()


def test_action_error_is_a_value_error() -> None:
    assert issubclass(nmmo.ActionError, ValueError)


def test_read_only_actions_are_fine(world: nmmo.World) -> None:
    actions = np.zeros(24, np.int32)
    actions.flags.writeable = False
    world.step(actions)
    world.step(actions.data)
    assert world.tick == 2


def test_tokens() -> None:
    with nmmo.World(SPEAKING, seed=1) as world:
        world.reset()
        pairs = np.zeros((24, 2), np.int64)
        pairs[:, 1] = np.arange(24) % 8
        world.step(pairs)
        assert np.array_equal(world.players["token"], np.arange(24) % 8)
        occupants = world.observations["tiles"]["occupant"][:, 5, 7]
        assert np.array_equal(occupants >> 3, np.arange(24) % 8)
        before = world.hash()
        with pytest.raises(ValueError, match=r"shape \(24, 2\) \(pairs of action and token\); got \(24,\)"):
            world.step(np.zeros(24, np.int64))
        wrong = pairs.copy()
        wrong[5, 1] = 8
        with pytest.raises(nmmo.ActionError, match="8"):
            world.step(wrong)
        assert world.hash() == before
        world.step(pairs.T.copy().T)  # the same pairs, laid out column by column
        assert np.array_equal(world.players["token"], pairs[:, 1])


# ---- sampling ------------------------------------------------------------------------------------


def test_sampled_actions_are_possible_and_follow_the_generator(world: nmmo.World) -> None:
    mask = world.mask
    drawn = [nmmo.sample_actions(mask, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert drawn[0].dtype == np.int64
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    rng = np.random.default_rng(3)
    for _ in range(50):
        actions = nmmo.sample_actions(mask, rng)
        assert mask[np.arange(24), actions].all()
    assert np.array_equal(
        nmmo.sample_actions(mask.copy(), np.random.default_rng(0)),
        nmmo.sample_actions(mask.astype(bool), np.random.default_rng(0)),
    )


def test_masks_of_any_layout_draw_the_same(world: nmmo.World) -> None:
    mask = world.mask.copy()
    drawn = [
        nmmo.sample_actions(same, np.random.default_rng(0))
        for same in (mask, np.asfortranarray(mask), mask[::-1].copy()[::-1], np.repeat(mask, 2, axis=1)[:, ::2])
    ]
    assert all(np.array_equal(drawn[0], other) for other in drawn[1:])


def test_sampling_draws_the_group_first() -> None:
    mask = np.zeros((20000, N_ACTIONS), np.uint8)
    mask[:, 0] = 1
    mask[:, 11:23] = 1  # twelve uses against one wait and one move
    mask[:, 1] = 1
    drawn = nmmo.sample_actions(mask, np.random.default_rng(0))
    assert abs((drawn == 0).mean() - 1 / 3) < 0.02
    assert abs((drawn == 1).mean() - 1 / 3) < 0.02
    assert set(drawn.tolist()) == {0, 1, *range(11, 23)}


def test_sampling_refuses_what_is_no_mask() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=rf"\(n, {N_ACTIONS}\); got \(2, {N_ACTIONS - 1}\)"):
        nmmo.sample_actions(np.ones((2, N_ACTIONS - 1), np.uint8), rng)
    with pytest.raises(ValueError, match="shape"):
        nmmo.sample_actions(np.ones(N_ACTIONS, np.uint8), rng)
    with pytest.raises(TypeError, match="uint8"):
        nmmo.sample_actions(np.ones((2, N_ACTIONS)), rng)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="array"):
        nmmo.sample_actions([[1] * N_ACTIONS], rng)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Generator"):
        nmmo.sample_actions(np.ones((2, N_ACTIONS), np.uint8), 7)  # type: ignore[arg-type]
    assert nmmo.sample_actions(np.ones((0, N_ACTIONS), np.uint8), rng).shape == (0,)


# ---- seeds, resets, ends -------------------------------------------------------------------------


def test_seed_decides_everything_and_zero_is_a_seed() -> None:
    runs = {}
    for seed in (0, 1, 2**64 - 1):
        found = []
        for _ in range(2):
            with nmmo.World(TINY, seed=seed) as world:
                first = world.reset()[0].copy()
                found.append((first, play(world, 6), world.hash()))
        assert np.array_equal(found[0][0], found[1][0])
        assert same(found[0][1], found[1][1])
        assert found[0][2] == found[1][2]
        runs[seed] = found[0]
    assert not np.array_equal(runs[0][0], runs[1][0])
    assert runs[0][2] != runs[1][2] != runs[2**64 - 1][2]


def test_reset_without_a_seed_continues_the_sequence() -> None:
    with nmmo.World(TINY, seed=0) as one, nmmo.World(TINY) as other:
        one.reset()
        assert one.seed == 0
        other.reset(seed=0)
        seeds = []
        for _ in range(3):
            one.reset()
            other.reset()
            assert one.seed == other.seed
            assert one.hash() == other.hash()
            seeds.append(one.seed)
        assert len({0, *seeds}) == 4
        one.reset(seed=0)
        assert one.seed == 0


def test_without_a_seed_entropy_is_fresh() -> None:
    with nmmo.World(TINY) as one, nmmo.World(TINY) as other:
        one.reset()
        other.reset()
        assert one.seed != other.seed


@pytest.mark.parametrize("seed", [1.0, "1", True, np.float64(3)])
def test_seed_of_a_wrong_type(seed: Any) -> None:
    with pytest.raises(TypeError, match="seed"):
        nmmo.World(TINY, seed=seed)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_out_of_range(world: nmmo.World, seed: int) -> None:
    before = world.hash()
    with pytest.raises(ValueError, match="out of range"):
        world.reset(seed=seed)
    with pytest.raises(ValueError, match="out of range"):
        nmmo.World(TINY, seed=seed)
    assert world.hash() == before


def test_map_seed_fixes_the_map() -> None:
    with nmmo.World(TINY.replace(map_seed=4)) as world:
        world.reset(seed=1)
        first = world.map()
        assert world.map_seed == 4
        world.reset(seed=2)
        assert np.array_equal(world.map(), first)
    with nmmo.World(TINY) as world:
        world.reset(seed=1)
        assert not np.array_equal(world.map(), first)


def test_given_map_is_played_on() -> None:
    with nmmo.World(TINY, seed=1) as world:
        world.reset()
        words = world.map()
    words[10:20, 10:20] = 2 * 4 + 1 | 1 << 20  # a square of summer sand
    with nmmo.World(TINY, seed=1, map=words) as world:
        world.reset()
        assert np.array_equal(world.map(), words)
        world.reset()
        assert np.array_equal(world.map(), words)
        assert world.statistics()["living"]["lives"] == 24
    with pytest.raises(ValueError, match="shape"):
        nmmo.World(TINY, map=words[:40])
    with pytest.raises(ValueError, match="uint32"):
        nmmo.World(TINY, map=words.astype(float))
    words[0, 0] = 63 << 2
    with nmmo.World(TINY, map=words) as world, pytest.raises(nmmo.MapError):
        world.reset()


UNREADY: list[Callable[[nmmo.World], Any]] = [
    lambda world: world.step(np.zeros(24, np.int64)),
    lambda world: world.observations,
    lambda world: world.mask,
    lambda world: world.rewards,
    lambda world: world.terminated,
    lambda world: world.truncated,
    lambda world: world.tick,
    lambda world: world.seed,
    lambda world: world.map_seed,
    lambda world: world.over,
    lambda world: world.players,
    lambda world: world.monsters,
    lambda world: world.nodes,
    lambda world: world.ground_items,
    lambda world: world.listings,
    lambda world: world.events,
    lambda world: world.tiles,
    lambda world: world.map(),
    lambda world: world.statistics(),
    lambda world: world.hash(),
    lambda world: world.snapshot(),
    lambda world: world.would_change(0, 1),
    lambda world: world.respawn(np.zeros(24, bool)),
    lambda world: world.edit.set(0, gold=5),
    lambda world: world.step_profiled(np.zeros(24, np.int64)),
    lambda world: world.step_repeated(np.zeros((2, 24), np.int64)),
]


@pytest.mark.parametrize("use", UNREADY)
def test_before_the_reset(use: Callable[[nmmo.World], Any]) -> None:
    with nmmo.World(TINY) as world, pytest.raises(RuntimeError, match=r"call reset\(\) first"):
        use(world)


@pytest.mark.parametrize(
    "use",
    [
        *UNREADY,
        lambda world: world.reset(),
        lambda world: world.reset(seed=1),
        lambda world: world.restore(b"nothing"),
        pickle.dumps,
        copy.deepcopy,
    ],
)
def test_after_the_close(use: Callable[[nmmo.World], Any]) -> None:
    world = nmmo.World(TINY, seed=1)
    observations, _ = world.reset()
    seen = observations.copy()
    world.close()
    world.close()
    assert world.closed
    assert world.config == TINY
    assert "closed" in repr(world)
    with pytest.raises(nmmo.ClosedError, match="closed"):
        use(world)
    assert np.array_equal(observations, seen)  # the arrays are the caller's to keep


def test_a_world_that_was_never_made_is_closed() -> None:
    hollow = nmmo.World.__new__(nmmo.World)
    with pytest.raises(nmmo.ClosedError):
        hollow.step([0])
    with pytest.raises(nmmo.ClosedError):
        nmmo.Worlds.__new__(nmmo.Worlds).step([0])
    with pytest.raises(nmmo.ClosedError):
        nmmo.WorldView().hash()


def test_context_manager_closes() -> None:
    with nmmo.World(TINY) as world:
        assert not world.closed
    assert world.closed


def test_stepping_past_the_end() -> None:
    with nmmo.World(ENDING, seed=1) as world:
        world.reset()
        for tick in range(5):
            assert not world.over
            truncated = world.step(np.zeros(24, np.int64))[3]
            assert truncated.any() == (tick == 4)
        assert world.over
        before = world.hash()
        for use in (
            lambda: world.step(np.zeros(24, np.int64)),
            lambda: world.step_profiled(np.zeros(24, np.int64)),
            lambda: world.step_repeated(np.zeros((1, 24), np.int64)),
        ):
            with pytest.raises(nmmo.WorldOver):
                use()
        assert world.hash() == before
        world.reset()
        world.step(np.zeros(24, np.int64))
        assert world.tick == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"config": "large"}, TypeError),
        ({"config": {"heigth": 48}}, nmmo.ConfigError),
        ({"config": {"preset": "tiny"}}, nmmo.ConfigError),
        ({"threads": 0}, ValueError),
        ({"threads": -1}, ValueError),
        ({"threads": 10**9}, ValueError),
        ({"threads": 1.0}, TypeError),
        ({"threads": True}, TypeError),
    ],
)
def test_bad_arguments_of_a_world(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        nmmo.World(**{"config": TINY, **arguments})


# ---- last observations ---------------------------------------------------------------------------


def test_final_observations() -> None:
    with nmmo.World(ENDING, seed=1, final_observations=True) as world:
        _, info = world.reset()
        assert info["final_obs"].shape == (24, world.row_bytes)
        for _ in range(5):
            *_, truncated, info = world.step(np.zeros(24, np.int64))
        last = info["final_obs"].view(nmmo.observation_dtype(ENDING))[:, 0]
        assert truncated.all()
        assert (last["self"]["age"] == 5).all()
        assert (last["self"]["health"] > 0).all()
        assert not world.observations["self"]["health"].any()  # nobody has a body any more


# ---- respawn -------------------------------------------------------------------------------------


def test_respawn_on_request() -> None:
    # A life without a gain for one tick is cut off at once: the quickest way to an empty world.
    config = TINY.replace(respawn="on_request", stagnation_ticks=1)
    with nmmo.World(config, seed=1) as world:
        world.reset()
        while world.statistics()["living"]["lives"]:
            world.step(np.zeros(24, np.int64))
        assert not world.over
        assert world.mask.sum() == 24
        slots = np.zeros(24, bool)
        slots[[3, 4]] = True
        assert world.respawn(slots) == 2
        assert np.array_equal(world.players["alive"] == 1, slots)
        assert world.respawn(slots) == 0
        before = world.hash()
        with pytest.raises(TypeError, match="booleans"):
            world.respawn(np.ones(24, np.int64))
        with pytest.raises(ValueError, match="shape"):
            world.respawn(np.ones(23, bool))
        assert world.hash() == before


# ---- snapshots, copies ---------------------------------------------------------------------------


def test_restore_goes_back(world: nmmo.World) -> None:
    play(world, 15)
    snapshot, before, seen = world.snapshot(), world.hash(), world.observations.copy()
    expected = play(world, 10, seed=9)
    assert world.hash() != before
    world.restore(snapshot)
    assert world.hash() == before
    assert np.array_equal(world.observations, seen)
    assert not world.rewards.any()
    assert not world.events.size
    assert same(play(world, 10, seed=9), expected)
    for kind in (bytearray, memoryview):
        world.restore(kind(snapshot))
        assert world.hash() == before


def test_restore_into_a_fresh_world_and_from_nothing() -> None:
    with nmmo.World(TINY, seed=11) as world:
        world.reset()
        play(world, 15)
        snapshot, before = world.snapshot(), world.hash()
        expected = play(world, 10, seed=9)
        world.reset()
        following = world.seed
    with nmmo.World(TINY) as fresh:
        fresh.restore(snapshot)
        assert fresh.hash() == before
        assert same(play(fresh, 10, seed=9), expected)
        fresh.reset()
        assert fresh.seed == following
    with nmmo.World.from_snapshot(snapshot, threads=2) as made:
        assert made.config == TINY
        assert made.threads == 2
        assert made.hash() == before
        assert same(play(made, 10, seed=9), expected)


def test_snapshot_of_another_configuration(world: nmmo.World) -> None:
    before = world.hash()
    for other in (TINY.replace(n_monsters=41), TINY.replace(w_gold=0.5), TINY.replace(width=50)):
        with nmmo.World(other, seed=1) as stranger:
            stranger.reset()
            snapshot = stranger.snapshot()
        with pytest.raises(nmmo.SnapshotError):
            world.restore(snapshot)
    assert world.hash() == before


@pytest.mark.parametrize("damage", [b"", b"x", bytes(8), bytes(10**5)])
def test_nonsense_is_no_snapshot(world: nmmo.World, damage: bytes) -> None:
    before = world.hash()
    with pytest.raises(nmmo.SnapshotError):
        world.restore(damage)
    with pytest.raises(nmmo.SnapshotError):
        nmmo.World.from_snapshot(damage)
    assert world.hash() == before


def test_snapshot_of_the_wrong_length(world: nmmo.World) -> None:
    snapshot, before = world.snapshot(), world.hash()
    for cut in (snapshot[:-1], snapshot + b"\0", snapshot[: len(snapshot) // 2], snapshot[:100]):
        with pytest.raises(nmmo.SnapshotError):
            world.restore(cut)
        with pytest.raises(nmmo.SnapshotError):
            nmmo.World.from_snapshot(cut)
    assert world.hash() == before


@pytest.mark.parametrize("wrong", ["text", 7, None, [1, 2]])
def test_snapshot_must_be_bytes(world: nmmo.World, wrong: Any) -> None:
    before = world.hash()
    with pytest.raises(TypeError):
        world.restore(wrong)
    assert world.hash() == before


def test_damage_is_noticed(world: nmmo.World) -> None:
    play(world, 5)
    good, before = world.snapshot(), world.hash()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(good), 300):
        damaged = bytearray(good)
        damaged[place] ^= int(rng.integers(1, 256))
        with pytest.raises(nmmo.SnapshotError):
            world.restore(damaged)
    assert world.hash() == before


SNAPSHOT_HEADER = 32  # magic 8, format 4, rules version 4, state bytes 8, checksum 8


def forged(snapshot: bytes, changes: dict[int, int]) -> bytes:
    """Return the snapshot with some bytes changed and a checksum that agrees, as an attacker would."""
    state = bytearray(snapshot[SNAPSHOT_HEADER:])
    for place, value in changes.items():
        state[place] = value
    words = np.frombuffer(bytes(state), "<u8").reshape(-1, 4).tolist()
    all_ones, golden = 2**64 - 1, 0x9E3779B97F4A7C15
    lanes = [1, 2, 3, 4]
    for row in words:
        for lane in range(4):
            mixed = (lanes[lane] ^ row[lane]) * golden & all_ones
            lanes[lane] = mixed ^ mixed >> 29
    total = len(state)
    for value in lanes:
        total = total + value & all_ones
        total = (total ^ total >> 30) * 0xBF58476D1CE4E5B9 & all_ones
        total = (total ^ total >> 27) * 0x94D049BB133111EB & all_ones
        total ^= total >> 31
    return snapshot[: SNAPSHOT_HEADER - 8] + total.to_bytes(8, "little") + bytes(state)


def test_forged_snapshots_are_refused_or_whole() -> None:
    """Whatever a stranger's bytes say, checksum included: an error, or a state that plays on."""
    config = nmmo.Config(height=32, width=32, n_players=16, n_monsters=24)
    with nmmo.World(config, seed=2) as world:
        world.reset()
        play(world, 60)
        good, before = world.snapshot(), world.hash()
        assert forged(good, {}) == good
        rng = np.random.default_rng(0)
        state_bytes = len(good) - SNAPSHOT_HEADER
        refused = accepted = 0
        for attempt in range(400):
            # Players, monsters and market fill the last part of the state; the header is its first.
            low, high = [(0, state_bytes), (0, 512), (state_bytes * 2 // 3, state_bytes)][attempt % 3]
            places = rng.integers(low, high, 1 + attempt % 2)
            changes = {int(place): int(value) for place, value in zip(places, rng.integers(0, 256, 2), strict=False)}
            try:
                world.restore(forged(good, changes))
            except nmmo.SnapshotError:
                refused += 1
                assert world.hash() == before
                continue
            accepted += 1
            kept, state = world.snapshot(), world.hash()
            if not world.over:
                play(world, 2)
            world.restore(kept)
            assert world.hash() == state
            assert world.snapshot() == kept
            world.restore(good)
            assert world.hash() == before
        assert refused > 40
        assert accepted > 10


def copies() -> list[Callable[[nmmo.World], nmmo.World]]:
    return [copy.deepcopy, copy.copy, lambda world: pickle.loads(pickle.dumps(world))]


@pytest.mark.parametrize("copied", copies())
@pytest.mark.parametrize("final", [False, True])
def test_copies_continue_alike(copied: Callable[[nmmo.World], nmmo.World], final: bool) -> None:
    world = nmmo.World(TINY, seed=11, final_observations=final)
    world.reset()
    play(world, 30)
    twin = copied(world)
    assert twin.hash() == world.hash()
    assert np.array_equal(twin.observations, world.observations)
    assert np.array_equal(twin.rewards, world.rewards)
    assert np.array_equal(twin.terminated, world.terminated)
    assert not np.shares_memory(twin.observations, world.observations)
    assert same(play(twin, 20), play(world, 20))
    assert twin.hash() == world.hash()
    twin.reset()
    world.reset()
    assert twin.seed == world.seed
    world.close()
    play(twin, 1)


class Named(nmmo.World):
    """A subclass with another constructor and a state of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(TINY, seed=6)
        self.name = name


def test_copies_of_subclasses() -> None:
    world = Named("first")
    world.reset()
    twin = copy.deepcopy(world)
    assert type(twin) is Named
    assert twin.name == "first"
    assert same(play(twin, 5), play(world, 5))


def test_copies_of_worlds_not_yet_reset() -> None:
    world = nmmo.World(TINY, seed=21, threads=2)
    twin = pickle.loads(pickle.dumps(world))
    assert twin.threads == 2
    assert np.array_equal(twin.reset()[0], world.reset()[0])
    assert twin.seed == world.seed == 21
    with nmmo.World(TINY, seed=1) as source:
        source.reset()
        words = source.map()
    mapped = copy.deepcopy(nmmo.World(TINY, seed=1, map=words))
    mapped.reset()
    assert np.array_equal(mapped.map(), words)


# ---- many worlds ---------------------------------------------------------------------------------


def test_two_worlds_equal_two_worlds_apart() -> None:
    batch = nmmo.Worlds(2, ENDING, seed=77, final_observations=True)
    apart = [nmmo.World(ENDING, seed=nmmo.derive_seed(77, i), final_observations=True) for i in range(2)]
    first, _ = batch.reset()
    assert np.array_equal(first, np.concatenate([world.reset()[0] for world in apart]))
    assert not np.array_equal(first[:24], first[24:])
    rng = np.random.default_rng(0)
    ends = 0
    for _ in range(12):
        actions = nmmo.sample_actions(batch.mask, rng)
        observations, rewards, terminated, truncated, info = batch.step(actions)
        for i, world in enumerate(apart):
            rows = slice(24 * i, 24 * i + 24)
            _, alone_rewards, alone_terminated, alone_truncated, alone_info = world.step(actions[rows])
            assert np.array_equal(rewards[rows], alone_rewards)
            assert np.array_equal(terminated[rows], alone_terminated)
            assert np.array_equal(truncated[rows], alone_truncated)
            ended = alone_terminated | alone_truncated
            assert np.array_equal(info["final_obs"][rows][ended], alone_info["final_obs"][ended])
            assert info["over"][i] == world.over
            if world.over:
                ends += 1
                world.reset()
            assert np.array_equal(observations[rows], world.observations.view(np.uint8).reshape(24, -1))
            assert batch.world(i).hash() == world.hash()
            assert batch.world(i).seed == world.seed
    assert ends == 4
    batch.reset()
    for i, world in enumerate(apart):
        world.reset()
        assert batch.world(i).seed == world.seed


def test_worlds_without_autoreset() -> None:
    with nmmo.Worlds(2, ENDING, seed=1, autoreset=False) as worlds:
        worlds.reset()
        for tick in range(5):
            *_, info = worlds.step(np.zeros(48, np.int64))
            assert info["over"].tolist() == [tick == 4] * 2
        before = [worlds.world(i).hash() for i in range(2)]
        with pytest.raises(nmmo.WorldOver, match="world 0"):
            worlds.step(np.zeros(48, np.int64))
        assert [worlds.world(i).hash() for i in range(2)] == before
        worlds.reset(seed=3)
        assert worlds.world(1).seed == nmmo.derive_seed(3, 1)
        assert worlds.world(1).tick == 0


def test_threads_change_nothing() -> None:
    results: list[Any] = []
    for threads in (1, 2, 3):
        with nmmo.Worlds(3, TINY, seed=5, threads=threads) as worlds:
            worlds.reset()
            batch = play(worlds, 15)
            hashes = [worlds.world(i).hash() for i in range(3)]
        with nmmo.World(TINY, seed=5, threads=threads) as world:
            world.reset()
            results.append((batch, hashes, play(world, 15), world.hash()))
    for batch, hashes, alone, alone_hash in results[1:]:
        assert same(batch, results[0][0])
        assert hashes == results[0][1]
        assert same(alone, results[0][2])
        assert alone_hash == results[0][3]


def test_given_buffers_are_written() -> None:
    rows, row_bytes = 48, nmmo.observation_dtype(TINY).itemsize
    buffers: dict[str, NDArray[Any]] = {
        "observations": np.zeros((rows, row_bytes), np.uint8),
        "rewards": np.full(rows, 9, np.float32),
        "terminated": np.zeros(rows, np.uint8),
        "truncated": np.zeros(rows, bool),
    }
    with nmmo.Worlds(2, TINY, seed=5, buffers=buffers) as worlds, nmmo.Worlds(2, TINY, seed=5) as plain:
        worlds.reset()
        plain.reset()
        assert same(play(worlds, 5), play(plain, 5))
        assert np.array_equal(buffers["observations"], plain.step(np.zeros(48, np.int64))[0]) is False
        worlds.step(np.zeros(48, np.int64))
        assert np.array_equal(buffers["observations"].view(worlds.observations.dtype)[:, 0], plain.observations)
        assert np.array_equal(buffers["rewards"], plain.rewards)


def test_bad_buffers() -> None:
    row_bytes = nmmo.observation_dtype(TINY).itemsize
    good = np.zeros((48, row_bytes), np.uint8)
    frozen = good.copy()
    frozen.flags.writeable = False
    memory = np.zeros(48 * row_bytes + 8, np.uint8)
    odd = memory[1 + (-memory.ctypes.data % 8) :][: 48 * row_bytes].reshape(48, row_bytes)
    flags = np.zeros(48, bool)
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"observation": good}, ValueError, "no buffer 'observation'"),
        ({"observations": good[:24]}, ValueError, "shape"),
        ({"observations": good.astype(np.int8)}, TypeError, "uint8"),
        ({"observations": good.tolist()}, TypeError, "numpy array"),
        ({"observations": np.asfortranarray(good)}, ValueError, "contiguous"),
        ({"observations": frozen}, ValueError, "writeable"),
        ({"observations": odd}, ValueError, "multiple of 8"),
        ({"rewards": np.zeros(48)}, TypeError, "float32"),
        ({"terminated": flags, "truncated": flags}, ValueError, "share memory"),
    ]
    for buffers, error, message in cases:
        with pytest.raises(error, match=message):
            nmmo.Worlds(2, TINY, buffers=buffers)


def test_boundary_of_worlds() -> None:
    worlds = nmmo.Worlds(2, TINY, seed=1)
    with pytest.raises(RuntimeError, match=r"call reset\(\) first"):
        worlds.step(np.zeros(48, np.int64))
    with pytest.raises(RuntimeError, match=r"call reset\(\) first"):
        worlds.world(0).hash()
    worlds.reset()
    view = worlds.world(1)
    before = [worlds.world(i).hash() for i in range(2)]
    for actions, error in (
        (np.zeros(24, np.int64), ValueError),
        (np.full(48, N_ACTIONS), nmmo.ActionError),
        (np.r_[np.zeros(47, int), N_ACTIONS], nmmo.ActionError),
        (np.zeros(48), TypeError),
        (np.zeros((2, 24), int), ValueError),
    ):
        with pytest.raises(error):
            worlds.step(actions)
    assert [worlds.world(i).hash() for i in range(2)] == before
    assert len(worlds) == 2
    assert view.players.shape == (24,)
    assert view.statistics()["living"]["lives"] == 24
    assert np.shares_memory(view.observations, worlds.observations[24:])
    assert not hasattr(view, "step")
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(view)
    for index in (2, -1):
        with pytest.raises(IndexError):
            worlds.world(index)
    worlds.close()
    for use in (
        lambda: worlds.step(np.zeros(48, np.int64)),
        lambda: worlds.reset(),
        lambda: worlds.world(0),
        lambda: worlds.observations,
        lambda: view.hash(),
        lambda: view.players,
        lambda: view.snapshot(),
        lambda: pickle.dumps(worlds),
    ):
        with pytest.raises(nmmo.ClosedError):
            use()
    for n, error in ((0, ValueError), (-1, ValueError), (1.0, TypeError)):
        with pytest.raises(error):
            nmmo.Worlds(n, TINY)  # type: ignore[arg-type]


def test_worlds_pickle() -> None:
    worlds = nmmo.Worlds(2, ENDING, seed=1, threads=2)
    early = pickle.loads(pickle.dumps(worlds))
    assert np.array_equal(early.reset()[0], worlds.reset()[0])
    play(worlds, 3)
    twin = pickle.loads(pickle.dumps(worlds))
    deep = copy.deepcopy(worlds)
    expected = play(worlds, 20)  # over several ends: the seed sequences are part of the copy
    assert same(play(twin, 20), expected)
    assert same(play(deep, 20), expected)


# ---- threads and processes -----------------------------------------------------------------------


def test_a_second_thread_is_told_and_nothing_breaks() -> None:
    config = nmmo.Config(height=256, width=256, n_players=4096, n_monsters=4096)
    with nmmo.World(config, seed=1) as world:
        world.reset()
        actions = np.zeros((60, 4096), np.int64)
        stop = threading.Event()
        errors: list[Exception] = []

        def intrude() -> None:
            while not stop.is_set():
                for use in (lambda: world.step(actions[0]), lambda: world.hash(), lambda: world.snapshot()):
                    try:
                        use()
                    except nmmo.BusyError as error:
                        errors.append(error)

        thread = threading.Thread(target=intrude)
        thread.start()
        attempts = 0
        while not errors and attempts < 200:
            attempts += 1
            try:
                world.step_repeated(actions)
            except nmmo.BusyError as error:
                errors.append(error)
        stop.set()
        thread.join()
        assert errors
        assert "one thread at a time" in str(errors[0])
        world.step(actions[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_forked_child_plays_on_alike(threads: int) -> None:
    worlds = nmmo.Worlds(2, TINY, seed=1, threads=threads)
    world = nmmo.World(TINY, seed=1, threads=threads)
    worlds.reset()
    world.reset()
    play(worlds, 3)
    play(world, 3)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            play(worlds, 10)
            play(world, 10)
            os.write(write, repr((worlds.world(1).hash(), world.hash())).encode())
            worlds.close()
            world.close()
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    play(worlds, 10)
    play(world, 10)
    assert said == repr((worlds.world(1).hash(), world.hash()))
    worlds.close()
    world.close()


# ---- measuring -----------------------------------------------------------------------------------


def test_profiled_and_repeated_steps_play_the_same_game() -> None:
    rng = np.random.default_rng(0)
    actions = rng.integers(0, N_ACTIONS, (8, 24))
    with (
        nmmo.World(TINY, seed=2) as plain,
        nmmo.World(TINY, seed=2) as other,
        nmmo.World(TINY, seed=2) as third,
    ):
        for world in (plain, other, third):
            world.reset()
        for row in actions:
            plain.step(row)
            taken = other.step_profiled(row)
            assert taken.shape == (8,)
            assert taken.dtype == np.uint64
        assert third.step_repeated(actions) > 0
        assert plain.hash() == other.hash() == third.hash()
        assert np.array_equal(plain.observations, other.observations)
        assert np.array_equal(plain.observations, third.observations)
        with pytest.raises(ValueError, match="shape"):
            third.step_repeated(actions[:, :5])
    assert _engine.view_copy_limit(64, repeats=2) > 0


# ---- edits and drawings at the boundary ----------------------------------------------------------


def test_bad_edits_are_refused_and_change_nothing() -> None:
    world = nmmo.World.from_text(
        """
        . . # .
        . @ . M
        """,
        {"M": nmmo.Monster()},
    )
    before, seen = world.hash(), world.observations.copy()
    edit = world.edit
    cases: list[Callable[[], None]] = [
        lambda: edit.place_player(1, 0, 0),
        lambda: edit.place_player(-1, 0, 0),
        lambda: edit.place_player(0, 0, 2),
        lambda: edit.place_player(0, 1, 3),
        lambda: edit.place_player(0, -1, 0),
        lambda: edit.place_player(0, 0, 32),
        lambda: edit.place_player(2**40, 0, 0),
        lambda: edit.remove_player(7),
        lambda: edit.place_monster(1, 0, 0),
        lambda: edit.place_monster(0, 0, 2),
        lambda: edit.place_monster(0, 0, 0, temper="player"),
        lambda: edit.place_monster(0, 0, 0, level=0),
        lambda: edit.place_monster(0, 0, 0, level=41),
        lambda: edit.place_monster(0, 0, 0, style="mining"),
        lambda: edit.place_monster(0, 0, 0, element="wood"),
        lambda: edit.remove_monster(5),
        lambda: edit.monster_health(0, 0),
        lambda: edit.monster_health(0, 101),
        lambda: edit.give(0, "sward"),
        lambda: edit.give(0, "ore"),
        lambda: edit.give(0, "sword", tier=6),
        lambda: edit.give(0, "sword", tier=0),
        lambda: edit.give(0, "sword", quantity=13),
        lambda: edit.give(0, "arrow", quantity=12 * 99 + 1),
        lambda: edit.give(0, "ration", worn=True),
        lambda: edit.give(3, "sword"),
        lambda: edit.clear_inventory(9),
        lambda: edit.level(0, "melee", 0),
        lambda: edit.level(0, "melee", 41),
        lambda: edit.level(0, "melee", 1, experience=8),
        lambda: edit.level(0, "cooking", 1),
        lambda: edit.set(0, health=0),
        lambda: edit.set(0, health=101),
        lambda: edit.set(0, stamina=-1),
        lambda: edit.set(0, gold=-1),
        lambda: edit.set(0, gold=2**31 - 1),
        lambda: edit.set(0, price_step=17),
        lambda: edit.ground(1, 1, "stone"),
        lambda: edit.ground(0, 0, "lava"),
        lambda: edit.ground(0, 0, "grass", danger=0),
        lambda: edit.ground(0, 0, "grass", danger=6),
        lambda: edit.ground(40, 0, "grass"),
        lambda: edit.item(0, 2, "sword"),
        lambda: edit.item(0, 0, "ore"),
        lambda: edit.item(0, 0, "sword", quantity=2),
        lambda: edit.node(0, 0, "sword"),
        lambda: edit.node(0, 0, "ore", tier=9),
        lambda: edit.node(0, 2, "ore"),
        lambda: edit.clear(-1, 0),
    ]
    for number, case in enumerate(cases):
        with pytest.raises(nmmo.EditError):
            case()
            pytest.fail(f"edit {number} was accepted")
        assert world.hash() == before, number
        assert np.array_equal(world.observations, seen), number
    with pytest.raises(TypeError):
        edit.place_player(0, 0.0, 0)  # type: ignore[arg-type]
    with pytest.raises(nmmo.EditError, match="did you mean 'sword'"):
        edit.give(0, "sward")


def test_edits_are_seen_at_once() -> None:
    world = nmmo.World.from_text(". . .\n. @ .")
    edit = world.edit
    edit.give(0, "arrow", tier=2, quantity=7)
    assert tuple(world.observations["inventory"][0, 0]) == (nmmo.ObjectKind.ARROW, 2, 7, 0)
    edit.level(0, "fishing", 9)
    assert world.observations["self"]["level"][0, nmmo.Skill.FISHING] == 9
    edit.set(0, health=50, gold=12)
    assert world.observations["self"]["health"][0] == 50
    assert world.observations["self"]["gold"][0] == 12
    edit.item(0, 0, "potion", tier=3, quantity=2)
    assert world.observations["tiles"]["object"][0, 4, 6] == nmmo.ObjectKind.POTION
    edit.clear(0, 0)
    assert world.observations["tiles"]["object"][0, 4, 6] == 0
    edit.place_player(0, 0, 2)
    assert world.observations["self"][["row", "column"]][0].item() == (0, 2)
    edit.clear_inventory(0)
    assert not world.observations["inventory"]["type"].any()


def test_drawn_worlds() -> None:
    drawing = """
        . , : # ~ _
        @ 3 T i M @
    """
    legend: dict[str, Any] = {
        "T": nmmo.Node("tree", tier=2),
        "i": [nmmo.Ground("sand", biome="winter", danger=4), nmmo.Item("arrow", 3, 20)],
        "M": nmmo.Monster("hostile", 9, "magic", "fire"),
    }
    world = nmmo.World.from_text(drawing, legend, seed=3, danger=2, biome="autumn")
    assert (world.config.height, world.config.width) == (32, 32)
    assert (world.config.n_players, world.config.n_monsters) == (4, 1)
    tiles = world.tiles
    kinds = nmmo.GroundKind
    expected = [kinds.GRASS, kinds.SAND, kinds.DIRT, kinds.STONE, kinds.WATER, kinds.VOID]
    assert (tiles["ground"][0, :6] >> 2).tolist() == expected
    assert (tiles["ground"][0, :5] & 3 == nmmo.Biome.AUTUMN).all()
    assert (tiles["tier"][0, :5] >> 4 == 2).all()
    assert (tiles["ground"][2:] >> 2 == kinds.VOID).all()
    assert tiles["ground"][1, 3] == kinds.SAND * 4 + nmmo.Biome.WINTER
    assert tiles["tier"][1, 3] == 3 | 4 << 4
    assert tiles["object"][1, 2:4].tolist() == [nmmo.ObjectKind.TREE, nmmo.ObjectKind.ARROW]
    players = world.players
    assert players["alive"].tolist() == [1, 1, 0, 1]
    assert players["self"]["column"][[0, 1, 3]].tolist() == [0, 5, 1]
    monster = world.monsters[0]
    assert (monster["level"], monster["style"], monster["element"]) == (
        9,
        nmmo.Skill.MAGIC,
        nmmo.Element.FIRE,
    )
    assert world.tick == 0
    first = world.hash()
    world.step(np.full(4, int(nmmo.Action.MOVE_NORTH)))
    assert world.players["self"]["row"][0] == 0
    world.reset(seed=3)
    assert world.hash() == first
    twin = pickle.loads(pickle.dumps(world))
    twin.reset(seed=3)
    assert twin.hash() == first
    world.reset(seed=4)
    assert world.hash()["clock"] != first["clock"]


@pytest.mark.parametrize(
    ("drawing", "legend", "message"),
    [
        ("", {}, "empty"),
        (" \n ", {}, "empty"),
        (". .\n.", {}, "row 1 of the drawing has 1 tiles; row 0 has 2"),
        (". ?", {}, "'\\?' in the drawing has no meaning"),
        ("1 1", {}, "same slot"),
        (".", {"ab": nmmo.Player()}, "one visible character"),
        (".", {"a": "player"}, "cannot be drawn"),
        ("a", {"a": nmmo.Ground("lava")}, "lava"),
        ("a", {"a": nmmo.Ground("grass", danger=9)}, "danger = 9"),
        ("a", {"a": nmmo.Node("bush")}, "bush"),
        ("a", {"a": [nmmo.Item("sword"), nmmo.Node("ore")]}, "two objects on one tile"),
        ("a", {"a": [nmmo.Player(), nmmo.Monster()]}, "two bodies on one tile"),
        ("a", {"a": nmmo.Player(-1)}, "negative"),
    ],
)
def test_bad_drawings(drawing: str, legend: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nmmo.World.from_text(drawing, legend)


def test_drawing_and_configuration_must_agree() -> None:
    with pytest.raises(ValueError, match="fit"):
        nmmo.World.from_text("." * 40, width=32)
    with pytest.raises(ValueError, match="more players"):
        nmmo.World.from_text("@ @", n_players=1)
    world = nmmo.World.from_text("@ .", n_players=3, config=nmmo.Config(survival=True), w_gold=0.5)
    assert (world.n_agents, world.config.survival, world.config.w_gold) == (3, True, 0.5)
    assert world.config.n_monsters == 0


# ---- the import ----------------------------------------------------------------------------------


def test_import_is_light() -> None:
    heavy = "torch pygame matplotlib gymnasium pettingzoo rich tyro msgpack zstandard PIL"
    code = f"import sys, nmmo; print(*[name for name in {heavy.split()!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_stale_builds_are_refused(tmp_path: Path) -> None:
    from nmmo.core import _refuse_stale_build

    engine = Path(nmmo.__file__).parents[1] / "engine"
    if engine.is_dir():
        _refuse_stale_build(engine)
    _refuse_stale_build(tmp_path)  # nothing to compare with: an installed wheel
    (tmp_path / "nmmo.h").write_text("/* other rules */", encoding="utf-8")
    with pytest.raises(ImportError, match="make build"):
        _refuse_stale_build(tmp_path)
