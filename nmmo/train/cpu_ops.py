"""The compiled kernels as PyTorch functions with gradients, for float32 on a CPU.

PyTorch runs a layer of small operations one by one, each over all of memory; a kernel does the layer's work in one
pass. Elsewhere (CUDA, float64) the same layers are written in PyTorch's operations, which the tests take as the
definition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from nmmo.train import _kernels

__all__ = [
    "apply_heads",
    "attend_to_tiles",
    "embed_records",
    "evaluate_actions",
    "mingru",
    "sample_actions",
    "supported",
]

MOST_CHANNELS = 64
"""Of a tile, in ``attend_to_tiles``."""


def supported(*parameters: Tensor) -> bool:
    """Return whether the kernels can work with these: float32 on a CPU."""
    return all(tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in parameters)


def _array(tensor: Tensor) -> NDArray[Any]:
    """Return the tensor's memory; NumPy has no bfloat16, so that comes as int16."""
    tensor = tensor.detach()
    found: NDArray[Any] = (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return found


class _EmbedRecords(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, records: Tensor, table: Tensor, record_bytes: int, dtype: torch.dtype) -> Tensor:
        width = records.shape[1] // record_bytes * table.shape[1]
        out = torch.empty(len(records), width, dtype=dtype)
        _kernels.embed_records(_array(records), _array(table), _array(out), record_bytes)
        ctx.save_for_backward(records, out)
        ctx.table, ctx.record_bytes = table.shape, record_bytes
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, None, None]:
        records, out = ctx.saved_tensors
        of_table = torch.zeros(ctx.table)
        _kernels.embed_records_backward(
            _array(records), _array(out), _array(gradient.contiguous()), _array(of_table), ctx.record_bytes
        )
        return None, of_table, None, None


def embed_records(records: Tensor, table: Tensor, record_bytes: int, dtype: torch.dtype) -> Tensor:
    """Return the sums of look-ups, then ReLU.

    Parameters
    ----------
    records
        uint8 [rows, count * record_bytes]; the bytes of a row lie side by side.
    table
        float32 [record_bytes * 256, channels]: for every value of every byte of a record.
    record_bytes
        Of one record.
    dtype
        Of the result: float32 or bfloat16. The sums are float32's.

    Returns
    -------
    Tensor
        [rows, count * channels]; its gradient goes to the table.

    Raises
    ------
    TypeError
        If a tensor is of another type.
    ValueError
        If a shape does not fit, or the bytes of a row are apart.
    """
    out: Tensor = _EmbedRecords.apply(records, table, record_bytes, dtype)  # type: ignore[no-untyped-call]
    return out


class _EvaluateActions(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, mask: Tensor, actions: Tensor, sizes: NDArray[np.int32]
    ) -> tuple[Tensor, Tensor]:
        log_probability, entropy = torch.empty(len(logits)), torch.empty(len(logits))
        _kernels.evaluate_actions(
            _array(logits), _array(mask), sizes, _array(actions), _array(log_probability), _array(entropy)
        )
        ctx.save_for_backward(logits, mask, actions)
        ctx.sizes = sizes
        return log_probability, entropy

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_log_probability: Tensor, of_entropy: Tensor) -> tuple[Tensor, None, None, None]:
        logits, mask, actions = ctx.saved_tensors
        of_logits = torch.empty(logits.shape)
        _kernels.evaluate_actions_backward(
            _array(logits), _array(mask), ctx.sizes, _array(actions), _array(of_log_probability.contiguous()),
            _array(of_entropy.contiguous()), _array(of_logits),
        )  # fmt: skip
        return of_logits, None, None, None


def evaluate_actions(logits: Tensor, mask: Tensor, actions: Tensor, sizes: NDArray[np.int32]) -> tuple[Tensor, Tensor]:
    """Evaluate the choice of an action in two levels, first a group, then an action of it.

    Parameters
    ----------
    logits
        float32 [rows, groups + actions]; the numbers of a row lie side by side.
    mask
        bool [rows, actions], likewise.
    actions
        int64 [rows].
    sizes
        How many actions each group has, int32 [groups].

    Returns
    -------
    log_probability : Tensor
        Of each row's action, float32 [rows].
    entropy : Tensor
        As ``actions.TwoLevel.entropy`` defines it, float32 [rows].

    Raises
    ------
    TypeError
        If a tensor is of another type.
    ValueError
        If a shape does not fit, an action does not exist, or the numbers of a row are apart.
    """
    found: tuple[Tensor, Tensor] = _EvaluateActions.apply(logits, mask, actions.contiguous(), sizes)  # type: ignore[no-untyped-call]
    return found


def sample_actions(logits: Tensor, mask: Tensor, shares: Tensor, sizes: NDArray[np.int32]) -> Tensor:
    """Draw an action for each row by inversion of the cumulative distribution.

    Parameters
    ----------
    logits, mask, sizes
        As of ``evaluate_actions``.
    shares
        Uniform random numbers, at most 1 - 2^-23, float32 [rows].

    Returns
    -------
    Tensor
        int64 [rows]; always of a possible action.

    Raises
    ------
    TypeError
        If a tensor is of another type.
    ValueError
        If a shape does not fit, or a row allows no action.
    """
    actions = torch.empty(len(logits), dtype=torch.int64)
    _kernels.sample_actions(_array(logits), _array(mask), sizes, _array(shares.contiguous()), _array(actions))
    return actions


class _MinGru(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gates: Tensor, state: Tensor, not_done: Tensor) -> tuple[Tensor, Tensor]:
        states = torch.empty(*gates.shape[:2], state.shape[1])
        out = states if gates.dtype == torch.float32 else torch.empty_like(states, dtype=gates.dtype)
        _kernels.mingru(_array(gates), _array(state), _array(not_done), _array(states), _array(out))
        ctx.save_for_backward(gates, state, not_done, states)
        return out, states[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_out: Tensor, of_last: Tensor) -> tuple[Tensor, Tensor, None]:
        gates, state, not_done, states = ctx.saved_tensors
        of_gates, of_state = torch.empty_like(gates), of_last.clone(memory_format=torch.contiguous_format)
        _kernels.mingru_backward(
            _array(gates), _array(state), _array(not_done), _array(states), _array(of_out.contiguous()),
            _array(of_state), _array(of_gates),
        )  # fmt: skip
        return of_gates, of_state, None


def mingru(gates: Tensor, state: Tensor, not_done: Tensor) -> tuple[Tensor, Tensor]:
    """Run the recurrence of a minGRU: h_t = (1 - z_t) keep_t h_{t-1} + z_t tanh(c_t), with z the sigmoid of the update.

    Parameters
    ----------
    gates
        Of the update, then of the candidate c: float32 or bfloat16 [steps, rows, 2 * width].
    state
        h before the first step, float32 [rows, width]; the numbers of a row lie side by side.
    not_done
        float32 [steps, rows].

    Returns
    -------
    out : Tensor
        h after each step, [steps, rows, width], in the precision of the gates.
    last : Tensor
        h after the last step, float32 [rows, width].

    Raises
    ------
    TypeError
        If a tensor is of another type.
    ValueError
        If a shape does not fit, or there is no step.
    """
    found: tuple[Tensor, Tensor] = _MinGru.apply(gates.contiguous(), state, not_done.contiguous())  # type: ignore[no-untyped-call]
    return found


class _AttendToTiles(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, keys: Tensor, query: Tensor, position_bias: Tensor) -> tuple[Tensor, Tensor]:
        found = torch.empty_like(query)
        weights = torch.empty(*query.shape[:2], keys.shape[1], dtype=keys.dtype)
        _kernels.tile_attention(_array(keys), _array(query), _array(position_bias), _array(found), _array(weights))
        ctx.save_for_backward(keys, query, position_bias, weights)
        return found, weights

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_found: Tensor, of_weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keys, query, position_bias, weights = ctx.saved_tensors
        found = torch.empty_like(keys), torch.empty_like(query), torch.empty_like(position_bias)
        _kernels.tile_attention_backward(
            _array(keys), _array(query), _array(position_bias), _array(weights), _array(of_found.contiguous()),
            _array(of_weights.contiguous()), *map(_array, found),
        )  # fmt: skip
        return found


def attend_to_tiles(keys: Tensor, query: Tensor, position_bias: Tensor) -> tuple[Tensor, Tensor]:
    """Attend: each query weighs the tiles by the softmax of its products with them.

    Parameters
    ----------
    keys
        float32 or bfloat16 [rows, tiles, channels], 64 channels at most.
    query
        [rows, queries, channels], in the same precision.
    position_bias
        Added to the products, float32 [queries, tiles].

    Returns
    -------
    mean : Tensor
        Of the tiles, for each query, [rows, queries, channels].
    weights : Tensor
        [rows, queries, tiles].

    Raises
    ------
    TypeError
        If a tensor is of another type.
    ValueError
        If a shape does not fit.
    """
    found: tuple[Tensor, Tensor] = _AttendToTiles.apply(keys.contiguous(), query.contiguous(), position_bias)  # type: ignore[no-untyped-call]
    return found


class _ApplyHeads(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, head: Tensor, query: Tensor, thing: Tensor, first: int) -> tuple[Tensor, Tensor]:
        logits, values = torch.empty(len(head), head.shape[1] - 1), torch.empty(len(head))
        _kernels.apply_heads(_array(head), _array(query), _array(thing), first, _array(logits), _array(values))
        ctx.save_for_backward(head, query, thing)
        ctx.first = first
        return logits, values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_logits: Tensor, of_values: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        head, query, thing = ctx.saved_tensors
        of_head, of_query, of_thing = (torch.empty_like(tensor) for tensor in (head, query, thing))
        _kernels.apply_heads_backward(
            _array(head), _array(query), _array(thing), ctx.first, _array(of_logits.contiguous()),
            _array(of_values.contiguous()), _array(of_head), _array(of_query), _array(of_thing),
        )  # fmt: skip
        return of_head, of_query, of_thing, None


def apply_heads(head: Tensor, query: Tensor, thing: Tensor, first: int) -> tuple[Tensor, Tensor]:
    """Return what a network's heads say, put together.

    Parameters
    ----------
    head
        A number for every logit and one for the value, float32 or bfloat16 [rows, columns + 1].
    query
        [rows, queries, channels], in the same precision; the channels are a multiple of 8.
    thing
        [rows, things, channels], in the same precision.
    first
        The products of every query with every thing are added to the logits from here on.

    Returns
    -------
    logits : Tensor
        float32 [rows, columns].
    values : Tensor
        float32 [rows].

    Raises
    ------
    TypeError
        If a tensor is of another type.
    ValueError
        If a shape does not fit.
    """
    found: tuple[Tensor, Tensor] = _ApplyHeads.apply(head.contiguous(), query.contiguous(), thing.contiguous(), first)  # type: ignore[no-untyped-call]
    return found
