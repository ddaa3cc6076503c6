"""Tianshou: agents in turns, with their masks, and DQN for one learner."""

from __future__ import annotations

import gymnasium
import numpy as np
import torch
from small_envs import DEADLY, HORIZON, PLAYERS, small_parallel, small_solo
from tianshou.algorithm.modelfree.dqn import DQN, DiscreteQLearningPolicy
from tianshou.algorithm.multiagent.marl import MultiAgentOffPolicyAlgorithm
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.algorithm.random import MARLRandomDiscreteMaskedOffPolicyAlgorithm
from tianshou.data import Collector, VectorReplayBuffer
from tianshou.env import DummyVectorEnv, PettingZooEnv
from tianshou.utils.torch_utils import policy_within_training_step

import nmmo


def collect_turns(lives, episodes):
    """Let agents in turns choose by chance; return what was found, and the steps.

    The dict observation has the mask where Tianshou looks for it.
    """

    def turns():
        return PettingZooEnv(nmmo.env("small", observation="dict", **{**DEADLY, "lives": lives}))

    np.random.seed(0)  # noqa: NPY002 - Tianshou chooses from it
    env = turns()
    random = [MARLRandomDiscreteMaskedOffPolicyAlgorithm(env.action_space) for _ in env.agents]
    algorithm = MultiAgentOffPolicyAlgorithm(algorithms=random, env=env)
    buffer = VectorReplayBuffer(2000, 1)
    collector = Collector(algorithm, DummyVectorEnv([turns]), buffer)
    collector.reset(gym_reset_kwargs={"seed": 3})
    found = collector.collect(n_episode=episodes)
    return found, buffer.sample(0)[0]


def test_turns_are_collected_and_masks_obeyed():
    found, batch = collect_turns(lives=0, episodes=2)
    assert list(found.lens) == 2 * [HORIZON * PLAYERS]
    assert batch.obs.agent_id.tolist() == 2 * HORIZON * [f"player_{slot}" for slot in range(PLAYERS)]
    assert batch.obs.mask[np.arange(len(batch)), batch.act].all()
    assert not batch.obs.mask.all(1).any()
    assert not batch.terminated.any() and batch.truncated.sum() == 2

    env = small_parallel(lives=0)
    env.reset(seed=3)
    returns = np.zeros(PLAYERS)
    for actions in batch.act[: HORIZON * PLAYERS].reshape(HORIZON, PLAYERS):
        _, rewards, *_ = env.step(dict(zip(env.agents, actions.tolist(), strict=True)))
        returns += list(rewards.values())
    assert returns.any()
    assert np.allclose(found.returns[0], returns, atol=1e-4)


def test_the_first_death_ends_the_episode_of_all():
    found, batch = collect_turns(lives=1, episodes=2)
    assert batch.terminated.sum() == 2 and not batch.truncated.any()
    assert max(found.lens) < HORIZON * PLAYERS


class WithMask(gymnasium.ObservationWrapper):
    """Puts the mask beside the row, which is where DQN looks for it."""

    def __init__(self, env):
        super().__init__(env)
        mask = gymnasium.spaces.MultiBinary(int(env.action_space.n))
        self.observation_space = gymnasium.spaces.Dict({"obs": env.observation_space, "mask": mask})

    def observation(self, row):
        return {"obs": row, "mask": self.unwrapped.action_masks()}


class Values(torch.nn.Module):
    """The value of each action, by a linear layer over the row."""

    def __init__(self, env):
        super().__init__()
        self.layer = torch.nn.Linear(env.observation_space["obs"].shape[0], int(env.action_space.n))

    def forward(self, obs, state=None, info=None):
        rows = torch.as_tensor(np.asarray(getattr(obs, "obs", obs)), dtype=torch.float32)
        return self.layer(rows / 255), state


def test_dqn_learns_something_for_one_learner():
    env = WithMask(small_solo())
    values = Values(env)
    policy = DiscreteQLearningPolicy(model=values, action_space=env.action_space, eps_training=0.5)
    algorithm = DQN(policy=policy, optim=AdamOptimizerFactory(lr=1e-3), target_update_freq=10)
    buffer = VectorReplayBuffer(2000, 2)
    envs = DummyVectorEnv([lambda: WithMask(small_solo()) for _ in range(2)])
    collector = Collector(algorithm, envs, buffer, exploration_noise=True)
    found = collector.collect(n_episode=4, reset_before_collect=True)
    assert found.n_collected_episodes == 4 and max(found.lens) <= HORIZON
    batch, _ = buffer.sample(0)
    assert all(mask[action] for mask, action in zip(batch.obs.mask, batch.act, strict=True))
    before = values.layer.weight.detach().clone()
    with policy_within_training_step(algorithm.policy):
        algorithm.update(sample_size=32, buffer=buffer)
    assert not torch.equal(values.layer.weight, before)


def test_the_page(run_section):
    assert run_section("Tianshou").strip()
