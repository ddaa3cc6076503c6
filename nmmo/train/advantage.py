"""Advantages: generalised advantage estimation with V-trace's clipped importance weights."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["advantages"]


def advantages(
    values: Tensor,
    rewards: Tensor,
    ended: Tensor,
    bootstrap: Tensor,
    ratio: Tensor,
    *,
    discount: float,
    trace: float,
    rho_clip: float = 1.0,
    trace_clip: float = 1.0,
) -> Tensor:
    """How much better than expected each action turned out, seen from a policy that may have moved on.

    With rho = min(ratio, rho_clip) and c = min(ratio, trace_clip), V' the value of what follows::

        delta_t = rho_t (reward_t + discount V'_t - value_t)
        A_t = delta_t + discount trace c_t A_{t+1}       (the second term only while the life goes on)

    V' is the next step's value while the life goes on, and ``bootstrap`` where it ended: 0 after a death,
    the value of the last observation after a truncation.

    Parameters
    ----------
    values
        [steps + 1, rows]; the last is that of the observation after the last step.
    rewards, bootstrap
        [steps, rows].
    ended
        bool [steps, rows]: the life ended with this step, by death or truncation.
    ratio
        Probability of the action now over that when it was taken, [steps, rows].
    discount, trace, rho_clip, trace_clip
        See above.

    Returns
    -------
    Tensor
        [steps, rows].

    References
    ----------
    Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation";
    Espeholt et al. 2018, "IMPALA", for the clipped weights; their combination as in PufferLib 3.
    """
    goes_on = (~ended).to(values.dtype)
    following = torch.where(ended, bootstrap, values[1:])
    errors = ratio.clamp(max=rho_clip) * (rewards + discount * following - values[:-1])
    carried = discount * trace * ratio.clamp(max=trace_clip) * goes_on
    found = torch.empty_like(errors)
    later = torch.zeros_like(errors[0])
    for step in range(len(errors) - 1, -1, -1):
        torch.addcmul(errors[step], carried[step], later, out=found[step])
        later = found[step]
    return found
