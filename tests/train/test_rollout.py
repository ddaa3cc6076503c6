"""Playing: what is written down, and that learning sees exactly what acting saw."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import nmmo
from nmmo.train.action_distribution import ActionDistribution
from nmmo.train.recipe import OpponentOptions, PolicyOptions, Recipe, RunOptions, TrainOptions
from nmmo.train.rollout import Timer, collect_rollout
from nmmo.train.trainer import Trainer

# Fog everywhere from the start kills within some ticks: many deaths in few steps.
DEADLY = nmmo.Config.preset(
    "small", n_players=16, n_monsters=16, height=32, width=32, view_row_radius=2, view_column_radius=2,
    fog=True, fog_start=1, fog_period=1, fog_final=2,
)  # fmt: skip


def trainer_of(config: nmmo.Config, core: str = "mingru", *, groups: int = 1, **more: object) -> Trainer:
    return Trainer(
        Recipe(
            world=config,
            policy=PolicyOptions(core=core, hidden_size=8, encoder_width=8, tile_channels=2, item_channels=2),  # type: ignore[arg-type]
            train=TrainOptions(worlds=2, bptt_horizon=24, minibatch_segments=8, stagger=False),
            run=RunOptions(threads=1, precision="float32", env_groups=groups),
            **more,  # type: ignore[arg-type]
        )
    )


def play(trainer: Trainer) -> None:
    collect_rollout(trainer.env_groups, trainer.policy, trainer.act, trainer.rollout, trainer.recipe.train, Timer())


@pytest.mark.parametrize("core", ["mingru", "lstm"])
@pytest.mark.parametrize("respawn", ["same_tick", "next_tick"])
def test_acting_step_by_step_is_learning_on_sequences(core, respawn):
    """The second rollout begins in the middle of lives, with memories of the first."""
    trainer = trainer_of(DEADLY.replace(respawn=respawn), core)
    with torch.no_grad():  # memory that matters
        trainer.policy.head.weight.normal_(0, 0.5, generator=torch.Generator().manual_seed(1))
    for part in range(3):
        play(trainer)
        out = trainer.rollout
        assert bool(out.state.any()) == (part > 0)
        seen = trainer.policy(out.observations[:-1], out.state, out.dones[:-1], out.actions)
        choice = ActionDistribution(seen.logits, trainer.policy.mask(out.observations[:-1]))
        torch.testing.assert_close(seen.values, out.values[:-1], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(choice.log_prob(out.actions), out.log_probs, atol=1e-5, rtol=1e-5)
    assert out.ended.any()
    assert out.dones[1:].any()
    forgetful = trainer.policy(out.observations[:-1], out.state, torch.ones_like(out.dones[:-1]), out.actions)
    assert not torch.allclose(forgetful.values, out.values[:-1], atol=1e-3)
    never = trainer.policy(out.observations[:-1], out.state, torch.zeros_like(out.dones[:-1]), out.actions)
    assert not torch.allclose(never.values, out.values[:-1], atol=1e-3)


def test_the_shaping_reward_is_paid_where_a_tick_led(monkeypatch):
    """By a stand-in that every row answers otherwise, which tells the tick before and the next life apart."""
    monkeypatch.setattr("nmmo.train.rollout.danger_bonus", lambda own: own["health"].astype(np.float32))
    trainer = trainer_of(DEADLY)
    twins = nmmo.Worlds(2, DEADLY)
    twins.reset(nmmo.derive_seed(nmmo.derive_seed(nmmo.derive_seed(1, 0), 4), 0))
    options, out = trainer.recipe.train, trainer.rollout
    collect_rollout(trainer.env_groups, trainer.policy, trainer.act, out, options, Timer(), 0.5)
    for step in range(out.steps):
        _, rewards, *_ = twins.step(out.actions[step].numpy())
        bonus = 0.5 * twins.observations["self"]["health"].astype(np.float32) * ~out.ended[step].numpy()
        np.testing.assert_array_equal(out.rewards[step], rewards + bonus)
    assert out.ended.any() and not out.ended.all()


def test_what_is_written_down_is_what_happened():
    """The same worlds, stepped once more with the actions that were chosen."""
    trainer = trainer_of(DEADLY)
    twins = nmmo.Worlds(2, DEADLY, final_observations=True)
    rows = twins.reset(nmmo.derive_seed(nmmo.derive_seed(nmmo.derive_seed(1, 0), 4), 0))[0]
    for _ in range(2):
        play(trainer)
        out = trainer.rollout
        for step in range(out.steps):
            np.testing.assert_array_equal(out.observations[step], rows)
            rows, rewards, terminated, truncated, _ = twins.step(out.actions[step].numpy())
            np.testing.assert_array_equal(out.rewards[step], rewards)
            np.testing.assert_array_equal(out.ended[step], terminated | truncated)
            np.testing.assert_array_equal(out.dones[step + 1], terminated | truncated)
        np.testing.assert_array_equal(out.observations[-1], rows)
        assert out.alive.all()


def test_two_groups_of_worlds_in_turn_play_as_one_does_each():
    """With its worlds stepped beside it, each group sees its own game."""
    trainer = trainer_of(DEADLY, groups=2)
    assert [group.columns for group in trainer.env_groups] == [slice(0, 16), slice(16, 32)]
    seed = nmmo.derive_seed(nmmo.derive_seed(1, 0), 4)
    twins = [nmmo.Worlds(1, DEADLY) for _ in range(2)]
    rows = [twin.reset(nmmo.derive_seed(seed, group))[0] for group, twin in enumerate(twins)]
    play(trainer)
    out = trainer.rollout
    for step in range(out.steps):
        np.testing.assert_array_equal(out.observations[step], np.concatenate(rows))
        actions = out.actions[step].numpy()
        stepped = [twin.step(actions[16 * group : 16 * group + 16]) for group, twin in enumerate(twins)]
        rows = [result[0] for result in stepped]
        np.testing.assert_array_equal(out.rewards[step], np.concatenate([result[1] for result in stepped]))


def test_truncated_lives_are_bootstrapped_with_their_last_observation():
    config = nmmo.Config.preset("small", n_players=8, n_monsters=8, height=32, width=32, horizon=7)
    trainer = trainer_of(config)
    play(trainer)
    out = trainer.rollout
    cut = torch.zeros_like(out.ended)
    cut[6::7] = True
    assert out.ended[cut].all()
    assert torch.equal(out.bootstrap_values != 0, cut)
    # The value of the last observation, which the worlds no longer show: played once more.
    twins = nmmo.Worlds(2, config, final_observations=True)
    twins.reset(nmmo.derive_seed(nmmo.derive_seed(nmmo.derive_seed(1, 0), 4), 0))
    for step in range(7):
        info = twins.step(out.actions[step].numpy())[4]
    seen = torch.cat([out.observations[:7], torch.from_numpy(info["final_obs"]).unsqueeze(0)])
    dones = torch.zeros_like(out.dones[:8])
    dones[0] = True
    values = trainer.policy(seen, out.state, dones, out.actions[:8]).values
    torch.testing.assert_close(out.bootstrap_values[6], values[7], atol=1e-5, rtol=1e-5)


def test_staggered_worlds_reach_the_horizon_one_after_the_other():
    config = nmmo.Config.preset("small", n_players=8, n_monsters=8, height=32, width=32, horizon=20)
    options = TrainOptions(worlds=4, bptt_horizon=40, minibatch_segments=8)
    recipe = Recipe(config, PolicyOptions(hidden_size=8, encoder_width=8), options, run=RunOptions(threads=1))
    trainer = Trainer(recipe)
    ticks = [trainer.env_groups[0].worlds.world(i).tick for i in range(4)]
    assert ticks == [0, 5, 10, 15]
    for index in range(4):  # the rows are those of the worlds that were played
        world = trainer.env_groups[0].worlds.world(index)
        rows = trainer.env_groups[0].observations.reshape(4, 8, -1)[index]
        assert (rows == world.observations.view(np.uint8).reshape(8, -1)).all()
    play(trainer)
    ended = trainer.rollout.ended.reshape(40, 4, 8).all(-1)
    assert [np.flatnonzero(ended[:, i])[0] for i in range(4)] == [19, 14, 9, 4]
    again = Trainer(recipe)
    assert again.digest() == Trainer(recipe).digest()


def test_deaths_are_not_bootstrapped():
    trainer = trainer_of(DEADLY)
    play(trainer)
    play(trainer)
    assert trainer.rollout.ended.any()
    assert not trainer.rollout.bootstrap_values.any()


def test_slots_without_a_body_are_marked():
    trainer = trainer_of(DEADLY.replace(lives=1))
    for _ in range(3):
        play(trainer)
    out = trainer.rollout
    assert (~out.alive).any()
    gone = ~out.alive
    assert torch.equal(gone, out.observations[:-1, :, trainer.policy.encoding.health] == 0)
    assert not out.actions[gone].any()  # they can only wait
    assert out.dones[1:][gone].all()  # and remember nothing


def test_rewards_are_scaled_then_clipped():
    plain, cut = trainer_of(DEADLY), trainer_of(DEADLY)
    options = TrainOptions(worlds=2, bptt_horizon=24, reward_scale=3.0, reward_clip=0.5)
    play(plain)
    collect_rollout(cut.env_groups, cut.policy, cut.act, cut.rollout, options, Timer())
    assert plain.rollout.rewards.any()
    torch.testing.assert_close(cut.rollout.rewards, (3 * plain.rollout.rewards).clamp(-0.5, 0.5))


def test_past_policies_and_scripted_agents_play_their_slots_only():
    opponents = OpponentOptions(
        past_share=0.25, past_policies=2, snapshot_interval=1, scripted_share=0.25, scripted="random"
    )
    trainer = trainer_of(DEADLY, opponents=opponents)
    assigned = trainer.assignment.by_name()
    assert sorted(len(slots) for slots in assigned.values()) == [2, 2, 4, 8]
    assert sorted(np.concatenate(list(assigned.values()))) == list(range(16))
    group = trainer.env_groups[0]
    before = group.actions.copy()
    play(trainer)
    assert not np.array_equal(before, group.actions)
    np.testing.assert_array_equal(group.actions[group.learners], trainer.rollout.actions[-1])
    step = trainer.train_step()
    assert {"score/learner", "score/past 1", "score/past 2", "score/random"} <= set(step.metrics)
    assert len(trainer.pool.members) == 2
