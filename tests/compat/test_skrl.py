"""skrl: its wrappers of the agents by name and of the vector environment, and its own PPO."""

from __future__ import annotations

import numpy as np
import torch
from skrl.agents.torch.ppo import PPO
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.models.torch import CategoricalMixin, DeterministicMixin, Model
from skrl.trainers.torch import SequentialTrainer
from small_envs import HORIZON, PLAYERS, small_parallel, small_vector


def test_agents_by_name_while_some_die():
    """Go on giving actions for all agents that there could be."""
    inner = small_parallel()
    env = wrap_env(inner, wrapper="pettingzoo")
    observations, _ = env.reset()
    assert {tuple(seen.shape) for seen in observations.values()} == {(1, inner.observation_space("player_0").shape[0])}
    present, ticks = [], 0
    while env.agents:
        present.append(len(env.agents))
        _, rewards, terminated, _, _ = env.step(
            {name: torch.zeros(1, 1, dtype=torch.long) for name in env.possible_agents}
        )
        assert len(rewards) == len(terminated) == present[-1]
        ticks += 1
    assert ticks == HORIZON and present[0] == PLAYERS > present[-1]


def test_the_state_of_the_world():
    inner = small_parallel()
    env = wrap_env(inner, wrapper="pettingzoo")
    env.reset()
    state = env.state()
    assert sorted(state) == sorted(env.possible_agents)
    assert state["player_0"].flatten().tolist() == inner.state().tolist()


class Policy(CategoricalMixin, Model):
    """Chooses by a linear layer over the row."""

    def __init__(self, observation_space, action_space):
        Model.__init__(self, observation_space=observation_space, action_space=action_space)
        CategoricalMixin.__init__(self, unnormalized_log_prob=True)
        self.layer = torch.nn.Linear(self.num_observations, self.num_actions)

    def compute(self, inputs, role):
        return self.layer(inputs["observations"] / 255), {}


class Value(DeterministicMixin, Model):
    """Estimates the value by a linear layer over the row."""

    def __init__(self, observation_space, action_space):
        Model.__init__(self, observation_space=observation_space, action_space=action_space)
        DeterministicMixin.__init__(self)
        self.layer = torch.nn.Linear(self.num_observations, 1)

    def compute(self, inputs, role):
        return self.layer(inputs["observations"] / 255), {}


def test_ppo_on_the_vector(tmp_path):
    envs = small_vector()
    env = wrap_env(envs, wrapper="gymnasium")
    assert env.num_envs == PLAYERS
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
    models = {"policy": Policy(**spaces), "value": Value(**spaces)}
    before = models["policy"].layer.weight.detach().clone()
    experiment = {"directory": str(tmp_path), "write_interval": 0, "checkpoint_interval": 0}
    agent = PPO(
        models=models,
        memory=RandomMemory(memory_size=16, num_envs=PLAYERS),
        cfg={"rollouts": 16, "learning_epochs": 1, "experiment": experiment},
        **spaces,
    )
    trainer = SequentialTrainer(
        env=env, agents=agent, cfg={"timesteps": 64, "headless": True, "close_environment_at_exit": False}
    )
    trainer.train()
    assert envs.worlds.tick == 64 % HORIZON
    assert np.isfinite(models["policy"].layer.weight.detach().numpy()).all()
    assert not torch.equal(models["policy"].layer.weight, before)


def test_the_page(run_section):
    assert run_section("skrl").strip()
