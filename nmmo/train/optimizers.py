"""Muon for hidden matrices, Adam for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from nmmo.train.networks import Policy
from nmmo.train.recipe import TrainOptions

__all__ = ["Muon", "Optimizers", "orthogonalized"]

# Five steps of it drive all singular values in 0..1 to about 1 (0.7 to 1.2): Jordan et al. 2024.
QUINTIC = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalized(matrix: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """About the nearest matrix with orthonormal rows (or columns), by Newton-Schulz iteration.

    Parameters
    ----------
    matrix
        [rows, columns].
    dtype
        To compute in; bfloat16 is exact enough. Default: the matrix's.
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
    """Momentum, orthogonalised: every direction of a matrix moves at the same rate.

    With g the gradient and b a running mean: b = momentum b + (1 - momentum) g, then the step is the
    orthogonalised momentum b + (1 - momentum) g (Nesterov), times the learning rate and sqrt(max(1, rows
    / columns)).

    Parameters
    ----------
    parameters
        Matrices.
    learning_rate, momentum, weight_decay
        The decay is decoupled: each step multiplies the weights by 1 - learning_rate * weight_decay first.
    dtype
        Of the orthogonalisation's arithmetic.

    References
    ----------
    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        learning_rate: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            parameters, {"lr": learning_rate, "momentum": momentum, "weight_decay": weight_decay}
        )
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
                    state["mean"] = torch.zeros_like(matrix)
                mean = state["mean"].lerp_(matrix.grad, 1 - momentum)
                step = orthogonalized(matrix.grad.lerp(mean, momentum), self.dtype)
                scale = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(step, alpha=-group["lr"] * scale)


class Optimizers:
    """The two together, with one schedule.

    Muon takes the matrices of the wide layers and of the memory; Adam the embeddings, biases and heads,
    whose rows are no directions of one space. The gates of a memory are matrices side by side, but are
    orthogonalised as one.
    """

    def __init__(self, policy: Policy, options: TrainOptions) -> None:
        hidden = _hidden_matrices(policy) if options.muon else []
        rest = [p for p in policy.parameters() if all(p is not matrix for matrix in hidden)]
        self.adam = torch.optim.AdamW(
            [
                {"params": [p for p in rest if p.ndim > 1], "weight_decay": options.weight_decay},
                {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=options.adam_learning_rate,
            betas=(options.beta1, options.beta2),
            eps=options.epsilon,
            fused=True,
        )
        self.muon = (
            Muon(hidden, options.learning_rate, options.momentum, options.weight_decay, policy.dtype)
            if hidden
            else None
        )
        self.rates = (options.adam_learning_rate, options.learning_rate)

    @property
    def all(self) -> list[torch.optim.Optimizer]:
        return [self.adam] if self.muon is None else [self.adam, self.muon]

    def set_rate(self, share: float) -> None:
        """Use this share of the learning rates from now on."""
        for optimizer, rate in zip(self.all, self.rates, strict=False):
            for group in optimizer.param_groups:
                group["lr"] = rate * share

    def zero_grad(self) -> None:
        for optimizer in self.all:
            optimizer.zero_grad(set_to_none=True)

    def step(self) -> None:
        for optimizer in self.all:
            optimizer.step()

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name."""
        found = {}
        for name, optimizer in zip(("adam", "muon"), self.all, strict=False):
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            for index, parameter in enumerate(parameters):
                for key, value in optimizer.state.get(parameter, {}).items():
                    found[f"{name}.{index}.{key}"] = value
        return found

    def load(self, state: dict[str, Tensor]) -> None:
        """Take up what ``state`` gave.

        Raises
        ------
        ValueError
            If it belongs to another network.
        """
        for name, optimizer in zip(("adam", "muon"), self.all, strict=False):
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            optimizer.state.clear()
            for key, value in state.items():
                owner, index, field = key.split(".")
                if owner != name:
                    continue
                parameter = parameters[int(index)]
                if field != "step" and value.shape != parameter.shape:
                    raise ValueError(f"{key} has shape {tuple(value.shape)}, not {tuple(parameter.shape)}")
                device = (
                    torch.device("cpu") if field == "step" and not parameter.is_cuda else parameter.device
                )
                optimizer.state[parameter][field] = value.to(device).clone()


def _hidden_matrices(policy: Policy) -> list[nn.Parameter]:
    encoder = policy.encoder
    layers = [encoder.of_tiles, encoder.of_rest]
    if encoder.glimpses is not None:
        layers += [encoder.glimpses.of_known, encoder.glimpses.into]
    if encoder.into_core is not None:
        layers.append(encoder.into_core)
    layers += [module for module in policy.core.modules() if isinstance(module, nn.Linear)]
    weights: list[Any] = [layer.weight for layer in layers]
    return weights
