"""Muon and its company."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as reference
import torch

import nmmo
from nmmo.train.encoding import encoding_for
from nmmo.train.networks import Policy
from nmmo.train.optimizers import Muon, Optimizers, orthogonalized
from nmmo.train.recipe import PolicyOptions, TrainOptions


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 7), (64, 16)])
def test_orthogonalized_is_the_quintic_on_singular_values(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    np.testing.assert_allclose(
        orthogonalized(matrix).numpy(), reference.orthogonalized(matrix.numpy()), atol=1e-10
    )


def test_orthogonalized_makes_all_directions_alike():
    generator = torch.Generator().manual_seed(2)
    left, right = (torch.linalg.qr(torch.randn(8, 8, generator=generator))[0] for _ in range(2))
    matrix = left @ torch.diag(torch.linspace(0.05, 1, 8)) @ right  # its directions differ twentyfold
    after = torch.linalg.svdvals(orthogonalized(matrix))
    assert after.min() > 0.6
    assert after.max() < 1.3


def test_orthogonalized_in_bfloat16_is_close():
    matrix = torch.randn(32, 48, generator=torch.Generator().manual_seed(3))
    exact, rough = orthogonalized(matrix), orthogonalized(matrix, torch.bfloat16)
    assert rough.dtype == torch.float32
    assert float((exact - rough).norm() / exact.norm()) < 0.05


def test_two_steps_of_muon_by_the_definition():
    rng = np.random.default_rng(4)
    start, first, second = (rng.normal(size=(6, 3)) for _ in range(3))
    rate, momentum, decay = 0.1, 0.9, 0.01
    weights, mean = start.copy(), np.zeros((6, 3))
    for gradient in (first, second):
        mean = momentum * mean + (1 - momentum) * gradient
        step = reference.orthogonalized(momentum * mean + (1 - momentum) * gradient)
        weights = weights * (1 - rate * decay) - rate * np.sqrt(6 / 3) * step

    parameter = torch.nn.Parameter(torch.from_numpy(start.copy()))
    muon = Muon([parameter], rate, momentum, decay)
    for gradient in (first, second):
        parameter.grad = torch.from_numpy(gradient.copy())
        muon.step()
    np.testing.assert_allclose(parameter.detach().numpy(), weights, atol=1e-10)


def policy_of(core: str = "lstm") -> Policy:
    options = PolicyOptions(core=core, width=16, encoder_width=8, tile_channels=2, item_channels=2)  # type: ignore[arg-type]
    return Policy(encoding_for(nmmo.Config.preset("small")), options)


def test_every_parameter_belongs_to_one_optimizer_and_muon_has_the_wide_matrices():
    policy = policy_of()
    both = Optimizers(policy, TrainOptions())
    owned = [id(p) for optimizer in both.all for group in optimizer.param_groups for p in group["params"]]
    assert sorted(owned) == sorted(id(p) for p in policy.parameters())
    assert both.muon is not None
    names = {id(parameter): name for name, parameter in policy.named_parameters()}
    assert {names[id(p)] for group in both.muon.param_groups for p in group["params"]} == {
        "encoder.of_tiles.weight", "encoder.of_rest.weight", "encoder.into_core.weight",
        "core.of_input.weight", "core.of_memory.weight",
    }  # fmt: skip


def test_without_muon_adam_has_all():
    both = Optimizers(policy_of("mingru"), TrainOptions(muon=False))
    assert len(both.all) == 1


def test_set_rate_scales_each_optimizers_own_rate():
    both = Optimizers(policy_of(), TrainOptions(learning_rate=0.5, adam_learning_rate=0.25))
    both.set_rate(0.5)
    assert [group["lr"] for optimizer in both.all for group in optimizer.param_groups] == [0.125, 0.125, 0.25]


def test_state_survives_a_round_trip():
    """After loading, the next step is the same; without loading it is another."""
    torch.manual_seed(5)
    one, two, three = policy_of(), policy_of(), policy_of()
    optimizers = [Optimizers(policy, TrainOptions()) for policy in (one, two, three)]

    def step(policy, optimizer, seed):
        generator = torch.Generator().manual_seed(seed)
        for parameter in policy.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimizer.step()

    step(one, optimizers[0], 1)
    two.load_state_dict(one.state_dict())
    three.load_state_dict(one.state_dict())
    optimizers[1].load(optimizers[0].state())
    for policy, optimizer in zip((one, two, three), optimizers, strict=True):
        step(policy, optimizer, 2)
    a, b, c = (torch.cat([p.flatten() for p in policy.parameters()]) for policy in (one, two, three))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_state_of_another_network_is_refused():
    one, other = policy_of(), policy_of("mingru")
    optimizers = Optimizers(one, TrainOptions())
    for parameter in one.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizers.step()
    with pytest.raises((ValueError, IndexError)):
        Optimizers(other, TrainOptions()).load(optimizers.state())
