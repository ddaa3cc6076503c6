"""What the trainer's tests share."""

from __future__ import annotations

import pytest

from nmmo.train import _kernels

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'nmmo[train]'")


@pytest.fixture(autouse=True)
def one_thread():
    """Use one thread, on which tiny tensors are fastest; and no test depends on what another one set."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=_kernels.processors())
def processor(request):
    """Use each kind of processor that the kernels are compiled for and this one is of."""
    _kernels.use(request.param)
    yield request.param
    _kernels.use(_kernels.processors()[-1])
