"""A recorder learns of everything that changes a recorded world. New methods must be decided on here."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import choices, tiny
from gymnasium.vector import AutoresetMode

import nmmo
from nmmo.core.edit import Edit
from nmmo.envs.vector import VectorEnv
from nmmo.replay import Recorder, Replay

OF_A_READER = {  # they only look
    "closed", "config", "digests", "events", "ground_items", "hash", "listings", "map", "map_seed", "mask", "monsters",
    "n_agents", "nodes", "observations", "over", "players", "rewards", "row_bytes", "seed", "snapshot", "statistics",
    "terminated", "tick", "tiles", "truncated", "would_change", "outputs", "ready", "state_dict", "_statistics",
    "reward_terms", "_rewards", "_reward_state", "_copied_reward",
}  # fmt: skip
OBSERVED = {
    nmmo.World: {"step", "reset", "restore", "respawn", "close", "load_state_dict", "_edit"},
    nmmo.Worlds: {"step", "reset", "restore", "respawn", "close", "load_state_dict"},
}
REFUSED = {nmmo.World: {"step_profiled", "step_repeated"}, nmmo.Worlds: set()}
OF_OBSERVERS = {"_call_observers", "_observers", "add_observer", "observers", "remove_observer"}
OF_STATE = {"_check_config", "_constructor", "_next_seeds", "_set_next_seeds", "_snapshots"}
THROUGH_OTHERS = {  # they change a world by what is observed, or before anybody can observe it
    nmmo.World: {"_begin", "_load_snapshots", "_open", "edit"},
    nmmo.Worlds: {"_begin", "_load_snapshots", "_open"},
}
HARMLESS = {  # no state: observations are built again, seeds are of episodes to come, the others make something new
    nmmo.World: {"observe", "threads", "from_snapshot", "from_text", "_first_result", "_set_reward"},
    nmmo.Worlds: {"threads", "autoreset", "world", "_first_result", "_set_reward"},
}  # fmt: skip


@pytest.mark.parametrize("kind", [nmmo.World, nmmo.Worlds])
def test_every_method_is_observed_refused_or_harmless(kind):
    decided = OF_A_READER | OF_OBSERVERS | OF_STATE | THROUGH_OTHERS[kind] | HARMLESS[kind]
    decided |= OBSERVED[kind] | REFUSED[kind]
    found = {name for name in dir(kind) if not name.startswith("__")}
    assert not found - decided, "does this change the state of a world? Then observers must be called"
    assert OBSERVED[kind] | REFUSED[kind] | THROUGH_OTHERS[kind] | HARMLESS[kind] <= found


def place_for(world: nmmo.World) -> tuple[int, int]:
    """Return a free tile that can be walked on, without anything."""
    tiles = world.tiles
    free = np.isin(tiles["ground"] // 4, [1, 2, 3]) & (tiles["object"] == 0) & (tiles["occupant"] == 0)
    row, column = np.argwhere(free)[0].tolist()
    return row, column


EDITS = {
    "place_player": lambda world: world.edit.place_player(0, *place_for(world)),
    "remove_player": lambda world: world.edit.remove_player(1),
    "place_monster": lambda world: world.edit.place_monster(0, *place_for(world)),
    "remove_monster": lambda world: world.edit.remove_monster(1),
    "monster_health": lambda world: world.edit.monster_health(2, 50),
    "give": lambda world: world.edit.give(0, "ration"),
    "clear_inventory": lambda world: world.edit.clear_inventory(0),
    "level": lambda world: world.edit.level(0, "mining", 9),
    "set": lambda world: world.edit.set(0, gold=4321),
    "ground": lambda world: world.edit.ground(*place_for(world), "stone"),
    "item": lambda world: world.edit.item(*place_for(world), "ration"),
    "node": lambda world: world.edit.node(*place_for(world), "ore"),
    "clear": lambda world: world.edit.clear(*np.argwhere(world.tiles["object"] > 20)[0].tolist()),
}


def test_every_edit_is_recorded(tmp_path):
    assert set(EDITS) == {name for name in dir(Edit) if not name.startswith("_")}
    rng = np.random.default_rng(2)
    hashes = []
    with nmmo.World(tiny(n_monsters=8), 3) as world, Recorder(world, tmp_path / "game.nmr"):
        world.reset()
        for change in EDITS.values():
            world.step(choices(world, rng))
            before = world.hash()
            change(world)
            assert world.hash() != before
            hashes.append(world.hash())
        world.step(choices(world, rng))
        hashes.append(world.hash())
    with Replay(tmp_path / "game.nmr") as replay:
        assert replay.cuts == list(range(1, len(EDITS) + 1))
        for tick, expected in enumerate(hashes, 1):
            assert replay.world_at(tick).hash() == expected
        assert replay.verify()


def test_lives_that_begin_on_request_in_some_of_several_worlds(tmp_path):
    config = tiny(respawn="on_request", n_monsters=60, survival=True, stagnation_ticks=60)
    worlds = nmmo.Worlds(2, config, 9)
    rng = np.random.default_rng(9)
    begun = {"w0": 0, "w1": 0, "both": 0}
    with Recorder(worlds, tmp_path / "game.nmr", events=True, state=True) as recorder:
        worlds.reset()
        for tick in range(1, 400):
            worlds.step(nmmo.sample_actions(worlds.mask, rng))
            if tick % 7 == 0:
                which = ("w0", "w1", "both")[tick // 7 % 3]
                slots = rng.random(12) < 0.7
                slots[:6] &= which != "w1"
                slots[6:] &= which != "w0"
                begun[which] += worlds.respawn(slots)
        ends = [worlds.world(index).hash() for index in range(2)]
    assert min(begun.values()) > 0 and len(recorder.paths) == 2
    for path, end in zip(recorder.paths, ends, strict=True):
        with Replay(path) as replay:
            assert replay.pure and replay.stop == 399
            assert replay.world_at(-1).hash() == end
            report = replay.verify()
            assert report, str(report)
    assert ends[0] != ends[1]


@pytest.mark.parametrize("num_worlds", [1, 2])
def test_lives_that_a_vector_environment_begins(tmp_path, num_worlds):
    envs = VectorEnv(
        config=tiny(n_monsters=60, survival=True, stagnation_ticks=60), num_worlds=num_worlds, seed=4,
        autoreset_mode=AutoresetMode.DISABLED, record=tmp_path / "game.nmr",
    )  # fmt: skip
    envs.reset(seed=4)
    rng = np.random.default_rng(4)
    begun = 0
    for _ in range(299):
        _, _, terminated, truncated, _ = envs.step(nmmo.sample_actions(envs.worlds.mask, rng))
        ended = terminated | truncated
        begun += int(ended.sum())
        some = ended & (rng.random(len(ended)) < 0.5)
        for mask in (some, ended & ~some):  # by two calls between the same ticks
            if mask.any():
                envs.reset(options={"reset_mask": mask})
    worlds = envs.worlds
    ends = [worlds.hash()] if num_worlds == 1 else [worlds.world(index).hash() for index in range(num_worlds)]
    envs.close()
    assert begun > 5
    files = sorted(tmp_path.glob("*.nmr"))
    assert len(files) == num_worlds
    for path, end in zip(files, ends, strict=True):
        with Replay(path) as replay:
            assert replay.pure and replay.stop == 299
            assert replay.world_at(-1).hash() == end
            assert replay.verify()


def test_a_restored_world_begins_another_file(tmp_path):
    world = nmmo.World(tiny(), 1)
    rng = np.random.default_rng(0)
    with Recorder(world, tmp_path / "game.nmr") as recorder:
        world.reset()
        for _ in range(9):
            world.step(choices(world, rng))
        earlier = world.snapshot()
        for _ in range(9):
            world.step(choices(world, rng))
        world.restore(earlier)
        world.step(choices(world, rng))
        end = world.hash()
    assert len(recorder.paths) == 2
    with Replay(recorder.paths[1]) as replay:
        assert (replay.start, replay.stop) == (9, 10) and replay.verify()
        assert replay.world_at(10).hash() == end


def test_a_recording_that_begins_while_worlds_play(tmp_path):
    """As a trainer does: one world of several, from the present tick to the end of the episode."""
    worlds = nmmo.Worlds(3, tiny(horizon=60), 5)
    rng = np.random.default_rng(1)

    def play(ticks: int) -> None:
        for _ in range(ticks):
            worlds.step(nmmo.sample_actions(worlds.mask, rng))

    worlds.reset()
    play(20)
    plain = type(worlds)
    recorder = Recorder(worlds, tmp_path / "game.nmr", worlds=[1], episodes=1)
    play(39)
    last = worlds.world(1).hash()
    play(30)
    recorder.close()
    assert type(worlds) is plain
    play(5)
    assert [path.name for path in recorder.paths] == ["game-w1.nmr"]
    with Replay(recorder.paths[0]) as replay:
        assert (replay.start, replay.stop, replay.complete) == (20, 60, True)
        assert replay.world_at(59).hash() == last and replay.verify()
    with Recorder(worlds, tmp_path / "later.nmr", worlds=[0]):
        play(3)
    with Replay(tmp_path / "later-w0.nmr") as replay:
        assert replay.ticks == 3 and replay.verify()
