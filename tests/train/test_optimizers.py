"""Optimizers: Muon by its definition, which parameters each has, and their state."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as reference
import torch

import nmmo
from nmmo.train.encoding import encoding_for
from nmmo.train.layers import parameter_groups
from nmmo.train.networks import DefaultPolicy
from nmmo.train.optimizers import Muon, OptimizerSet, orthogonalized
from nmmo.train.recipe import PolicyOptions, TrainOptions


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 7), (64, 16)])
def test_orthogonalized_is_the_quintic_on_singular_values(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    np.testing.assert_allclose(orthogonalized(matrix).numpy(), reference.orthogonalized(matrix.numpy()), atol=1e-10)


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


def policy_of(core: str = "lstm") -> DefaultPolicy:
    options = PolicyOptions(core=core, hidden_size=16, encoder_width=8, tile_channels=2, item_channels=2)
    return DefaultPolicy(encoding_for(nmmo.Config.preset("small")), options)


def test_muon_is_torchs_muon_but_for_rounding():
    """Both in bfloat16, whose rounding differs by the order of operations."""
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this PyTorch has no Muon")
    generator = torch.Generator().manual_seed(6)
    start = [torch.randn(shape, generator=generator) for shape in ((48, 16), (16, 48))]
    ours, theirs = ([torch.nn.Parameter(matrix.clone()) for matrix in start] for _ in range(2))
    optimizers = [
        Muon(ours, 0.1, 0.9, 0.01, torch.bfloat16),
        torch.optim.Muon(theirs, 0.1, weight_decay=0.01, momentum=0.9),
    ]
    for _ in range(3):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for one, other, first in zip(ours, theirs, start, strict=True):
        ours_moved, theirs_moved = (matrix.detach() - first for matrix in (one, other))
        assert float((ours_moved - theirs_moved).norm()) < 0.05 * float(ours_moved.norm())


def names_of(policy: DefaultPolicy, optimizer: torch.optim.Optimizer) -> set[str]:
    names = {id(parameter): name for name, parameter in policy.named_parameters()}
    return {names[id(p)] for group in optimizer.param_groups for p in group["params"]}


def test_modules_say_what_their_parameters_are():
    options = PolicyOptions(hidden_size=16, encoder_width=8, tile_channels=2, item_channels=2, tile_queries=3)
    policy = DefaultPolicy(encoding_for(nmmo.Config.preset("small")), options)
    names = {id(parameter): name for name, parameter in policy.named_parameters()}
    groups = {kind: {names[id(p)] for p in group} for kind, group in parameter_groups(policy).items()}
    attention = "encoder.tile_attention."
    assert groups == {
        "hidden": {
            "encoder.tile_layer.weight", "encoder.rest_layer.weight", "encoder.output_layer.weight",
            "core.gates.weight", f"{attention}query_layer.weight", f"{attention}output_layer.weight",
        },
        "embedding": {
            "encoder.tiles.weight", "encoder.inventory.weight", "encoder.listings.weight",
            "encoder.previous_action.weight", f"{attention}distance_bias", f"{attention}place_embedding",
        },
        "head": {"head.weight", "slot_queries.weight"},
        "bias": {
            "encoder.tile_layer.bias", "encoder.output_layer.bias", "core.gates.bias", "head.bias",
            f"{attention}query_layer.bias",
        },
        "other": set(),
    }  # fmt: skip


def test_undeclared_parameters_have_a_kind_too():
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2))
    module[1].parameter_kinds = {"weight": "hidden"}  # type: ignore[assignment]
    groups = parameter_groups(module)
    assert [len(groups[kind]) for kind in ("hidden", "embedding", "head", "bias", "other")] == [1, 0, 0, 2, 1]
    assert groups["hidden"][0] is module[1].weight


def test_muon_has_the_hidden_matrices_and_adam_the_rest():
    policy = policy_of()
    rest, muon = OptimizerSet(policy, TrainOptions()).optimizers
    hidden = {
        "encoder.tile_layer.weight", "encoder.rest_layer.weight", "encoder.output_layer.weight",
        "core.input_gates.weight", "core.recurrent_gates.weight",
    }  # fmt: skip
    assert names_of(policy, muon) == hidden
    assert names_of(policy, rest) == {name for name, _ in policy.named_parameters()} - hidden


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam), ("sgd", torch.optim.SGD)]
)
def test_torchs_optimizers_have_all_parameters_and_decay_matrices_only(name, kind):
    policy = policy_of("mingru")
    options = TrainOptions(optimizer=name, learning_rate=0.5, adam_learning_rate=0.25, weight_decay=0.1)
    (optimizer,) = OptimizerSet(policy, options).optimizers
    assert type(optimizer) is kind
    for group in optimizer.param_groups:
        assert group["lr"] == (0.5 if name == "sgd" else 0.25)
        assert group["weight_decay"] == (0.1 if group["params"][0].ndim > 1 else 0)


def test_an_optimizer_that_forgets_parameters_is_refused(monkeypatch):
    def half(policy, options):
        return [torch.optim.SGD(list(policy.parameters())[1:], lr=0.1)]

    monkeypatch.setattr("nmmo.train.optimizers.half", half, raising=False)
    with pytest.raises(ValueError, match="not each of the policy's"):
        OptimizerSet(policy_of(), TrainOptions(optimizer="nmmo.train.optimizers:half"))


def test_scale_lr_scales_each_optimizers_own_rate():
    both = OptimizerSet(policy_of(), TrainOptions(learning_rate=0.5, adam_learning_rate=0.25))
    both.scale_lr(0.5)
    both.scale_lr(0.5)  # of the initial rates, not of the present ones
    rates = [group["lr"] for optimizer in both.optimizers for group in optimizer.param_groups]
    assert rates == [0.125, 0.125, 0.25]


@pytest.mark.parametrize("name", ["muon", "adamw", "adam", "sgd"])
def test_state_survives_a_round_trip(name):
    """After loading, the next step is the same; without loading it is another."""
    torch.manual_seed(5)
    options = TrainOptions(optimizer=name)
    one, two, three = policy_of(), policy_of(), policy_of()
    optimizers = [OptimizerSet(policy, options) for policy in (one, two, three)]

    def step(policy, optimizer, seed):
        generator = torch.Generator().manual_seed(seed)
        for parameter in policy.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimizer.step()

    step(one, optimizers[0], 1)
    two.load_state_dict(one.state_dict())
    three.load_state_dict(one.state_dict())
    optimizers[1].load_state_dict(optimizers[0].state_dict())
    for policy, optimizer in zip((one, two, three), optimizers, strict=True):
        step(policy, optimizer, 2)
    a, b, c = (torch.cat([p.flatten() for p in policy.parameters()]) for policy in (one, two, three))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_state_of_another_network_is_refused():
    one, other = policy_of(), policy_of("mingru")
    optimizers = OptimizerSet(one, TrainOptions())
    for parameter in one.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizers.step()
    with pytest.raises(ValueError, match="belongs to no parameter"):
        OptimizerSet(other, TrainOptions()).load_state_dict(optimizers.state_dict())
