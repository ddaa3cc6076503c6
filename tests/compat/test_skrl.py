"""skrl: its wrappers of the agents by name and of the vector environment, and its own PPO."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from skrl.agents.torch.ppo import PPO
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.models.torch import CategoricalMixin, DeterministicMixin, Model
from skrl.multi_agents.torch.ippo import IPPO, IPPO_CFG
from skrl.trainers.torch import SequentialTrainer
from skrl.utils import set_seed
from small_envs import HORIZON, PLAYERS, small_parallel, small_vector
from supersuit import black_death_v3

import nmmo


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


def masks_in(rows):
    """Return the part of rows that says what is possible."""
    begin = nmmo.observation_dtype(nmmo.Config.preset("small")).fields["mask"][1]
    return rows[..., begin : begin + len(nmmo.ACTION_TABLE)]


class Policy(CategoricalMixin, Model):
    """Chooses among what is possible by a linear layer over the row."""

    def __init__(self, observation_space, action_space):
        Model.__init__(self, observation_space=observation_space, action_space=action_space)
        CategoricalMixin.__init__(self, unnormalized_log_prob=True)
        self.layer = torch.nn.Linear(self.num_observations, self.num_actions)

    def compute(self, inputs, role):
        rows = inputs["observations"]
        return self.layer(rows / 255).masked_fill(masks_in(rows) == 0, -1e8), {}


class Value(DeterministicMixin, Model):
    """Estimates the value by a linear layer over the row."""

    def __init__(self, observation_space, action_space):
        Model.__init__(self, observation_space=observation_space, action_space=action_space)
        DeterministicMixin.__init__(self)
        self.layer = torch.nn.Linear(self.num_observations, 1)

    def compute(self, inputs, role):
        return self.layer(inputs["observations"] / 255), {}


def test_ppo_on_the_vector(tmp_path):
    set_seed(3)
    envs = small_vector()
    env = wrap_env(envs, wrapper="gymnasium")
    assert env.num_envs == PLAYERS
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
    models = {"policy": Policy(**spaces), "value": Value(**spaces)}
    before = models["policy"].layer.weight.detach().clone()
    experiment = {"directory": str(tmp_path), "write_interval": 0, "checkpoint_interval": 0}
    memory = RandomMemory(memory_size=64, num_envs=PLAYERS)
    agent = PPO(
        models=models,
        memory=memory,
        cfg={"rollouts": 64, "learning_epochs": 1, "experiment": experiment},
        **spaces,
    )
    trainer = SequentialTrainer(
        env=env, agents=agent, cfg={"timesteps": 64, "headless": True, "close_environment_at_exit": False}
    )
    trainer.train()
    assert envs.worlds.tick == 64 % HORIZON
    assert np.isfinite(models["policy"].layer.weight.detach().numpy()).all()
    assert not torch.equal(models["policy"].layer.weight, before)
    chosen = memory.get_tensor_by_name("actions").long()
    assert masks_in(memory.get_tensor_by_name("observations")).gather(-1, chosen).all()
    died, cut_off = (memory.get_tensor_by_name(name) for name in ("terminated", "truncated"))
    assert died[: HORIZON - 1].any() and not cut_off[: HORIZON - 1].any()
    assert (died | cut_off)[HORIZON - 1].all()


@pytest.mark.parametrize(
    "make", [lambda: small_parallel(lives=0), lambda: black_death_v3(small_parallel())], ids=["lives", "black_death"]
)
def test_ippo_on_agents_by_name(make, tmp_path):
    set_seed(3)
    env = wrap_env(make())
    names = env.possible_agents
    models, memories = {}, {}
    for name in names:
        spaces = {"observation_space": env.observation_space(name), "action_space": env.action_space(name)}
        models[name] = {"policy": Policy(**spaces), "value": Value(**spaces)}
        memories[name] = RandomMemory(memory_size=16, num_envs=1)
    before = {name: models[name]["value"].layer.weight.detach().clone() for name in names}
    fields = [field.name for field in dataclasses.fields(IPPO_CFG) if field.name.endswith("_kwargs")]
    config = IPPO_CFG(
        rollouts=16, learning_epochs=1, mini_batches=1, **{field: {n: {} for n in names} for field in fields}
    )
    config.experiment.directory = str(tmp_path)
    config.experiment.write_interval = config.experiment.checkpoint_interval = 0
    agents = IPPO(
        possible_agents=names,
        models=models,
        memories=memories,
        cfg=config,
        observation_spaces=env.observation_spaces,
        state_spaces=env.state_spaces,
        action_spaces=env.action_spaces,
    )
    settings = {"timesteps": 64, "headless": True, "close_environment_at_exit": False}
    SequentialTrainer(env=env, agents=agents, cfg=settings).train()
    assert 0 < env.unwrapped.world.tick < HORIZON  # of another episode
    for name in names:
        weight = models[name]["value"].layer.weight
        assert torch.isfinite(weight).all() and not torch.equal(weight, before[name])


def test_the_page(run_section):
    assert run_section("skrl").strip()
