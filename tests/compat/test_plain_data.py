"""Libraries that walk through results in C, past the methods of a dict."""

from __future__ import annotations

import numpy as np
import orjson
import pytest
import tree
from gymnasium.wrappers.numpy_to_torch import numpy_to_torch, torch_to_numpy
from small_envs import PLAYERS, actions_for, small_parallel

NAMES = [f"player_{slot}" for slot in range(PLAYERS)]


@pytest.fixture(params=["reset", "step"])
def infos(request):
    env = small_parallel()
    _, infos = env.reset(seed=1)
    return infos if request.param == "reset" else env.step(actions_for(env, infos))[4]


def test_dm_tree(infos):
    assert sorted({path[0] for path, _ in tree.flatten_with_path(infos)}) == NAMES
    doubled = tree.map_structure(lambda leaf: np.asarray(leaf) * 2, infos)
    assert all((doubled[name]["action_mask"] == 2 * infos[name]["action_mask"]).all() for name in NAMES)


def test_orjson(infos):
    written = orjson.loads(orjson.dumps(infos, option=orjson.OPT_SERIALIZE_NUMPY))
    assert written == {
        name: {"action_mask": info["action_mask"].tolist(), "died": False} for name, info in infos.items()
    }


def test_numpy_to_torch(infos):
    converted = numpy_to_torch(infos)
    assert sorted(converted) == NAMES
    assert [int(converted[name]["action_mask"].sum()) for name in NAMES] == [
        int(infos[name]["action_mask"].sum()) for name in NAMES
    ]
    assert sorted(torch_to_numpy(converted)) == NAMES


def test_torch_tree(infos):
    from torch.utils._pytree import tree_flatten

    leaves, _ = tree_flatten(infos)
    assert len(leaves) == 2 * PLAYERS
