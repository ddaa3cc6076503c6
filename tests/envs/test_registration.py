"""The entries in Gymnasium's and PettingZoo's registries, whichever is imported first."""

from __future__ import annotations

import subprocess
import sys

import gymnasium
import pettingzoo
import pytest

import nmmo
from nmmo.core.content import N_ACTIONS

CHECK = """
import sys
import gymnasium, pettingzoo
assert {"nmmo/nmmo-v3", "nmmo/solo-v3"} <= set(gymnasium.registry)
assert "nmmo/nmmo-v3" in pettingzoo.aec_registry and "nmmo/nmmo-v3" in pettingzoo.parallel_registry
assert not any("nmmo" in type(finder).__module__ for finder in sys.meta_path)
for module in (gymnasium, pettingzoo):
    assert module.__spec__.loader is module.__loader__
    assert "nmmo" not in type(module.__loader__).__module__
"""
ORDERS = [
    "import nmmo, gymnasium",
    "import gymnasium, nmmo",
    "import pettingzoo, nmmo",
    "import nmmo, pettingzoo",
    "from nmmo import nmmo_v3",
    "import importlib, sys, nmmo, gymnasium\ndel sys.modules['nmmo']\nimportlib.import_module('nmmo')",
    "import importlib.util, nmmo\nassert importlib.util.find_spec('gymnasium').origin",
    "import nmmo\nimport gymnasium.envs.registration",
]


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("order", ORDERS)
def test_entries_are_there_in_any_order(order):
    done = run(f"{order}\n{CHECK}")
    assert done.returncode == 0, done.stderr


def test_this_way_of_looking_sees_a_missing_entry():
    assert run(CHECK).returncode == 1


@pytest.mark.parametrize("module", ["gymnasium", "pettingzoo"])
def test_import_leaves_them_alone(module):
    assert run(f"import sys, nmmo, nmmo.envs; sys.exit({module!r} in sys.modules)").returncode == 0


def test_a_library_that_is_missing_stays_missing():
    code = """
import sys, nmmo
sys.path[:] = []
sys.meta_path[:] = [finder for finder in sys.meta_path if "nmmo" in type(finder).__module__]
try:
    import gymnasium
except ModuleNotFoundError as error:
    assert error.name == "gymnasium"
else:
    raise AssertionError
"""
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_a_library_that_refuses_is_imported_all_the_same():
    code = """
import sys, types, warnings, nmmo
from nmmo.envs import registration
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    registration._register_in(types.ModuleType("gymnasium"))
assert "could not register" in str(seen[0].message), seen
"""
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_gymnasium_makes_both():
    envs = gymnasium.make_vec("nmmo/nmmo-v3", config="small")
    assert isinstance(envs, nmmo.envs.VectorEnv)
    assert isinstance(gymnasium.make("nmmo/solo-v3", opponents="random").unwrapped, nmmo.envs.SoloEnv)


def test_gymnasium_makes_several_solo_environments():
    envs = gymnasium.make_vec("nmmo/solo-v3", num_envs=3, opponents="random")
    observations, info = envs.reset(seed=1)
    assert observations.shape == (3, nmmo.observation_dtype(nmmo.Config.preset("small")).itemsize)
    assert info["action_mask"].shape == (3, N_ACTIONS)
    envs.close()


def test_the_vector_environment_alone_says_what_to_do():
    with pytest.raises(ValueError, match="many agents at once"):
        gymnasium.make("nmmo/nmmo-v3")


def test_pettingzoo_makes_both():
    parallel = pettingzoo.make("parallel", "nmmo/nmmo-v3", config="small", max_cycles=7)
    assert isinstance(parallel, nmmo.envs.ParallelEnv)
    assert parallel.world.config == nmmo.Config.preset("small", lives=1, horizon=7)
    turns = pettingzoo.make("aec", "nmmo/nmmo_v3", config="small")
    assert isinstance(turns.unwrapped, nmmo.envs.ParallelEnv)


def test_the_front_door_lists_what_it_offers():
    assert {"env", "parallel_env", "nmmo_v3"} <= set(dir(nmmo)) & set(nmmo.__all__)
    with pytest.raises(AttributeError, match="paralel_env"):
        nmmo.paralel_env  # noqa: B018
    with pytest.raises(AttributeError, match="Vectorenv"):
        nmmo.envs.Vectorenv  # noqa: B018
    assert all(getattr(nmmo.envs, name) for name in dir(nmmo.envs))
