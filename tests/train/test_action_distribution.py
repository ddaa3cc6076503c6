"""The choice of an action in two levels."""

from __future__ import annotations

import numpy as np
import pytest
import slow_reference as reference
import torch

import nmmo
from nmmo.train.action_distribution import ACTIONS, GROUPS, NEVER, ActionDistribution


def drawn(seed: int, rows: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Return logits, and masks with few and with many possible actions."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(rows, GROUPS + ACTIONS, generator=generator, dtype=torch.float64)
    mask = torch.rand(rows, ACTIONS, generator=generator) < torch.linspace(0, 1, rows)[:, None]
    mask[:, nmmo.Action.WAIT] = True
    return logits, mask


@pytest.mark.parametrize("seed", [0, 1])
def test_against_the_definition(seed):
    logits, mask = drawn(seed)
    choice = ActionDistribution(logits, mask)
    entropies = choice.entropy()
    for row in range(len(logits)):
        expected = reference.log_probabilities(logits[row], mask[row])
        for action in range(ACTIONS):
            if action in expected:
                assert choice.action_log_probs[row, action].item() == pytest.approx(expected[action].item(), abs=1e-9)
            else:
                assert choice.action_log_probs[row, action] <= NEVER
                assert choice.action_log_probs[row, action].exp() == 0
        assert choice.action_log_probs[row].exp().sum().item() == pytest.approx(1)
        assert entropies[row].item() == pytest.approx(reference.entropy(logits[row], mask[row]).item(), abs=1e-9)


def test_gradients_against_the_definition():
    logits, mask = drawn(2)
    actions = mask.double().argmax(1)
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    choice = ActionDistribution(ours, mask)
    (choice.log_prob(actions).sum() + 0.3 * choice.entropy().sum()).backward()
    for row in range(len(logits)):
        chosen = reference.log_probabilities(theirs[row], mask[row])[int(actions[row])]
        (chosen + 0.3 * reference.entropy(theirs[row], mask[row])).backward()
    torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-9, rtol=1e-9)


def test_a_full_inventory_does_not_drown_movement():
    """Equal logits: a group's chance does not depend on how many actions it has."""
    mask = torch.zeros(1, ACTIONS, dtype=torch.bool)
    mask[0, [nmmo.Action.WAIT, nmmo.Action.MOVE_NORTH, *range(nmmo.Action.SELL_1, nmmo.Action.SELL_12 + 1)]] = True
    chances = ActionDistribution(torch.zeros(1, GROUPS + ACTIONS), mask).action_log_probs[0].exp()
    assert chances[nmmo.Action.MOVE_NORTH].item() == pytest.approx(1 / 3)
    assert chances[nmmo.Action.SELL_5].item() == pytest.approx(1 / 36)


def test_only_waiting_possible_is_certain_and_has_finite_gradients():
    mask = torch.zeros(2, ACTIONS, dtype=torch.bool)
    mask[:, nmmo.Action.WAIT] = True
    logits = torch.randn(2, GROUPS + ACTIONS, requires_grad=True)
    choice = ActionDistribution(logits, mask)
    waits = torch.zeros(2, dtype=torch.int64)
    (choice.log_prob(waits).sum() + choice.entropy().sum()).backward()
    assert choice.sample(torch.Generator().manual_seed(0)).tolist() == [0, 0]
    assert choice.entropy().tolist() == [0, 0]
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0


def test_samples_follow_the_probabilities_and_the_mask():
    logits, mask = drawn(3, rows=4)
    many = 20_000
    choice = ActionDistribution(logits.float().repeat_interleave(many, 0), mask.repeat_interleave(many, 0))
    actions = choice.sample(torch.Generator().manual_seed(1)).view(4, many)
    for row in range(4):
        counts = torch.bincount(actions[row], minlength=ACTIONS) / many
        assert not counts[~mask[row]].any()
        np.testing.assert_allclose(counts, choice.action_log_probs[row * many].exp(), atol=0.02)


@pytest.mark.parametrize("uniform", [0.0, 1 - 2.0**-24])
def test_the_ends_of_the_uniform_numbers_draw_possible_actions(monkeypatch, uniform):
    logits, mask = drawn(4)
    monkeypatch.setattr(torch, "rand", lambda shape, **_: torch.full(shape, uniform))
    actions = ActionDistribution(logits.float(), mask).sample(torch.Generator())
    assert mask.gather(1, actions[:, None]).all()


def test_the_generator_decides():
    logits, mask = drawn(5, rows=64)
    one, same, other = (
        ActionDistribution(logits, mask).sample(torch.Generator().manual_seed(s)).tolist() for s in (0, 0, 1)
    )
    assert one == same
    assert one != other
