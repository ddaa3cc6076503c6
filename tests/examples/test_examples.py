"""docs/examples: each script runs as a reader would run it, and learns.

What a library is missing for is skipped here, and counts as failed where everything is checked.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
EXAMPLES = TREE / "docs" / "examples"
PAGE = TREE / "docs" / "libraries.md"
NEEDED = {
    "ppo_cleanrl_style.py": ["torch"],
    "ppo_stable_baselines3.py": ["torch", "stable_baselines3", "sb3_contrib"],
    "ppo_torchrl.py": ["torch", "tensordict", "torchrl"],
}
BY_CHANCE = re.compile(r"^random play: (-?\d+\.\d+) an episode$", re.MULTILINE)
EPISODE = re.compile(r"^ *([\d,]+) steps: (-?\d+\.\d+) an episode ", re.MULTILINE)


def need(names: list[str]) -> None:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: pip install 'nmmo[examples]'")


def played(folder: Path, name: str, *options: str) -> tuple[float, list[tuple[int, float]]]:
    """Return what random play earns, and the curve (steps, earned in an episode) that a script prints."""
    need(NEEDED[name])
    command = [sys.executable, str(EXAMPLES / name), "--threads", "1", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    (by_chance,) = BY_CHANCE.findall(done.stdout)
    curve = [(int(steps.replace(",", "")), float(earned)) for steps, earned in EPISODE.findall(done.stdout)]
    return float(by_chance), curve


def test_every_example_is_tested():
    assert sorted(NEEDED) == sorted(path.name for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", NEEDED)
def test_an_example_is_not_called_like_a_library(name):
    """Its folder comes first on Python's path: it would be imported instead of the library."""
    tree = ast.parse((EXAMPLES / name).read_text(encoding="utf-8"))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    tops = {module.partition(".")[0] for module in imported}
    assert "nmmo" in tops
    assert not tops & {path.stem for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("name", NEEDED)
def test_an_example_runs_and_prints_its_curve(name, tmp_path):
    by_chance, curve = played(tmp_path, name, "--total-steps", "4096", "--horizon", "32", "--rollout", "16")
    assert by_chance > 0
    assert [steps for steps, _ in curve] == [2048, 4096]  # 64 players, 32 ticks an episode
    assert all(-100 < earned < 100 for _, earned in curve)
    assert not list(tmp_path.iterdir())  # it leaves nothing behind


@pytest.mark.parametrize("name", NEEDED)
def test_an_example_explains_its_options(name, tmp_path):
    need(NEEDED[name])
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "--total-steps" in done.stdout
    assert "Agent-steps to learn from" in done.stdout


def test_the_plain_example_learns(tmp_path):
    """The others play the same game by the same method, and would only take longer."""
    by_chance, curve = played(tmp_path, "ppo_cleanrl_style.py", "--total-steps", "132000")
    assert len(curve) == 8
    learned = sum(earned for _, earned in curve[-3:]) / 3
    assert learned > 1.2 * by_chance, (by_chance, curve)


def block_with(words: str) -> str:
    """Return the one block of Python on the page that has these words."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if words in block]
    return found


@pytest.mark.parametrize(
    ("words", "libraries"),
    [
        ("PettingZooWrapper(", ["torch", "tensordict", "torchrl"]),
        ("MaskablePPO(", ["torch", "stable_baselines3", "sb3_contrib"]),
        ("supersuit.", ["supersuit"]),
    ],
)
def test_a_block_of_the_page_that_needs_a_library_runs(words, libraries, tmp_path):
    """They warn of versions, so they are not run with the other pages, where warnings are errors."""
    need(libraries)
    done = subprocess.run([sys.executable, "-c", block_with(words)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
