"""The update: PPO on recurrent policies, from one rollout.

Schulman et al. 2017, "Proximal policy optimization algorithms"; advantages by generalised advantage estimation with
V-trace's clipped importance ratios; minibatches of whole segments, which are run from the recurrent state that acting
had at their start, and are drawn by the size of their advantages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nmmo.train.action_distribution import ActionDistribution
from nmmo.train.distributed import ProcessGroup
from nmmo.train.networks import Policy
from nmmo.train.optimizers import OptimizerSet
from nmmo.train.recipe import TrainOptions
from nmmo.train.registries import LOSSES
from nmmo.train.rollout import Rollout

__all__ = [
    "Evaluation",
    "Losses",
    "Minibatch",
    "NotFiniteError",
    "compute_advantages",
    "ppo_loss",
    "ppo_update",
    "sample_segments",
]

LEAST_PRIORITY = 1e-6
"""Added to every priority, so that a rollout without any advantage is sampled evenly."""

Mean = Callable[[Tensor], Tensor]
"""A mean over all steps of a minibatch with a living player, [steps, segments] to []: this process's share of it,
whose sum over all processes is the mean."""


class NotFiniteError(ArithmeticError):
    """A loss or a gradient is not a finite number; the weights are as they were before."""


@dataclass(frozen=True)
class Minibatch:
    """Some segments of a rollout, with what is fixed while they are learned from."""

    observations: Tensor
    """uint8 [steps, segments, row_bytes]."""
    dones: Tensor
    """bool [steps, segments], True where an observation is the first of a life."""
    alive: Tensor
    """bool [steps, segments]; nothing is learned where it is False."""
    actions: Tensor
    """int64 [steps, segments]."""
    log_probs: Tensor
    """Of the actions when they were taken, float32 [steps, segments]."""
    state: Tensor
    """Recurrent state before the first step, float32 [segments, state_size]."""
    values: Tensor
    """As estimated last, float32 [steps, segments]."""
    advantages: Tensor
    """Normalised over the minibatch, times the segments' importance weights, float32 [steps, segments]."""
    returns: Tensor
    """What the values should be, float32 [steps, segments]."""


@dataclass(frozen=True)
class Evaluation:
    """What the policy, as it is now, says of a minibatch; differentiable."""

    logits: Tensor
    """float32 [steps, segments, GROUPS + ACTIONS]."""
    log_probs: Tensor
    """Of the actions taken, float32 [steps, segments]."""
    entropy: Tensor
    """Of the choice of actions, in nats, float32 [steps, segments]."""
    values: Tensor
    """float32 [steps, segments]."""
    ratio: Tensor
    """Probability of the actions taken now, over that when they were taken, float32 [steps, segments]."""


@dataclass
class Losses:
    """The loss of a minibatch and its parts, each this process's share of a mean."""

    total: Tensor
    """What is minimised."""
    policy_loss: Tensor
    value_loss: Tensor
    entropy: Tensor


def ppo_loss(
    evaluation: Evaluation, minibatch: Minibatch, options: TrainOptions, ent_coef: float, mean: Mean
) -> Losses:
    """Compute PPO's clipped loss, a clipped value loss, and an entropy bonus.

    Parameters
    ----------
    evaluation
        What the policy says now.
    minibatch
        What it is compared with.
    options
        The recipe's ``[train]``.
    ent_coef
        The coefficient of the entropy bonus, as scheduled.
    mean
        The mean over all steps that count, of all processes; use it for every part of the loss.
    """
    advantages, ratio = minibatch.advantages, evaluation.ratio
    clipped = ratio.clamp(1 - options.clip_coef, 1 + options.clip_coef)
    policy_loss = -mean(torch.minimum(advantages * ratio, advantages * clipped))

    error = (evaluation.values - minibatch.returns).square()
    if options.vf_clip_coef:
        change = (evaluation.values - minibatch.values).clamp(-options.vf_clip_coef, options.vf_clip_coef)
        error = torch.maximum(error, (minibatch.values + change - minibatch.returns).square())
    value_loss = 0.5 * mean(error)

    entropy = mean(evaluation.entropy)
    total = policy_loss + options.vf_coef * value_loss - ent_coef * entropy
    return Losses(total, policy_loss, value_loss, entropy)


def ppo_update(
    policy: Policy,
    optimizers: OptimizerSet,
    rollout: Rollout,
    options: TrainOptions,
    ent_coef: float,
    priority_beta: float,
    generator: torch.Generator,
    processes: ProcessGroup,
) -> dict[str, float]:
    """Learn from a rollout in minibatches of segments, ``options.update_epochs`` times each step on average.

    After each minibatch its segments' values and ratios are those of the policy as it was in it, and the
    advantages of all segments are recomputed: what is sampled next, and what is learned from it, follows the
    policy as it moves.

    Parameters
    ----------
    policy, optimizers
        What is changed.
    rollout
        From ``collect_rollout``; its ``values`` are updated.
    options
        The recipe's ``[train]``; ``options.loss`` names the loss.
    ent_coef, priority_beta
        As scheduled.
    generator
        Samples segments; on the CPU.
    processes
        The processes of the run, which learn from their rollouts at the same time.

    Returns
    -------
    dict
        Means over the minibatches, of all processes together.

    Raises
    ------
    NotFiniteError
        Before a step that would make the weights so.
    """
    loss_of = LOSSES.get(options.loss)
    size = min(max(1, options.minibatch_segments // processes.size), rollout.segments)
    minibatches = max(1, round(options.update_epochs * rollout.segments / size))
    ratio = torch.ones_like(rollout.values[:-1])
    metrics: dict[str, float] = {}
    for _ in range(minibatches):
        advantages = _advantages(rollout, ratio, options)
        segments, weights = sample_segments(advantages, size, options.priority_alpha, priority_beta, generator)
        alive = rollout.alive.index_select(1, segments).to(rollout.values.dtype)
        share = alive / processes.sum(alive.sum()).clamp(min=1)  # weight of a step in a mean

        def mean(x: Tensor, share: Tensor = share) -> Tensor:
            return (share * x).sum()

        minibatch = _minibatch(rollout, advantages, segments, weights, mean, processes)
        evaluation = _evaluate(policy, minibatch)
        losses: Losses = loss_of(evaluation, minibatch, options, ent_coef, mean)

        optimizers.zero_grad()
        losses.total.backward()  # type: ignore[no-untyped-call]
        processes.sum_gradients(policy)
        grad_norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), options.max_grad_norm)
        report = _report(losses, evaluation.ratio.detach(), alive, options, processes)
        report["grad_norm"] = float(grad_norm)
        if not all(map(_finite, report.values())):
            broken = ", ".join(f"{name} = {value}" for name, value in report.items() if not _finite(value))
            raise NotFiniteError(f"learning broke down: {broken}; a lower learning rate may help")
        optimizers.step()

        ratio.index_copy_(1, segments, evaluation.ratio.detach())
        rollout.values[:-1].index_copy_(1, segments, evaluation.values.detach())
        for name, value in report.items():
            metrics[name] = metrics.get(name, 0.0) + value / minibatches
    return metrics | _explained_variance(rollout, ratio, options, processes)


def compute_advantages(
    values: Tensor,
    rewards: Tensor,
    ended: Tensor,
    bootstrap_values: Tensor,
    ratio: Tensor,
    *,
    gamma: float,
    gae_lambda: float,
    rho_clip: float = 1.0,
    c_clip: float = 1.0,
) -> Tensor:
    """Compute generalised advantage estimation, corrected for a policy that may have moved on since it acted.

    With rho = min(ratio, rho_clip) and c = min(ratio, c_clip), V' the value of what follows::

        delta_t = rho_t (reward_t + gamma V'_t - value_t)
        A_t = delta_t + gamma gae_lambda c_t A_{t+1}       (the second term only while the life continues)

    V' is the next step's value while the life continues, and ``bootstrap_values`` where it ended: 0 after a death,
    the value of the last observation after a truncation.

    Parameters
    ----------
    values
        [steps + 1, rows]; the last is that of the observation after the last step.
    rewards, bootstrap_values
        [steps, rows].
    ended
        bool [steps, rows]: the life ended with this step, by death or truncation.
    ratio
        Probability of the action now over that when it was taken, [steps, rows].
    gamma, gae_lambda, rho_clip, c_clip
        See above.

    Returns
    -------
    Tensor
        [steps, rows].

    References
    ----------
    Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation";
    Espeholt et al. 2018, "IMPALA", for the clipped ratios (V-trace); their combination as in PufferLib 3.
    """
    continues = (~ended).to(values.dtype)
    next_values = torch.where(ended, bootstrap_values, values[1:])
    deltas = ratio.clamp(max=rho_clip) * (rewards + gamma * next_values - values[:-1])
    decay = gamma * gae_lambda * ratio.clamp(max=c_clip) * continues
    advantages = torch.empty_like(deltas)
    later = torch.zeros_like(deltas[0])
    for step in range(len(deltas) - 1, -1, -1):
        torch.addcmul(deltas[step], decay[step], later, out=advantages[step])
        later = advantages[step]
    return advantages


def sample_segments(
    advantages: Tensor, count: int, alpha: float, beta: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Sample segments by the size of their advantages, none twice.

    Prioritised replay (Schaul et al. 2016) applied to the segments of a rollout, as in PufferLib 3. A segment's
    probability is p = (mean |A| + 1e-6)^alpha, normalised; its importance weight is (n p)^-beta for n segments, which
    depends on nothing that other processes sample.

    Parameters
    ----------
    advantages
        [steps, segments].
    count
        How many to sample, at most as many as there are.
    alpha
        0: all segments alike.
    beta
        0: no correction by weights, 1: a full one.
    generator
        On the CPU. The sample depends on it and on the priorities only.

    Returns
    -------
    segments : Tensor
        Their numbers, int64 [count], ascending.
    weights : Tensor
        Their importance weights, float32 [count].
    """
    size = advantages.abs().mean(0).double().cpu()
    probability = (size + LEAST_PRIORITY) ** alpha
    probability /= probability.sum()
    # The largest keys log(p) + Gumbel noise: a sample without replacement, one after the other (Vieira 2014).
    noise = torch.rand(len(probability), generator=generator, dtype=torch.float64).clamp_(1e-300, 1 - 1e-16)
    segments = (probability.log() - (-noise.log()).log()).topk(count).indices.sort().values
    weights = (len(probability) * probability[segments]) ** -beta
    return segments.to(advantages.device), weights.float().to(advantages.device)


def _advantages(rollout: Rollout, ratio: Tensor, options: TrainOptions) -> Tensor:
    return compute_advantages(
        rollout.values, rollout.rewards, rollout.ended, rollout.bootstrap_values, ratio,
        gamma=options.gamma, gae_lambda=options.gae_lambda,
        rho_clip=options.vtrace_rho_clip, c_clip=options.vtrace_c_clip,
    )  # fmt: skip


def _minibatch(
    rollout: Rollout, advantages: Tensor, segments: Tensor, weights: Tensor, mean: Mean, processes: ProcessGroup
) -> Minibatch:
    """Return the segments of a rollout, with their advantages normalised over the minibatch of all processes."""
    steps = rollout.steps
    values, advantages = rollout.values[:steps].index_select(1, segments), advantages.index_select(1, segments)
    average = processes.sum(mean(advantages))
    variance = processes.sum(mean((advantages - average).square()))
    return Minibatch(
        observations=rollout.observations[:steps].index_select(1, segments),
        dones=rollout.dones[:steps].index_select(1, segments),
        alive=rollout.alive.index_select(1, segments),
        actions=rollout.actions.index_select(1, segments),
        log_probs=rollout.log_probs.index_select(1, segments),
        state=rollout.state.index_select(0, segments),
        values=values,
        advantages=weights * (advantages - average) / (variance.sqrt() + 1e-8),
        returns=advantages + values,
    )


def _evaluate(policy: Policy, minibatch: Minibatch) -> Evaluation:
    output = policy(minibatch.observations, minibatch.state, minibatch.dones, minibatch.actions)
    distribution = ActionDistribution(output.logits, policy.mask(minibatch.observations))
    log_probs, entropy = distribution.evaluate_actions(minibatch.actions)
    ratio = (log_probs - minibatch.log_probs).exp()
    return Evaluation(output.logits, log_probs, entropy, output.values, ratio)


def _finite(value: float) -> bool:
    return value - value == 0


@torch.no_grad()
def _report(
    losses: Losses, ratio: Tensor, alive: Tensor, options: TrainOptions, processes: ProcessGroup
) -> dict[str, float]:
    log_ratio = ratio.clamp(min=1e-8).log()
    sums = torch.stack(
        [
            losses.policy_loss.detach(),
            losses.value_loss.detach(),
            losses.entropy.detach(),
            alive.sum(),
            (alive * (ratio - 1 - log_ratio)).sum(),
            (alive * ((ratio - 1).abs() > options.clip_coef)).sum(),
        ]
    )
    policy_loss, value_loss, entropy, steps, approx_kl, clipped = processes.sum(sums).tolist()
    steps = max(steps, 1.0)
    return {
        "policy_loss": policy_loss,
        "value_loss": value_loss,
        "entropy": entropy,
        "approx_kl": approx_kl / steps,
        "clipfrac": clipped / steps,
    }


@torch.no_grad()
def _explained_variance(
    rollout: Rollout, ratio: Tensor, options: TrainOptions, processes: ProcessGroup
) -> dict[str, float]:
    """Return how much of the returns' variance the values explain: 1 all of it, 0 none; and the mean return."""
    advantages, alive = _advantages(rollout, ratio, options), rollout.alive
    errors, returns = advantages[alive].double(), (advantages + rollout.values[:-1])[alive].double()
    sums = torch.stack(
        [torch.tensor(float(len(errors)), dtype=torch.float64, device=errors.device),
         errors.sum(), errors.square().sum(), returns.sum(), returns.square().sum()]
    )  # fmt: skip
    count, error, error_squares, total, squares = processes.sum(sums).tolist()
    count = max(count, 1.0)
    variance = squares / count - (total / count) ** 2
    left = error_squares / count - (error / count) ** 2
    return {"explained_variance": 1 - left / variance if variance > 0 else 0.0, "mean_return": total / count}
