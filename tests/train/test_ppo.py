"""One whole update against a slow account of it in float64."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import slow_reference as reference
import torch

import nmmo
from nmmo.train import ppo
from nmmo.train.ppo import NotFiniteError, ppo_update
from nmmo.train.recipe import PolicyOptions, Recipe, RunOptions, TrainOptions
from nmmo.train.rollout import Timer, collect_rollout
from nmmo.train.trainer import Trainer

CONFIG = nmmo.Config.preset(
    "small", n_players=6, n_monsters=16, height=32, width=32, view_row_radius=1, view_column_radius=1,
    fog=True, fog_start=1, fog_period=1, fog_final=2, w_progress=0.3, respawn="next_tick", horizon=20,
)  # fmt: skip
OPTIONS = TrainOptions(
    worlds=1, bptt_horizon=6, minibatch_segments=4, update_epochs=2.0, learning_rate=0.05, adam_learning_rate=0.01,
    max_grad_norm=0.7, vf_clip_coef=0.05, clip_coef=0.1, weight_decay=0.01, gamma=0.9, gae_lambda=0.8,
    vtrace_rho_clip=1.1, vtrace_c_clip=0.9,
)  # fmt: skip
ENT_COEF, PRIORITY_BETA = SCHEDULED = (0.02, 0.5)


def trainer_of(core: str = "mingru", options: TrainOptions = OPTIONS) -> Trainer:
    policy = PolicyOptions(core=core, hidden_size=8, encoder_width=8, tile_channels=2, item_channels=2)  # type: ignore[arg-type]
    trainer = Trainer(Recipe(CONFIG, policy, options, run=RunOptions(threads=1, precision="float32")))
    with torch.no_grad():
        trainer.policy.head.weight.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    for _ in range(4):  # into the fog, over the horizon
        collect_rollout(trainer.env_groups, trainer.policy, trainer.act, trainer.rollout, options, Timer())
    carry(trainer.rollout.observations.numpy().view(nmmo.observation_dtype(CONFIG))[:, :, 0])
    return trainer


def carry(rows: Any) -> None:
    """Let all who live have things in two slots, to be used, sold and dropped: in so few ticks nobody finds any."""
    alive = rows["self"]["health"] > 0
    for slot, (kind, tier) in enumerate(((4, 1), (19, 2))):
        rows["inventory"]["type"][alive, slot] = kind
        rows["inventory"]["tier"][alive, slot] = tier
        rows["inventory"]["quantity"][alive, slot] = 1 + slot
        for action in (nmmo.Action.USE_1, nmmo.Action.SELL_1, nmmo.Action.DROP_1):
            rows["mask"][alive, action + slot] = 1


def slow_update(trainer: Trainer, core: str, choices: list[Any], options: TrainOptions) -> dict[str, torch.Tensor]:
    """Return the weights after an update, from the definitions; which segments are drawn is given."""
    out = trainer.rollout
    rows = out.observations.numpy().view(nmmo.observation_dtype(CONFIG))[:, :, 0]
    steps = out.steps
    slow = reference.SlowPolicy(trainer.policy.state_dict(), CONFIG, core)
    values, ratio = out.values.double().numpy().copy(), np.ones((steps, out.segments))
    names = {id(parameter): name for name, parameter in trainer.policy.named_parameters()}
    hidden = [names[id(p)] for group in trainer.optimizers.optimizers[1].param_groups for p in group["params"]]
    moments: dict[str, list[torch.Tensor]] = {}
    for number, (segments, weights) in enumerate(choices, 1):
        advantages = reference.advantages(
            values, out.rewards.double().numpy(), out.ended.numpy(), out.bootstrap_values.double().numpy(), ratio,
            options.gamma, options.gae_lambda, options.vtrace_rho_clip, options.vtrace_c_clip,
        )  # fmt: skip
        lived = [(t, s) for s in segments for t in range(steps) if out.alive[t, s]]
        drawn = np.array([advantages[t, s] for t, s in lived])
        mean, deviation = drawn.mean(), drawn.std()
        said: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = {}
        for s in segments:
            state = out.state[s].double()
            for t in range(steps):
                logits, value, state = slow.step(rows[t, s], state * ~out.dones[t, s], int(out.actions[t, s]))
                mask = rows[t, s]["mask"]
                chosen = reference.log_probabilities(logits, mask)[int(out.actions[t, s])]
                said[t, s] = chosen, value, reference.entropy(logits, mask)
        loss = torch.zeros((), dtype=torch.float64)
        for t, s in lived:
            log_probability, value, entropy = said[t, s]
            now = torch.exp(log_probability - out.log_probs[t, s].double())
            weight = weights[list(segments).index(s)]
            advantage = weight * (advantages[t, s] - mean) / (deviation + 1e-8)
            gain = torch.min(now * advantage, now.clamp(1 - options.clip_coef, 1 + options.clip_coef) * advantage)
            target, old = advantages[t, s] + values[t, s], values[t, s]
            near = old + (value - old).clamp(-options.vf_clip_coef, options.vf_clip_coef)
            error = torch.max((value - target) ** 2, (near - target) ** 2)
            loss = loss - gain + options.vf_coef * 0.5 * error - ENT_COEF * entropy
        loss = loss / len(lived)
        for weight in slow.weights.values():
            weight.grad = None
        loss.backward()
        norm = torch.sqrt(sum((w.grad**2).sum() for w in slow.weights.values()))  # type: ignore[union-attr,arg-type]
        scale = min(1.0, options.max_grad_norm / (float(norm) + 1e-6))
        with torch.no_grad():
            for name, weight in slow.weights.items():
                gradient = weight.grad * scale
                decay = options.weight_decay if weight.ndim > 1 else 0.0
                first, second = moments.setdefault(name, [torch.zeros_like(weight), torch.zeros_like(weight)])
                if name in hidden:
                    first.copy_(options.momentum * first + (1 - options.momentum) * gradient)
                    ahead = options.momentum * first + (1 - options.momentum) * gradient
                    step = torch.from_numpy(reference.orthogonalized(ahead.numpy()))
                    shape = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
                    weight.copy_(weight * (1 - options.learning_rate * decay) - options.learning_rate * shape * step)
                else:
                    first.copy_(options.adam_beta1 * first + (1 - options.adam_beta1) * gradient)
                    second.copy_(options.adam_beta2 * second + (1 - options.adam_beta2) * gradient**2)
                    unbiased = (second / (1 - options.adam_beta2**number)).sqrt() + options.adam_eps
                    rate = options.adam_learning_rate
                    step = first / (1 - options.adam_beta1**number) / unbiased
                    weight.copy_(weight * (1 - rate * decay) - rate * step)
        for (t, s), (log_probability, value, _) in said.items():
            values[t, s] = float(value.detach())
            ratio[t, s] = float(torch.exp(log_probability.detach() - out.log_probs[t, s].double()))
    return slow.weights


@pytest.mark.parametrize("core", ["mingru", "lstm"])
def test_against_a_slow_account(core, monkeypatch):
    trainer = trainer_of(core)
    out = trainer.rollout
    assert out.ended.any()
    assert not out.alive.all()
    choices = [
        (np.array([0, 2, 3, 5]), np.array([0.5, 1.0, 0.7, 1.3])),
        (np.array([0, 1, 3, 4]), np.array([1.0, 0.9, 1.1, 0.4])),
        (np.array([1, 2, 3, 5]), np.array([0.8, 1.2, 0.6, 1.0])),
    ]
    expected = slow_update(dataclass_copy(trainer), core, choices, OPTIONS)
    given = iter(choices)
    asked: list[Any] = []

    def sample(*arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
        asked.append(arguments)
        segments, weights = next(given)
        return torch.from_numpy(segments), torch.from_numpy(weights).float()

    monkeypatch.setattr(ppo, "sample_segments", sample)
    first = reference.advantages(
        out.values.numpy(), out.rewards.numpy(), out.ended.numpy(), out.bootstrap_values.numpy(),
        np.ones(out.rewards.shape), OPTIONS.gamma, OPTIONS.gae_lambda, OPTIONS.vtrace_rho_clip, OPTIONS.vtrace_c_clip,
    )  # fmt: skip
    before = {name: value.clone() for name, value in trainer.policy.state_dict().items()}
    updated(trainer)
    assert next(given, None) is None
    np.testing.assert_allclose(asked[0][0], first, atol=1e-5)  # segments are drawn by their advantages
    assert not np.allclose(asked[2][0], first, atol=1e-4)  # which follow the policy as it moves
    assert [arguments[1:4] for arguments in asked] == [(4, OPTIONS.priority_alpha, PRIORITY_BETA)] * 3
    for name, value in trainer.policy.state_dict().items():
        moved = float((value - before[name]).abs().max())
        error = float((value.double() - expected[name].detach()).abs().max())
        assert moved > 1e-4, name
        assert error < 0.01 * moved, name


def dataclass_copy(trainer: Trainer) -> Any:
    """Return the trainer with a rollout that later updates leave alone."""

    class Kept:
        policy = trainer.policy
        optimizers = trainer.optimizers
        rollout = dataclasses.replace(trainer.rollout, values=trainer.rollout.values.clone())

    return Kept


def updated(trainer: Trainer, options: TrainOptions = OPTIONS) -> dict[str, float]:
    return ppo_update(
        trainer.policy,
        trainer.optimizers,
        trainer.rollout,
        options,
        *SCHEDULED,
        trainer.segment_generator,
        trainer.processes,
    )


def test_values_of_what_was_learned_from_are_updated():
    trainer = trainer_of()
    before = trainer.rollout.values.clone()
    updated(trainer)
    changed = (trainer.rollout.values != before)[:-1].any(0)
    assert 4 <= int(changed.sum()) <= 6
    assert float((trainer.rollout.values - before).abs().max()) > 1e-3
    assert torch.equal(trainer.rollout.values[-1], before[-1])


def test_not_a_number_stops_before_the_weights_are_touched():
    trainer = trainer_of()
    trainer.rollout.rewards[2, 3] = float("nan")
    before = {name: value.clone() for name, value in trainer.policy.state_dict().items()}
    with pytest.raises(NotFiniteError, match="loss"):
        updated(trainer)
    assert all(torch.equal(value, before[name]) for name, value in trainer.policy.state_dict().items())


def test_nobody_alive_changes_the_policy_by_nothing_but_decay():
    options = dataclasses.replace(OPTIONS, weight_decay=0.0, optimizer="adamw")
    trainer = trainer_of(options=options)
    trainer.rollout.alive[:] = False
    before = {name: value.clone() for name, value in trainer.policy.state_dict().items()}
    metrics = updated(trainer, options)
    assert metrics["policy_loss"] == metrics["value_loss"] == metrics["entropy"] == 0
    assert all(torch.equal(value, before[name]) for name, value in trainer.policy.state_dict().items())
