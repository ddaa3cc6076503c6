"""What an exported policy tells of its last choice to those who watch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import nmmo
from nmmo.agents import Match, load_agent, seat_agents, setting_of
from nmmo.cli import main
from nmmo.train.action_distribution import ActionDistribution
from nmmo.train.checkpoint import checkpoints_of
from nmmo.train.export import load_policy

TINY = [
    "--world.n-players", "8", "--world.n-monsters", "16", "--world.height", "32", "--world.width", "32",
    "--world.horizon", "100", "--train.bptt-horizon", "16", "--train.minibatch-segments", "8",
    "--policy.hidden-size", "16", "--policy.encoder-width", "16", "--policy.tile-channels", "2", "--run.threads", "1",
    "--run.precision", "float32", "--train.total-timesteps", "512", "--train.learning-rate", "0.1",
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
    match = Match(world, seat_agents([agent], recipe.world))
    assert match.insight(0) is None, "there was no choice yet"
    dones = torch.ones(8, dtype=torch.bool)
    for _ in range(5):
        state = torch.from_numpy(agent.state.copy())
        with torch.no_grad():
            out = policy(torch.from_numpy(rows.copy()).unsqueeze(0), state, dones.unsqueeze(0))
        mask = torch.from_numpy(world.mask.astype(bool))
        expected = ActionDistribution(out.logits[0], mask).action_log_probs.exp().numpy()
        actions = match.choose_actions()
        for slot in range(8):
            insight = match.insight(slot)
            assert insight is not None
            np.testing.assert_allclose(insight["probabilities"], expected[slot], atol=1e-4)
            assert insight["probabilities"].sum() == pytest.approx(1, abs=1e-5)
            assert insight["value"] == pytest.approx(float(out.values[0, slot]), abs=1e-3)
        rows, _, terminated, truncated, _ = world.step(actions)
        dones = torch.from_numpy(terminated | truncated)
    assert len({round(match.insight(slot)["value"], 6) for slot in range(8)}) > 1


def test_asking_changes_no_choice(run: Path) -> None:
    _, recipe = load_policy(checkpoints_of(run / "checkpoints")[-1])
    chosen = []
    for asking in (False, True):
        agent = load_agent(run / "agent", setting_of(recipe.world), trust=True)
        world = nmmo.World(recipe.world, seed=5)
        world.reset()
        match = Match(world, seat_agents([agent], recipe.world))
        chosen.append([])
        for _ in range(8):
            if asking:
                for slot in range(8):
                    match.insight(slot)
            chosen[-1].append(match.choose_actions().tolist())
            world.step(np.array(chosen[-1][-1]))
    assert chosen[0] == chosen[1]
    assert len({tuple(actions) for actions in chosen[0]}) > 1
