"""The choice of an action in two levels: first a group, then an action of it.

Under one flat choice a full inventory, with its dozens of possible uses and sales, would drown movement. With
``g`` the group of action ``a``: log p(a) = log p(g) + log p(a | g), both over what the mask allows.
"""

from __future__ import annotations

import torch
from torch import Tensor

import nmmo

__all__ = ["ACTIONS", "GROUPS", "GROUP_SIZES", "SLOT_ACTIONS", "SLOT_GROUPS", "TwoLevel"]

_groups: list[str] = []
_sizes: list[int] = []
for _row in nmmo.ACTION_TABLE:
    if not _groups or _groups[-1] != _row.group:
        _groups.append(_row.group)
        _sizes.append(0)
    _sizes[-1] += 1
if len(set(_groups)) != len(_groups):
    raise ImportError("nmmo.ACTION_TABLE has groups that are not contiguous; nmmo.train.actions relies on it")

ACTIONS: int = len(nmmo.ACTION_TABLE)
GROUPS: int = len(_groups)
GROUP_SIZES: tuple[int, ...] = tuple(_sizes)

SLOT_GROUPS: tuple[str, ...] = ("use", "sell", "drop")
"""Groups of one action for each inventory slot, in the order of their actions."""
_first_of_slots = _groups.index(SLOT_GROUPS[0])
SLOT_ACTIONS: int = sum(_sizes[:_first_of_slots])
"""The first of their actions; the others follow it."""
if tuple(_groups[_first_of_slots : _first_of_slots + len(SLOT_GROUPS)]) != SLOT_GROUPS:
    raise ImportError("nmmo.ACTION_TABLE has use, sell and drop apart; nmmo.train.actions relies on their order")

NEVER = -1e9
"""The logit of what the mask forbids: its probability is exactly 0, and arithmetic with it stays finite."""

LARGEST_UNIFORM = 1 - 2.0**-23
"""A uniform number at most this large, times a sum, is below the sum in float32 too."""


class TwoLevel:
    """The distribution over actions that logits and a mask describe.

    Parameters
    ----------
    logits
        [..., GROUPS + ACTIONS], float32: of the groups, then of the actions.
    mask
        bool [..., ACTIONS], True where an action is possible; at least one of each row is.
    """

    def __init__(self, logits: Tensor, mask: Tensor) -> None:
        membership = _membership(logits.device, logits.dtype)
        possible = mask.to(logits.dtype) @ membership.t() > 0
        groups = logits[..., :GROUPS].masked_fill(~possible, NEVER)
        actions = logits[..., GROUPS:].masked_fill(~mask, NEVER)
        parts = [part.log_softmax(-1) for part in torch.split(actions, list(GROUP_SIZES), -1)]
        self.groups = groups.log_softmax(-1)
        """log p(group), [..., GROUPS]."""
        self.within = torch.cat(parts, -1).masked_fill(~mask, NEVER)
        """log p(action | its group), [..., ACTIONS]."""
        self.actions = self.within + self.groups @ membership
        """log p(action), [..., ACTIONS]."""

    def sample(self, generator: torch.Generator) -> Tensor:
        """An action for each row, by inversion of the cumulative distribution: int64 [...]."""
        cumulative = self.actions.exp().cumsum(-1)
        uniform = torch.rand(
            cumulative.shape[:-1], generator=generator, device=cumulative.device, dtype=cumulative.dtype
        ).clamp_(max=LARGEST_UNIFORM)
        return (cumulative <= (uniform * cumulative[..., -1]).unsqueeze(-1)).sum(-1)

    def log_probability(self, actions: Tensor) -> Tensor:
        """log p of one action a row, [...]."""
        return self.actions.gather(-1, actions.unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """The entropy of the group, plus that of the action within the group that is chosen, in nats, [...].

        As a bonus, each level is pushed towards choosing freely on its own terms: the groups' probabilities
        count as constants in the second term, so that a group is not favoured for having many actions.
        """
        probability = self.groups.exp()
        of_groups = -(probability * self.groups).sum(-1)
        weight = probability.detach() @ _membership(probability.device, probability.dtype)
        within = -(weight * self.within.exp() * self.within).sum(-1)
        return of_groups + within


_memberships: dict[tuple[torch.device, torch.dtype], Tensor] = {}


def _membership(device: torch.device, dtype: torch.dtype) -> Tensor:
    """[GROUPS, ACTIONS], 1 where the action is of the group."""
    key = (device, dtype)
    if key not in _memberships:
        groups = torch.arange(GROUPS).repeat_interleave(torch.tensor(GROUP_SIZES))
        _memberships[key] = torch.nn.functional.one_hot(groups, GROUPS).t().to(device, dtype).contiguous()
    return _memberships[key]
