"""The compiled choice of an action against PyTorch's operations in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nmmo.train import _kernels
from nmmo.train.action_distribution import ACTIONS, GROUP_SIZES, GROUPS, LARGEST_UNIFORM, ActionDistribution
from nmmo.train.cpu_ops import evaluate_actions, sample_actions

SIZES = np.array(GROUP_SIZES, np.int32)
FIRSTS = np.cumsum([0, *GROUP_SIZES])


def logits_of(rows: int, scale: float = 2.0, seed: int = 0) -> torch.Tensor:
    """Return logits as a part of wider rows."""
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(rows, GROUPS + ACTIONS + 5, generator=generator))[:, 2:-3]


def masks_of(rows: int, kind: str, seed: int = 0) -> torch.Tensor:
    """Return masks as a part of wider rows; something is possible in each."""
    generator = torch.Generator().manual_seed(seed)
    wide = torch.zeros(rows, ACTIONS + 9, dtype=torch.bool)
    mask = wide[:, 4:-5]
    if kind == "any":
        mask |= torch.rand(rows, ACTIONS, generator=generator) < torch.rand(rows, 1, generator=generator)
        mask[:, 0] = True
    elif kind == "all":
        mask |= True
    elif kind == "one":
        mask[torch.arange(rows), torch.randint(ACTIONS, (rows,), generator=generator)] = True
    else:  # some groups, all of them or nothing of them
        for group in range(GROUPS):
            mask[:, FIRSTS[group] : FIRSTS[group + 1]] = torch.rand(rows, 1, generator=generator) < 0.4
        mask[~mask.any(1), FIRSTS[4] : FIRSTS[5]] = True
    return mask


def possible_actions(mask: torch.Tensor, seed: int = 0) -> torch.Tensor:
    noise = torch.rand(mask.shape, generator=torch.Generator().manual_seed(seed))
    return (noise * mask).argmax(1) if len(mask) else torch.zeros(0, dtype=torch.int64)


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("rows", [0, 1, 16, 41])
@pytest.mark.parametrize("kind", ["any", "all", "one", "groups"])
def test_forward_and_gradient(rows, kind):
    logits, mask = logits_of(rows), masks_of(rows, kind)
    actions = possible_actions(mask)
    ours, theirs = logits.clone().requires_grad_(), logits.double().requires_grad_()
    found, expected = (
        ActionDistribution(ours, mask).evaluate_actions(actions),
        ActionDistribution(theirs, mask).evaluate_actions(actions),
    )
    # Logarithms of up to about 15, each the difference of float32 numbers of that size.
    torch.testing.assert_close(found.log_prob.double(), expected.log_prob, rtol=1e-6, atol=3e-6)
    torch.testing.assert_close(found.entropy.double(), expected.entropy, rtol=1e-6, atol=3e-6)

    weights = torch.randn(2, rows, generator=torch.Generator().manual_seed(3))
    (weights[0] * found.log_prob + weights[1] * found.entropy).sum().backward()
    (weights[0] * expected.log_prob + weights[1] * expected.entropy).sum().backward()
    torch.testing.assert_close(ours.grad.double(), theirs.grad, rtol=1e-5, atol=3e-6)
    closed = torch.cat([torch.zeros(rows, GROUPS, dtype=torch.bool), ~mask], 1)
    assert not ours.grad[closed].any()
    assert kind == "one" or not rows or ours.grad.abs().max() > 0.1


@pytest.mark.usefixtures("processor")
def test_extreme_logits():
    logits, mask = logits_of(64, scale=1e4), masks_of(64, "any", seed=1)
    actions = possible_actions(mask)
    ours, theirs = logits.clone().requires_grad_(), logits.double().requires_grad_()
    found, expected = (
        ActionDistribution(ours, mask).evaluate_actions(actions),
        ActionDistribution(theirs, mask).evaluate_actions(actions),
    )
    torch.testing.assert_close(found.log_prob.double(), expected.log_prob, rtol=1e-6, atol=1e-2)
    torch.testing.assert_close(found.entropy.double(), expected.entropy, rtol=0, atol=1e-4)
    (found.log_prob + found.entropy).sum().backward()
    assert ours.grad.isfinite().all()
    assert ours.grad.abs().max() >= 1


@pytest.mark.usefixtures("processor")
def test_a_forbidden_action_is_judged_as_pytorch_does():
    logits, mask = logits_of(40), masks_of(40, "groups", seed=2)
    actions = possible_actions(~mask)
    ours, theirs = logits.clone().requires_grad_(), logits.double().requires_grad_()
    found, expected = (
        ActionDistribution(ours, mask).log_prob(actions),
        ActionDistribution(theirs, mask).log_prob(actions),
    )
    torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=0)
    assert found.max() <= -1e9
    found.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(ours.grad.double(), theirs.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("kind", ["any", "all", "one", "groups"])
def test_draws_are_the_inverse_of_the_cumulative_distribution(kind):
    rows = 3000
    logits, mask = logits_of(rows, seed=4), masks_of(rows, kind, seed=4)
    shares = torch.rand(rows, generator=torch.Generator().manual_seed(4))
    found = sample_actions(logits, mask, shares, SIZES)
    cumulative = ActionDistribution(logits.double(), mask).action_log_probs.exp().cumsum(1)
    below = torch.where(found > 0, cumulative.gather(1, (found - 1).clamp(min=0)[:, None])[:, 0], 0)
    above = cumulative.gather(1, found[:, None])[:, 0]
    assert (below - 2e-6 <= shares).all()  # sums of up to 69 numbers below 1 in float32
    assert (shares <= above + 2e-6).all()
    assert mask.gather(1, found[:, None]).all()


@given(st.data())
def test_no_draw_is_ever_forbidden(data):
    rows = data.draw(st.integers(1, 20))
    seed = data.draw(st.integers(0, 2**31))
    kind = data.draw(st.sampled_from(["any", "all", "one", "groups"]))
    scale = data.draw(st.sampled_from([0.0, 1.0, 30.0, 1e4, 1e30]))
    mask = masks_of(rows, kind, seed)
    shares = torch.tensor(
        data.draw(
            st.lists(
                st.floats(0, LARGEST_UNIFORM, width=32) | st.sampled_from([0.0, LARGEST_UNIFORM]),
                min_size=rows, max_size=rows,
            )
        )
    )  # fmt: skip
    found = sample_actions(logits_of(rows, scale, seed), mask, shares, SIZES)
    assert mask.gather(1, found[:, None]).all()


def test_all_processors_find_the_same_bits(processor):
    logits, mask = logits_of(50), masks_of(50, "any")
    results = []
    for kind in ("any", processor):
        _kernels.use(kind)
        ours = logits.clone().requires_grad_()
        judged = ActionDistribution(ours, mask).evaluate_actions(possible_actions(mask))
        (judged.log_prob + 0.3 * judged.entropy).sum().backward()
        drawn = sample_actions(logits, mask, torch.linspace(0, 0.999, 50), SIZES)
        results.append((judged.log_prob, judged.entropy, ours.grad, drawn))
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


def test_what_is_not_a_number_shows_and_draws_something_possible():
    mask = masks_of(17, "one", seed=5)
    logits = torch.full((17, GROUPS + ACTIONS), float("nan"))
    judged = ActionDistribution(logits, mask).evaluate_actions(possible_actions(mask))
    assert judged.log_prob.isnan().all()
    assert torch.equal(sample_actions(logits, mask, torch.zeros(17), SIZES), possible_actions(mask))


def test_several_axes_of_rows_and_a_mask_within_the_rows_of_observations():
    logits, rows = logits_of(12).reshape(3, 4, -1), torch.zeros(3, 4, ACTIONS + 30, dtype=torch.uint8)
    rows[..., 20 : 20 + ACTIONS] = masks_of(12, "any").view(3, 4, -1)
    mask = rows[..., 20 : 20 + ACTIONS].view(torch.bool)
    actions = possible_actions(mask.reshape(12, -1)).view(3, 4)
    found, expected = (
        ActionDistribution(logits, mask).evaluate_actions(actions),
        ActionDistribution(logits.double(), mask).evaluate_actions(actions),
    )
    assert found.log_prob.shape == found.entropy.shape == (3, 4)
    torch.testing.assert_close(found.log_prob.double(), expected.log_prob, rtol=1e-6, atol=3e-6)
    drawn = ActionDistribution(logits, mask).sample(torch.Generator().manual_seed(0))
    assert drawn.shape == (3, 4)
    assert mask.gather(-1, drawn.unsqueeze(-1)).all()


def test_a_row_without_a_possible_action_cannot_be_drawn_from():
    mask = masks_of(20, "any")
    mask[17] = False
    with pytest.raises(ValueError, match="row 17 allows no action"):
        ActionDistribution(logits_of(20), mask).sample(torch.Generator())


def test_logits_and_masks_that_do_not_fit_are_refused():
    logits, mask = logits_of(4), masks_of(4, "all")
    with pytest.raises(TypeError, match="mask must be bool"):
        ActionDistribution(logits, mask.to(torch.uint8))
    for wrong in (mask[:3], mask[:, :-1]):
        with pytest.raises(ValueError, match="of the same rows are needed"):
            ActionDistribution(logits, wrong)
    with pytest.raises(ValueError, match="of the same rows are needed"):
        ActionDistribution(logits[:, 1:], mask)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"logits": logits_of(4).double()}, TypeError, "logits must be an array of float32"),
        ({"mask": masks_of(4, "all").float()}, TypeError, "mask must be an array of uint8 or bool"),
        ({"actions": torch.zeros(4)}, TypeError, "actions must be an array of int64"),
        ({"logits": logits_of(4)[:, :-1]}, ValueError, "logits must have shape"),
        ({"mask": masks_of(3, "all")}, ValueError, "mask must have shape"),
        ({"actions": torch.zeros(5, dtype=torch.int64)}, ValueError, "actions must have shape"),
        ({"actions": torch.tensor([0, 1, -1, 2])}, ValueError, "got -1 in row 2"),
        ({"actions": torch.tensor([0, ACTIONS, 1, 2])}, ValueError, f"got {ACTIONS} in row 1"),
        ({"logits": torch.zeros(GROUPS + ACTIONS, 4).t()}, ValueError, "must be adjacent"),
        ({"sizes": np.array([0, ACTIONS], np.int32)}, ValueError, "a group of 0 actions"),
        ({"sizes": np.array([100, 100], np.int32)}, ValueError, "there may be 1 to 128 groups and actions"),
        ({"sizes": SIZES.astype(np.int64)}, TypeError, "sizes must be an array of int32"),
    ],
)
def test_the_kernel_checks_what_it_gets(change, error, words):
    given = {
        "logits": logits_of(4), "mask": masks_of(4, "all"), "actions": torch.zeros(4, dtype=torch.int64), "sizes": SIZES
    }  # fmt: skip
    evaluate_actions(**given)
    with pytest.raises(error, match=words):
        evaluate_actions(**(given | change))
