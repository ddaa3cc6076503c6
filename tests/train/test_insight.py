"""What an exported policy tells of its last choice to those who watch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import nmmo
from nmmo.agents import Cast, load_agent, setting_of
from nmmo.cli import main
from nmmo.train.actions import TwoLevel
from nmmo.train.checkpoint import checkpoints_of
from nmmo.train.export import load_policy

TINY = [
    "--world.n-players", "8", "--world.n-monsters", "16", "--world.height", "32", "--world.width", "32",
    "--world.horizon", "100", "--train.segment", "16", "--train.minibatch", "8", "--policy.width", "16",
    "--policy.encoder-width", "16", "--policy.tile-channels", "2", "--run.threads", "1",
    "--run.precision", "float32", "--train.total-steps", "512", "--train.learning-rate", "0.1",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    assert main(["train", *TINY, "--folder", str(folder)]) == 0
    return folder


def test_an_exported_policy_tells_the_probabilities_and_the_value_of_its_choice(run: Path) -> None:
    policy, recipe = load_policy(checkpoints_of(run / "checkpoints")[-1])
    agent = load_agent(run / "agent", setting_of(recipe.world), trust=True)
    world = nmmo.World(recipe.world, seed=5)
    rows, _ = world.reset()
    cast = Cast([agent], recipe.world)
    cast.reset(world.seed)
    assert cast.insight(0) is None, "there was no choice yet"
    keep = torch.zeros(8)
    for _ in range(5):
        state = torch.from_numpy(agent.state.copy())
        with torch.no_grad():
            out = policy(torch.from_numpy(rows.copy()).unsqueeze(0), state, keep.unsqueeze(0))
        mask = torch.from_numpy(world.mask.astype(bool))
        expected = TwoLevel(out.logits[0], mask).actions.exp().numpy()
        actions = cast.act(world)
        for slot in range(8):
            told = cast.insight(slot)
            assert told is not None
            np.testing.assert_allclose(told["probabilities"], expected[slot], atol=1e-4)
            assert told["probabilities"].sum() == pytest.approx(1, abs=1e-5)
            assert told["value"] == pytest.approx(float(out.values[0, slot]), abs=1e-3)
        rows, _, terminated, truncated, _ = world.step(actions)
        keep = torch.from_numpy(~(terminated | truncated)).float()
    assert len({round(cast.insight(slot)["value"], 6) for slot in range(8)}) > 1


def test_asking_changes_no_choice(run: Path) -> None:
    _, recipe = load_policy(checkpoints_of(run / "checkpoints")[-1])
    chosen = []
    for asking in (False, True):
        agent = load_agent(run / "agent", setting_of(recipe.world), trust=True)
        world = nmmo.World(recipe.world, seed=5)
        world.reset()
        cast = Cast([agent], recipe.world)
        cast.reset(world.seed)
        chosen.append([])
        for _ in range(8):
            if asking:
                for slot in range(8):
                    cast.insight(slot)
            chosen[-1].append(cast.act(world).tolist())
            world.step(np.array(chosen[-1][-1]))
    assert chosen[0] == chosen[1]
    assert len({tuple(actions) for actions in chosen[0]}) > 1
