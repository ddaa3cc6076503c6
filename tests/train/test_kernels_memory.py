"""The compiled minGRU against PyTorch's operations in float64."""

from __future__ import annotations

import pytest
import torch

from nmmo.train import _kernels
from nmmo.train.fused import remembered
from nmmo.train.recurrent import linear_scan


def drawn(steps: int, rows: int, width: int, scale: float = 2.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gates, a state within wider rows, and keep."""
    generator = torch.Generator().manual_seed(steps + 10 * rows + 100 * width)
    gates = scale * torch.randn(steps, rows, 2 * width, generator=generator)
    state = torch.randn(rows, width + 1, generator=generator)[:, :-1].tanh()
    keep = (torch.rand(steps, rows, generator=generator) < 0.8).float()
    return gates, state, keep


def by_definition(gates: torch.Tensor, state: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    gate, candidate = gates.chunk(2, -1)
    update = gate.sigmoid()
    return linear_scan((1 - update) * keep.unsqueeze(-1), update * candidate.tanh(), state)


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("steps", "rows", "width"), [(1, 1, 1), (1, 7, 16), (9, 3, 33), (5, 0, 8), (64, 2, 130)])
def test_forward_and_gradient(steps, rows, width, dtype):
    gates, state, keep = drawn(steps, rows, width)
    gates = gates.to(dtype)
    ours = [gates.clone().requires_grad_(), state.clone().requires_grad_()]
    theirs = [gates.double().requires_grad_(), state.double().requires_grad_()]
    out, last = remembered(*ours, keep)
    expected = by_definition(*theirs, keep.double())
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
    gates, state, keep = drawn(4, 3, 20, scale=1e4)
    ours = gates.clone().requires_grad_()
    out, last = remembered(ours, state, keep)
    torch.testing.assert_close(out.double(), by_definition(gates.double(), state.double(), keep.double()))
    (out.sum() + last.sum()).backward()
    assert ours.grad.isfinite().all()
    infinite = torch.full_like(gates, float("inf"))
    assert torch.equal(remembered(infinite, state, keep)[0], torch.ones_like(out))
    assert torch.equal(remembered(-infinite, state, torch.ones_like(keep))[1], state)


@pytest.mark.usefixtures("processor")
def test_the_exactness_of_sigmoid_and_tanh():
    """From an empty memory, with one of the two gates saturated, the other alone decides."""
    x = torch.cat([torch.linspace(-20, 20, 100_001), torch.logspace(-30, 1, 10_001), -torch.logspace(-30, 1, 10_001)])
    x = x.view(1, 1, -1)
    full, empty, keep = torch.full_like(x, 1e3), torch.zeros(1, x.shape[-1]), torch.ones(1, 1)
    tanh, _ = remembered(torch.cat([full, x], -1), empty, keep)
    sigmoid, _ = remembered(torch.cat([x, full], -1), empty, keep)
    for found, expected in ((tanh, x.double().tanh()), (sigmoid, x.double().sigmoid())):
        assert ((found.double() - expected) / expected)[expected != 0].abs().max() < 2e-7  # about the last two bits


def test_all_processors_find_the_same_bits(processor):
    gates, state, keep = drawn(6, 5, 37)
    results = []
    for kind in ("any", processor):
        _kernels.use(kind)
        ours = [gates.clone().requires_grad_(), state.clone().requires_grad_()]
        out, last = remembered(*ours, keep)
        (out.square().sum() + last.sum()).backward()
        results.append((out, last, ours[0].grad, ours[1].grad))
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


def test_what_is_not_a_number_stays_so():
    gates, state, keep = drawn(3, 2, 8)
    gates[1, 1, 3] = float("nan")
    for dtype in (torch.float32, torch.bfloat16):
        out, last = remembered(gates.to(dtype), state, torch.ones_like(keep))
        assert out[1:, 1, 3].isnan().all()
        assert last[1, 3].isnan()
        assert out.isnan().sum() == 2


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"gates": torch.zeros(2, 3, 8).double()}, TypeError, "gates must be an array of float32"),
        ({"state": torch.zeros(3, 4, dtype=torch.bfloat16)}, TypeError, "state must be an array of float32"),
        ({"keep": torch.zeros(2, 3, dtype=torch.bool)}, TypeError, "keep must be an array of float32"),
        ({"gates": torch.zeros(2, 3, 7)}, ValueError, r"gates must have shape \(2, 3, 8\)"),
        ({"keep": torch.zeros(3, 3)}, ValueError, r"keep must have shape \(2, 3\)"),
        ({"state": torch.zeros(3, 4, 1)}, ValueError, "state must have 2 axes"),
        ({"gates": torch.zeros(0, 3, 8), "keep": torch.zeros(0, 3)}, ValueError, "at least one step"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, words):
    given = {"gates": torch.zeros(2, 3, 8), "state": torch.zeros(3, 4), "keep": torch.zeros(2, 3)}
    remembered(**given)
    with pytest.raises(error, match=words):
        remembered(**(given | change))
