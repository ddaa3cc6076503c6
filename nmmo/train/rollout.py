"""Playing: worlds, the learner, and whoever else plays in them, for some ticks at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import nmmo
from nmmo.train.actions import TwoLevel
from nmmo.train.challenge import challenge
from nmmo.train.clock import Clock
from nmmo.train.networks import Output, Policy
from nmmo.train.recipe import TrainOptions
from nmmo.train.selfplay import Others

__all__ = ["Act", "Acted", "Rollout", "Room", "act", "collect"]


@dataclass
class Rollout:
    """What the learner lived through, on the policy's device. Row and step together are one agent-step."""

    rows: Tensor
    """uint8 [steps + 1, rows, row_bytes]; the last are what the next rollout begins with."""
    keep: Tensor
    """float32 [steps + 1, rows], 0 where a row is the first of a life."""
    alive: Tensor
    """bool [steps, rows], False where a slot had no body: nothing is learned from it."""
    actions: Tensor
    """int64 [steps, rows]."""
    log_probabilities: Tensor
    """Of the actions, by the policy that chose them, float32 [steps, rows]."""
    values: Tensor
    """float32 [steps + 1, rows]."""
    rewards: Tensor
    """Scaled and clipped, float32 [steps, rows]."""
    ended: Tensor
    """bool [steps, rows]: with this step a life ended."""
    bootstrap: Tensor
    """Where a life was truncated, the value of its last observation; else 0. float32 [steps, rows]."""
    state: Tensor
    """Memory before the first step, float32 [rows, state_width]."""

    @classmethod
    def empty(cls, steps: int, rows: int, row_bytes: int, state_width: int, device: torch.device) -> Rollout:
        def zeros(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return cls(
            rows=zeros(steps + 1, rows, row_bytes, dtype=torch.uint8),
            keep=zeros(steps + 1, rows),
            alive=zeros(steps, rows, dtype=torch.bool),
            actions=zeros(steps, rows, dtype=torch.int64),
            log_probabilities=zeros(steps, rows),
            values=zeros(steps + 1, rows),
            rewards=zeros(steps, rows),
            ended=zeros(steps, rows, dtype=torch.bool),
            bootstrap=zeros(steps, rows),
            state=zeros(rows, state_width),
        )

    @property
    def steps(self) -> int:
        return len(self.actions)

    @property
    def segments(self) -> int:
        return self.actions.shape[1]


class Acted(NamedTuple):
    """What the policy did with one row each."""

    actions: Tensor
    log_probabilities: Tensor
    values: Tensor
    state: Tensor


Act = Callable[[Tensor, Tensor, Tensor], Acted]
"""From rows [rows, row_bytes], memory and keep [rows]."""


@torch.no_grad()
def act(policy: Policy, generator: torch.Generator, rows: Tensor, state: Tensor, keep: Tensor) -> Acted:
    """Choose an action for every row."""
    out = policy(rows.unsqueeze(0), state, keep.unsqueeze(0))
    choice = TwoLevel(out.logits[0], policy.mask(rows))
    actions = choice.sample(generator)
    return Acted(actions, choice.log_probability(actions), out.values[0], policy.after(out.state, actions))


class Room:
    """A group of worlds, the learner's slots in it, and its memory.

    Parameters
    ----------
    worlds
        With ``final_observations``; not reset yet.
    learners
        The rows of the batch that the learner plays, ascending.
    others
        Who plays the other rows.
    policy
        The learner's.
    columns
        Which columns of a rollout are this room's.
    pool
        Steps the worlds beside the main thread, so that another room's policy runs meanwhile; None: at once.
    """

    def __init__(
        self,
        worlds: nmmo.Worlds,
        learners: NDArray[np.int64],
        others: Others,
        policy: Policy,
        columns: slice,
        pool: ThreadPoolExecutor | None = None,
    ) -> None:
        self.worlds = worlds
        self.learners = learners
        self.others = others
        self.columns = columns
        self.everyone = len(learners) == len(worlds) * worlds.n_agents
        self.actions = np.zeros(len(worlds) * worlds.n_agents, np.int64)
        self.state = policy.initial_state(len(learners))
        self.keep = torch.zeros(len(learners), device=policy.device)
        self.clock = Clock()
        self.over = np.zeros(len(worlds), np.bool_)
        """Worlds whose episode was over with the last tick, and has begun anew."""
        self._pool = pool
        self._pending: Future[Any] | None = None
        self._stepped: Any = None

    def reset(self, seed: int, stagger: float | None = None) -> None:
        """Begin new episodes with fresh memories.

        Parameters
        ----------
        seed
            Of the worlds.
        stagger
            If given, random play first takes each world a different part of the way to the horizon, if there is
            one: worlds that begin together end together too, and every batch is then of one age. The number,
            at least 0 and below 1, is this room's own part of the way from one world to the next, so that rooms
            of several processes differ as well.
        """
        self.worlds.reset(seed)
        horizon, count = self.worlds.config.horizon, len(self.worlds)
        if stagger is not None and horizon:
            snapshots = self.worlds._snapshots()
            for index in range(count):
                if ticks := int((index + stagger) * horizon / count):
                    snapshots[index] = _played(self.worlds.config, snapshots[index], ticks, seed)
            self.worlds._restore(snapshots)
        self.state.zero_()
        self.keep.zero_()

    @property
    def observations(self) -> NDArray[np.uint8]:
        """Everybody's rows, uint8 [worlds * agents, row_bytes]; the next tick overwrites them."""
        return self.worlds.observations.view(np.uint8).reshape(-1, self.worlds.row_bytes)

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Whose life ended with the last tick, bool [worlds * agents]."""
        return self.worlds.terminated | self.worlds.truncated

    def mine(self, array: NDArray[Any]) -> NDArray[Any]:
        """The learner's rows of one of the worlds' arrays; a view where the learner plays everybody."""
        return array if self.everyone else array[self.learners]

    def step(self, actions: NDArray[np.int64]) -> None:
        """Start the next tick with the learner's actions; the others choose theirs."""
        if self.everyone:
            self.actions[:] = actions
        else:
            self.actions[self.learners] = actions
            self.others.act(self.observations, self.ended, self.over, self.actions)
        if self._pool is None:
            self._stepped = self._step()
        else:
            self._pending = self._pool.submit(self._step)

    def stepped(self) -> Any:
        """What the tick that was started returned."""
        if self._pending is not None:
            self._stepped, self._pending = self._pending.result(), None
        return self._stepped

    def _step(self) -> Any:
        with self.clock.of("simulate"):
            return self.worlds.step(self.actions)


def _played(config: nmmo.Config, snapshot: bytes, ticks: int, seed: int) -> bytes:
    """A world after so many ticks of random possible play."""
    with nmmo.World(config) as world:
        world.restore(snapshot)
        draws = np.random.default_rng(seed)
        for _ in range(ticks):
            world.step(nmmo.sample_actions(world.observations["mask"], draws))
        return world.snapshot()


def collect(
    rooms: Sequence[Room],
    policy: Policy,
    acting: Act,
    out: Rollout,
    options: TrainOptions,
    clock: Clock,
    challenge_weight: float = 0.0,
) -> None:
    """Play ``out.steps`` ticks in every room and write down what the learner lived through.

    With several rooms their ticks alternate: while one room's worlds are simulated the policy acts in the
    next. What ``challenge`` says of a place is paid with the game's rewards, times its weight.
    """
    for room in rooms:
        out.state[room.columns] = room.state
    for step in range(out.steps):
        for room in rooms:
            if step > 0:
                _finish(room, policy, out, step - 1, options, clock, challenge_weight)
            _look(room, policy, out, step)
            with clock.of("act"):
                rows, keep = out.rows[step, room.columns], out.keep[step, room.columns]
                acted = acting(rows, room.state, keep)
                room.state = acted.state
                out.actions[step, room.columns] = acted.actions
                out.log_probabilities[step, room.columns] = acted.log_probabilities
                out.values[step, room.columns] = acted.values
                chosen = acted.actions.cpu().numpy()
            room.step(chosen)
    for room in rooms:
        _finish(room, policy, out, out.steps - 1, options, clock, challenge_weight)
        _look(room, policy, out, out.steps)
        with clock.of("act"):
            rows, keep = out.rows[-1, room.columns], out.keep[-1, room.columns]
            out.values[-1, room.columns] = _values(policy, rows, room.state, keep)
        clock.take(room.clock)


def _look(room: Room, policy: Policy, out: Rollout, step: int) -> None:
    """Take the learner's present rows; whether each is the first of a life is known from the step before."""
    rows = out.rows[step, room.columns]
    rows.copy_(torch.from_numpy(room.mine(room.observations)), non_blocking=True)
    out.keep[step, room.columns] = room.keep
    if step < out.steps:
        out.alive[step, room.columns] = rows[:, policy.encoding.health] > 0


def _finish(
    room: Room,
    policy: Policy,
    out: Rollout,
    step: int,
    options: TrainOptions,
    clock: Clock,
    challenge_weight: float,
) -> None:
    """Write down what the tick that ``step``'s actions started has brought."""
    _, rewards, terminated, truncated, info = room.stepped()
    room.over = info["over"].copy()
    device = policy.device
    columns = room.columns
    cut = room.mine(truncated)
    over = room.mine(terminated) | cut
    earned = room.mine(rewards)
    if challenge_weight:
        own = room.mine(room.worlds.observations["self"])
        earned = earned + np.float32(challenge_weight) * challenge(own) * ~over  # else it is of the next life
    paid = torch.from_numpy(earned).to(device) * options.reward_scale
    if options.reward_clip:
        paid = paid.clamp(-options.reward_clip, options.reward_clip)
    out.rewards[step, columns] = paid
    ended = torch.from_numpy(over).to(device)
    out.ended[step, columns] = ended
    out.bootstrap[step, columns] = 0
    if cut.any():
        with clock.of("act"):
            which = torch.from_numpy(np.flatnonzero(cut))
            last = torch.from_numpy(room.mine(info["final_obs"])[cut]).to(device)
            state = room.state[which.to(device)]
            values = _values(policy, last, state, torch.ones(len(which), device=device))
            out.bootstrap[step, columns.start + which.to(device)] = values
    # The next row begins a life where this one ended, or where there was no body.
    room.keep = (~ended & out.alive[step, columns]).float()


@torch.no_grad()
def _values(policy: Policy, rows: Tensor, state: Tensor, keep: Tensor) -> Tensor:
    out: Output = policy(rows.unsqueeze(0), state, keep.unsqueeze(0))
    return out.values[0]
