"""The choice of an action in two levels: first a group, then an action of it.

Under one flat choice a full inventory, with its dozens of possible uses and sales, would drown movement. With
``g`` the group of action ``a``: log p(a) = log p(g) + log p(a | g), both over what the mask allows.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import nmmo
from nmmo.train.cpu_ops import evaluate_actions, sample_actions, supported

__all__ = ["ACTIONS", "GROUPS", "GROUP_SIZES", "SLOT_ACTIONS", "SLOT_GROUPS", "ActionDistribution", "ActionEvaluation"]

_groups: list[str] = []
_sizes: list[int] = []
for _row in nmmo.ACTION_TABLE:
    if not _groups or _groups[-1] != _row.group:
        _groups.append(_row.group)
        _sizes.append(0)
    _sizes[-1] += 1
if len(set(_groups)) != len(_groups):
    raise ImportError("nmmo.ACTION_TABLE has groups that are not contiguous, which nmmo.train relies on")

ACTIONS: int = len(nmmo.ACTION_TABLE)
GROUPS: int = len(_groups)
GROUP_SIZES: tuple[int, ...] = tuple(_sizes)

SLOT_GROUPS: tuple[str, ...] = ("use", "sell", "drop")
"""Groups of one action for each inventory slot, in the order of their actions."""
_first_of_slots = _groups.index(SLOT_GROUPS[0])
SLOT_ACTIONS: int = sum(_sizes[:_first_of_slots])
"""The first of their actions; the others follow it."""
if tuple(_groups[_first_of_slots : _first_of_slots + len(SLOT_GROUPS)]) != SLOT_GROUPS:
    raise ImportError("nmmo.ACTION_TABLE has use, sell and drop apart; nmmo.train relies on their order")

NEVER = -1e9
"""The logit of what the mask forbids: its probability is exactly 0, and arithmetic with it stays finite."""

LARGEST_UNIFORM = 1 - 2.0**-23
"""A uniform number at most this large, times a sum, is below the sum in float32 too."""


class ActionEvaluation(NamedTuple):
    """What a distribution says of one action per row."""

    log_prob: Tensor
    """log p(action), [...]."""
    entropy: Tensor
    """Entropy of the whole choice in nats, see ``ActionDistribution.entropy``, [...]."""


class ActionDistribution:
    """The distribution over actions that logits and a mask describe.

    Only what is asked for is computed; for float32 on a CPU by compiled kernels.

    Parameters
    ----------
    logits
        [..., GROUPS + ACTIONS]: of the groups, then of the actions.
    mask
        bool [..., ACTIONS], True where an action is possible; at least one of each row is.

    Raises
    ------
    TypeError
        If the mask is not bool.
    ValueError
        If the shapes do not fit each other.
    """

    def __init__(self, logits: Tensor, mask: Tensor) -> None:
        if mask.dtype != torch.bool:
            raise TypeError(f"the mask must be bool, not {mask.dtype}")
        if (*logits.shape[:-1], ACTIONS) != mask.shape or logits.shape[-1] != GROUPS + ACTIONS:
            raise ValueError(
                f"logits [..., {GROUPS + ACTIONS}] and a mask [..., {ACTIONS}] of the same rows are needed; got "
                f"{tuple(logits.shape)} and {tuple(mask.shape)}"
            )
        self.logits = logits
        self.mask = mask
        self._cpu_ops = supported(logits)

    @cached_property
    def group_log_probs(self) -> Tensor:
        """The log probabilities of the groups, [..., GROUPS]."""
        membership = _membership(self.logits.device, self.logits.dtype)
        possible = self.mask.to(self.logits.dtype) @ membership.t() > 0
        return self.logits[..., :GROUPS].masked_fill(~possible, NEVER).log_softmax(-1)

    @cached_property
    def within_group_log_probs(self) -> Tensor:
        """The log probabilities of the actions, given their groups, [..., ACTIONS]."""
        actions = self.logits[..., GROUPS:].masked_fill(~self.mask, NEVER)
        parts = [part.log_softmax(-1) for part in torch.split(actions, list(GROUP_SIZES), -1)]
        return torch.cat(parts, -1).masked_fill(~self.mask, NEVER)

    @cached_property
    def action_log_probs(self) -> Tensor:
        """The log probabilities of the actions, [..., ACTIONS]."""
        return self.within_group_log_probs + self.group_log_probs @ _membership(self.logits.device, self.logits.dtype)

    def sample(self, generator: torch.Generator) -> Tensor:
        """Draw an action for each row, by inversion of the cumulative distribution: int64 [...].

        Raises
        ------
        ValueError
            On a CPU, if a row allows no action.
        """
        uniform = torch.rand(
            self.logits.shape[:-1], generator=generator, device=self.logits.device, dtype=self.logits.dtype
        ).clamp_(max=LARGEST_UNIFORM)
        if self._cpu_ops:
            drawn = sample_actions(*self._rows(), uniform.flatten(), _SIZES)
            return drawn.view(uniform.shape)
        cumulative = self.action_log_probs.exp().cumsum(-1)
        return (cumulative <= (uniform * cumulative[..., -1]).unsqueeze(-1)).sum(-1)

    def evaluate_actions(self, actions: Tensor) -> ActionEvaluation:
        """Return the log probability of one action per row, int64 [...], and the entropy."""
        if self._cpu_ops:
            log_prob, entropy = evaluate_actions(*self._rows(), actions.flatten(), _SIZES)
            return ActionEvaluation(log_prob.view(actions.shape), entropy.view(actions.shape))
        return ActionEvaluation(self.log_prob(actions), self.entropy())

    def log_prob(self, actions: Tensor) -> Tensor:
        """Return the log probability of one action per row, [...]."""
        if self._cpu_ops:
            return self.evaluate_actions(actions).log_prob
        return self.action_log_probs.gather(-1, actions.unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """Return the entropy of the group, plus that of the action within the group that is sampled, in nats, [...].

        As a bonus, each level is pushed towards choosing freely on its own terms: the groups' probabilities
        count as constants in the second term, so that a group is not favoured for having many actions.
        """
        if self._cpu_ops:
            return self.evaluate_actions(torch.zeros(self.logits.shape[:-1], dtype=torch.int64)).entropy
        probability = self.group_log_probs.exp()
        of_groups = -(probability * self.group_log_probs).sum(-1)
        weight = probability.detach() @ _membership(probability.device, probability.dtype)
        within = -(weight * self.within_group_log_probs.exp() * self.within_group_log_probs).sum(-1)
        return of_groups + within

    def _rows(self) -> tuple[Tensor, Tensor]:
        """Return logits and mask with one axis of rows."""
        return self.logits.reshape(-1, GROUPS + ACTIONS), self.mask.reshape(-1, ACTIONS)


_SIZES = np.array(GROUP_SIZES, np.int32)
_memberships: dict[tuple[torch.device, torch.dtype], Tensor] = {}


def _membership(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Return [GROUPS, ACTIONS], 1 where the action is of the group."""
    key = (device, dtype)
    if key not in _memberships:
        groups = torch.arange(GROUPS).repeat_interleave(torch.tensor(GROUP_SIZES))
        _memberships[key] = torch.nn.functional.one_hot(groups, GROUPS).t().to(device, dtype).contiguous()
    return _memberships[key]
