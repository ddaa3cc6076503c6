"""A run: play, learn, write down, save; again and again."""

from __future__ import annotations

import errno
import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import nmmo
from nmmo.agents import AgentError
from nmmo.core.registry import UnknownNameError
from nmmo.core.rewards import GAME, parse_terms
from nmmo.envs.opponents import seat_opponents
from nmmo.train.checkpoint import Checkpoint, CheckpointError, prune, remove_unfinished
from nmmo.train.device import device_for, keep_freed_memory, precision_for, threads_for
from nmmo.train.distributed import ProcessGroup
from nmmo.train.encoding import encoding_for
from nmmo.train.failures import RunFailedError, reason_of
from nmmo.train.life_tally import living
from nmmo.train.metrics import MAXIMA, add_statistics, game_metrics, total_statistics
from nmmo.train.networks import Policy
from nmmo.train.opponents import (
    LEARNER,
    Opponent,
    OpponentPool,
    PastPolicy,
    SeatedOpponent,
    assign_slots,
)
from nmmo.train.optimizers import OptimizerSet
from nmmo.train.ppo import ppo_update
from nmmo.train.recipe import Recipe, RecipeError
from nmmo.train.recording import Recordings
from nmmo.train.registries import LOSSES, NETWORKS
from nmmo.train.rollout import Act, ActGraph, EnvGroup, Rollout, Timer, act, collect_rollout
from nmmo.train.run_folder import RunFolder, newest_checkpoint
from nmmo.train.schedules import Bend, RunSchedule
from nmmo.train.stopwatch import Stopwatch

__all__ = ["TrainStep", "Trainer"]


@dataclass(frozen=True)
class TrainStep:
    """One rollout and what was learned from it."""

    update: int
    """How many there were, this one included."""
    steps: int
    """Agent-steps since the run began, of all processes."""
    seconds: float
    """Since the run began, pauses left out."""
    progress: float
    """Share of the run that is done, 0 to 1."""
    metrics: dict[str, float]
    """All metrics by name."""


class Trainer:
    """The state of a run, and one step of it: ``train_step``.

    Parameters
    ----------
    recipe
        What to train, and how.
    folder
        The run's; checkpoints go into its subfolder. None: nothing is saved.
    resume
        A checkpoint to continue from.
    processes
        The processes of the run; default: as the environment variables of ``torchrun`` say.

    Raises
    ------
    RecipeError
        If the machine lacks what the recipe asks for, or parts of it do not fit together.
    CheckpointError
        If the checkpoint cannot be used.
    MemoryError
        If there is not enough memory for the worlds.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path | None = None,
        resume: Path | None = None,
        processes: ProcessGroup | None = None,
    ) -> None:
        self.recipe = recipe
        self._recipe_text = recipe.to_toml()  # now: it reads this package's sources, which may change during a run
        self.run_folder = RunFolder(folder) if folder is not None else None
        options, train = recipe.run, recipe.train
        self.device = device_for(options)
        self.processes = processes or ProcessGroup(self.device)
        self.threads = max(1, threads_for(options) // self.processes.local_size)
        if self.device.type == "cpu":
            torch.set_num_threads(self.threads)
            keep_freed_memory()

        torch.manual_seed(options.seed)  # the initial weights, alike on every process
        encoding = encoding_for(recipe.world)
        precision = precision_for(options, self.device)
        try:
            self.policy = build_policy(recipe, precision).to(self.device)
            self.optimizers = OptimizerSet(self.policy, train)
            LOSSES.get(train.loss)  # fail now, not after the first rollout
            self.schedule = RunSchedule(train)
        except UnknownNameError as error:
            raise RecipeError(str(error)) from None
        self.timer = Timer()
        if options.initial_weights and resume is None:
            self._load_initial_weights(Path(options.initial_weights))
        self.processes.share_weights(self.policy)

        seed = nmmo.derive_seed(options.seed, self.processes.rank)  # random numbers differ between processes
        self.action_generator = torch.Generator(self.device).manual_seed(nmmo.derive_seed(seed, 1) >> 1)
        self.segment_generator = torch.Generator().manual_seed(nmmo.derive_seed(seed, 2) >> 1)
        self.pool_generator = np.random.default_rng(nmmo.derive_seed(options.seed, 3))
        self.pool = OpponentPool(recipe.opponents.pool_size)
        try:
            self.assignment = assign_slots(recipe.world, recipe.opponents, options.seed)
        except ValueError as error:
            raise RecipeError(f"[opponents]: {error}") from None
        self.past_policies: list[PastPolicy] = []
        self.env_groups = self._make_env_groups(nmmo.derive_seed(seed, 4))
        learners = sum(len(group.learners) for group in self.env_groups)
        self.rollout = Rollout.empty(
            train.bptt_horizon, learners, encoding.row_bytes, self.policy.state_size, self.device
        )
        self.act = self._make_act()
        self.update = 0
        self.steps = 0
        self.seconds = 0.0
        self.worlds_restarted = False
        """Whether a checkpoint was continued without its worlds, which start again."""
        self._last_step = (0, 0.0)  # agent-steps and seconds of the last update
        self._saved = ""  # the identity of the newest checkpoint of this run
        self._stopwatch = Stopwatch()
        self._phase = "between"  # or "rollout", or "update"
        if resume is not None:
            self._load(Checkpoint(resume))
        elif recipe.opponents.past_share:
            self.pool.add(0, self.policy)
        self._statistics = self.processes.combine(self._own_statistics(), MAXIMA)  # of all processes, as metrics are

    # ---- making ----------------------------------------------------------------------------------

    def _make_env_groups(self, seed: int) -> list[EnvGroup]:
        """Make groups of worlds, with all players in them."""
        recipe = self.recipe
        count = recipe.run.env_groups or (2 if self.device.type == "cuda" else 1)
        count = min(count, recipe.train.worlds)
        executor = ThreadPoolExecutor(1, "worlds") if count > 1 else None
        groups: list[EnvGroup] = []
        first = 0
        for number in range(count):
            size = recipe.train.worlds // count + (number < recipe.train.worlds % count)
            own = nmmo.derive_seed(seed, number)
            try:
                worlds = nmmo.Worlds(
                    size, recipe.world, own, min(self.threads, size), final_observations=True, reward=self._reward()
                )
            except (UnknownNameError, TypeError) as error:
                raise RecipeError(f"train.reward: {error}") from None
            opponents = self._make_opponents(size, own)
            learners = self.assignment.batch_rows(self.assignment.names.index(LEARNER), size)
            columns = slice(first, first + len(learners))
            group = EnvGroup(worlds, learners, opponents, self.policy, columns, executor)
            group.reset(own, self.processes.rank / self.processes.size if recipe.train.stagger else None)
            groups.append(group)
            first = columns.stop
        return groups

    def _reward(self) -> dict[str, float] | None:
        """Return the reward's terms for worlds, which pay the game's own by themselves."""
        terms = parse_terms(self.recipe.train.reward)
        return None if terms == {GAME: 1.0} else terms

    def _make_opponents(self, worlds: int, seed: int) -> list[Opponent]:
        recipe = self.recipe
        opponents: list[Opponent] = []
        for number, name in enumerate(self.assignment.names):
            if name == LEARNER:
                continue
            slots, own = self.assignment.slots(number), nmmo.derive_seed(seed, number + 1)
            if name == recipe.opponents.scripted:
                try:
                    seats = [seat_opponents(name, recipe.world, slots, trust=True) for _ in range(worlds)]
                    opponents.append(SeatedOpponent(seats, recipe.world.n_players, own))
                except (AgentError, UnknownNameError, OSError) as error:
                    raise RecipeError(f"opponents.scripted: {error}") from None
                continue
            policy = build_policy(recipe, self.policy.dtype).to(self.device)
            policy.load_state_dict(self.policy.state_dict())
            rows = self.assignment.batch_rows(number, worlds)
            self.past_policies.append(PastPolicy(policy, rows, torch.Generator(self.device).manual_seed(own >> 1)))
            opponents.append(self.past_policies[-1])
        return opponents

    def _make_act(self) -> Act:
        policy, generator = self.policy, self.action_generator
        if self.device.type == "cuda" and self.recipe.run.cuda_graphs:
            return ActGraph(policy, generator)
        return lambda observations, state, dones: act(policy, generator, observations, state, dones)

    # ---- one step --------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether the run is as long as its recipe says."""
        return self.schedule.done(self.steps, self.seconds) >= 1

    def train_step(self) -> TrainStep:
        """Play a rollout, learn from it, and report how it went.

        Raises
        ------
        NotFiniteError
            If learning broke down; the weights are still those of the last good step.
        """
        began = self._stopwatch.seconds
        options, schedule = self.recipe.train, self.schedule
        self.timer.seconds.clear()
        progress = schedule.progress(self.steps, self.seconds)
        self.optimizers.scale_lr(schedule.lr_scale(progress))

        self._phase = "rollout"
        self._collect_rollout(schedule.shaping_coef(progress))
        self._phase = "update"
        with self.timer.of("learn"):
            losses = ppo_update(
                self.policy, self.optimizers, self.rollout, options, schedule.ent_coef(progress),
                schedule.priority_beta(progress), self.segment_generator, self.processes,
            )  # fmt: skip

        self.update += 1
        played = self.rollout.steps * self.rollout.segments * self.processes.size
        self.steps += played
        self._renew_past_policies()
        self._phase = "between"
        metrics = self._metrics(losses, began)
        took = self._stopwatch.seconds - began
        before, self.seconds = self.seconds, self.processes.from_leader(self.seconds + took)  # one clock for all
        self._last_step = (played, self.seconds - before)
        metrics |= {
            "agent_steps": float(self.steps),
            "seconds": self.seconds,
            "SPS": played / took,
            "lr_scale": schedule.lr_scale(progress),
        }
        return TrainStep(self.update, self.steps, self.seconds, schedule.done(self.steps, self.seconds), metrics)

    def _collect_rollout(self, shaping_coef: float) -> None:
        """Play a rollout. Where one process cannot, all of them stop, so that none waits for it."""
        problem: Exception | None = None
        try:
            collect_rollout(
                self.env_groups, self.policy, self.act, self.rollout, self.recipe.train, self.timer, shaping_coef
            )
        except Exception as error:
            problem = error
        if self.processes.any(problem is not None):
            raise problem or RunFailedError("another process of the run could not play on")

    def _time_spent(self, total: float) -> dict[str, float]:
        """Return seconds by activity. Simulation counts as time of its own only where nothing else runs beside it."""
        spent = {name: self.timer.seconds.get(name, 0.0) for name in ("act", "learn", "simulate")}
        waited = spent["simulate"] if len(self.env_groups) == 1 else 0.0
        spent["other"] = max(0.0, total - spent["act"] - spent["learn"] - waited)
        return spent

    def _renew_past_policies(self) -> None:
        options = self.recipe.opponents
        if not self.past_policies or self.update % options.snapshot_interval:
            return
        self.pool.add(self.update, self.policy)
        drawn = [self.pool.draw(self.pool_generator) for _ in range(options.past_policies)]
        for index, past in enumerate(self.past_policies):
            past.policy.load_state_dict(drawn[index % options.past_policies])

    def _metrics(self, losses: dict[str, float], began: float) -> dict[str, float]:
        """Return the metrics of the step that began then, of all processes together."""
        statistics = self._own_statistics()
        spent = self._stopwatch.seconds - began
        names = self.assignment.names
        found = self.processes.combine(
            {
                "statistics": statistics,
                "rewards": float(self.rollout.rewards.sum()),
                "reward_terms": self._paid_by_term(),
                "lived": int(self.rollout.alive.sum()),
                "beyond_danger_1": self._beyond_danger_1(),
                "scores": {name: self._score(number) for number, name in enumerate(names)} if len(names) > 1 else {},
                "times": self._time_spent(spent),
                "spent": spent,
            },
            MAXIMA,
        )
        metrics = {f"losses/{name}": value for name, value in losses.items()}
        metrics |= game_metrics(found["statistics"], self._statistics)
        self._statistics = found["statistics"]
        metrics["reward"] = found["rewards"] / max(found["lived"], 1)
        metrics |= {f"reward/{name}": paid / max(found["lived"], 1) for name, paid in found["reward_terms"].items()}
        metrics["living/beyond_danger_1"] = _share(found["beyond_danger_1"])
        metrics |= {f"score/{name}": _share(counts) for name, counts in found["scores"].items()}
        return metrics | {f"time/{name}": seconds / found["spent"] for name, seconds in found["times"].items()}

    def _own_statistics(self) -> dict[str, Any]:
        """Return the statistics of this process's worlds, in which those of lives are of the learner's own alone."""
        statistics = total_statistics([group.worlds for group in self.env_groups])
        own: dict[str, Any] = {}
        for group in self.env_groups:
            if group.tally is not None:
                add_statistics(own, {"living": living(group.worlds, group.learners), "finished": group.tally.finished})
        return statistics | {name: statistics[name] | counts for name, counts in own.items()}

    def _paid_by_term(self) -> dict[str, float]:
        """Return what each term of the reward paid in the last rollout, with the shaping reward if there is one."""
        terms = [*parse_terms(self.recipe.train.reward), *(["shaping"] if self.recipe.train.shaping_coef else [])]
        return {name: sum(group.reward_sums.get(name, 0.0) for group in self.env_groups) for name in terms}

    def _beyond_danger_1(self) -> NDArray[np.int64]:
        """Return how many of the learner's players are where danger is 2 or above at this moment, and how many live."""
        dangers = [group.of_learner(group.worlds.observations["self"]["danger"]) for group in self.env_groups]
        return np.array([sum(int((danger > least).sum()) for danger in dangers) for least in (1, 0)])

    def _score(self, player: int) -> NDArray[np.int64]:
        """Return the sum of the scores of a player's living lives at this moment, and their number."""
        found = np.zeros(2, np.int64)
        for group in self.env_groups:
            rows = self.assignment.batch_rows(player, len(group.worlds))
            self_fields = group.worlds.observations["self"][rows]
            alive = self_fields["health"] > 0
            scores = np.minimum(self_fields["combat_level"], self_fields["harvest_level"])
            found += int(scores[alive].sum()), int(alive.sum())
        return found

    # ---- saving and resuming ---------------------------------------------------------------------

    def save(self) -> Path:
        """Write a checkpoint and remove those that are too many.

        Raises
        ------
        OSError
            If it could not be written (the disk is full, say); earlier ones are whole.
        """
        if self.run_folder is None:
            raise ValueError("this run has no folder to save to")
        checkpoint = Checkpoint(self.run_folder.checkpoints / f"{self.update:09d}")
        in_the_way = self.processes.is_leader and checkpoint.folder.exists()
        if self.processes.any(in_the_way and bool(self._saved) and checkpoint.identity == self._saved):
            return checkpoint.folder
        if in_the_way:
            self.run_folder.move_aside(checkpoint.folder)  # of the same number, but not of this run's past
        try:
            self._write(checkpoint)
        except OSError as error:
            checkpoint.abandon()
            older = self.run_folder.line()[:-1]
            if error.errno != errno.ENOSPC or not older or self.processes.size > 1:
                raise
            prune(self.run_folder.checkpoints, 1)  # the newest stays until this one is whole
            try:
                self._write(checkpoint)
            except OSError:
                checkpoint.abandon()
                raise
        return checkpoint.folder

    def _write(self, checkpoint: Checkpoint) -> None:
        assert self.run_folder is not None
        if self.processes.is_leader:
            checkpoint.begin()
        self.processes.wait()
        own = self._own_state() if self._phase == "between" else {}  # in a rollout the worlds are ahead of the rest
        facts = {"fits": self._own_fits() if own else "", "reward": list(self.recipe.train.reward)}
        checkpoint.write(f"process-{self.processes.rank}", own, facts)
        if self.processes.is_leader:
            self._write_shared(checkpoint)
        self.processes.wait()
        if self.processes.is_leader:
            self._saved = checkpoint.finish(self._saved)
            self.run_folder.point_to(checkpoint.folder)
            prune(checkpoint.folder.parent, self.recipe.run.keep_checkpoints)
        self.processes.wait()

    def _write_shared(self, checkpoint: Checkpoint) -> None:
        facts = {
            "update": self.update, "steps": self.steps, "seconds": self.seconds, "processes": self.processes.size,
            "optimizer": self.recipe.train.optimizer, "bend": asdict(self.schedule.bend),
            "last_steps": self._last_step[0], "last_seconds": self._last_step[1],
            "pool_generator": json.dumps(self.pool_generator.bit_generator.state),
            "pool": [u for u, _ in self.pool.members],
        }  # fmt: skip
        checkpoint.write("policy", self.policy.state_dict(), {"recipe": self._recipe_text})
        pool = {f"{i}.{name}": value for i, (_, state) in enumerate(self.pool.members) for name, value in state.items()}
        checkpoint.write("pool", pool, {})
        checkpoint.write("trainer", self.optimizers.state_dict(), facts)

    def _own_state(self) -> dict[str, Tensor]:
        """Return what only this process has: worlds, recurrent states, random generators."""
        tensors = {
            "action_generator": self.action_generator.get_state(),
            "segment_generator": self.segment_generator.get_state(),
        }
        for index, group in enumerate(self.env_groups):
            for name, array in group.worlds.state_dict().items():
                tensors[f"{index}.worlds.{name}"] = torch.from_numpy(array)
            tensors[f"{index}.state"], tensors[f"{index}.dones"] = group.state, group.dones
        for index, past in enumerate(self.past_policies):
            tensors[f"past.{index}.state"] = past.state
            tensors[f"past.{index}.bodiless"] = past.bodiless
            tensors[f"past.{index}.generator"] = past.generator.get_state()
            for name, value in past.policy.state_dict().items():
                tensors[f"past.{index}.policy.{name}"] = value
        return tensors

    def _own_fits(self) -> str:
        """Return what the state of this process alone depends on: it is of no use where any of it differs."""
        return json.dumps({
            "world": self.recipe.world.to_dict(),
            "worlds": [len(group.worlds) for group in self.env_groups],
            "processes": self.processes.size,
            "slots": hashlib.sha256(np.ascontiguousarray(self.assignment.of_slot).tobytes()).hexdigest(),
            "players": list(self.assignment.names),
            "device": self.device.type,
        })  # fmt: skip

    def _load_initial_weights(self, folder: Path) -> None:
        """Take over the weights of another run, and nothing else of it."""
        checkpoint = Checkpoint(newest_checkpoint(folder))
        checkpoint.check()
        weights, _ = checkpoint.read("policy")
        try:
            self.policy.load_state_dict(weights)
        except RuntimeError as error:
            reasons = str(error).strip().splitlines()
            raise CheckpointError(
                f"{checkpoint.folder} is of another network than this recipe's [policy], or of another view: "
                f"{reasons[1].strip() if len(reasons) > 1 else reasons[0]}"
            ) from None

    def _load(self, checkpoint: Checkpoint) -> None:
        checkpoint.check()
        weights, _ = checkpoint.read("policy")
        optimizers, facts = checkpoint.read("trainer")
        pool, _ = checkpoint.read("pool")
        try:
            self.policy.load_state_dict({name: value.to(self.device) for name, value in weights.items()})
            own_optimizer = self.recipe.train.optimizer
            if facts.get("optimizer", own_optimizer) != own_optimizer:
                raise ValueError(f"it has the state of the optimizer {facts['optimizer']!r}, not of {own_optimizer!r}")
            self.optimizers.load_state_dict(optimizers)
            self.update, self.steps, self.seconds = facts["update"], facts["steps"], facts["seconds"]
            self._last_step = (facts.get("last_steps", 0), facts.get("last_seconds", 0.0))
            if "bend" in facts:
                self.schedule = self.schedule.resumed(Bend(**facts["bend"]), self.steps, self.seconds)
            self.pool_generator.bit_generator.state = json.loads(facts["pool_generator"])
            self.pool.members = [
                (update, {name.partition(".")[2]: value.to(self.device) for name, value in pool.items()
                          if name.startswith(f"{index}.")})
                for index, update in enumerate(facts["pool"])
            ]  # fmt: skip
            own, fits = None, None
            if facts["processes"] == self.processes.size:
                own, own_facts = checkpoint.read(f"process-{self.processes.rank}")
                fits = own_facts.get("fits", self._own_fits())
            self.worlds_restarted = self.processes.any(fits != self._own_fits())
            if own is None or self.worlds_restarted:
                self._restart_worlds()
            else:
                if own_facts.get("reward") != list(
                    self.recipe.train.reward
                ):  # what other rewards remember is of no use
                    own = {name: value for name, value in own.items() if ".worlds.reward." not in name}
                self._load_own(own)
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise CheckpointError(f"{checkpoint.folder} does not fit its recipe: {error}") from error
        self._saved = checkpoint.identity

    def _restart_worlds(self) -> None:
        """Begin new episodes, with random numbers that no earlier part of the run had, and opponents of the pool."""
        seed = nmmo.derive_seed(nmmo.derive_seed(self.recipe.run.seed, self.processes.rank), 5)
        seed = nmmo.derive_seed(seed, self.update)
        self.action_generator.manual_seed(nmmo.derive_seed(seed, 1) >> 1)
        self.segment_generator.manual_seed(nmmo.derive_seed(seed, 2) >> 1)
        for number, group in enumerate(self.env_groups):
            stagger = self.processes.rank / self.processes.size if self.recipe.train.stagger else None
            group.reset(nmmo.derive_seed(seed, 3 + number), stagger)
        if self.past_policies and not self.pool.members:
            self.pool.add(self.update, self.policy)
        for past in self.past_policies:
            past.policy.load_state_dict(self.pool.draw(self.pool_generator))

    def _load_own(self, own: dict[str, Tensor]) -> None:
        self.action_generator.set_state(own["action_generator"])
        self.segment_generator.set_state(own["segment_generator"])
        for index, group in enumerate(self.env_groups):
            prefix = f"{index}.worlds."
            group.worlds.load_state_dict(
                {name.removeprefix(prefix): value.numpy() for name, value in own.items() if name.startswith(prefix)}
            )
            group.state = own[f"{index}.state"].to(self.device)
            group.dones = own[f"{index}.dones"].to(self.device)
            group.episode_over = group.worlds.over.copy()
        for index, past in enumerate(self.past_policies):
            past.state = own[f"past.{index}.state"].to(self.device)
            past.bodiless = own[f"past.{index}.bodiless"].to(self.device)
            past.generator.set_state(own[f"past.{index}.generator"])
            prefix = f"past.{index}.policy."
            past.policy.load_state_dict(
                {name.removeprefix(prefix): value for name, value in own.items() if name.startswith(prefix)}
            )

    def digest(self) -> str:
        """Return the SHA-256 of weights, optimizers, recurrent states, random generators and the worlds' hashes."""
        own = self._own_state()
        own = {name: value for name, value in own.items() if not name.endswith(".snapshots")}  # hashes stand for them
        worlds = [group.worlds.world(i).hash() for group in self.env_groups for i in range(len(group.worlds))]
        found = hashlib.sha256(json.dumps(worlds).encode())
        for part in (self.policy.state_dict(), self.optimizers.state_dict(), own):
            for name, value in sorted(part.items()):
                found.update(name.encode())
                found.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return found.hexdigest()

    def close(self) -> None:
        """End all simulation and free the worlds."""
        for group in self.env_groups:
            group.result()
            group.worlds.close()

    def run(
        self,
        after: Callable[[TrainStep], None],
        saved: Callable[[Path], None],
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Train until the run is finished or ``stop`` says so, and save at intervals and at the end.

        Replays of the first world are written too, as the recipe's ``run.replay_minutes`` says.

        Parameters
        ----------
        after
            Called after every step.
        saved
            Called with every checkpoint.
        stop
            Asked before every step.

        Raises
        ------
        NotFiniteError
            If learning broke down; nothing is saved then.
        RunFailedError
            If anything failed outside of learning; everything up to the last update has been saved, unless that
            failed as well.
        """
        if self.run_folder is not None:
            remove_unfinished(self.run_folder.checkpoints)
        recordings = None
        if self.run_folder is not None and self.processes.is_leader:
            recordings = Recordings(self.run_folder.replays, self.env_groups[0], self.assignment, self.recipe.run)
        try:
            self._run(after, saved, stop, recordings)
        except RunFailedError:
            raise
        except Exception as error:
            if self._phase == "update":  # the weights may be anything
                raise
            raise RunFailedError(f"{reason_of(error)}; {self._saved_after_failure(saved)}") from error
        finally:
            if recordings is not None:
                recordings.close()

    def _run(
        self,
        after: Callable[[TrainStep], None],
        saved: Callable[[Path], None],
        stop: Callable[[], bool],
        recordings: Recordings | None,
    ) -> None:
        options = self.recipe.run
        last_save = time.monotonic()
        problem: Exception | None = None  # of what this process does after a step: the others take part in the save
        while not self.finished and not self.processes.any(problem is not None or stop()):
            if recordings is not None:
                recordings.before(self.update, self.update * self.recipe.train.bptt_horizon, self.steps)
            step = self.train_step()
            try:
                after(step)
            except Exception as error:
                problem = error
                continue
            due = time.monotonic() - last_save > 60 * options.checkpoint_minutes
            if options.checkpoint_updates:
                due = self.update % options.checkpoint_updates == 0
            if self.run_folder is not None and self.processes.any(due):
                self._save(saved)
                last_save = time.monotonic()
        if recordings is not None:
            recordings.close()
        if self.run_folder is not None:
            self._save(saved)
        if problem is not None:
            raise RunFailedError(f"{reason_of(problem)}; everything up to update {self.update:,} is saved") from problem

    def _save(self, saved: Callable[[Path], None]) -> None:
        try:
            path = self.save()
        except OSError as error:
            raise RunFailedError(f"a checkpoint could not be saved: {reason_of(error)}") from error
        saved(path)

    def _saved_after_failure(self, saved: Callable[[Path], None]) -> str:
        """Save what is sound after something failed outside of learning, and return what came of it."""
        if self.run_folder is None:
            return "this run has no folder to save to"
        if self.processes.size > 1 and self._phase == "between":
            return "the other processes are at work, so nothing was saved since the last checkpoint"
        try:
            for group in self.env_groups:  # a tick that is still being simulated
                group.settle()
            saved(self.save())
        except Exception as error:
            return f"nor could a checkpoint be saved ({reason_of(error)})"
        return f"everything up to update {self.update:,} is saved"


def _share(counts: NDArray[Any]) -> float:
    """Return a part of a whole, 0 of nothing."""
    part, whole = counts
    return float(part) / max(float(whole), 1.0)


def build_policy(recipe: Recipe, dtype: torch.dtype = torch.float32) -> Policy:
    """Return the policy that a recipe describes, with random weights.

    Raises
    ------
    UnknownNameError
        If the recipe names a network or a core that does not exist.
    """
    policy: Policy = NETWORKS.get(recipe.policy.network)(encoding_for(recipe.world), recipe.policy, dtype)
    return policy
