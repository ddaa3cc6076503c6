"""Which map an episode is played on; steps that nobody sees; digests; rows too many for the caches."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

import nmmo
from nmmo.core.edit import Edit

SMALL = nmmo.Config.preset("small")


# ---- sets of maps ------------------------------------------------------------------------------------


def test_episodes_play_on_every_map_of_a_set_and_on_no_other() -> None:
    with nmmo.World(SMALL.replace(map_seed=100, n_maps=5), seed=0) as world:
        seen = []
        for _ in range(60):
            world.reset()
            seen.append(world.map_seed)
    assert set(seen) == {100, 101, 102, 103, 104}
    assert seen != sorted(seen)


def test_the_map_of_an_episode_follows_from_its_seed() -> None:
    config = SMALL.replace(map_seed=0, n_maps=1000)
    with nmmo.World(config, seed=3) as one, nmmo.World(config, seed=4) as other:
        one.reset(seed=0)
        other.reset(seed=0)
        assert one.map_seed == other.map_seed and one.hash() == other.hash()
        other.reset(seed=1)
        assert one.map_seed != other.map_seed


def test_the_map_of_a_set_is_the_map_of_its_seed() -> None:
    with nmmo.World(SMALL.replace(map_seed=7, n_maps=3)) as world:
        world.reset(seed=0)
        with nmmo.World(SMALL.replace(map_seed=world.map_seed)) as alone:
            alone.reset(seed=5)
            assert np.array_equal(world.map(), alone.map())


def test_two_sets_that_do_not_overlap_share_no_map() -> None:
    def maps(first: int) -> set[int]:
        with nmmo.Worlds(20, SMALL.replace(map_seed=first, n_maps=8), seed=0) as worlds:
            worlds.reset()
            return {worlds.world(i).map_seed for i in range(20)}

    train, held_out = maps(0), maps(1_000_000)
    assert len(train) > 1 and len(held_out) > 1 and not train & held_out


def test_a_set_of_maps_needs_a_first_one() -> None:
    with pytest.raises(nmmo.ConfigError, match="n_maps = 5 needs a map_seed"):
        nmmo.Config(n_maps=5)
    with pytest.raises(nmmo.ConfigError, match="goes beyond the last map"):
        nmmo.Config(map_seed=2**53 - 3, n_maps=5)


# ---- many worlds on a given map ----------------------------------------------------------------------


def test_worlds_play_on_a_given_map_and_stay_on_it() -> None:
    config = SMALL.replace(horizon=5)
    wanted = nmmo.Map.open("small").words
    rng = np.random.default_rng(0)
    with nmmo.Worlds(3, config, seed=1, map="small", threads=2) as worlds:
        worlds.reset()
        for _ in range(12):  # two automatic resets
            worlds.step(nmmo.sample_actions(worlds.mask, rng))
        kept = pickle.dumps(worlds)
    with pickle.loads(kept) as worlds:
        for _ in range(5):
            worlds.step(nmmo.sample_actions(worlds.mask, rng))
        for i in range(3):
            assert np.array_equal(worlds.world(i).map(), wanted)
        worlds.reset()
        assert np.array_equal(worlds.world(2).map(), wanted)


def test_worlds_on_a_map_play_as_a_world_on_it() -> None:
    with nmmo.Worlds(2, SMALL, seed=9, map="small") as worlds, nmmo.World(SMALL, map="small") as world:
        worlds.reset()
        world.reset(seed=nmmo.derive_seed(9, 1))
        assert world.hash() == worlds.world(1).hash() != worlds.world(0).hash()


def test_worlds_refuse_a_map_of_another_size() -> None:
    with pytest.raises(nmmo.MapError, match=r"try config\.replace"):
        nmmo.Worlds(2, SMALL, map="large")


def test_a_map_that_cannot_be_played_on_changes_nothing() -> None:
    with nmmo.Worlds(2, SMALL, map=np.zeros((SMALL.height, SMALL.width), np.uint32)) as worlds:
        with pytest.raises(nmmo.MapError):
            worlds.reset()
        with pytest.raises(RuntimeError):
            worlds.step([0] * 128)


# ---- steps that nobody sees --------------------------------------------------------------------------


def test_an_unseen_step_plays_the_same_tick_and_leaves_the_observations() -> None:
    with nmmo.World(SMALL, seed=2) as seen, nmmo.World(SMALL, seed=2) as unseen:
        seen.reset()
        unseen.reset()
        before = unseen.observations.tobytes()
        rng = np.random.default_rng(0)
        for _ in range(30):
            actions = nmmo.sample_actions(seen.mask, rng)
            _, rewards, *_ = seen.step(actions)
            _, blind, *_ = unseen.step(actions, observe=False)
            assert unseen.observations.tobytes() == before
            assert np.array_equal(rewards, blind) and np.array_equal(seen.events, unseen.events)
            assert seen.hash() == unseen.hash()
        assert unseen.observe().tobytes() == seen.observations.tobytes() != before


def test_observe_undoes_what_was_written_into_the_array() -> None:
    with nmmo.World(SMALL, seed=2) as world:
        rows, _ = world.reset()
        kept = rows.copy()
        rows[:, :1700] = 255
        assert np.array_equal(world.observe(), kept)


# ---- digests -----------------------------------------------------------------------------------------


def test_equal_games_have_equal_digests_and_others_do_not() -> None:
    one, same, other = (nmmo.World(SMALL, seed=seed) for seed in (0, 0, 1))
    with one, same, other:
        for world in (one, same, other):
            world.reset()
        rng = np.random.default_rng(0)
        seen = set()
        for _ in range(50):
            actions = nmmo.sample_actions(one.mask, rng)
            for world in (one, same, other):
                world.step(actions)
            assert one.digests().dtype == np.uint64 and one.digests().shape == (5,)
            assert np.array_equal(one.digests(), same.digests())
            assert (one.digests()[:4] != other.digests()[:4]).all()
            seen.add(one.digests().tobytes())
        assert len(seen) == 50
        with nmmo.World.from_snapshot(one.snapshot()) as restored:
            assert np.array_equal(restored.digests(), one.digests())


def test_the_digests_of_an_episode_that_an_automatic_reset_ended_are_kept() -> None:
    config = SMALL.replace(horizon=4)
    with nmmo.Worlds(2, config, seed=3) as worlds, nmmo.World(config) as world:
        worlds.reset()
        world.reset(seed=nmmo.derive_seed(3, 1))
        assert not worlds.world(1).digests(ended=True).any()
        for _ in range(4):
            worlds.step([0] * 128)
            world.step([0] * 64)
        assert worlds.world(1).tick == 0
        assert np.array_equal(worlds.world(1).digests(ended=True), world.digests())
        assert not np.array_equal(worlds.world(0).digests(ended=True), world.digests())


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("players", lambda edit: edit.set(0, health=50)),
        ("players", lambda edit: edit.give(0, "sword")),
        ("players", lambda edit: edit.level(0, "mining", 3)),
        ("monsters", lambda edit: edit.monster_health(0, 50)),
        ("tiles", lambda edit: edit.item(0, 0, "ration")),
    ],
)
def test_a_change_shows_in_the_digest_of_its_section(section: str, change: Callable[[Edit], None]) -> None:
    world = nmmo.World.from_text(
        """
        . . . .
        . @ M .
        . . . .
        """,
        {"M": nmmo.Monster("passive", level=1)},
    )
    before = dict(zip(world.hash(), world.digests(), strict=True))
    change(world.edit)
    after = dict(zip(world.hash(), world.digests(), strict=True))
    assert [name for name in before if before[name] != after[name]] == [section]


def test_a_listing_shows_in_the_digest_of_the_market() -> None:
    with nmmo.World.from_text("@ .", {}) as world, nmmo.World.from_text("@ .", {}) as other:
        for each in (world, other):
            each.edit.give(0, "ration", quantity=5)
        world.step([nmmo.Action.SELL_1])
        other.step([nmmo.Action.WAIT])
        names = list(world.hash())
        differ = [name for name, a, b in zip(names, world.digests(), other.digests(), strict=True) if a != b]
        assert differ == ["players", "market"]


# ---- rows too many for the caches --------------------------------------------------------------------


def test_streamed_rows_are_the_same_rows() -> None:
    """Rows of more than 12 MB in all are written past the caches, unless they lie askew."""
    config = SMALL.replace(
        height=160, width=160, n_players=1600, n_monsters=400, view_row_radius=15, view_column_radius=15
    )
    with nmmo.World(config) as streamed:
        size = 1600 * streamed.row_bytes
        assert size > 12 << 20
        block = np.zeros(size + 128, np.uint8)
        first = -block.ctypes.data % 64 + 8
        askew = block[first : first + size].reshape(1600, -1)
        assert askew.ctypes.data % 64 == 8
        with nmmo.Worlds(1, config, seed=3, buffers={"observations": askew}) as plain:
            plain.reset()
            streamed.reset(seed=nmmo.derive_seed(3, 0))
            rng = np.random.default_rng(0)
            for _ in range(6):
                actions = nmmo.sample_actions(streamed.mask, rng)
                rows, *_ = streamed.step(actions)
                plain.step(actions)
                assert np.array_equal(rows, askew)
            assert askew.any(axis=1).all()
