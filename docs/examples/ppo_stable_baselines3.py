"""Stable-Baselines3: MaskablePPO, with every slot of the worlds as one of its environments.

    pip install stable-baselines3 sb3-contrib
    python docs/examples/ppo_stable_baselines3.py                  # about a minute
    python docs/examples/ppo_stable_baselines3.py --total-steps 10000000 --horizon 1024

``SlotsForStableBaselines`` is what it takes: Stable-Baselines3 has a vector interface of its own, older than
Gymnasium's. ``RowExtractor`` reads the rows of bytes. Copy both.

Each line that is printed is one episode of all worlds: what a slot earned in it on average, to be compared
with what random possible actions earn (the first line).
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
import torch
import tyro
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv

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
    """Ticks between two updates; a divisor of the horizon makes the curve exact."""
    threads: int = 0
    """Threads of PyTorch; 0 leaves the choice to it."""
    seed: int = 1
    """Of everything."""


class SlotsForStableBaselines(VecEnv):
    """The slots of ``nmmo/nmmo-v3`` as a ``VecEnv``.

    Parameters
    ----------
    **arguments
        As for ``gymnasium.make_vec("nmmo/nmmo-v3", ...)``. Observations are flat.
    """

    def __init__(self, **arguments: Any) -> None:
        # Copies, because Stable-Baselines3 keeps the observation of a step until after the next one.
        self.envs = gymnasium.make_vec("nmmo/nmmo-v3", copy=True, **arguments)
        self.config: nmmo.Config = self.envs.unwrapped.worlds.config
        self.render_mode = None
        self._masks = np.ones((self.envs.num_envs, len(nmmo.ACTION_TABLE)), np.int8)
        self._actions = np.zeros(self.envs.num_envs, np.int64)
        super().__init__(self.envs.num_envs, self.envs.single_observation_space, self.envs.single_action_space)

    def reset(self) -> np.ndarray:
        """Begin an episode, with the seed that ``seed()`` left for it."""
        # The slots of a world share a seed, whereas ``seed()`` has one for each environment: the first
        # counts.
        observations, info = self.envs.reset(seed=self._seeds[0])
        self._reset_seeds()
        self._reset_options()
        self._masks = info["action_mask"]
        return observations

    def step_async(self, actions: np.ndarray) -> None:
        """Remember the actions."""
        self._actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Play one tick."""
        observations, rewards, died, cut_off, info = self.envs.step(self._actions)
        self._masks = info["action_mask"]
        ended = died | cut_off
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for slot in np.flatnonzero(ended).tolist():
            infos[slot]["terminal_observation"] = info["final_obs"][slot]
            infos[slot]["TimeLimit.truncated"] = bool(cut_off[slot])
        return observations, rewards, ended, infos

    def env_method(
        self, method_name: str, *arguments: Any, indices: int | Sequence[int] | None = None, **named: Any
    ) -> list[Any]:
        """Return the masks, which is all that is asked of single environments."""
        if method_name != "action_masks":
            raise AttributeError(f"a slot has no method {method_name!r}")
        return list(self._masks[self._chosen(indices)])

    def get_attr(self, attr_name: str, indices: int | Sequence[int] | None = None) -> list[Any]:
        """Return an attribute, which all slots share."""
        # ``is_masking_supported`` looks for this one, and calls it by ``env_method``.
        value = self.env_method if attr_name == "action_masks" else getattr(self.envs.unwrapped, attr_name)
        return [value for _ in self._chosen(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: int | Sequence[int] | None = None) -> None:
        """Refuse: a slot has nothing that can be set alone."""
        raise AttributeError(f"a slot has no attribute {attr_name!r} of its own")

    def env_is_wrapped(self, wrapper_class: type, indices: int | Sequence[int] | None = None) -> list[bool]:
        """Return False: there are no single environments to wrap."""
        return [False for _ in self._chosen(indices)]

    def close(self) -> None:
        """Free the worlds."""
        self.envs.close()

    def _chosen(self, indices: int | Sequence[int] | None) -> np.ndarray:
        return np.atleast_1d(np.arange(self.num_envs)[slice(None) if indices is None else indices])


class RowExtractor(BaseFeaturesExtractor):
    """Rows of bytes to features, by the layout that ``nmmo.observation_dtype`` publishes.

    The bytes of a tile are codes, of which the bits say different things: as plain numbers, which is how
    ``MlpPolicy`` alone would read them, they mean little. Here they become ten planes, a simple choice; a
    learned embedding of every byte sees more.
    """

    def __init__(self, observation_space: gymnasium.spaces.Box, config: nmmo.Config) -> None:
        layout = nmmo.observation_dtype(config)
        fields = layout["tiles"].base.names
        n_tiles = math.prod(layout["tiles"].shape)
        planes = 10
        super().__init__(observation_space, n_tiles * planes + layout.itemsize - layout["tiles"].itemsize)
        self.field = {name: number for number, name in enumerate(fields)}
        self.end_of_tiles = layout["tiles"].itemsize  # they come first in a row

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return features, float32 [n, features]; Stable-Baselines3 gives the bytes as float32 [n, row_bytes]."""
        tiles = rows[:, : self.end_of_tiles].to(torch.uint8).view(len(rows), -1, len(self.field))
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
        rest = rows[:, self.end_of_tiles :].log1p() / 5  # small numbers matter most
        return torch.cat([*(plane.float() for plane in planes), rest], dim=1)


class EpisodeReturns(BaseCallback):
    """Prints what a slot earned in each episode of the worlds."""

    def __init__(self, horizon: int) -> None:
        super().__init__()
        self.horizon = horizon
        self.curve: list[float] = []
        self.earned, self.began = 0.0, time.perf_counter()

    def _on_step(self) -> bool:
        self.earned += float(self.locals["rewards"].mean())
        if self.n_calls % self.horizon == 0:
            speed = self.num_timesteps / (time.perf_counter() - self.began)
            print(
                f"{self.num_timesteps:>10,} steps: {self.earned:.2f} an episode  ({speed:,.0f} a second)",
                flush=True,
            )
            self.curve.append(self.earned)
            self.earned = 0.0
        return True


def random_return(slots: SlotsForStableBaselines, ticks: int, seed: int) -> float:
    """Return what a slot earns in so many ticks by random possible actions."""
    draws = np.random.default_rng(seed)
    slots.seed(seed)
    slots.reset()
    earned = 0.0
    for _ in range(ticks):
        masks = np.stack(slots.env_method("action_masks"))
        earned += slots.step(nmmo.sample_actions(masks, draws))[1].mean()
    return earned


def main(arguments: Arguments) -> list[float]:
    """Learn, and return what a slot earned in an episode of random play, and then in each one of learning."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    slots = SlotsForStableBaselines(
        config=arguments.preset,
        num_worlds=arguments.num_worlds,
        horizon=arguments.horizon,
        w_progress=1.0,  # reward for levels of all skills, fractions counted: denser than the game's own
    )
    by_chance = random_return(slots, arguments.horizon, arguments.seed)
    print(f"random play: {by_chance:.2f} an episode", flush=True)
    model = MaskablePPO(
        "MlpPolicy",
        slots,
        learning_rate=2e-3,
        n_steps=arguments.rollout,
        batch_size=512,
        n_epochs=4,
        gamma=0.97,
        ent_coef=0.01,
        policy_kwargs={
            "features_extractor_class": RowExtractor,
            "features_extractor_kwargs": {"config": slots.config},
            "net_arch": [128, 128],
        },
        seed=arguments.seed,
        device="cpu",
    )
    with torch.no_grad():
        # At first every group of actions is about equally likely. Under a flat choice the dozens of ways to
        # use, sell and drop what is carried would drown the eight to move.
        groups = [row.group for row in nmmo.ACTION_TABLE]
        model.policy.action_net.bias.copy_(torch.tensor([-math.log(groups.count(group)) for group in groups]))
    returns = EpisodeReturns(arguments.horizon)
    model.learn(arguments.total_steps, callback=returns)
    slots.close()
    return [by_chance, *returns.curve]


if __name__ == "__main__":
    main(tyro.cli(Arguments))
