"""The past of a world that is being played, sought while it plays on."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import choices, tiny

import nmmo
from nmmo.replay import LiveHistory


@pytest.mark.parametrize(("changes", "start"), [({}, 0), ({"vocabulary": 7}, 0), ({}, 37)])
def test_every_tick_of_the_past_is_found_while_the_world_plays_on(changes, start):
    rng = np.random.default_rng(3)
    with nmmo.World(tiny(**changes), 4) as world:
        world.reset(4)
        for _ in range(start):
            world.step(choices(world, rng))
        history = LiveHistory(world)
        seeker = history.seeker(double_buffered=True)
        hashes, events, played = {start: world.hash()}, {}, []
        for tick in range(start + 1, start + 301):
            played.append(choices(world, rng))
            world.step(played[-1])
            hashes[tick], events[tick] = world.hash(), world.events
            if tick % 60 == 0:
                assert seeker.seek(tick - 20).hash() == hashes[tick - 20]
        for tick in [start, start + 300, *rng.integers(start + 1, start + 301, 40).tolist()]:
            assert seeker.seek(tick).hash() == hashes[tick]
            if tick > start:
                assert np.array_equal(seeker.world.events, events[tick])
                assert np.array_equal(history.actions(tick), played[tick - start - 1])
        assert len(history) == 300 and world.hash() == hashes[start + 300]
        seeker.close()


def test_what_a_caller_does_to_the_past_is_not_kept():
    rng = np.random.default_rng(3)
    with nmmo.World(tiny(), 4) as world:
        world.reset(4)
        history = LiveHistory(world)
        hashes = [world.hash()]
        for _ in range(30):
            world.step(choices(world, rng))
            hashes.append(world.hash())
        seeker = history.seeker()
        seeker.seek(10).edit.set(0, gold=12345)
        assert seeker.world.hash() != hashes[10]
        assert seeker.seek(10).hash() == hashes[10]
        assert seeker.seek(11).hash() == hashes[11]
        seeker.world.close()
        assert seeker.seek(12).hash() == hashes[12]
