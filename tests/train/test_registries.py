"""What users bring themselves: each kind in a module of their own, through a short run of `nmmo train`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_train_command import STEPS, TINY

from nmmo.core.registry import Registry
from nmmo.envs.opponents import OPPONENTS
from nmmo.train import registries
from nmmo.train.checkpoint import Checkpoint
from nmmo.train.metrics import read_metrics

MINE = '''
import numpy as np
import torch

import nmmo
from nmmo.train.cores import Core
from nmmo.train.layers import Linear
from nmmo.train.networks import Policy, PolicyOutput
from nmmo.train.ppo import Losses, ppo_loss


class Average(Core):
    """Forgets nothing but halves it."""

    def __init__(self, hidden_size):
        super().__init__(hidden_size, hidden_size)
        self.layer = Linear(hidden_size, hidden_size)

    def forward(self, x, state, dones):
        outputs = []
        for step, done in zip(self.layer(x).to(state.dtype), dones):
            state = (state * ~done.unsqueeze(1) + step) / 2
            outputs.append(state)
        return torch.stack(outputs).to(x.dtype), state


class Linear1(Policy):
    """Its own health and food, and nothing else, decide; it has no state."""

    def __init__(self, encoding, options, dtype):
        super().__init__(encoding, options, dtype, state_size=0)
        self.layer = torch.nn.Linear(1, 1 + len(nmmo.ACTION_TABLE) + len({row.group for row in nmmo.ACTION_TABLE}))

    def forward(self, observations, state, dones, actions=None):
        health = observations[..., self.encoding.health : self.encoding.health + 1].float() / 100
        out = self.layer(health)
        return PolicyOutput(out[..., :-1], out[..., -1], state)


def plain_policy_gradient(evaluation, minibatch, options, ent_coef, mean):
    policy_loss = -mean(minibatch.advantages * evaluation.log_probs)
    value_loss = mean((evaluation.values - minibatch.returns).abs())
    entropy = mean(evaluation.entropy)
    return Losses(policy_loss + value_loss, policy_loss, value_loss, entropy * 0 + 123.0)


class Sign(torch.optim.Optimizer):
    """Its state is a plain number."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                state["steps"] = state.get("steps", 0) + 1
                parameter.sub_(parameter.grad.sign(), alpha=group["lr"] / float(state["steps"]))


def sign(policy, options):
    return [Sign(policy.parameters(), options.learning_rate)]


def steps(progress):
    return 1.0 if progress < 0.5 else 0.25


class Waits:
    def __init__(self, config):
        self.n_agents = config.n_players

    def reset(self, seed, slots):
        assert len(slots) == self.n_agents // 4

    def act(self, rows, mask):
        return np.zeros(len(rows), np.int64)
'''


@pytest.fixture
def train(tmp_path):
    """Run `nmmo train` where a user's module is importable; return the run's folder."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "mine.py").write_text(MINE)
    path = os.pathsep.join(filter(None, [str(modules), os.environ.get("PYTHONPATH")]))

    def run(*arguments: str, folder: str | None = "run") -> Path:
        quiet = ["--run.tensorboard", "false", "--run.replay-minutes", "0"]
        new = [*TINY, *quiet, "--folder", str(tmp_path / str(folder))]
        done = subprocess.run(
            [sys.executable, "-m", "nmmo", "train", *(new if folder else []), *arguments],
            capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return tmp_path / str(folder)

    return run


FOUR = ["--train.total-timesteps", str(4 * STEPS)]


def test_a_core_of_ones_own(train):
    lines = read_metrics(train(*FOUR, "--policy.core", "mine:Average"))
    other = read_metrics(train(*FOUR, folder="other"))
    assert len(lines) == 4
    assert lines[-1]["losses/value_loss"] != other[-1]["losses/value_loss"]


def test_a_network_of_ones_own(train):
    run = train(*FOUR, "--policy.network", "mine:Linear1")
    assert len(read_metrics(run)) == 4
    assert not (run / "agent").exists()  # only the default network can be exported
    assert set(Checkpoint(run / "checkpoints" / "000000004").read("policy")[0]) == {"layer.weight", "layer.bias"}


def test_a_loss_of_ones_own(train):
    lines = read_metrics(train(*FOUR, "--train.loss", "mine:plain_policy_gradient"))
    assert [line["losses/entropy"] for line in lines] == [123.0] * 4


def test_an_optimizer_of_ones_own(train):
    mine = ["--train.optimizer", "mine:sign", "--train.learning-rate", "0.01"]
    whole = train(*FOUR, *mine)
    newest = whole / "checkpoints" / "000000004"
    state = Checkpoint(newest).read("trainer")[0]
    assert all(name.endswith(".steps") and float(value) == 8 for name, value in state.items())  # 2 minibatches each
    part = train(*FOUR, *mine, folder="part")
    shutil.rmtree(part / "checkpoints" / "000000004")
    train("--resume", str(part), folder=None)
    weights = [Checkpoint(run / "checkpoints" / "000000004").read("policy")[0] for run in (whole, part)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_schedule_of_ones_own(train):
    lines = read_metrics(train(*FOUR, "--train.schedule", "mine:steps", "--train.min-lr-ratio", "0"))
    assert [line["lr_scale"] for line in lines] == [1.0, 1.0, 0.25, 0.25]


def test_an_opponent_of_ones_own(train):
    lines = read_metrics(train(*FOUR, "--opponents.scripted-share", "0.25", "--opponents.scripted", "mine:Waits"))
    assert {"score/learner", "score/mine:Waits"} <= set(lines[-1])


def test_what_does_not_exist_is_one_message(train):
    for option, name, message in (
        ("--policy.core", "nobody:Core", "there is no module 'nobody'"),
        ("--train.loss", "mine:plain_policy", "did you mean 'plain_policy_gradient'"),
        ("--opponents.scripted", "mine:Wait", "did you mean 'Waits'"),
    ):
        with pytest.raises(AssertionError) as caught:
            train(option, name, "--opponents.scripted-share", "0.25", folder=f"none-{option}")
        assert message in str(caught.value)
        assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("registry", [*map(registries.__dict__.get, registries.__all__), OPPONENTS])
def test_every_registered_name_exists(registry):
    assert isinstance(registry, Registry) and len(registry)
    for name in registry:
        assert callable(registry.get(name))
