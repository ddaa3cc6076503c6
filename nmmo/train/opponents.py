"""The players of the slots that the learner does not play: past policies of the run, and agents in seats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import nmmo
from nmmo.agents import AgentError, Seat, SlotAssignment
from nmmo.train.action_distribution import ActionDistribution
from nmmo.train.failures import OpponentError, reason_of
from nmmo.train.networks import Policy
from nmmo.train.recipe import OpponentOptions

__all__ = [
    "LEARNER",
    "Opponent",
    "OpponentPool",
    "PastPolicy",
    "SeatedOpponent",
    "assign_slots",
]

LEARNER = "learner"


def assign_slots(config: nmmo.Config, options: OpponentOptions, seed: int) -> SlotAssignment:
    """Assign the slots (with teams: whole teams) at random by the opponents' shares.

    Every opponent gets at least one slot (or team). The learner is the last in the assignment.

    Raises
    ------
    ValueError
        If there are too few slots or teams for all players.
    """
    units = config.n_players // config.team_size
    count = options.past_policies
    shares = {f"past {i + 1}": options.past_share / count for i in range(count)}
    shares[options.scripted] = options.scripted_share
    counts = {name: max(1, round(share * units)) for name, share in shares.items() if share > 0}
    if sum(counts.values()) >= units:
        what = "teams" if config.team_size > 1 else "slots"
        raise ValueError(f"{units} {what} are too few for the learner and {len(counts)} opponents")
    order = np.random.default_rng(seed).permutation(units)
    of_unit = np.full(units, len(counts))
    first = 0
    for player, number in enumerate(counts.values()):
        of_unit[order[first : first + number]] = player
        first += number
    return SlotAssignment([*counts, LEARNER], np.repeat(of_unit, config.team_size))


class Opponent(Protocol):
    """Plays the same slots in each world of a group."""

    rows: NDArray[np.int64]
    """The rows of the batch that it plays, ascending."""

    def act(
        self, observations: NDArray[np.uint8], ended: NDArray[np.bool_], episode_over: NDArray[np.bool_]
    ) -> NDArray[np.integer[Any]]:
        """Choose an action for each of its rows.

        Parameters
        ----------
        observations
            Of all players, uint8 [worlds * agents, row_bytes].
        ended
            Whose life ended with the last tick, so that the observation is a new life's: bool [worlds * agents].
        episode_over
            Worlds whose episode ended with the last tick, and has begun again: bool [worlds].

        Returns
        -------
        ndarray of integers [rows]
            Possible actions, by the masks in the observations.
        """
        ...


class PastPolicy:
    """A past policy with its own recurrent state.

    Parameters
    ----------
    policy
        A copy, whose weights nothing else changes.
    rows
        The rows of the batch that it plays, ascending.
    generator
        Samples its actions.
    """

    def __init__(self, policy: Policy, rows: NDArray[np.int64], generator: torch.Generator) -> None:
        self.policy = policy
        self.rows = rows
        self.generator = generator
        self.state = policy.initial_state(len(rows))
        self.bodiless = torch.ones(len(rows), dtype=torch.bool, device=policy.device)

    @torch.no_grad()
    def act(
        self, observations: NDArray[np.uint8], ended: NDArray[np.bool_], episode_over: NDArray[np.bool_]
    ) -> NDArray[np.integer[Any]]:
        policy = self.policy
        seen = torch.from_numpy(observations[self.rows]).to(policy.device)
        dones = torch.from_numpy(ended[self.rows]).to(policy.device) | self.bodiless
        output = policy(seen.unsqueeze(0), self.state, dones.unsqueeze(0))
        self.bodiless = seen[:, policy.encoding.health] == 0
        chosen = ActionDistribution(output.logits[0], policy.mask(seen)).sample(self.generator)
        self.state = policy.next_state(output.state, chosen)
        actions: NDArray[np.int64] = chosen.cpu().numpy()
        return actions


class SeatedOpponent:
    """An agent that sits in a seat (``nmmo.agents.Seat``) of each world.

    Parameters
    ----------
    seats
        One for each world; they play the same slots.
    agents
        Slots of a world.
    seed
        World i's seat is reset with a seed derived from it; each further episode with a further one.
    """

    def __init__(self, seats: Sequence[Seat], agents: int, seed: int) -> None:
        self.rows = (np.arange(len(seats))[:, None] * agents + seats[0].slots).reshape(-1)
        self._seats = seats
        self._agents = agents
        self._seed = seed
        self._episodes = [0] * len(seats)
        for world in range(len(seats)):
            self._begin_episode(world)

    def _begin_episode(self, world: int) -> None:
        seed = nmmo.derive_seed(nmmo.derive_seed(self._seed, world), self._episodes[world])
        self._seats[world].reset(seed)
        self._seats[world].wait_ready()
        self._episodes[world] += 1

    def act(
        self, observations: NDArray[np.uint8], ended: NDArray[np.bool_], episode_over: NDArray[np.bool_]
    ) -> NDArray[np.integer[Any]]:
        try:
            for world, seat in enumerate(self._seats):
                if episode_over[world]:
                    self._begin_episode(world)
                seat.request(observations[world * self._agents : (world + 1) * self._agents])
            return np.concatenate([seat.actions() for seat in self._seats])
        except AgentError as error:  # which names the agent
            raise OpponentError(f"opponents.scripted: {error}") from error
        except Exception as error:
            name = self._seats[0].name
            raise OpponentError(f"opponents.scripted: {name!r} raised {reason_of(error)}") from error


class OpponentPool:
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
        """Draw the weights of one of them, at random."""
        return self.members[int(rng.integers(len(self.members)))][1]
