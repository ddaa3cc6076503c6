"""Use an installed nmmo briefly, for check_install.py: `python -I -W error scripts/smoke.py`.

Runs from any folder, with nothing but the installed package; fails by an exception.
"""

from __future__ import annotations

import importlib.resources
import sys

import numpy as np

import nmmo


def play(seed: int, ticks: int) -> tuple[dict[str, int], bytes]:
    """Play random possible actions in a small world; what it comes to."""
    generator = np.random.default_rng(0)
    with nmmo.World(nmmo.Config.preset("small"), seed=seed) as world:
        observations, _ = world.reset(seed=seed)
        for _ in range(ticks):
            actions = nmmo.sample_actions(world.mask, generator)
            observations, rewards, terminated, truncated, _ = world.step(actions)
        if not (len(observations) == len(rewards) == len(terminated) == len(truncated) == world.n_agents):
            raise AssertionError("a step must return a row, a reward and two flags for every agent")
        return world.hash(), observations.tobytes()


def main() -> None:
    """Run everything in turn."""
    if play(seed=7, ticks=200) != play(seed=7, ticks=200):
        raise AssertionError("the same seed and actions must give the same world")
    if play(seed=7, ticks=200) == play(seed=8, ticks=200):
        raise AssertionError("another seed must give another world")

    batch = nmmo.Worlds(3, nmmo.Config.preset("small"), seed=0, threads=2)
    batch.reset(seed=0)
    batch.step(np.zeros(len(batch.mask), np.int64))
    batch.close()

    for package in ("nmmo.maps", "nmmo.baselines", "nmmo.sample_replays"):
        folder = importlib.resources.files(package)
        if not folder.joinpath("__init__.py").is_file():
            raise AssertionError(f"{package} was installed without its files")
    if not importlib.resources.files("nmmo").joinpath("py.typed").is_file():
        raise AssertionError("the marker py.typed is missing: type checkers would ignore the package's types")

    with nmmo.World(nmmo.Config.preset("small"), seed=0, map="small") as world:
        world.reset()  # the shipped maps are there, and can be played on

    heavy = sorted({"torch", "pygame", "matplotlib"} & set(sys.modules))
    if heavy:
        raise AssertionError(f"import nmmo must not import {', '.join(heavy)}")
    print(f"nmmo {nmmo.__version__} works, from {nmmo.__file__}")


main()
