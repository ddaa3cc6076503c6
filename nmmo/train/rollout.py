"""Playing: worlds, the learner, and its opponents, for some ticks at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import nmmo
from nmmo.core.reward_functions import danger_bonus
from nmmo.train.action_distribution import ActionDistribution
from nmmo.train.life_tally import LifeTally
from nmmo.train.networks import Policy
from nmmo.train.opponents import Opponent
from nmmo.train.recipe import TrainOptions

__all__ = ["Act", "ActGraph", "ActResult", "EnvGroup", "Rollout", "Timer", "act", "collect_rollout"]


@dataclass
class Rollout:
    """What the learner experienced, on the policy's device.

    One row and one step are one agent-step; the steps of one row are a segment.
    """

    observations: Tensor
    """uint8 [steps + 1, rows, row_bytes]; the last are what the next rollout begins with."""
    dones: Tensor
    """bool [steps + 1, rows], True where an observation is the first of a life."""
    alive: Tensor
    """bool [steps, rows], False where a slot had no body: nothing is learned from it."""
    actions: Tensor
    """int64 [steps, rows]."""
    log_probs: Tensor
    """Of the actions, by the policy that chose them, float32 [steps, rows]."""
    values: Tensor
    """float32 [steps + 1, rows]."""
    rewards: Tensor
    """Scaled and clipped, float32 [steps, rows]."""
    ended: Tensor
    """bool [steps, rows]: with this step a life ended."""
    bootstrap_values: Tensor
    """Where a life was truncated, the value of its last observation; else 0. float32 [steps, rows]."""
    state: Tensor
    """Recurrent state before the first step, float32 [rows, state_size]."""

    @classmethod
    def empty(cls, steps: int, rows: int, row_bytes: int, state_size: int, device: torch.device) -> Rollout:
        """Make a rollout to be filled by ``collect_rollout``."""

        def zeros(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        return cls(
            observations=zeros(steps + 1, rows, row_bytes, dtype=torch.uint8),
            dones=zeros(steps + 1, rows, dtype=torch.bool),
            alive=zeros(steps, rows, dtype=torch.bool),
            actions=zeros(steps, rows, dtype=torch.int64),
            log_probs=zeros(steps, rows),
            values=zeros(steps + 1, rows),
            rewards=zeros(steps, rows),
            ended=zeros(steps, rows, dtype=torch.bool),
            bootstrap_values=zeros(steps, rows),
            state=zeros(rows, state_size),
        )

    @property
    def steps(self) -> int:
        return len(self.actions)

    @property
    def segments(self) -> int:
        return self.actions.shape[1]


class Timer:
    """Seconds spent, by activity."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count the time in the block. Blocks are not nested."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def take(self, other: Timer) -> None:
        """Add another timer's seconds, and clear it."""
        for name, seconds in other.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        other.seconds.clear()


class ActResult(NamedTuple):
    """What the policy did with one observation per row."""

    actions: Tensor
    log_probs: Tensor
    values: Tensor
    state: Tensor


Act = Callable[[Tensor, Tensor, Tensor], ActResult]
"""From observations [rows, row_bytes], state [rows, state_size] and dones [rows]."""


@torch.no_grad()
def act(policy: Policy, generator: torch.Generator, observations: Tensor, state: Tensor, dones: Tensor) -> ActResult:
    """Choose an action for every row."""
    output = policy(observations.unsqueeze(0), state, dones.unsqueeze(0))
    distribution = ActionDistribution(output.logits[0], policy.mask(observations))
    actions = distribution.sample(generator)
    state = policy.next_state(output.state, actions)
    return ActResult(actions, distribution.log_prob(actions), output.values[0], state)


class ActGraph:
    """``act`` as a CUDA graph, captured once for each number of rows.

    What an act costs on a large GPU is mostly launching its forty small kernels, not running them. A graph captures
    them once and launches them as one; its inputs and outputs stay where they were when it was captured.

    Parameters
    ----------
    policy
        On a CUDA device. Its weights may change between calls, but not move: optimizers that work in place.
    generator
        On the same device; its state advances with every call, as it would without a graph.
    """

    WARM_UPS = 3
    """Calls before capturing, in which libraries choose their kernels."""

    def __init__(self, policy: Policy, generator: torch.Generator) -> None:
        self.policy = policy
        self.generator = generator
        self._captured: dict[int, tuple[torch.cuda.CUDAGraph, tuple[Tensor, Tensor, Tensor], ActResult]] = {}

    def __call__(self, observations: Tensor, state: Tensor, dones: Tensor) -> ActResult:
        """See ``act``. The results are copies, so that several groups of one size can share a graph."""
        rows = len(observations)
        if rows not in self._captured:
            self._captured[rows] = self._capture(observations, state, dones)
        graph, inputs, result = self._captured[rows]
        for given, place in zip((observations, state, dones), inputs, strict=True):
            place.copy_(given)
        graph.replay()
        return ActResult(*(tensor.clone() for tensor in result))

    def _capture(
        self, observations: Tensor, state: Tensor, dones: Tensor
    ) -> tuple[torch.cuda.CUDAGraph, tuple[Tensor, Tensor, Tensor], ActResult]:
        inputs = (observations.clone(), state.clone(), dones.clone())
        before = self.generator.get_state()
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(self.WARM_UPS):
                act(self.policy, self.generator, *inputs)
        torch.cuda.current_stream().wait_stream(stream)
        self.generator.set_state(before)
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.generator)
        with torch.cuda.graph(graph):
            result = act(self.policy, self.generator, *inputs)
        return graph, inputs, result


class EnvGroup:
    """A group of worlds that are stepped together, with the learner's slots and recurrent state in them.

    Parameters
    ----------
    worlds
        With ``final_observations``; not reset yet.
    learners
        The rows of the batch that the learner plays, ascending.
    opponents
        The players of all other rows.
    policy
        The learner's.
    columns
        Which columns of a rollout are this group's.
    executor
        Steps the worlds beside the main thread, so that another group's policy runs meanwhile; None: at once.
    """

    def __init__(
        self,
        worlds: nmmo.Worlds,
        learners: NDArray[np.int64],
        opponents: Sequence[Opponent],
        policy: Policy,
        columns: slice,
        executor: ThreadPoolExecutor | None = None,
    ) -> None:
        self.worlds = worlds
        self.learners = learners
        self.opponents = opponents
        self.columns = columns
        self.learner_plays_all = len(learners) == len(worlds) * worlds.n_agents
        self.actions = np.zeros(len(worlds) * worlds.n_agents, np.int64)
        self.state = policy.initial_state(len(learners))
        self.dones = torch.ones(len(learners), dtype=torch.bool, device=policy.device)
        self.timer = Timer()
        self.tally = None if self.learner_plays_all else LifeTally(worlds, learners)
        """The learner's lives that ended in the last rollout; where it plays all, the worlds count them."""
        self.episode_over = np.zeros(len(worlds), np.bool_)
        """Worlds whose episode ended with the last tick, and has begun again."""
        self.reward_sums: dict[str, float] = {}
        """What each term of the reward has paid the learner in the last rollout, before scaling and clipping."""
        self._executor = executor
        self._pending: Future[Any] | None = None
        self._result: Any = None

    def reset(self, seed: int, stagger: float | None = None) -> None:
        """Begin new episodes with fresh recurrent states.

        Parameters
        ----------
        seed
            Of the worlds.
        stagger
            If given, random play first takes each world a different part of the way to the horizon, if there is
            one: worlds that begin together end together too, and every batch is then of one age. The number,
            at least 0 and below 1, is this group's own part of the way from one world to the next, so that groups
            of several processes differ as well.
        """
        self.worlds.reset(seed)
        horizon, count = self.worlds.config.horizon, len(self.worlds)
        if stagger is not None and horizon:
            snapshots = [self.worlds.world(index).snapshot() for index in range(count)]
            for index in range(count):
                if ticks := int((index + stagger) * horizon / count):
                    snapshots[index] = _played(self.worlds.config, snapshots[index], ticks, seed)
            self.worlds.restore(snapshots)
        self.state.zero_()
        self.dones.fill_(True)

    @property
    def observations(self) -> NDArray[np.uint8]:
        """All players' observations, uint8 [worlds * agents, row_bytes]; the next tick overwrites them."""
        return self.worlds.observations.view(np.uint8).reshape(-1, self.worlds.row_bytes)

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Whose life ended with the last tick, bool [worlds * agents]."""
        return self.worlds.terminated | self.worlds.truncated

    def of_learner(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the learner's rows of one of the worlds' arrays; a view where the learner plays all."""
        return array if self.learner_plays_all else array[self.learners]

    def pay(self, term: str, amounts: NDArray[np.float32]) -> None:
        """Add to what a term of the reward has paid."""
        self.reward_sums[term] = self.reward_sums.get(term, 0.0) + float(amounts.sum(dtype=np.float64))

    def step(self, actions: NDArray[np.int64]) -> None:
        """Start the next tick with the learner's actions; the opponents choose theirs."""
        if self.learner_plays_all:
            self.actions[:] = actions
        else:
            self.actions[self.learners] = actions
            observations, ended = self.observations, self.ended
            for opponent in self.opponents:
                self.actions[opponent.rows] = opponent.act(observations, ended, self.episode_over)
        if self._executor is None:
            self._result = self._step()
        else:
            self._pending = self._executor.submit(self._step)

    def result(self) -> Any:
        """Return what the tick that was started returned."""
        if self._pending is not None:
            self._result, self._pending = self._pending.result(), None
        return self._result

    def settle(self) -> None:
        """Wait for a tick that is being simulated, whatever becomes of it."""
        pending, self._pending = self._pending, None
        if pending is not None:
            wait([pending])

    def _step(self) -> Any:
        with self.timer.of("simulate"):
            return self.worlds.step(self.actions)


def _played(config: nmmo.Config, snapshot: bytes, ticks: int, seed: int) -> bytes:
    """Return a world after so many ticks of random possible play."""
    with nmmo.World(config) as world:
        world.restore(snapshot)
        rng = np.random.default_rng(seed)
        for _ in range(ticks):
            world.step(nmmo.sample_actions(world.observations["mask"], rng))
        return world.snapshot()


def collect_rollout(
    groups: Sequence[EnvGroup],
    policy: Policy,
    act: Act,
    rollout: Rollout,
    options: TrainOptions,
    timer: Timer,
    shaping_coef: float = 0.0,
) -> None:
    """Play ``rollout.steps`` ticks in every group and write down what the learner lived through.

    With several groups their ticks alternate: while one group's worlds are simulated the policy acts in the
    next. The shaping reward is paid with the game's rewards, times its coefficient.
    """
    for group in groups:
        rollout.state[group.columns] = group.state
        group.reward_sums.clear()
        if group.tally is not None:
            group.tally.begin()
    for step in range(rollout.steps):
        for group in groups:
            if step > 0:
                _write_results(group, policy, rollout, step - 1, options, timer, shaping_coef)
            _write_observations(group, policy, rollout, step)
            with timer.of("act"):
                observations, dones = rollout.observations[step, group.columns], rollout.dones[step, group.columns]
                acted = act(observations, group.state, dones)
                group.state = acted.state
                rollout.actions[step, group.columns] = acted.actions
                rollout.log_probs[step, group.columns] = acted.log_probs
                rollout.values[step, group.columns] = acted.values
                actions = acted.actions.cpu().numpy()
            group.step(actions)
    for group in groups:
        _write_results(group, policy, rollout, rollout.steps - 1, options, timer, shaping_coef)
        _write_observations(group, policy, rollout, rollout.steps)
        with timer.of("act"):
            observations, dones = rollout.observations[-1, group.columns], rollout.dones[-1, group.columns]
            rollout.values[-1, group.columns] = _values(policy, observations, group.state, dones)
        timer.take(group.timer)


def _write_observations(group: EnvGroup, policy: Policy, rollout: Rollout, step: int) -> None:
    """Write down the learner's present observations; whether each begins a life is known from the step before."""
    observations = rollout.observations[step, group.columns]
    observations.copy_(torch.from_numpy(group.of_learner(group.observations)), non_blocking=True)
    rollout.dones[step, group.columns] = group.dones
    if step < rollout.steps:
        rollout.alive[step, group.columns] = observations[:, policy.encoding.health] > 0


def _write_results(
    group: EnvGroup,
    policy: Policy,
    rollout: Rollout,
    step: int,
    options: TrainOptions,
    timer: Timer,
    shaping_coef: float,
) -> None:
    """Write down what the tick that ``step``'s actions started has returned."""
    _, rewards, terminated, truncated, info = group.result()
    group.episode_over = info["over"].copy()
    device = policy.device
    columns = group.columns
    truncated = group.of_learner(truncated)
    over = group.of_learner(terminated) | truncated
    rewards = group.of_learner(rewards)
    for name, part in group.worlds.reward_terms.items():
        group.pay(name, group.of_learner(part))
    if group.tally is not None:
        group.tally.after_step(rewards, over, info["final_obs"])
    if shaping_coef:
        self_fields = group.of_learner(group.worlds.observations["self"])
        shaping = np.float32(shaping_coef) * danger_bonus(self_fields) * ~over  # else it is of the next life
        group.pay("shaping", shaping)
        rewards = rewards + shaping
    scaled = torch.from_numpy(rewards).to(device) * options.reward_scale
    if options.reward_clip:
        scaled = scaled.clamp(-options.reward_clip, options.reward_clip)
    rollout.rewards[step, columns] = scaled
    ended = torch.from_numpy(over).to(device)
    rollout.ended[step, columns] = ended
    rollout.bootstrap_values[step, columns] = 0
    if truncated.any():
        with timer.of("act"):
            which = torch.from_numpy(np.flatnonzero(truncated))
            last = torch.from_numpy(group.of_learner(info["final_obs"])[truncated]).to(device)
            state = group.state[which.to(device)]
            values = _values(policy, last, state, torch.zeros(len(which), dtype=torch.bool, device=device))
            rollout.bootstrap_values[step, columns.start + which.to(device)] = values
    # The next observation begins a life where this one ended, or where there was no body.
    group.dones = ended | ~rollout.alive[step, columns]


@torch.no_grad()
def _values(policy: Policy, observations: Tensor, state: Tensor, dones: Tensor) -> Tensor:
    output = policy(observations.unsqueeze(0), state, dones.unsqueeze(0))
    values: Tensor = output.values[0]
    return values
