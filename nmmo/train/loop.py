"""A run: play, learn, write down, save; again and again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import nmmo
from nmmo.agents import AgentError
from nmmo.train.checkpoint import Checkpoint, CheckpointError, latest, prune, remove_unfinished
from nmmo.train.clock import Clock
from nmmo.train.device import device_for, keep_freed_memory, precision_for, threads_for
from nmmo.train.distributed import Team
from nmmo.train.encoding import encoding_for
from nmmo.train.networks import Policy
from nmmo.train.optimizers import Optimizers
from nmmo.train.recipe import Recipe, RecipeError
from nmmo.train.recording import REPLAYS, Recordings
from nmmo.train.rollout import Act, Rollout, Room, act, collect
from nmmo.train.schedule import Schedule
from nmmo.train.selfplay import LEARNER, Others, PastPlayer, Player, Pool, ScriptedPlayer, seats_for
from nmmo.train.statistics import game_figures, totals
from nmmo.train.update import Weights, improve

__all__ = ["CHECKPOINTS", "RECIPE", "Trainer", "Turn"]

CHECKPOINTS = "checkpoints"
RECIPE = "recipe.toml"


@dataclass(frozen=True)
class Turn:
    """One rollout and what was learned from it."""

    update: int
    """How many there were, this one included."""
    steps: int
    """Agent-steps since the run began, of all processes."""
    seconds: float
    """Since the run began, pauses left out."""
    progress: float
    """Share of the run that is done, 0 to 1."""
    figures: dict[str, float]
    """All metrics by name."""


class Trainer:
    """The state of a run and its turn.

    Parameters
    ----------
    recipe
        What to train, and how.
    folder
        The run's; checkpoints go into its subfolder. None: nothing is saved.
    resume
        A checkpoint to go on from.
    team
        The processes of the run; default: as the environment of ``torchrun`` says.

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
        self, recipe: Recipe, folder: Path | None = None, resume: Path | None = None, team: Team | None = None
    ) -> None:
        self.recipe = recipe
        self._recipe_text = recipe.to_toml()  # now: it reads this package's sources, which may change during a run
        self.folder = folder
        options, train = recipe.run, recipe.train
        self.device = device_for(options)
        self.team = team or Team(self.device)
        self.threads = max(1, threads_for(options) // self.team.here)
        if self.device.type == "cpu":
            torch.set_num_threads(self.threads)
            keep_freed_memory()

        torch.manual_seed(options.seed)  # the first weights, alike on every process
        encoding = encoding_for(recipe.world)
        precision = precision_for(options, self.device)
        self.policy = Policy(encoding, recipe.policy, precision).to(self.device)
        self.optimizers = Optimizers(self.policy, train)
        self.schedule = Schedule(train)
        self.clock = Clock()
        if options.initial and resume is None:
            self._begin_with(Path(options.initial))
        self.team.share_weights(self.policy)

        seed = nmmo.derive_seed(options.seed, self.team.rank)  # what is drawn differs between processes
        self.acting_draws = torch.Generator(self.device).manual_seed(nmmo.derive_seed(seed, 1) >> 1)
        self.learning_draws = torch.Generator().manual_seed(nmmo.derive_seed(seed, 2) >> 1)
        self.pool_draws = np.random.default_rng(nmmo.derive_seed(options.seed, 3))
        self.pool = Pool(recipe.selfplay.pool_size)
        try:
            self.seats = seats_for(recipe.world, recipe.selfplay, options.seed)
        except ValueError as error:
            raise RecipeError(f"[selfplay]: {error}") from None
        self.past: list[PastPlayer] = []
        self.rooms = self._rooms(nmmo.derive_seed(seed, 4))
        learners = sum(len(room.learners) for room in self.rooms)
        self.rollout = Rollout.empty(
            train.segment, learners, encoding.row_bytes, self.policy.state_width, self.device
        )
        self.acting = self._acting()
        self.update = 0
        self.steps = 0
        self.seconds = 0.0
        if resume is not None:
            self._load(Checkpoint(resume))
        elif recipe.selfplay.pool_share:
            self.pool.add(0, self.policy)
        self._before = totals([room.worlds for room in self.rooms])

    # ---- making ----------------------------------------------------------------------------------

    def _rooms(self, seed: int) -> list[Room]:
        """Groups of worlds, with everybody who plays in them."""
        recipe = self.recipe
        groups = recipe.run.groups or (2 if self.device.type == "cuda" else 1)
        groups = min(groups, recipe.train.worlds)
        executor = ThreadPoolExecutor(1, "worlds") if groups > 1 else None
        rooms: list[Room] = []
        first = 0
        for group in range(groups):
            count = recipe.train.worlds // groups + (group < recipe.train.worlds % groups)
            own = nmmo.derive_seed(seed, group)
            worlds = nmmo.Worlds(count, recipe.world, own, min(self.threads, count), final_observations=True)
            players = self._players(count, own)
            learners = self.seats.rows(LEARNER, count, worlds.n_agents)
            columns = slice(first, first + len(learners))
            room = Room(worlds, learners, Others(players), self.policy, columns, executor)
            room.reset(own, self.team.rank / self.team.size if recipe.train.stagger else None)
            rooms.append(room)
            first = columns.stop
        return rooms

    def _players(self, worlds: int, seed: int) -> list[Player]:
        recipe = self.recipe
        players: list[Player] = []
        for number, (name, slots) in enumerate(self.seats.of_player.items()):
            if name == LEARNER:
                continue
            if name == recipe.selfplay.scripted:
                try:
                    player = ScriptedPlayer(
                        name, recipe.world, slots, worlds, nmmo.derive_seed(seed, number + 1)
                    )
                except (AgentError, OSError) as error:
                    raise RecipeError(f"selfplay.scripted: {error}") from None
                players.append(player)
                continue
            policy = Policy(self.policy.encoding, recipe.policy, self.policy.dtype).to(self.device)
            policy.load_state_dict(self.policy.state_dict())
            draws = torch.Generator(self.device).manual_seed(nmmo.derive_seed(seed, number + 1) >> 1)
            rows = self.seats.rows(name, worlds, recipe.world.n_players)
            self.past.append(PastPlayer(policy, rows, draws))
            players.append(self.past[-1])
        return players

    def _acting(self) -> Act:
        policy, draws = self.policy, self.acting_draws
        if self.device.type == "cuda" and self.recipe.run.cuda_graphs:
            from nmmo.train.graphs import GraphedAct

            return GraphedAct(policy, draws)
        return lambda rows, state, keep: act(policy, draws, rows, state, keep)

    # ---- the turn --------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        return self.schedule.progress(self.steps, self.seconds) >= 1

    def turn(self) -> Turn:
        """Play a rollout, learn from it, and say how it went.

        Raises
        ------
        NotFinite
            If learning broke down; the weights are still those of the last good step.
        """
        began = time.perf_counter()
        train, clock = self.recipe.train, self.clock
        clock.seconds.clear()
        progress = self.schedule.progress(self.steps, self.seconds)
        self.optimizers.set_rate(self.schedule.rate(progress))
        weights = Weights(self.schedule.entropy_weight(progress), self.schedule.priority_correction(progress))

        challenge = self.schedule.challenge(progress)

        collect(self.rooms, self.policy, self.acting, self.rollout, train, clock, challenge)
        with clock.of("learn"):
            figures = improve(
                self.policy, self.optimizers, self.rollout, train, weights, self.learning_draws, self.team
            )

        self.update += 1
        played = self.rollout.steps * self.rollout.segments * self.team.size
        self.steps += played
        self._renew_past()
        figures = self._figures(figures)
        took = time.perf_counter() - began
        self.seconds = self.team.of_leader(self.seconds + took)  # all follow one clock: it decides the learning rate
        spent = dict(clock.seconds)
        spent["other"] = max(0.0, took - spent.get("act", 0) - spent.get("learn", 0) - self._waited(spent))
        figures |= {f"time/{name}": seconds / took for name, seconds in spent.items()}
        figures |= {
            "agent_steps": float(self.steps),
            "seconds": self.seconds,
            "speed": played / took,
            "learning_rate": self.schedule.rate(progress),
        }
        return Turn(
            self.update, self.steps, self.seconds, self.schedule.progress(self.steps, self.seconds), figures
        )

    def _waited(self, spent: dict[str, float]) -> float:
        """Simulation that nothing else happened beside."""
        return spent.get("simulate", 0.0) if len(self.rooms) == 1 else 0.0

    def _renew_past(self) -> None:
        options = self.recipe.selfplay
        if not self.past or self.update % options.pool_every:
            return
        self.pool.add(self.update, self.policy)
        drawn = [self.pool.draw(self.pool_draws) for _ in range(options.policies)]
        for index, player in enumerate(self.past):
            player.policy.load_state_dict(drawn[index % options.policies])

    def _figures(self, losses: dict[str, float]) -> dict[str, float]:
        now = totals([room.worlds for room in self.rooms])
        figures = {f"learning/{name}": value for name, value in losses.items()}
        figures |= game_figures(now, self._before)
        self._before = now
        lived = max(int(self.rollout.alive.sum()), 1)
        figures["reward"] = float(self.rollout.rewards.sum()) / lived
        figures["living/beyond"] = self._beyond()
        for player in self.seats.of_player if len(self.seats.of_player) > 1 else ():
            figures[f"score/{player}"] = self._score(player)
        return figures

    def _beyond(self) -> float:
        """The share of the learner's living lives that are where danger is 2 or above, at this moment."""
        dangers = [room.mine(room.worlds.observations["self"]["danger"]) for room in self.rooms]
        alive = sum(int((danger > 0).sum()) for danger in dangers)
        return sum(int((danger > 1).sum()) for danger in dangers) / max(alive, 1)

    def _score(self, player: str) -> float:
        """The mean score of a player's living lives at this moment."""
        scores, lives = 0.0, 0
        for room in self.rooms:
            own = room.worlds.observations["self"][
                self.seats.rows(player, len(room.worlds), room.worlds.n_agents)
            ]
            alive = own["health"] > 0
            scores += float(np.minimum(own["combat_level"], own["harvest_level"])[alive].sum())
            lives += int(alive.sum())
        return scores / max(lives, 1)

    # ---- saving and going on ---------------------------------------------------------------------

    def save(self) -> Path:
        """Write a checkpoint and remove those that are too many.

        Raises
        ------
        OSError
            If it could not be written (the disk is full, say); earlier ones are whole.
        """
        if self.folder is None:
            raise ValueError("this run has no folder to save to")
        checkpoint = Checkpoint(self.folder / CHECKPOINTS / f"{self.update:09d}")
        if checkpoint.folder.exists():
            return checkpoint.folder
        try:
            if self.team.leads:
                checkpoint.begin()
            self.team.wait()
            checkpoint.write(f"process-{self.team.rank}", *self._own_state())
            if self.team.leads:
                self._write_shared(checkpoint)
            self.team.wait()
            if self.team.leads:
                checkpoint.finish()
                prune(checkpoint.folder.parent, self.recipe.run.keep)
            self.team.wait()
        except OSError:
            checkpoint.abandon()
            raise
        return checkpoint.folder

    def _write_shared(self, checkpoint: Checkpoint) -> None:
        facts = {
            "update": self.update, "steps": self.steps, "seconds": self.seconds, "processes": self.team.size,
            "pool_draws": json.dumps(self.pool_draws.bit_generator.state),
            "pool": [u for u, _ in self.pool.members],
        }  # fmt: skip
        checkpoint.write("policy", self.policy.state_dict(), {"recipe": self._recipe_text})
        pool = {
            f"{i}.{name}": value
            for i, (_, state) in enumerate(self.pool.members)
            for name, value in state.items()
        }
        checkpoint.write("pool", pool, {})
        checkpoint.write("learning", self.optimizers.state(), facts)

    def _own_state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What only this process has: worlds, memories, draws."""
        tensors = {
            "acting_draws": self.acting_draws.get_state(),
            "learning_draws": self.learning_draws.get_state(),
        }
        seeds = []
        for index, room in enumerate(self.rooms):
            for number, snapshot in enumerate(room.worlds._snapshots()):
                tensors[f"{index}.world.{number}"] = torch.frombuffer(bytearray(snapshot), dtype=torch.uint8)
            for name, array in room.worlds._outputs.items():
                if array is not None:
                    tensors[f"{index}.output.{name}"] = torch.from_numpy(
                        np.ascontiguousarray(array).view(np.uint8)
                    )
            tensors[f"{index}.state"], tensors[f"{index}.keep"] = room.state, room.keep
            seeds.append([str(seed) for seed in room.worlds._next_seeds()])
        for index, player in enumerate(self.past):
            tensors[f"past.{index}.state"] = player.state
            tensors[f"past.{index}.bodiless"] = player.bodiless
            tensors[f"past.{index}.draws"] = player.generator.get_state()
            for name, value in player.policy.state_dict().items():
                tensors[f"past.{index}.policy.{name}"] = value
        return tensors, {"seeds": seeds}

    def _begin_with(self, folder: Path) -> None:
        """Take over the weights of another run, and nothing else of it."""
        checkpoint = Checkpoint(newest(folder))
        checkpoint.check()
        weights, _ = checkpoint.read("policy")
        try:
            self.policy.load_state_dict(weights)
        except RuntimeError as error:
            told = str(error).strip().splitlines()
            raise CheckpointError(
                f"{checkpoint.folder} is of another network than this recipe's [policy], or of another view: "
                f"{told[1].strip() if len(told) > 1 else told[0]}"
            ) from None

    def _load(self, checkpoint: Checkpoint) -> None:
        checkpoint.check()
        weights, _ = checkpoint.read("policy")
        moments, facts = checkpoint.read("learning")
        pool, _ = checkpoint.read("pool")
        if facts["processes"] != self.team.size:
            raise CheckpointError(
                f"{checkpoint.folder} is of {facts['processes']} processes, but {self.team.size} are running"
            )
        own, own_facts = checkpoint.read(f"process-{self.team.rank}")
        try:
            self.policy.load_state_dict({name: value.to(self.device) for name, value in weights.items()})
            self.optimizers.load(moments)
            self.update, self.steps, self.seconds = facts["update"], facts["steps"], facts["seconds"]
            self.pool_draws.bit_generator.state = json.loads(facts["pool_draws"])
            self.pool.members = [
                (update, {name.partition(".")[2]: value.to(self.device) for name, value in pool.items()
                          if name.startswith(f"{index}.")})
                for index, update in enumerate(facts["pool"])
            ]  # fmt: skip
            self._load_own(own, own_facts)
        except (KeyError, ValueError, RuntimeError, TypeError) as error:
            raise CheckpointError(f"{checkpoint.folder} does not fit its recipe: {error}") from error

    def _load_own(self, own: dict[str, Tensor], facts: dict[str, Any]) -> None:
        self.acting_draws.set_state(own["acting_draws"])
        self.learning_draws.set_state(own["learning_draws"])
        for index, room in enumerate(self.rooms):
            worlds = range(len(room.worlds))
            room.worlds._restore([own[f"{index}.world.{number}"].numpy().tobytes() for number in worlds])
            for name, array in room.worlds._outputs.items():
                if array is not None:
                    array.view(np.uint8)[...] = own[f"{index}.output.{name}"].numpy()
            room.worlds._set_next_seeds([int(seed) for seed in facts["seeds"][index]])
            room.state = own[f"{index}.state"].to(self.device)
            room.keep = own[f"{index}.keep"].to(self.device)
            room.over = room.worlds._outputs["over"].copy()
        for index, player in enumerate(self.past):
            player.state = own[f"past.{index}.state"].to(self.device)
            player.bodiless = own[f"past.{index}.bodiless"].to(self.device)
            player.generator.set_state(own[f"past.{index}.draws"])
            prefix = f"past.{index}.policy."
            player.policy.load_state_dict(
                {name.removeprefix(prefix): value for name, value in own.items() if name.startswith(prefix)}
            )

    def digest(self) -> str:
        """SHA-256 over the weights, the optimisers' state, memories, draws, and the hashes of the worlds."""
        own, facts = self._own_state()
        own = {
            name: value for name, value in own.items() if ".world." not in name
        }  # they hold the last events too
        worlds = [room.worlds.world(i).hash() for room in self.rooms for i in range(len(room.worlds))]
        found = hashlib.sha256(json.dumps([facts, worlds]).encode())
        for part in (self.policy.state_dict(), self.optimizers.state(), own):
            for name, value in sorted(part.items()):
                found.update(name.encode())
                found.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return found.hexdigest()

    def close(self) -> None:
        for room in self.rooms:
            room.stepped()
            room.worlds.close()

    def run(
        self,
        after: Callable[[Turn], None],
        saved: Callable[[Path], None],
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take turns until the run is finished or ``stop`` says so, and save now and then and at the end.

        Replays of the first world are written too, as the recipe's ``run.replay_minutes`` says.

        Parameters
        ----------
        after
            Called after every turn.
        saved
            Called with every checkpoint.
        stop
            Asked before every turn.
        """
        if self.folder is not None:
            remove_unfinished(self.folder / CHECKPOINTS)
        options = self.recipe.run
        last_save = time.monotonic()
        recordings = None
        if self.folder is not None and self.team.leads:
            recordings = Recordings(self.folder / REPLAYS, self.rooms[0], self.seats, options)
        try:
            while not self.finished and not self.team.any(stop()):
                if recordings is not None:
                    recordings.before(self.update, self.update * self.recipe.train.segment, self.steps)
                after(self.turn())
                due = time.monotonic() - last_save > 60 * options.checkpoint_minutes
                if options.checkpoint_updates:
                    due = self.update % options.checkpoint_updates == 0
                if self.folder is not None and self.team.any(due):
                    saved(self.save())
                    last_save = time.monotonic()
        finally:
            if recordings is not None:
                recordings.close()
        if self.folder is not None:
            saved(self.save())


def newest(folder: Path) -> Path:
    """The checkpoint to resume a run from: the newest of a run's folder, or the folder itself.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    if (folder / CHECKPOINTS).is_dir():
        found = latest(folder / CHECKPOINTS)
        if found is None:
            raise CheckpointError(f"{folder} has no checkpoint yet: nothing to resume from")
        return found
    if folder.parent.name == CHECKPOINTS and folder.is_dir():
        return folder
    raise CheckpointError(f"{folder} is neither a run's folder nor one of its checkpoints")
