"""TorchRL: its collector, advantage and PPO loss, with every slot of the worlds as one of its environments.

    pip install torchrl
    python docs/examples/ppo_torchrl.py                            # a few minutes
    python docs/examples/ppo_torchrl.py --total-steps 10000000 --horizon 1024

``GymWrapper`` takes the vector environment as it is. With ``autoreset_mode="Disabled"`` TorchRL asks for each
new life itself, so that ``("next", "observation")`` is always what followed the action, also where a life
ended.

Each line that is printed is one episode of all worlds: what a slot earned in it on average, to be compared
with what random possible actions earn (the first line).
"""

import math
import time
from dataclasses import dataclass

import gymnasium
import numpy as np
import torch
import tyro
from tensordict.nn import TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.envs import GymWrapper
from torchrl.modules import ActorValueOperator, MaskedCategorical, ProbabilisticActor, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

import nmmo


@dataclass
class Arguments:
    total_steps: int = 200_000
    """Agent-steps to learn from. Curves still rise after tens of millions."""
    preset: str = "small"
    """The configuration of each world: small has 64 players, medium 256, large 1,024."""
    num_worlds: int = 1
    """Worlds that are played at once."""
    horizon: int = 256
    """Ticks of an episode, after which new worlds begin. Longer games need longer ones."""
    rollout: int = 64
    """Ticks between two updates: a divisor of the horizon."""
    epochs: int = 4
    """How often each step is learned from."""
    minibatch: int = 512
    """Steps that are learned from at once."""
    learning_rate: float = 2e-3
    """Of Adam."""
    threads: int = 0
    """Threads of PyTorch; 0 leaves the choice to it."""
    seed: int = 1
    """Of everything."""


class Body(nn.Module):
    """Rows of bytes to a hidden layer, by the layout that ``nmmo.observation_dtype`` publishes.

    The bytes of a tile are codes, of which the bits say different things: as plain numbers they would mean
    little. Here they become ten planes, a simple choice; a learned embedding of every byte sees more.
    """

    def __init__(self, config: nmmo.Config, width: int = 128) -> None:
        super().__init__()
        layout = nmmo.observation_dtype(config)
        self.field = {name: number for number, name in enumerate(layout["tiles"].base.names)}
        self.end_of_tiles = layout["tiles"].itemsize  # they come first in a row
        start_of_mask = layout.fields["mask"][1]
        self.mask = slice(start_of_mask, start_of_mask + len(nmmo.ACTION_TABLE))
        features = self.see(torch.zeros(1, layout.itemsize, dtype=torch.uint8)).shape[1]
        self.layers = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())

    def see(self, rows: torch.Tensor) -> torch.Tensor:
        """Return features of rows: float32 [n, features] from uint8 [n, row_bytes]."""
        tiles = rows[:, : self.end_of_tiles].view(len(rows), -1, len(self.field))
        tile = {name: tiles[:, :, number] for name, number in self.field.items()}
        ground, thing, who = tile["ground"] >> 2, tile["object"], tile["occupant"] & 7
        planes = [
            (ground >= nmmo.GroundKind.GRASS) & (ground <= nmmo.GroundKind.DIRT),  # can be walked on
            (thing > nmmo.ObjectKind.NONE) & (thing < nmmo.ObjectKind.ORE),  # an item lies there
            (thing >= nmmo.ObjectKind.ORE) & (thing < nmmo.ObjectKind.DEPLETED_ORE),  # a ripe node
            (tile["tier"] & 15) / 5,  # of the item or node
            (tile["tier"] >> 4) / 5,  # danger
            who == nmmo.Occupant.PLAYER,
            who >= nmmo.Occupant.PASSIVE,  # a monster of any temper
            who == nmmo.Occupant.HOSTILE,
            (tile["level"] & 63) / 40,
            tile["health"] / 100,
        ]
        rest = rows[:, self.end_of_tiles : self.mask.stop].float().log1p() / 5  # small numbers matter most
        return torch.cat([*(plane.float() for plane in planes), rest], dim=1)

    def forward(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the hidden layer [..., width], and the mask [..., n_actions] as bool: it is a part of the row."""
        hidden = self.layers(self.see(rows.reshape(-1, rows.shape[-1])))
        return hidden.view(*rows.shape[:-1], -1), rows[..., self.mask] != 0


def networks(config: nmmo.Config) -> ActorValueOperator:
    """Return an actor and a critic on one body."""
    policy = nn.Linear(128, len(nmmo.ACTION_TABLE))
    with torch.no_grad():
        # At first every group of actions is about equally likely. Under a flat choice the dozens of ways to
        # use, sell and drop what is carried would drown the eight to move.
        groups = [row.group for row in nmmo.ACTION_TABLE]
        policy.weight.mul_(0.01)
        policy.bias.copy_(torch.tensor([-math.log(groups.count(group)) for group in groups]))
    return ActorValueOperator(
        TensorDictModule(Body(config), in_keys=["observation"], out_keys=["hidden", "mask"]),
        ProbabilisticActor(
            TensorDictModule(policy, in_keys=["hidden"], out_keys=["logits"]),
            in_keys=["logits", "mask"],
            distribution_class=MaskedCategorical,
            return_log_prob=True,
        ),
        ValueOperator(nn.Linear(128, 1), in_keys=["hidden"]),
    )


def random_return(envs: gymnasium.vector.VectorEnv, ticks: int, seed: int) -> float:
    """Return what a slot earns in so many ticks by random possible actions."""
    _, info = envs.reset(seed=seed)
    draws = np.random.default_rng(seed)
    earned = 0.0
    for _ in range(ticks):
        _, rewards, died, cut_off, info = envs.step(nmmo.sample_actions(info["action_mask"], draws))
        earned += rewards.mean()
        ended = died | cut_off
        if ended.any():
            _, info = envs.reset(options={"reset_mask": ended})
    return earned


def main(arguments: Arguments) -> list[float]:
    """Learn, and return what a slot earned in an episode of random play, and then in each one of learning."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    # Copies, because TorchRL keeps the arrays of a step for the whole rollout.
    envs = gymnasium.make_vec(
        "nmmo/nmmo-v3",
        config=arguments.preset,
        num_worlds=arguments.num_worlds,
        horizon=arguments.horizon,
        w_progress=1.0,  # reward for levels of all skills, fractions counted: denser than the game's own
        autoreset_mode="Disabled",
        copy=True,
    )
    curve = [random_return(envs, arguments.horizon, arguments.seed)]
    print(f"random play: {curve[0]:.2f} an episode", flush=True)
    wrapped = GymWrapper(envs, categorical_action_encoding=True)  # actions are numbers, not one-hot
    wrapped.set_seed(arguments.seed)
    operator = networks(envs.unwrapped.worlds.config)
    actor, critic = operator.get_policy_operator(), operator.get_value_operator()
    advantage = GAE(gamma=0.97, lmbda=0.95, value_network=critic, average_gae=True)
    loss = ClipPPOLoss(actor, critic, clip_epsilon=0.2, entropy_coeff=0.01, critic_coeff=0.5)
    optimizer = torch.optim.Adam(loss.parameters(), lr=arguments.learning_rate)
    frames = arguments.rollout * envs.num_envs
    updates = max(1, arguments.total_steps // frames)
    collector = Collector(
        wrapped,
        actor,
        frames_per_batch=frames,
        total_frames=updates * frames,
        auto_register_policy_transforms=False,  # those are for policies with a memory
    )

    earned, ticks = 0.0, 0
    began = time.perf_counter()
    for batch in collector:  # [slots, ticks]
        earned += batch["next", "reward"].mean().item() * arguments.rollout
        ticks += arguments.rollout
        if ticks % arguments.horizon == 0:
            steps = ticks * envs.num_envs
            speed = steps / (time.perf_counter() - began)
            print(f"{steps:>10,} steps: {earned:.2f} an episode  ({speed:,.0f} a second)", flush=True)
            curve.append(earned)
            earned = 0.0

        with torch.no_grad():
            advantage(batch)
        flat = batch.exclude("hidden", "logits", ("next", "hidden")).reshape(-1)
        for _ in range(arguments.epochs):
            for part in torch.randperm(len(flat)).split(arguments.minibatch):
                losses = loss(flat[part])
                total = losses["loss_objective"] + losses["loss_critic"] + losses["loss_entropy"]
                optimizer.zero_grad()
                total.backward()
                nn.utils.clip_grad_norm_(loss.parameters(), 0.5)
                optimizer.step()
    collector.shutdown()
    envs.close()
    return curve


if __name__ == "__main__":
    main(tyro.cli(Arguments))
