"""Attention over tiles: the compiled kernel against its definition in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nmmo.train import _kernels
from nmmo.train.cpu_ops import MOST_CHANNELS, attend_to_tiles

SIZES = [
    (3, 2, 11, 8),  # rows, queries, tiles, channels
    (2, 4, 165, 8),
    (2, 1, 165, 16),
    (2, 3, 8, 3),  # neither lines nor channels of eights
    (1, 1, 1, 1),
    (0, 2, 9, 8),
    (2, 0, 9, 8),
    (1, 2, 30, MOST_CHANNELS),
]


def defined(keys, query, position_bias):
    weights = (query @ keys.transpose(1, 2) + position_bias).softmax(-1)
    return weights @ keys, weights


def inputs(rows, queries, tiles, channels, dtype=torch.float32, scale=1.0):
    draws = torch.Generator().manual_seed(rows + 10 * queries + 100 * tiles + channels)

    def numbers(*shape):
        return scale * torch.randn(*shape, generator=draws)

    keys, query = numbers(rows, tiles, channels).relu().to(dtype), numbers(rows, queries, channels).to(dtype)
    return [x.requires_grad_() for x in (keys, query, numbers(queries, tiles))]


@pytest.fixture(params=_kernels.processors(), autouse=True)
def processor(request):
    _kernels.use(request.param)
    yield request.param
    _kernels.use(_kernels.processors()[-1])


@pytest.mark.parametrize("size", SIZES)
def test_forward_and_backward_are_as_defined(size):
    given = inputs(*size)
    exact = [x.detach().double().requires_grad_() for x in given]
    found, expected = attend_to_tiles(*given), defined(*exact)
    pulls = [torch.randn(x.shape, generator=torch.Generator().manual_seed(5)) for x in found]
    torch.autograd.backward(found, pulls)
    torch.autograd.backward(expected, [x.double() for x in pulls])
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.double(), other, atol=2e-6, rtol=2e-5)
    for one, other in zip(given, exact, strict=True):
        torch.testing.assert_close(one.grad.double(), other.grad, atol=1e-5, rtol=1e-4)


def test_bfloat16_is_rounded_once():
    given = inputs(2, 4, 165, 8, torch.bfloat16)
    exact = [x.detach().double().requires_grad_() for x in given]
    found, expected = attend_to_tiles(*given), defined(*exact)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.bfloat16
        torch.testing.assert_close(one.double(), other, atol=1e-6, rtol=2**-8)
    pulls = [torch.randn(x.shape, generator=torch.Generator().manual_seed(5)).to(x.dtype) for x in found]
    torch.autograd.backward(found, pulls)
    torch.autograd.backward(expected, [x.double() for x in pulls])
    for one, other in zip(given, exact, strict=True):
        assert one.grad.dtype == one.dtype
        torch.testing.assert_close(one.grad.double(), other.grad, atol=0.02, rtol=0.02)


def test_extreme_scores_stay_numbers():
    keys, query, position_bias = inputs(2, 3, 20, 8, scale=300.0)
    what, weights = attend_to_tiles(keys, query, position_bias)
    (what.sum() + weights.square().sum()).backward()
    assert all(torch.isfinite(x).all() for x in (what, weights, keys.grad, query.grad, position_bias.grad))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3))
    assert weights.max(-1).values.min() > 0.99  # one tile stands out by far


def test_every_processor_gives_the_same_bits(processor):
    def bits():
        given = inputs(2, 4, 165, 8, torch.bfloat16)
        found = attend_to_tiles(*given)
        torch.autograd.backward(found, [torch.ones_like(x) for x in found])
        return [*found, *(x.grad for x in given)]

    these = bits()
    _kernels.use("any")
    assert all(torch.equal(one, other) for one, other in zip(these, bits(), strict=True))


def arrays(rows=2, queries=3, tiles=9, channels=8):
    made = {"keys": (rows, tiles, channels), "query": (rows, queries, channels), "position_bias": (queries, tiles)}
    made |= {"found": (rows, queries, channels), "weights": (rows, queries, tiles)}
    return {name: np.zeros(shape, np.float32) for name, shape in made.items()}


@pytest.mark.parametrize("name", ["keys", "query", "position_bias", "found", "weights"])
def test_wrong_arrays_are_refused(name):
    _kernels.tile_attention(**arrays())
    right = arrays()[name]
    for wrong, error in (
        (right[:-1], ValueError),
        (right[..., :-1].copy(), ValueError),
        (right.astype(np.float64), TypeError),
        (np.asfortranarray(right), ValueError),
        (None, TypeError),
    ):
        with pytest.raises(error):
            _kernels.tile_attention(**(arrays() | {name: wrong}))


def test_too_many_channels_are_refused():
    with pytest.raises(ValueError, match="1 to 64 channels"):
        _kernels.tile_attention(**arrays(channels=MOST_CHANNELS + 1))
