"""Optimizers, and what a run does with them: learning rates, steps, and their state.

Which optimizer updates a parameter depends on what it is, which the module that owns it declares
(``layers.ParameterKind``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nmmo.train.layers import parameter_groups
from nmmo.train.networks import Policy
from nmmo.train.recipe import TrainOptions
from nmmo.train.registries import OPTIMIZERS

__all__ = ["Muon", "OptimizerSet", "adam", "adamw", "muon", "orthogonalized", "sgd"]

# Five steps of this drive all singular values in 0..1 to about 1 (0.7 to 1.2): Jordan et al. 2024.
QUINTIC = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalized(matrix: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Approximate the nearest matrix with orthonormal rows (or columns), by Newton-Schulz iteration.

    Parameters
    ----------
    matrix
        [rows, columns].
    dtype
        Precision to compute in; bfloat16 is exact enough. Default: the matrix's.
    """
    x = matrix.to(dtype or matrix.dtype)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.t()
    x = x / (x.norm() + 1e-7)  # no singular value above 1
    linear, cubic, quintic = QUINTIC
    for _ in range(ITERATIONS):
        square = x @ x.t()
        x = torch.addmm(x, cubic * square + quintic * (square @ square), x, beta=linear)
    return (x.t() if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Muon: orthogonalised momentum, by which every direction of a matrix moves at the same rate.

    With g the gradient and b a running mean: b = momentum b + (1 - momentum) g, then the step is the
    orthogonalised momentum b + (1 - momentum) g (Nesterov), times the learning rate and sqrt(max(1, rows
    / columns)).

    Parameters
    ----------
    params
        Matrices.
    lr, momentum, weight_decay
        The decay is decoupled: each step multiplies the weights by 1 - lr * weight_decay first.
    dtype
        Precision of the orthogonalisation. ``torch.optim.Muon`` always uses bfloat16, which many processors do not
        compute with, and needs PyTorch 2.9; otherwise the two are the same.

    References
    ----------
    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            momentum = group["momentum"]
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(matrix)
                mean = state["momentum_buffer"].lerp_(matrix.grad, 1 - momentum)
                step = orthogonalized(matrix.grad.lerp(mean, momentum), self.dtype)
                scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(step, alpha=-group["lr"] * scale)


def muon(policy: Policy, options: TrainOptions) -> list[torch.optim.Optimizer]:
    """Use Muon for the hidden matrices, AdamW for the rest.

    The rows of embeddings, heads and biases are no directions of one space. The gates of a recurrent core are
    matrices side by side, but are orthogonalised as one.
    """
    groups = parameter_groups(policy)
    hidden = groups["hidden"]
    rest = _adam(torch.optim.AdamW, [*groups["embedding"], *groups["head"], *groups["other"]], groups["bias"], options)
    if not hidden:
        return [rest]
    return [rest, Muon(hidden, options.learning_rate, options.momentum, options.weight_decay, policy.dtype)]


def adamw(policy: Policy, options: TrainOptions) -> list[torch.optim.Optimizer]:
    """Use ``torch.optim.AdamW`` for all parameters."""
    return [_adam(torch.optim.AdamW, *_matrices_and_biases(policy), options)]


def adam(policy: Policy, options: TrainOptions) -> list[torch.optim.Optimizer]:
    """Use ``torch.optim.Adam`` for all parameters."""
    return [_adam(torch.optim.Adam, *_matrices_and_biases(policy), options)]


def sgd(policy: Policy, options: TrainOptions) -> list[torch.optim.Optimizer]:
    """Use ``torch.optim.SGD`` for all parameters, with momentum."""
    matrices, biases = _matrices_and_biases(policy)
    return [
        torch.optim.SGD(
            _decayed(matrices, biases, options.weight_decay), lr=options.learning_rate, momentum=options.momentum
        )
    ]


def _adam(
    kind: type[torch.optim.Adam], matrices: list[nn.Parameter], biases: list[nn.Parameter], options: TrainOptions
) -> torch.optim.Optimizer:
    return kind(
        _decayed(matrices, biases, options.weight_decay),
        lr=options.adam_learning_rate,
        betas=(options.adam_beta1, options.adam_beta2),
        eps=options.adam_eps,
        fused=True,
    )


def _matrices_and_biases(policy: Policy) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    groups = parameter_groups(policy)
    return [p for kind, group in groups.items() if kind != "bias" for p in group], groups["bias"]


def _decayed(matrices: list[nn.Parameter], biases: list[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Return parameter groups: weight decay for matrices only."""
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": biases, "weight_decay": 0.0}]


class OptimizerSet:
    """The optimizers of a run, as one.

    Parameters
    ----------
    policy
        Whose parameters they update.
    options
        The recipe's; ``options.optimizer`` names a registered optimizer or ``module:attribute``.

    Raises
    ------
    UnknownNameError
        If there is no such optimizer.
    ValueError
        If a parameter belongs to no optimizer, or to several.
    """

    def __init__(self, policy: Policy, options: TrainOptions) -> None:
        self.optimizers: Sequence[torch.optim.Optimizer] = OPTIMIZERS.get(options.optimizer)(policy, options)
        self._initial_rates = [[group["lr"] for group in each.param_groups] for each in self.optimizers]
        owned = [p for each in self.optimizers for group in each.param_groups for p in group["params"]]
        if sorted(map(id, owned)) != sorted(map(id, policy.parameters())):
            raise ValueError(
                f"optimizer {options.optimizer!r} holds {len(owned)} parameters, not each of the policy's "
                f"{len(list(policy.parameters()))} once"
            )

    def scale_lr(self, scale: float) -> None:
        """Set all learning rates to this fraction of the initial ones."""
        for optimizer, rates in zip(self.optimizers, self._initial_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)

    def step(self) -> None:
        """Update all parameters from their gradients."""
        for optimizer in self.optimizers:
            optimizer.step()

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that the next step depends on besides the recipe, by name; plain numbers as tensors of one."""
        return {
            f"{number}.{index}.{key}": torch.as_tensor(value)
            for number, optimizer in enumerate(self.optimizers)
            for index, values in optimizer.state_dict()["state"].items()
            for key, value in values.items()
            if value is not None
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue from what ``state_dict`` returned.

        Raises
        ------
        ValueError
            If it belongs to another network.
        """
        for number, optimizer in enumerate(self.optimizers):
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            loaded: dict[int, dict[str, Any]] = {}
            for name, value in state.items():
                owner, index, key = name.split(".", 2)
                if int(owner) != number:
                    continue
                if int(index) >= len(parameters):
                    raise ValueError(f"the optimizer's state {name!r} belongs to no parameter of this network")
                loaded.setdefault(int(index), {})[key] = value.clone()
            optimizer.load_state_dict({"state": loaded, "param_groups": optimizer.state_dict()["param_groups"]})
