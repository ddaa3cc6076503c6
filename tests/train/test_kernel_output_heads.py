"""The compiled heads against PyTorch's operations in float64."""

from __future__ import annotations

import pytest
import torch

from nmmo.train import _kernels
from nmmo.train.cpu_ops import apply_heads

FIRST, QUERIES, THINGS, COLUMNS = 3, 2, 5, 17


def drawn(rows: int, channels: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(rows + channels)
    shapes = [(rows, COLUMNS + 1), (rows, QUERIES, channels), (rows, THINGS, channels)]
    return [torch.randn(shape, generator=generator) for shape in shapes]


def by_definition(head: torch.Tensor, query: torch.Tensor, thing: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    added = torch.zeros(len(head), COLUMNS, dtype=head.dtype)
    added[:, FIRST : FIRST + QUERIES * THINGS] = torch.einsum("rqc,rtc->rqt", query, thing).flatten(1)
    return head[:, :-1] + added, head[:, -1]


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("channels", [8, 24])
@pytest.mark.parametrize("rows", [0, 1, 9])
def test_forward_and_gradient(rows, channels, dtype):
    given = [tensor.to(dtype) for tensor in drawn(rows, channels)]
    ours, theirs = ([t.clone().to(d).requires_grad_() for t in given] for d in (dtype, torch.float64))
    found, expected = apply_heads(*ours, FIRST), by_definition(*theirs)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.float32
        torch.testing.assert_close(one.double(), other, rtol=1e-6, atol=1e-5)
    weights = [torch.randn(one.shape, generator=torch.Generator().manual_seed(1)) for one in found]
    torch.autograd.backward(found, weights)
    torch.autograd.backward(expected, [weight.double() for weight in weights])
    half_of_last_bit = 2.0**-8 if dtype == torch.bfloat16 else 0
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad.double(), other.grad, rtol=half_of_last_bit, atol=1e-5)
        assert not rows or one.grad.abs().min() > 0


def test_all_processors_find_the_same_bits(processor):
    results = []
    for kind in ("any", processor):
        _kernels.use(kind)
        ours = [tensor.requires_grad_() for tensor in drawn(20, 16)]
        logits, values = apply_heads(*ours, FIRST)
        (logits.square().sum() + values.sum()).backward()
        results.append([logits, values, *(tensor.grad for tensor in ours)])
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("place", "tensor", "error", "words"),
    [
        (0, torch.zeros(4, 18).double(), TypeError, "head must be an array of float32"),
        (1, torch.zeros(4, 2, 8, dtype=torch.bfloat16), TypeError, "must be of one type"),
        (1, torch.zeros(3, 2, 8), ValueError, r"query must have shape \(4, 2, 8\)"),
        (2, torch.zeros(4, 5, 16), ValueError, r"thing must have shape \(4, 5, 8\)"),
        (0, torch.zeros(4, 13), ValueError, "2 times 5 logits from 3 on do not fit into 12"),
        (3, -1, ValueError, "do not fit"),
    ],
)
def test_what_does_not_fit_is_refused(place, tensor, error, words):
    given = [*drawn(4, 8), FIRST]
    apply_heads(*given)
    given[place] = tensor
    with pytest.raises(error, match=words):
        apply_heads(*given)


def test_channels_must_be_a_multiple_of_eight():
    with pytest.raises(ValueError, match="multiple of 8; got 12"):
        apply_heads(*drawn(4, 12), FIRST)
