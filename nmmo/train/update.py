"""Learning: one rollout's worth of PPO on recurrent policies.

Schulman et al. 2017, "Proximal policy optimization algorithms"; segments are whole sequences, run from
the memory that acting had at their start.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nmmo.train.actions import TwoLevel
from nmmo.train.advantage import advantages
from nmmo.train.distributed import Team
from nmmo.train.networks import Policy
from nmmo.train.optimizers import Optimizers
from nmmo.train.priorities import choose
from nmmo.train.recipe import TrainOptions
from nmmo.train.rollout import Rollout

__all__ = ["Batch", "Losses", "NotFinite", "Weights", "improve", "losses_of"]


class NotFinite(ArithmeticError):
    """A loss or a gradient is not a finite number; the weights are as they were before."""


@dataclass(frozen=True)
class Weights:
    """What the schedule decides for one rollout."""

    entropy: float
    """Of the entropy bonus."""
    correction: float
    """Of the priorities."""


@dataclass(frozen=True)
class Batch:
    """Some segments of a rollout, with what is fixed while they are learned from."""

    rows: Tensor
    keep: Tensor
    alive: Tensor
    actions: Tensor
    log_probabilities: Tensor
    state: Tensor
    values: Tensor
    """As estimated last, [steps, segments]."""
    advantages: Tensor
    """[steps, segments]."""
    weights: Tensor
    """[segments]."""

    @classmethod
    def of(cls, rollout: Rollout, found: Tensor, segments: Tensor, weights: Tensor) -> Batch:
        steps = rollout.steps
        return cls(
            rows=rollout.rows[:steps].index_select(1, segments),
            keep=rollout.keep[:steps].index_select(1, segments),
            alive=rollout.alive.index_select(1, segments),
            actions=rollout.actions.index_select(1, segments),
            log_probabilities=rollout.log_probabilities.index_select(1, segments),
            state=rollout.state.index_select(0, segments),
            values=rollout.values[:steps].index_select(1, segments),
            advantages=found.index_select(1, segments),
            weights=weights,
        )


@dataclass
class Losses:
    """The parts of one minibatch's loss, and what the policy says now."""

    total: Tensor
    policy: Tensor
    value: Tensor
    entropy: Tensor
    ratio: Tensor
    """Probability of each action now over that when it was taken, [steps, segments]."""
    values: Tensor
    """[steps, segments]."""


def losses_of(
    policy: Policy, batch: Batch, options: TrainOptions, entropy_weight: float, team: Team
) -> Losses:
    """The loss of a minibatch; all means are over the steps with a body, of all processes together."""
    out = policy(batch.rows, batch.state, batch.keep, batch.actions)
    judged = TwoLevel(out.logits, policy.mask(batch.rows)).judge(batch.actions)
    ratio = (judged.log_probability - batch.log_probabilities).exp()

    counts = batch.alive.to(out.values.dtype)
    share = counts / team.sum(counts.sum()).clamp(min=1)  # of a step in a mean over the steps with a body
    mean = team.sum((share * batch.advantages).sum())
    variance = team.sum((share * (batch.advantages - mean).square()).sum())
    advantage = batch.weights * (batch.advantages - mean) / (variance.sqrt() + 1e-8)

    clipped = ratio.clamp(1 - options.clip, 1 + options.clip)
    policy_loss = -(share * torch.minimum(advantage * ratio, advantage * clipped)).sum()

    target = batch.advantages + batch.values
    error = (out.values - target).square()
    if options.value_clip:
        change = (out.values - batch.values).clamp(-options.value_clip, options.value_clip)
        error = torch.maximum(error, (batch.values + change - target).square())
    value_loss = 0.5 * (share * error).sum()

    entropy = (share * judged.entropy).sum()
    total = policy_loss + options.value_weight * value_loss - entropy_weight * entropy
    return Losses(total, policy_loss, value_loss, entropy, ratio.detach(), out.values.detach())


def improve(
    policy: Policy,
    optimizers: Optimizers,
    rollout: Rollout,
    options: TrainOptions,
    weights: Weights,
    generator: torch.Generator,
    team: Team,
) -> dict[str, float]:
    """Learn from a rollout: minibatches of segments until every step was used ``options.epochs`` times on
    average.

    After each minibatch its segments' values and ratios are those of the policy as it was in it, and the
    advantages of all segments are computed anew: what is drawn next, and what it is taught, follows the
    policy as it moves.

    Parameters
    ----------
    policy, optimizers
        What is changed.
    rollout
        From ``collect``; its ``values`` are brought up to date.
    weights
        The schedule's.
    generator
        Draws segments; on the CPU.
    team
        The other processes, which learn from their rollouts at the same time.

    Returns
    -------
    dict
        Means over the minibatches, of all processes together.

    Raises
    ------
    NotFinite
        Before a step that would make the weights so.
    """
    segments = rollout.segments
    size = min(max(1, options.minibatch // team.size), segments)
    minibatches = max(1, round(options.epochs * segments / size))
    ratio = torch.ones_like(rollout.values[:-1])
    sums: dict[str, float] = {}
    for _ in range(minibatches):
        found = advantages(
            rollout.values, rollout.rewards, rollout.ended, rollout.bootstrap, ratio,
            discount=options.discount, trace=options.trace,
            rho_clip=options.rho_clip, trace_clip=options.trace_clip,
        )  # fmt: skip
        chosen = choose(found, size, options.priority, weights.correction, generator)
        batch = Batch.of(rollout, found, chosen.segments, chosen.weights)
        losses = losses_of(policy, batch, options, weights.entropy, team)

        optimizers.zero_grad()
        losses.total.backward()  # type: ignore[no-untyped-call]
        team.sum_gradients(policy)
        norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), options.gradient_clip)
        report = _report(losses, batch, options, team)
        report["gradient_norm"] = float(norm)
        if not all(map(_finite, report.values())):
            broken = ", ".join(f"{name} = {value}" for name, value in report.items() if not _finite(value))
            raise NotFinite(f"learning broke down: {broken}; a lower learning rate may help")
        optimizers.step()

        ratio.index_copy_(1, chosen.segments, losses.ratio)
        rollout.values[:-1].index_copy_(1, chosen.segments, losses.values)
        for name, value in report.items():
            sums[name] = sums.get(name, 0.0) + value / minibatches
    return sums | _explained(rollout, ratio, options, team)


def _finite(value: float) -> bool:
    return value - value == 0


@torch.no_grad()
def _report(losses: Losses, batch: Batch, options: TrainOptions, team: Team) -> dict[str, float]:
    counts = batch.alive.float()
    log_ratio = losses.ratio.clamp(min=1e-8).log()
    sums = torch.stack(
        [
            losses.policy.detach(),
            losses.value.detach(),
            losses.entropy.detach(),
            counts.sum(),
            (counts * (losses.ratio - 1 - log_ratio)).sum(),
            (counts * ((losses.ratio - 1).abs() > options.clip)).sum(),
        ]
    )
    policy_loss, value_loss, entropy, steps, divergence, clipped = team.sum(sums).tolist()
    steps = max(steps, 1.0)
    return {
        "policy_loss": policy_loss,
        "value_loss": value_loss,
        "entropy": entropy,
        "divergence": divergence / steps,
        "clipped": clipped / steps,
    }


@torch.no_grad()
def _explained(rollout: Rollout, ratio: Tensor, options: TrainOptions, team: Team) -> dict[str, float]:
    """How much of the returns' variance the values explain: 1 all of it, 0 none."""
    found = advantages(
        rollout.values, rollout.rewards, rollout.ended, rollout.bootstrap, ratio,
        discount=options.discount, trace=options.trace,
        rho_clip=options.rho_clip, trace_clip=options.trace_clip,
    )  # fmt: skip
    lived = rollout.alive
    errors, returns = found[lived].double(), (found + rollout.values[:-1])[lived].double()
    sums = torch.stack(
        [torch.tensor(float(len(errors)), dtype=torch.float64, device=errors.device),
         errors.sum(), errors.square().sum(), returns.sum(), returns.square().sum()]
    )  # fmt: skip
    count, error, error_squares, total, squares = team.sum(sums).tolist()
    count = max(count, 1.0)
    variance = squares / count - (total / count) ** 2
    left = error_squares / count - (error / count) ** 2
    return {"explained_variance": 1 - left / variance if variance > 0 else 0.0, "mean_return": total / count}
