"""PPO in one file: one dataclass of arguments, one straight loop, nothing hidden.

    python docs/examples/ppo_cleanrl_style.py                      # about a minute on two cores
    python docs/examples/ppo_cleanrl_style.py --total-steps 10000000 --horizon 1024

All players share one network. Every slot of the worlds is a sub-environment of a Gymnasium ``VectorEnv``, so
that one call of the network decides for all. Needs PyTorch: ``pip install torch``.

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
from torch import nn

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
    progress: float = 1.0
    """Reward for each level of any skill, fractions counted. The game's own default is 0, which rewards only
    a new best combat or harvest level: sparse, so that learning takes longer."""
    rollout: int = 64
    """Ticks between two updates; a divisor of the horizon makes the curve exact."""
    epochs: int = 4
    """How often each step is learned from."""
    minibatches: int = 8
    """Into how many parts a rollout is split."""
    learning_rate: float = 2e-3
    """Of Adam at the start; it falls linearly to 0."""
    discount: float = 0.97
    """What a reward of the next tick is worth now."""
    gae_lambda: float = 0.95
    """Of generalised advantage estimation."""
    clip: float = 0.2
    """How far the probability of an action may move in one update."""
    entropy: float = 0.01
    """Weight of the entropy bonus."""
    width: int = 128
    """Of the network."""
    threads: int = 0
    """Threads of PyTorch; 0 leaves the choice to it."""
    seed: int = 1
    """Of everything."""


class Network(nn.Module):
    """Reads the flat observation, a row of bytes, by the layout that ``nmmo.observation_dtype`` publishes."""

    def __init__(self, config: nmmo.Config, width: int) -> None:
        super().__init__()
        layout = nmmo.observation_dtype(config)
        self.field = {name: number for number, name in enumerate(layout["tiles"].base.names)}
        self.end_of_tiles = layout["tiles"].itemsize  # they come first in a row
        _, start_of_mask = layout.fields["mask"][:2]
        self.mask = slice(start_of_mask, start_of_mask + len(nmmo.ACTION_TABLE))
        features = self.see(torch.zeros(1, layout.itemsize, dtype=torch.uint8)).shape[1]
        self.body = nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.policy = nn.Linear(width, len(nmmo.ACTION_TABLE))
        self.value = nn.Linear(width, 1)
        with torch.no_grad():
            # At first every group of actions is about equally likely. Under a flat choice the dozens of ways
            # to use, sell and drop what is carried would drown the eight to move.
            groups = [row.group for row in nmmo.ACTION_TABLE]
            self.policy.weight.mul_(0.01)
            self.policy.bias.copy_(torch.tensor([-math.log(groups.count(group)) for group in groups]))

    def see(self, rows: torch.Tensor) -> torch.Tensor:
        """Return features of rows: float32 [n, features] from uint8 [n, row_bytes].

        The bytes of a tile are codes, of which the bits say different things: as plain numbers they would
        mean little. Here they become ten planes, a simple choice; a learned embedding of every byte sees
        more.
        """
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
        """Masked logits [n, n_actions] and values [n] of rows, uint8 [n, row_bytes]."""
        hidden = self.body(self.see(rows))
        # The mask is part of the row. A large finite number, not -inf: 0 * -inf in the entropy would be NaN.
        logits = self.policy(hidden).masked_fill(rows[:, self.mask] == 0, -1e9)
        return logits, self.value(hidden).squeeze(1)


def random_return(envs: gymnasium.vector.VectorEnv, ticks: int, seed: int) -> float:
    """Return what a slot earns in so many ticks by random possible actions."""
    _, info = envs.reset(seed=seed)
    draws = np.random.default_rng(seed)
    earned = 0.0
    for _ in range(ticks):
        _, rewards, _, _, info = envs.step(nmmo.sample_actions(info["action_mask"], draws))
        earned += rewards.mean()
    return earned


def main(arguments: Arguments) -> list[float]:
    """Learn, and return what a slot earned in an episode of random play, and then in each one of learning."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    envs = gymnasium.make_vec(
        "nmmo/nmmo-v3",
        config=arguments.preset,
        num_worlds=arguments.num_worlds,
        horizon=arguments.horizon,
        w_progress=arguments.progress,
    )
    n, ticks = envs.num_envs, arguments.rollout
    network = Network(envs.unwrapped.worlds.config, arguments.width)
    optimizer = torch.optim.Adam(network.parameters(), lr=arguments.learning_rate, eps=1e-5)
    curve = [random_return(envs, arguments.horizon, arguments.seed)]
    print(f"random play: {curve[0]:.2f} an episode", flush=True)

    # What a rollout remembers.
    rows = torch.zeros(ticks, n, envs.single_observation_space.shape[0], dtype=torch.uint8)
    actions = torch.zeros(ticks, n, dtype=torch.int64)
    log_probabilities, rewards, values = torch.zeros(ticks, n), torch.zeros(ticks, n), torch.zeros(ticks, n)
    ends = torch.zeros(ticks, n)  # 1 where a life ended in the tick, so that nothing flows back over it
    advantages = torch.zeros(ticks, n)

    observations, _ = envs.reset(seed=arguments.seed)
    updates = max(1, arguments.total_steps // (ticks * n))
    earned, tick = 0.0, 0
    began = time.perf_counter()
    for update in range(updates):
        for group in optimizer.param_groups:
            group["lr"] = arguments.learning_rate * (1 - update / updates)

        # Play.
        for step in range(ticks):
            rows[step] = torch.from_numpy(observations)  # a copy: the next step overwrites what it was given
            with torch.no_grad():
                logits, values[step] = network(rows[step])
                choice = torch.distributions.Categorical(logits=logits)
                actions[step] = choice.sample()
                log_probabilities[step] = choice.log_prob(actions[step])
            observations, reward, died, cut_off, info = envs.step(actions[step].numpy())
            rewards[step] = torch.from_numpy(reward)
            ends[step] = torch.from_numpy(died | cut_off)
            if cut_off.any():
                # Cut off by the horizon, not by death: the future that is not played counts as it is
                # estimated.
                last = torch.from_numpy(np.stack(info["final_obs"][cut_off]))
                with torch.no_grad():
                    rewards[step, torch.from_numpy(cut_off)] += arguments.discount * network(last)[1]
            earned += reward.mean()
            tick += 1
            if tick % arguments.horizon == 0:
                curve.append(float(earned))
                speed = tick * n / (time.perf_counter() - began)
                print(f"{tick * n:>10,} steps: {earned:.2f} an episode  ({speed:,.0f} a second)", flush=True)
                earned = 0.0

        # Advantages, from the last tick to the first.
        with torch.no_grad():
            _, next_value = network(torch.from_numpy(observations))
            advantage = torch.zeros(n)
            for step in reversed(range(ticks)):
                goes_on = 1 - ends[step]
                error = rewards[step] + arguments.discount * goes_on * next_value - values[step]
                advantage = error + arguments.discount * arguments.gae_lambda * goes_on * advantage
                advantages[step], next_value = advantage, values[step]
        returns = (advantages + values).flatten()
        normalised = ((advantages - advantages.mean()) / (advantages.std() + 1e-8)).flatten()

        # Learn.
        all_rows, all_actions, before = rows.flatten(0, 1), actions.flatten(), log_probabilities.flatten()
        for _ in range(arguments.epochs):
            for part in torch.randperm(ticks * n).chunk(arguments.minibatches):
                logits, value = network(all_rows[part])
                choice = torch.distributions.Categorical(logits=logits)
                ratio = (choice.log_prob(all_actions[part]) - before[part]).exp()
                clipped = ratio.clamp(1 - arguments.clip, 1 + arguments.clip)
                policy_loss = -torch.min(ratio * normalised[part], clipped * normalised[part]).mean()
                value_loss = 0.5 * (value - returns[part]).square().mean()
                loss = policy_loss + 0.5 * value_loss - arguments.entropy * choice.entropy().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 0.5)
                optimizer.step()
    envs.close()
    return curve


if __name__ == "__main__":
    main(tyro.cli(Arguments))
