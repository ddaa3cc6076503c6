"""The compiled embedding of records against PyTorch's operations in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nmmo.train import _kernels
from nmmo.train.cpu_ops import embed_records

DTYPES = [torch.float32, torch.bfloat16]
pytestmark = pytest.mark.usefixtures("processor")


def drawn(rows: int, count: int, record_bytes: int, channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Record that lie within wider rows, and a table."""
    generator = torch.Generator().manual_seed(rows + 7 * channels)
    wide = torch.randint(0, 256, (rows, count * record_bytes + 9), generator=generator, dtype=torch.uint8)
    wide[:, 1::2] %= 3  # neighbours often alike, as tiles are
    table = torch.randn(record_bytes * 256, channels, generator=generator)
    return wide[:, 5:-4], table


def by_definition(records: torch.Tensor, table: torch.Tensor, record_bytes: int) -> torch.Tensor:
    index = records.reshape(-1, record_bytes).long() + 256 * torch.arange(record_bytes)
    return torch.relu(table[index].sum(1)).reshape(len(records), records.shape[1] // record_bytes * table.shape[1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("record_bytes", [1, 4, 8])
@pytest.mark.parametrize("channels", [1, 3, 8, 13, 16, 32])
@pytest.mark.parametrize("rows", [0, 1, 37])
def test_forward_and_gradient(rows, channels, record_bytes, dtype):
    records, table = drawn(rows, 5, record_bytes, channels)
    ours, theirs = table.clone().requires_grad_(), table.double().requires_grad_()
    found = embed_records(records, ours, record_bytes, dtype)
    expected = by_definition(records, theirs, record_bytes)
    assert found.dtype == dtype
    exactness = 2.0**-8 if dtype == torch.bfloat16 else 0  # half of the last bit; sums of few numbers of about 1
    torch.testing.assert_close(found.double(), expected, rtol=exactness, atol=2e-6)

    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    (found * weights).sum().backward()
    (expected * weights.double()).sum().backward()  # the same weights, so only the sums are rounded
    torch.testing.assert_close(ours.grad.double(), theirs.grad, rtol=1e-5, atol=1e-4)
    if rows:
        assert found.max() > 0
        assert (found == 0).any()
        assert ours.grad.abs().max() > 0


def test_all_processors_find_the_same_bits(processor):
    records, table = drawn(50, 5, 8, 8)
    results = []
    for kind in ("any", processor):
        _kernels.use(kind)
        ours = table.clone().requires_grad_()
        out = embed_records(records, ours, 8, torch.bfloat16)
        out.backward(out.detach() * 0.37)
        results.append((out.detach(), ours.grad))
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


def test_what_is_not_a_number_stays_so():
    records, table = drawn(3, 2, 4, 8)
    table[int(records[1, 0])] = float("nan")  # as its first byte
    for dtype in DTYPES:
        found = embed_records(records, table, 4, dtype)
        assert found[1, :8].isnan().all()


def test_the_gradient_need_not_be_contiguous():
    records, table = drawn(6, 5, 8, 8)
    plain, strided = table.clone().requires_grad_(), table.clone().requires_grad_()
    gradient = torch.randn(40, 6, generator=torch.Generator().manual_seed(2)).t()
    embed_records(records, plain, 8, torch.float32).backward(gradient.contiguous())
    embed_records(records, strided, 8, torch.float32).backward(gradient)
    assert torch.equal(plain.grad, strided.grad)


@pytest.mark.parametrize(
    ("records", "table", "record_bytes", "error", "words"),
    [
        (torch.zeros(2, 16), torch.zeros(2048, 8), 8, TypeError, "records must be an array of uint8"),
        (torch.zeros(2, 16, dtype=torch.uint8), torch.zeros(2048, 8).double(), 8, TypeError, "table"),
        (torch.zeros(2, 15, dtype=torch.uint8), torch.zeros(2048, 8), 8, ValueError, "do not fill rows of 15"),
        (torch.zeros(2, 16, dtype=torch.uint8), torch.zeros(2047, 8), 8, ValueError, r"\(2048, channels\)"),
        (torch.zeros(16, 2, dtype=torch.uint8).t(), torch.zeros(2048, 8), 8, ValueError, "must be adjacent"),
        (torch.zeros(2, 16, dtype=torch.uint8), torch.zeros(8, 2048).t(), 8, ValueError, "C-contiguous"),
    ],
)
def test_what_does_not_fit_is_refused(records, table, record_bytes, error, words):
    with pytest.raises(error, match=words):
        embed_records(records, table, record_bytes, torch.float32)


def test_the_kernels_check_what_they_are_to_write():
    records, table = np.zeros((2, 16), np.uint8), np.zeros((2048, 8), np.float32)
    with pytest.raises(ValueError, match=r"out must have shape \(2, 16\)"):
        _kernels.embed_records(records, table, np.zeros((2, 15), np.float32), 8)
    locked = np.zeros((2, 16), np.float32)
    locked.flags.writeable = False
    with pytest.raises(TypeError, match="out cannot be used"):
        _kernels.embed_records(records, table, locked, 8)
    with pytest.raises(TypeError, match="out must be an array"):
        _kernels.embed_records(records, table, [[0.0] * 16] * 2, 8)
    out = np.zeros((2, 16), np.float32)
    with pytest.raises(ValueError, match="gradient must have shape"):
        _kernels.embed_records_backward(records, out, np.zeros((3, 16), np.float32), table, 8)
    with pytest.raises(TypeError, match="one type"):
        _kernels.embed_records_backward(records, out, np.zeros((2, 16), np.int16), table, 8)


def test_an_unknown_processor_is_refused():
    with pytest.raises(ValueError, match="processor must be one of any"):
        _kernels.use("abacus")
