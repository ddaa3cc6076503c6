"""Recurrent cores, whose state is reset where a life begins.

They run over time-major sequences [steps, rows, hidden_size] and take ``dones`` [steps, rows]: True where a step is
the first of a new life, so that nothing of the old one enters it. Acting is the same code with one step.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nmmo.train.cpu_ops import mingru, supported
from nmmo.train.layers import Linear

__all__ = ["Core", "Lstm", "MinGru", "linear_scan"]


class Core(nn.Module):
    """The base class of recurrent cores. A subclass is made with the hidden size alone.

    Parameters
    ----------
    hidden_size
        Size of its input and of its output.
    state_size
        Numbers of float32 in the state of one row.
    """

    def __init__(self, hidden_size: int, state_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.state_size = state_size

    def forward(self, x: Tensor, state: Tensor, dones: Tensor) -> tuple[Tensor, Tensor]:
        """Run over a sequence.

        Parameters
        ----------
        x
            [steps, rows, hidden_size], in the precision of wide layers.
        state
            State before the first step, float32 [rows, state_size].
        dones
            bool [steps, rows], True where a new life begins: the state before that step counts as zeros.

        Returns
        -------
        output : Tensor
            [steps, rows, hidden_size], in the precision of ``x``.
        state : Tensor
            State after the last step, float32 [rows, state_size].
        """
        raise NotImplementedError


def _scan_in_turn(a: Tensor, b: Tensor, h: Tensor) -> Tensor:
    """Compute all h_t = a_t h_{t-1} + b_t, step by step: one pass over memory."""
    out = torch.empty_like(b)
    for step in range(len(a)):
        torch.addcmul(b[step], a[step], h, out=out[step])
        h = out[step]
    return out


def _scan_in_parallel(a: Tensor, b: Tensor, h: Tensor) -> Tensor:
    """Compute the same in log2(steps) rounds.

    After k rounds entry t composes the 2^k steps up to t (Hillis and Steele 1986).
    """
    b = torch.cat([torch.addcmul(b[:1], a[:1], h), b[1:]])
    reach = 1
    while reach < len(a):
        b = torch.cat([b[:reach], torch.addcmul(b[reach:], a[reach:], b[:-reach])])
        a = torch.cat([a[:reach], a[reach:] * a[:-reach]])
        reach *= 2
    return b


def _scan(a: Tensor, b: Tensor, h: Tensor) -> Tensor:
    return _scan_in_turn(a, b, h) if a.device.type == "cpu" else _scan_in_parallel(a, b, h)


class _LinearScan(torch.autograd.Function):
    """The gradient of a linear recurrence is a linear recurrence that runs backwards."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, h: Tensor) -> Tensor:
        out = _scan(a, b, h)
        ctx.save_for_backward(a, out, h)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        a, out, h = ctx.saved_tensors
        (gradient,) = gradients
        later = torch.cat([a[1:], torch.zeros_like(a[:1])]).flip(0)
        of_b = _scan(later, gradient.flip(0), torch.zeros_like(h)).flip(0)
        before = torch.cat([h.unsqueeze(0), out[:-1]])
        return of_b * before, of_b, a[0] * of_b[0]


def linear_scan(a: Tensor, b: Tensor, h: Tensor) -> Tensor:
    """Return the sequence h_t = a_t * h_{t-1} + b_t, elementwise.

    Parameters
    ----------
    a, b
        [steps, ...].
    h
        What precedes the first step, [...].

    Returns
    -------
    Tensor
        h_0 to h_{steps-1}, [steps, ...]. On a CPU step by step, elsewhere by a parallel scan.
    """
    out: Tensor = _LinearScan.apply(a, b, h)  # type: ignore[no-untyped-call]
    return out


class MinGru(Core):
    """minGRU (Feng et al. 2024, "Were RNNs all we needed?"): gates that see the input only.

    With z = sigmoid(W_z x) and c = tanh(W_c x): h_t = (1 - z) h_{t-1} + z c, a linear recurrence. The
    bounded candidate keeps the state in -1..1 however long a life is.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__(hidden_size, hidden_size)
        self.gates = Linear(hidden_size, 2 * hidden_size)
        with torch.no_grad():  # remember for about ten steps at first
            self.gates.bias[:hidden_size] = -2.0

    def forward(self, x: Tensor, state: Tensor, dones: Tensor) -> tuple[Tensor, Tensor]:
        gates = self.gates(x)
        keep = (~dones).to(state.dtype)
        if supported(state, keep):
            return mingru(gates, state, keep)
        gate, candidate = gates.to(state.dtype).chunk(2, -1)
        update = gate.sigmoid()
        a = (1 - update) * keep.unsqueeze(-1)
        h = linear_scan(a, update * candidate.tanh(), state)
        return h.to(x.dtype), h[-1]


class _LstmSequence(torch.autograd.Function):
    """The LSTM over time, with its gradient written out.

    Automatic differentiation would add up one gradient of the recurrent matrix per step, in the layer's own
    precision. Here all steps' gates are kept and multiplied at once: exact sums, and one large product
    instead of many small ones.
    """

    @staticmethod
    def forward(
        ctx: Any, from_input: Tensor, weight: Tensor, hidden: Tensor, cell: Tensor, keep: Tensor
    ) -> tuple[Tensor, Tensor]:
        dtype, width = from_input.dtype, hidden.shape[-1]
        recurrent = weight.to(dtype).t()
        steps, rows = from_input.shape[:2]
        out = hidden.new_empty(steps, rows, width)
        entered = from_input.new_empty(steps, rows, width)  # hidden, as it enters a step
        cells = hidden.new_empty(steps, rows, width)  # likewise
        squashed = hidden.new_empty(steps, rows, width)  # tanh of the cell, as it leaves a step
        gates = hidden.new_empty(steps, rows, 4 * width)  # after their nonlinearities
        for step in range(steps):
            entered[step] = hidden * keep[step]
            cells[step] = cell * keep[step]
            raw = torch.addmm(from_input[step], entered[step], recurrent)
            enter, forget, candidate, leave = gates[step].copy_(raw).chunk(4, -1)
            enter.sigmoid_(), forget.sigmoid_(), candidate.tanh_(), leave.sigmoid_()
            cell = torch.addcmul(forget * cells[step], enter, candidate)
            torch.tanh(cell, out=squashed[step])
            hidden = torch.mul(leave, squashed[step], out=out[step])
        ctx.save_for_backward(weight, keep, entered, cells, squashed, gates)
        return out, cell

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, None]:
        weight, keep, entered, cells, squashed, gates = ctx.saved_tensors
        of_out, of_cell = gradients
        matrix = weight.to(entered.dtype)
        of_gates = torch.empty_like(gates, dtype=entered.dtype)
        of_hidden = torch.zeros_like(cells[0])
        for step in range(len(gates) - 1, -1, -1):
            enter, forget, candidate, leave = gates[step].chunk(4, -1)
            of_hidden = of_hidden + of_out[step]
            of_cell = of_cell + of_hidden * leave * (1 - squashed[step] ** 2)
            parts = of_gates[step].chunk(4, -1)
            parts[0].copy_(of_cell * candidate * enter * (1 - enter))
            parts[1].copy_(of_cell * cells[step] * forget * (1 - forget))
            parts[2].copy_(of_cell * enter * (1 - candidate**2))
            parts[3].copy_(of_hidden * squashed[step] * leave * (1 - leave))
            of_hidden = (of_gates[step] @ matrix).to(cells.dtype) * keep[step]
            of_cell = of_cell * forget * keep[step]
        of_weight = (of_gates.flatten(0, 1).t() @ entered.flatten(0, 1)).to(weight.dtype)
        return of_gates, of_weight, of_hidden, of_cell, None


class Lstm(Core):
    """The LSTM (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000)."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__(hidden_size, 2 * hidden_size)
        self.input_gates = Linear(hidden_size, 4 * hidden_size)
        self.recurrent_gates = Linear(hidden_size, 4 * hidden_size, bias=False)
        with torch.no_grad():  # keep what is in the cell at first
            self.input_gates.bias[hidden_size : 2 * hidden_size] = 1.0

    def forward(self, x: Tensor, state: Tensor, dones: Tensor) -> tuple[Tensor, Tensor]:
        hidden, cell = state.chunk(2, -1)
        keep = (~dones).to(state.dtype).unsqueeze(-1)
        out, cell = _LstmSequence.apply(  # type: ignore[no-untyped-call]
            self.input_gates(x), self.recurrent_gates.weight, hidden, cell, keep
        )
        return out.to(x.dtype), torch.cat([out[-1], cell], -1)
