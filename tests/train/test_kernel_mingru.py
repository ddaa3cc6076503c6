"""The compiled minGRU against PyTorch's operations in float64."""

from __future__ import annotations

import pytest
import torch

from nmmo.train import _kernels
from nmmo.train.cores import linear_scan
from nmmo.train.cpu_ops import mingru


def drawn(steps: int, rows: int, width: int, scale: float = 2.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return gates, a state within wider rows, and not_done."""
    generator = torch.Generator().manual_seed(steps + 10 * rows + 100 * width)
    gates = scale * torch.randn(steps, rows, 2 * width, generator=generator)
    state = torch.randn(rows, width + 1, generator=generator)[:, :-1].tanh()
    not_done = (torch.rand(steps, rows, generator=generator) < 0.8).float()
    return gates, state, not_done


def by_definition(gates: torch.Tensor, state: torch.Tensor, not_done: torch.Tensor) -> torch.Tensor:
    gate, candidate = gates.chunk(2, -1)
    update = gate.sigmoid()
    return linear_scan((1 - update) * not_done.unsqueeze(-1), update * candidate.tanh(), state)


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("steps", "rows", "width"), [(1, 1, 1), (1, 7, 16), (9, 3, 33), (5, 0, 8), (64, 2, 130)])
def test_forward_and_gradient(steps, rows, width, dtype):
    gates, state, not_done = drawn(steps, rows, width)
    gates = gates.to(dtype)
    ours = [gates.clone().requires_grad_(), state.clone().requires_grad_()]
    theirs = [gates.double().requires_grad_(), state.double().requires_grad_()]
    out, last = mingru(*ours, not_done)
    expected = by_definition(*theirs, not_done.double())
    half_of_last_bit = 2.0**-8 if dtype == torch.bfloat16 else 0
    assert out.dtype == dtype
    assert last.dtype == torch.float32
    torch.testing.assert_close(out.double(), expected, rtol=half_of_last_bit, atol=2e-6)
    torch.testing.assert_close(last.double(), expected[-1], rtol=0, atol=2e-6)

    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(out.shape, generator=generator).to(dtype)
    of_last = torch.randn(last.shape, generator=generator)
    torch.autograd.backward([out, last], [weights, of_last])
    torch.autograd.backward([expected, expected[-1]], [weights.double(), of_last.double()])
    torch.testing.assert_close(ours[0].grad.double(), theirs[0].grad, rtol=half_of_last_bit, atol=1e-5)
    torch.testing.assert_close(ours[1].grad.double(), theirs[1].grad, rtol=0, atol=1e-5)
    assert not rows or steps > 9 or ours[1].grad.abs().max() > 0


@pytest.mark.usefixtures("processor")
def test_extreme_gates():
    gates, state, not_done = drawn(4, 3, 20, scale=1e4)
    ours = gates.clone().requires_grad_()
    out, last = mingru(ours, state, not_done)
    torch.testing.assert_close(out.double(), by_definition(gates.double(), state.double(), not_done.double()))
    (out.sum() + last.sum()).backward()
    assert ours.grad.isfinite().all()
    infinite = torch.full_like(gates, float("inf"))
    assert torch.equal(mingru(infinite, state, not_done)[0], torch.ones_like(out))
    assert torch.equal(mingru(-infinite, state, torch.ones_like(not_done))[1], state)


@pytest.mark.usefixtures("processor")
def test_the_exactness_of_sigmoid_and_tanh():
    """From an empty memory, with one of the two gates saturated, the other alone decides."""
    x = torch.cat([torch.linspace(-20, 20, 100_001), torch.logspace(-30, 1, 10_001), -torch.logspace(-30, 1, 10_001)])
    x = x.view(1, 1, -1)
    full, empty, not_done = torch.full_like(x, 1e3), torch.zeros(1, x.shape[-1]), torch.ones(1, 1)
    tanh, _ = mingru(torch.cat([full, x], -1), empty, not_done)
    sigmoid, _ = mingru(torch.cat([x, full], -1), empty, not_done)
    for found, expected in ((tanh, x.double().tanh()), (sigmoid, x.double().sigmoid())):
        assert ((found.double() - expected) / expected)[expected != 0].abs().max() < 2e-7  # about the last two bits


def test_all_processors_find_the_same_bits(processor):
    gates, state, not_done = drawn(6, 5, 37)
    results = []
    for kind in ("any", processor):
        _kernels.use(kind)
        ours = [gates.clone().requires_grad_(), state.clone().requires_grad_()]
        out, last = mingru(*ours, not_done)
        (out.square().sum() + last.sum()).backward()
        results.append((out, last, ours[0].grad, ours[1].grad))
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


def test_what_is_not_a_number_stays_so():
    gates, state, not_done = drawn(3, 2, 8)
    gates[1, 1, 3] = float("nan")
    for dtype in (torch.float32, torch.bfloat16):
        out, last = mingru(gates.to(dtype), state, torch.ones_like(not_done))
        assert out[1:, 1, 3].isnan().all()
        assert last[1, 3].isnan()
        assert out.isnan().sum() == 2


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"gates": torch.zeros(2, 3, 8).double()}, TypeError, "gates must be an array of float32"),
        ({"state": torch.zeros(3, 4, dtype=torch.bfloat16)}, TypeError, "state must be an array of float32"),
        ({"not_done": torch.zeros(2, 3, dtype=torch.bool)}, TypeError, "not_done must be an array of float32"),
        ({"gates": torch.zeros(2, 3, 7)}, ValueError, r"gates must have shape \(2, 3, 8\)"),
        ({"not_done": torch.zeros(3, 3)}, ValueError, r"not_done must have shape \(2, 3\)"),
        ({"state": torch.zeros(3, 4, 1)}, ValueError, "state must have 2 axes"),
        ({"gates": torch.zeros(0, 3, 8), "not_done": torch.zeros(0, 3)}, ValueError, "at least one step"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, words):
    given = {"gates": torch.zeros(2, 3, 8), "state": torch.zeros(3, 4), "not_done": torch.zeros(2, 3)}
    mingru(**given)
    with pytest.raises(error, match=words):
        mingru(**(given | change))
