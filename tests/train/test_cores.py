"""Recurrent cores: against the definitions, and forgetting where a life ends."""

from __future__ import annotations

import pytest
import torch

from nmmo.train import cores
from nmmo.train.cores import Lstm, MinGru, linear_scan


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture(params=["_scan_in_turn", "_scan_in_parallel"])
def way(request, monkeypatch):
    """Run a linear recurrence in both ways."""
    monkeypatch.setattr(cores, "_scan", getattr(cores, request.param))


@pytest.mark.parametrize("steps", [1, 2, 7, 8, 33])
def test_linear_scan(way, steps):
    a, b, h = numbers(steps, 3, 2), numbers(steps, 3, 2, seed=1), numbers(3, 2, seed=2)
    found, now = linear_scan(a, b, h), h
    for step in range(steps):
        now = a[step] * now + b[step]
        torch.testing.assert_close(found[step], now)


def test_gradient_of_the_linear_scan(way):
    inputs = [x.requires_grad_() for x in (numbers(6, 2), numbers(6, 2, seed=1), numbers(2, seed=2))]
    assert torch.autograd.gradcheck(linear_scan, inputs)


CORES = {"mingru": MinGru, "lstm": Lstm}


def core_of(name: str, width: int = 4) -> cores.Core:
    torch.manual_seed(7)
    return CORES[name](width).double()


def test_lstm_is_torchs_lstm():
    core, theirs = Lstm(4).double(), torch.nn.LSTM(4, 4).double()
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(core.input_gates.weight)
        theirs.weight_hh_l0.copy_(core.recurrent_gates.weight)
        theirs.bias_ih_l0.copy_(core.input_gates.bias)
        theirs.bias_hh_l0.zero_()
    x, state = numbers(9, 3, 4), numbers(3, 8, seed=1)
    out, last = core(x, state, torch.zeros(9, 3, dtype=torch.bool))
    hidden, cell = (part.unsqueeze(0).contiguous() for part in state.chunk(2, -1))
    expected, (hidden, cell) = theirs(x, (hidden, cell))
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(last, torch.cat([hidden[0], cell[0]], -1))


def test_mingru_by_the_definition():
    core = core_of("mingru")
    x, state = numbers(5, 3, 4), numbers(3, 4, seed=1)
    out, last = core(x, state, torch.zeros(5, 3, dtype=torch.bool))
    h = state
    for step in range(5):
        z, c = (x[step] @ core.gates.weight.t() + core.gates.bias).chunk(2, -1)
        z = z.sigmoid()
        h = (1 - z) * h + z * c.tanh()
        torch.testing.assert_close(out[step], h)
    torch.testing.assert_close(last, h)


@pytest.mark.parametrize("name", CORES)
def test_gradients_are_those_of_finite_differences(name):
    core = core_of(name, width=3)
    dones = torch.zeros(4, 2, dtype=torch.bool)
    dones[2, 0] = True
    inputs = [numbers(4, 2, 3).requires_grad_(), numbers(2, core.state_size, seed=1).requires_grad_()]
    parameters = list(core.parameters())

    def run(x, state, *_):
        return core(x, state, dones)

    assert torch.autograd.gradcheck(run, [*inputs, *parameters])


@pytest.mark.parametrize("name", CORES)
def test_nothing_of_a_life_enters_the_next(name):
    """With dones True at a step, all from there on is as if the sequence began there with an empty memory."""
    core = core_of(name)
    x, state = numbers(8, 2, 4), numbers(2, core.state_size, seed=1)
    dones = torch.zeros(8, 2, dtype=torch.bool)
    dones[3, 0] = True
    whole, last = core(x, state, dones)
    fresh, fresh_last = core(x[3:], torch.zeros_like(state), torch.zeros(5, 2, dtype=torch.bool))
    torch.testing.assert_close(whole[3:, 0], fresh[:, 0])
    torch.testing.assert_close(last[0], fresh_last[0])
    assert not torch.allclose(whole[3:, 1], fresh[:, 1])  # the other row remembers


@pytest.mark.parametrize("name", CORES)
def test_no_gradient_crosses_the_end_of_a_life(name):
    core = core_of(name)
    x = numbers(6, 1, 4).requires_grad_()
    dones = torch.zeros(6, 1, dtype=torch.bool)
    dones[4] = True
    core(x, torch.zeros(1, core.state_size, dtype=torch.float64), dones)[0][4:].sum().backward()
    assert x.grad is not None
    assert not x.grad[:4].any()
    assert x.grad[4:].any()


@pytest.mark.parametrize("name", CORES)
def test_step_by_step_is_the_sequence(name):
    core = core_of(name)
    x, state = numbers(7, 3, 4), numbers(3, core.state_size, seed=1)
    dones = torch.rand(7, 3, generator=torch.Generator().manual_seed(2)) > 0.7
    whole, last = core(x, state, dones)
    for step in range(7):
        out, state = core(x[step : step + 1], state, dones[step : step + 1])
        torch.testing.assert_close(out[0], whole[step])
    torch.testing.assert_close(state, last)
