"""The policy network against a slow float64 account of it."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as reference
import torch

import nmmo
from nmmo.train.encoding import encoding_for
from nmmo.train.layers import RecordEmbedding
from nmmo.train.networks import DefaultPolicy
from nmmo.train.recipe import PolicyOptions, Recipe

TINY = {
    "mingru": PolicyOptions(hidden_size=8, encoder_width=8, tile_channels=2, item_channels=3),
    "lstm": PolicyOptions(core="lstm", hidden_size=8, encoder_width=8, tile_channels=2, item_channels=3),
    "attention": PolicyOptions(hidden_size=8, encoder_width=8, tile_channels=2, item_channels=3, tile_queries=3),
}
CONFIG = nmmo.Config.preset("small", n_players=4, n_monsters=40, view_row_radius=2, view_column_radius=3)


def sequence(config: nmmo.Config = CONFIG, steps: int = 5) -> np.ndarray:
    """Return rows of random play, [steps, players, row_bytes]."""
    world = nmmo.World(config, seed=2)
    rows = [world.reset()[0].copy()]
    rng = np.random.default_rng(2)
    for _ in range(40):
        rows.append(world.step(nmmo.sample_actions(world.mask, rng), copy=True)[0])
    return np.stack(rows[-steps:])


@pytest.mark.parametrize("network", TINY)
def test_against_a_slow_account(network):
    torch.manual_seed(1)
    policy = DefaultPolicy(encoding_for(CONFIG), TINY[network], torch.float64).double()
    with torch.no_grad():
        policy.head.weight.normal_()
        policy.slot_queries.weight.normal_()
    rows = sequence()
    dones = torch.zeros(5, 4, dtype=torch.bool)
    dones[2, 1] = True
    actions = torch.arange(20).view(5, 4) * 3
    out = policy(torch.from_numpy(rows), policy.initial_state(4), dones, actions)
    slow = reference.SlowPolicy(policy.state_dict(), CONFIG, TINY[network].core)
    structured = rows.view(nmmo.observation_dtype(CONFIG))[:, :, 0]
    for row in range(4):
        state = torch.zeros(policy.state_size, dtype=torch.float64)
        for step in range(5):
            action = int(actions[step, row]) if step < 4 else None
            logits, value, state = slow.step(structured[step, row], state * ~dones[step, row], action)
            torch.testing.assert_close(out.logits[step, row], logits, atol=1e-6, rtol=1e-6)
            torch.testing.assert_close(out.values[step, row], value, atol=1e-6, rtol=1e-6)
        torch.testing.assert_close(out.state[row], state, atol=1e-6, rtol=1e-6)


def test_embedding_is_a_product_with_the_features_forward_and_backward(monkeypatch):
    monkeypatch.setattr("nmmo.train.layers.CHUNK", 17)  # several pieces
    records = encoding_for(CONFIG).tiles
    module = RecordEmbedding(records, 3).double()
    part = torch.from_numpy(sequence()[:, :, records.offset : records.end].reshape(20, -1))
    ours = module(part, torch.float64)
    ours.square().sum().backward()
    got = module.weight.grad
    assert got is not None
    module.weight.grad = None
    index = part.view(20, records.count, records.record_bytes).long() + 256 * torch.arange(records.record_bytes)
    features = module.codes[index].sum(2)
    theirs = torch.relu(features @ module.weight.t()).flatten(1)
    theirs.square().sum().backward()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(got, module.weight.grad)
    assert got.abs().max() > 0


def test_bfloat16_is_close_to_float32():
    torch.manual_seed(3)
    exact = DefaultPolicy(encoding_for(CONFIG), TINY["mingru"])
    rough = DefaultPolicy(encoding_for(CONFIG), TINY["mingru"], torch.bfloat16)
    rough.load_state_dict(exact.state_dict())
    rows = torch.from_numpy(sequence())
    dones = torch.zeros(5, 4, dtype=torch.bool)
    actions = torch.zeros(len(rows), 4, dtype=torch.int64)
    one, two = (policy(rows, policy.initial_state(4), dones, actions) for policy in (exact, rough))
    assert two.logits.dtype == two.values.dtype == two.state.dtype == torch.float32
    assert not torch.equal(one.state, two.state)
    torch.testing.assert_close(one.state, two.state, atol=0.05, rtol=0.05)


def test_the_first_policy_is_nearly_indifferent():
    torch.manual_seed(4)
    policy = DefaultPolicy(encoding_for(CONFIG), TINY["mingru"])
    actions = torch.zeros(5, 4, dtype=torch.int64)
    out = policy(torch.from_numpy(sequence()), policy.initial_state(4), torch.zeros(5, 4, dtype=torch.bool), actions)
    assert out.logits.abs().max() < 0.2
    assert out.values.abs().max() < 0.2


@pytest.mark.parametrize(("name", "least", "most"), [("small", 2e5, 6e5), ("base", 3.2e6, 3.6e6), ("large", 1e7, 4e7)])
def test_sizes_of_the_shipped_networks(name, least, most):
    recipe = Recipe.load(name)
    with torch.device("meta"):
        count = DefaultPolicy(encoding_for(recipe.world), recipe.policy).parameter_count()
    assert least <= count <= most
