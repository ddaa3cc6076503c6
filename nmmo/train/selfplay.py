"""Who else plays: past policies and scripted agents, each in slots of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import nmmo
from nmmo.train.actions import TwoLevel
from nmmo.train.networks import Policy
from nmmo.train.recipe import SelfPlayOptions

__all__ = ["LEARNER", "Others", "PastPlayer", "Player", "Pool", "ScriptedPlayer", "Seats", "seats_for"]

LEARNER = "learner"


@dataclass(frozen=True)
class Seats:
    """Which slots of every world each player has. The same in all worlds."""

    of_player: dict[str, NDArray[np.int64]]
    """Slots, ascending, by the player's name; LEARNER is one of them."""

    def rows(self, player: str, worlds: int, agents: int) -> NDArray[np.int64]:
        """A player's rows in a batch of worlds, ascending."""
        return (np.arange(worlds)[:, None] * agents + self.of_player[player]).reshape(-1)


def seats_for(config: nmmo.Config, options: SelfPlayOptions, seed: int) -> Seats:
    """Deal the slots, or with teams whole teams, by the shares that are wanted.

    Every player gets at least one slot (or team), chosen at random by the seed.

    Raises
    ------
    ValueError
        If there are too few slots or teams for everybody.
    """
    units = config.n_players // config.team_size
    shares = {f"past {i + 1}": options.pool_share / options.policies for i in range(options.policies)}
    shares[options.scripted] = options.scripted_share
    counts = {name: max(1, round(share * units)) for name, share in shares.items() if share > 0}
    if sum(counts.values()) >= units:
        what = "teams" if config.team_size > 1 else "slots"
        raise ValueError(f"{units} {what} are too few for the learner and {len(counts)} other players")
    order = np.random.default_rng(seed).permutation(units)
    found, first = {}, 0
    for name, count in counts.items():
        found[name] = np.sort(order[first : first + count])
        first += count
    found[LEARNER] = np.sort(order[first:])
    members = np.arange(config.team_size)
    return Seats(
        {name: (unit[:, None] * config.team_size + members).reshape(-1) for name, unit in found.items()}
    )


class Player(Protocol):
    """Plays some rows of a batch of worlds."""

    rows: NDArray[np.int64]

    def act(
        self, rows: NDArray[np.uint8], ended: NDArray[np.bool_], over: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Actions for its rows: uint8 [n, row_bytes], ended bool [n]; over bool [worlds]."""
        ...


class Others:
    """All players of a room but the learner."""

    def __init__(self, players: Sequence[Player]) -> None:
        self.players = list(players)

    def act(
        self,
        observations: NDArray[np.uint8],
        ended: NDArray[np.bool_],
        over: NDArray[np.bool_],
        actions: NDArray[np.int64],
    ) -> None:
        """Write their actions into those of the whole batch."""
        for player in self.players:
            actions[player.rows] = player.act(observations[player.rows], ended[player.rows], over)


class PastPlayer:
    """A past policy with its own memory.

    Parameters
    ----------
    policy
        A copy whose weights nobody else changes.
    rows
        Which rows it plays.
    generator
        Draws its actions.
    """

    def __init__(self, policy: Policy, rows: NDArray[np.int64], generator: torch.Generator) -> None:
        self.policy = policy
        self.rows = rows
        self.generator = generator
        self.state = policy.initial_state(len(rows))
        self.bodiless = torch.ones(len(rows), dtype=torch.bool, device=policy.device)

    @torch.no_grad()
    def act(
        self, rows: NDArray[np.uint8], ended: NDArray[np.bool_], over: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        policy = self.policy
        seen = torch.from_numpy(rows).to(policy.device)
        keep = ~(torch.from_numpy(ended).to(policy.device) | self.bodiless)
        out = policy(seen.unsqueeze(0), self.state, keep.float().unsqueeze(0))
        self.bodiless = seen[:, policy.encoding.health] == 0
        chosen = TwoLevel(out.logits[0], policy.mask(seen)).sample(self.generator)
        self.state = policy.after(out.state, chosen)
        found: NDArray[np.int64] = chosen.cpu().numpy()
        return found


class ScriptedPlayer:
    """An agent folder's agent in every world.

    Parameters
    ----------
    name
        Of an agent that comes with nmmo, or a folder. Its code runs with all of the user's rights.
    config
        Of the worlds.
    slots
        Of each world.
    worlds
        How many.
    seed
        World i's instance is reset with a seed derived from it; each further episode with a further one.
    """

    def __init__(
        self, name: str, config: nmmo.Config, slots: NDArray[np.int64], worlds: int, seed: int
    ) -> None:
        from nmmo.agents import load_agent, setting_of

        setting = setting_of(config)
        self.rows = (np.arange(worlds)[:, None] * config.n_players + slots).reshape(-1)
        self.slots = slots
        self.agents = [load_agent(name, setting, trust=True) for _ in range(worlds)]
        self.episodes = [0] * worlds
        self.mask = slice(setting.observation.fields["mask"][1], None)  # type: ignore[index]
        self.actions = setting.n_actions
        self.seed = seed
        for world in range(worlds):
            self._begin(world)

    def _begin(self, world: int) -> None:
        seed = nmmo.derive_seed(nmmo.derive_seed(self.seed, world), self.episodes[world])
        self.agents[world].reset(seed, self.slots)
        self.episodes[world] += 1

    def act(
        self, rows: NDArray[np.uint8], ended: NDArray[np.bool_], over: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        count = len(self.slots)
        mask = rows[:, self.mask][:, : self.actions]
        chosen = np.empty(len(rows), np.int64)
        for world, agent in enumerate(self.agents):
            if over[world]:
                self._begin(world)
            part = slice(world * count, (world + 1) * count)
            chosen[part] = agent.act(rows[part], mask[part])
        return chosen


class Pool:
    """Past policies of this run, oldest first.

    Parameters
    ----------
    size
        How many are kept. When it is full, the one whose neighbours are closest in time is left out, so
        that the pool spans the whole run.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.members: list[tuple[int, dict[str, Tensor]]] = []
        """Update and weights of each."""

    def add(self, update: int, policy: Policy) -> None:
        """Take in the policy as it is now."""
        weights = {name: value.detach().clone() for name, value in policy.state_dict().items()}
        self.members.append((update, weights))
        if len(self.members) > self.size:
            updates = [update for update, _ in self.members]
            gaps = [updates[i + 1] - updates[i - 1] for i in range(1, len(updates) - 1)]
            del self.members[gaps.index(min(gaps)) + 1 if gaps else 0]

    def draw(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """The weights of one of them."""
        return self.members[int(rng.integers(len(self.members)))][1]
