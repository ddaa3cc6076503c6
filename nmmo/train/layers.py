"""Layers: linear maps in mixed precision, embeddings of records, and features of numbers.

A layer declares what its parameters are, so that an optimizer can treat each kind as it should: see ``ParameterKind``.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from nmmo.train.cpu_ops import embed_records, supported
from nmmo.train.encoding import BYTE_VALUES, Numbers, Records

__all__ = ["Linear", "NumberFeatures", "ParameterKind", "RecordEmbedding", "parameter_groups"]

ParameterKind = Literal["hidden", "embedding", "head", "bias", "other"]
"""What a parameter is: a matrix between hidden layers, a table of embeddings, a matrix of outputs, or a vector.
"other" is a matrix or a larger array whose module declares nothing."""

CHUNK = 10_000
"""Records whose features are held at once in the backward pass of an embedding: on a CPU they stay
in its cache."""


def parameter_groups(module: nn.Module) -> dict[ParameterKind, list[nn.Parameter]]:
    """Return all parameters of a module and its submodules, by kind.

    A module declares the kinds of its parameters in an attribute ``parameter_kinds``, a dictionary from a parameter's
    name (with dots for one of a submodule) to its kind. Undeclared vectors are biases, other undeclared parameters
    are of the kind "other".

    Returns
    -------
    dict
        Every kind, with its parameters in the order of ``module.parameters()``.
    """
    kinds: dict[nn.Parameter, ParameterKind] = {}
    for part in module.modules():
        declared: dict[str, ParameterKind] = getattr(part, "parameter_kinds", {})
        names = dict(part.named_parameters())
        for name, kind in declared.items():
            if name in names:  # a bias, for example, that a layer can be without
                kinds[names[name]] = kind
    groups: dict[ParameterKind, list[nn.Parameter]] = {
        "hidden": [], "embedding": [], "head": [], "bias": [], "other": []
    }  # fmt: skip
    for parameter in module.parameters():
        groups[kinds.get(parameter, "bias" if parameter.ndim <= 1 else "other")].append(parameter)
    return groups


class Linear(nn.Linear):
    """A linear layer in the precision of its input; the parameters themselves stay float32.

    Parameters
    ----------
    in_features, out_features, bias
        As of ``torch.nn.Linear``.
    kind
        What its matrix is.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, kind: ParameterKind = "hidden") -> None:
        super().__init__(in_features, out_features, bias)
        self.parameter_kinds: dict[str, ParameterKind] = {"weight": kind}

    def forward(self, x: Tensor) -> Tensor:
        bias = self.bias.to(x.dtype) if self.bias is not None else None
        return nn.functional.linear(x, self.weight.to(x.dtype), bias)


class _CodedEmbedding(torch.autograd.Function):
    """Sums of table look-ups, where the table is ``codes @ weight``.

    Equal to reading every record's features by ``codes`` and multiplying them by ``weight``, but forward
    never makes the features: it adds up rows of the small product. Backward makes them some rows at a
    time. The obvious ways are several times slower: the gradient of a look-up scatters, that of a product
    stores.
    """

    @staticmethod
    def forward(ctx: Any, index: Tensor, codes: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(index, codes)
        ctx.dtype = weight.dtype
        table = (codes.to(weight.dtype) @ weight.t()).to(dtype)
        return nn.functional.embedding_bag(index, table, mode="sum")

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, Tensor, None]:
        index, codes = ctx.saved_tensors
        (gradient,) = gradients
        codes = codes.to(gradient.dtype)
        total = torch.zeros(gradient.shape[1], codes.shape[1], dtype=ctx.dtype, device=gradient.device)
        size = len(index) if index.is_cuda else CHUNK
        for part, of_part in zip(torch.split(index, size), torch.split(gradient, size), strict=True):
            features = nn.functional.embedding_bag(part, codes, mode="sum")
            total += of_part.t() @ features
        return None, None, total, None


class RecordEmbedding(nn.Module):
    """Embeds every record of an array by the same linear map of its features and a ReLU; concatenates the results."""

    codes: Tensor
    first: Tensor
    parameter_kinds: ClassVar[dict[str, ParameterKind]] = {"weight": "embedding"}

    def __init__(self, records: Records, channels: int) -> None:
        super().__init__()
        self.records = records
        self.channels = channels
        self.width = records.count * channels
        bias = np.zeros((len(records.codes), 1), np.float32)
        bias[:BYTE_VALUES] = 1  # each record has one first byte, whose code carries the constant 1
        codes = np.concatenate([records.codes, bias], 1)
        self.weight = nn.Parameter(torch.empty(channels, codes.shape[1]))
        nn.init.uniform_(self.weight, -1.0, 1.0)  # of a record's features only few are not 0
        first = torch.arange(records.record_bytes, dtype=torch.int32) * BYTE_VALUES
        self.register_buffer("codes", torch.from_numpy(codes), persistent=False)
        self.register_buffer("first", first.repeat(records.count), persistent=False)

    def forward(self, records: Tensor, dtype: torch.dtype) -> Tensor:
        """Turn uint8 [rows, count * record_bytes] into [rows, count * channels]."""
        if supported(self.weight):
            return embed_records(records, self.codes @ self.weight.t(), self.records.record_bytes, dtype)
        index = (records.to(torch.int32) + self.first).view(-1, self.records.record_bytes)
        embedded: Tensor = _CodedEmbedding.apply(index, self.codes, self.weight, dtype)  # type: ignore[no-untyped-call]
        return torch.relu(embedded).view(len(records), self.width)


class NumberFeatures(nn.Module):
    """Features of a record of whole numbers: quantities, and one-hot kinds. There is nothing to learn."""

    weights: Tensor
    linear: Tensor
    log: Tensor
    kind_of: Tensor
    kind: Tensor

    def __init__(self, numbers: Numbers) -> None:
        super().__init__()
        self.numbers = numbers
        for name, array in (
            ("weights", numbers.weights),
            ("linear", numbers.linear),
            ("log", numbers.log),
            ("kind_of", numbers.kinds[:, 0]),
            ("kind", numbers.kinds[:, 1].astype("float32")),
        ):
            self.register_buffer(name, torch.from_numpy(array.copy()), persistent=False)

    def forward(self, record: Tensor) -> Tensor:
        """Turn uint8 [rows, length] into float32 [rows, features]."""
        numbers = record.to(self.weights.dtype) @ self.weights
        linear_part = (numbers @ self.linear).clamp(max=1.0)
        log_part = numbers.log1p() @ self.log
        kinds = numbers.index_select(1, self.kind_of) == self.kind
        return torch.cat([linear_part, log_part, kinds.to(numbers.dtype)], 1)
