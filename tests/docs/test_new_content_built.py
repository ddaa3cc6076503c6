"""docs/new-content.md: with an addition made in a copy of the tree, all that should follow does.

It builds the engine three times, so it is run where `NMMO_DOCS` is `all` (see conftest.py).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from new_content import ADDITIONS
from new_rule import TREE, apply, copy_tree, tried

GENERATED = ["tests/docs/test_generated_pages.py", "-k", "not prose"]  # the prose names the size of a row


def run(tree: Path, *command: str) -> str:
    """Run a command with the copy's packages; it must end well. Return what it printed."""
    ended = tried([sys.executable, *command], tree, PYTHONPATH=str(tree))
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
    return ended.stdout


def run_tests(tree: Path, *arguments: str) -> None:
    run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)


@pytest.fixture
def add(tmp_path):
    """Make an addition in a copy of the tree: patches, build, generated files."""

    def add(name: str) -> Path:
        copy_tree(tmp_path)
        for block in ADDITIONS[name]:
            apply(block, tmp_path)
        (tmp_path / "nmmo" / "baselines").symlink_to(tmp_path / "agents", target_is_directory=True)  # as setup.py says
        run(tmp_path, "setup.py", "-q", "build_ext", "--inplace")
        run(tmp_path, "scripts/docs.py")
        return tmp_path

    return add


def test_an_item(add):
    tree = add("item")
    page = (tree / "docs" / "content.md").read_text(encoding="utf-8")
    assert "| 21 | `balm` | food |" in page
    assert "`buy_balm`" in (tree / "docs" / "observation.md").read_text(encoding="utf-8")
    assert "    BUY_BALM = " in (tree / "nmmo" / "core" / "enums.pyi").read_text(encoding="utf-8")
    run_tests(tree, "tests/rules")
    run_tests(tree, "tests/render/test_panels.py", "-k", "market")
    run_tests(tree, "tests/train/test_encoding.py", "tests/agents/test_rules.py")
    run_tests(tree, *GENERATED)
    run_tests(tree, "tests/core/test_boundary.py", "-k", "stub_of_enumerations or action_table")
    # Who carries it sees it in the text of the world, and using it is counted.
    shown = run(
        tree,
        "-c",
        """
import nmmo
from nmmo.envs.text import draw
world = nmmo.World(nmmo.Config.preset("small"), seed=1)
world.reset()
world.edit.give(0, "balm")
world.edit.set(0, health=50)
world.observe()
print("balm 1" in draw(world, 0, colours=False))
actions = [nmmo.Action.WAIT] * world.n_agents
actions[0] = nmmo.Action.USE_1
world.step(actions)
print(world.statistics()["consumed"].tolist()[nmmo.ObjectKind.BALM - 1], world.players["self"]["health"][0] >= 90)
""",
    )
    assert shown.split() == ["True", "1", "True"]
    # Foragers harvest herbs; what they do not need of the yield they sell, whatever it is.
    sold = run(
        tree,
        "-c",
        """
import nmmo
from nmmo.agents import load_agent, play_match, seat_agents, setting_of
class Sold(nmmo.WorldObserver):
    found = 0
    def after_step(self, world, actions, observed):
        listed = world.events[world.events["kind"] == nmmo.EventKind.LIST]
        self.found += int((listed["item"] == nmmo.ObjectKind.BALM).sum())
config = nmmo.Config.preset("small")
world = nmmo.World(config, seed=1)
world.reset()
sold = Sold()
agents = [load_agent(name, setting_of(config)) for name in ("forager", "trader")]
play_match(world, seat_agents(agents, config), observers=[sold], ticks=600)
print(sold.found)
""",
    )
    assert int(sold) > 0


def test_a_field_of_the_observation(add):
    tree = add("observation")
    assert "| `free_slots` |" in (tree / "docs" / "observation.md").read_text(encoding="utf-8")
    run_tests(tree, "tests/rules")
    run_tests(tree, *GENERATED)
    features = """
import nmmo
from nmmo.train.encoding import encoding_for
print(encoding_for(nmmo.Config()).own.features, "free_slots" in nmmo.observation_dtype()["self"].names)
"""
    before, after = run(TREE, "-c", features).split(), run(tree, "-c", features).split()
    assert (before[1], after[1]) == ("False", "True")
    assert int(after[0]) == int(before[0]) + 1
    shown = run(
        tree,
        "-c",
        """
import nmmo
world = nmmo.World(nmmo.Config.preset("small"), seed=1)
world.reset()
world.edit.give(0, "sword")
world.observe()
print(world.observations["self"]["free_slots"][:2].tolist())
""",
    )
    assert shown.split() == ["[11,", "12]"]


def test_an_event(add):
    tree = add("event")
    assert "13&nbsp;speech" in (tree / "docs" / "observation.md").read_text(encoding="utf-8")
    assert "    SPEECH = 13" in (tree / "nmmo" / "core" / "enums.pyi").read_text(encoding="utf-8")
    run_tests(tree, "tests/rules")
    run_tests(tree, *GENERATED)
    run_tests(tree, "tests/core/test_boundary.py", "-k", "stub_of_enumerations")
    table = run(
        tree,
        "-c",
        """
import numpy as np
import nmmo
from nmmo.replay import Recorder, Replay
world = nmmo.World(nmmo.Config.preset("small", vocabulary=3), seed=1)
with Recorder(world, "speech.nmr"):
    world.reset()
    for _ in range(3):
        world.step(np.tile([0, 2], (world.n_agents, 1)))
from nmmo.cli import main
main(["replay", "export", "--events", "speech.nmr", "-o", "speech.csv"])
print(open("speech.csv").read().count("speech"))
""",
    )
    assert int(table.split()[-1]) == 3 * 64
