"""Two processes learn as one does from both their rollouts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from test_ppo import OPTIONS, SCHEDULED, trainer_of

import nmmo
from nmmo.train import ppo
from nmmo.train.distributed import ProcessGroup
from nmmo.train.life_tally import LifeTally, living
from nmmo.train.metrics import difference, total_statistics
from nmmo.train.ppo import ppo_update, sample_segments
from nmmo.train.recipe import OpponentOptions, PolicyOptions, Recipe, RunOptions, TrainOptions
from nmmo.train.rollout import Rollout

HERE = Path(__file__).parent
SEEDS = (101, 202)

ONE_OF_TWO = f"""
import os, sys
sys.path.insert(0, {str(HERE)!r})
import torch
torch.set_num_threads(1)
from test_distributed import rollout_of, learn
from test_ppo import OPTIONS, trainer_of
from nmmo.train.distributed import ProcessGroup
size = os.environ.pop("WORLD_SIZE")
trainer = trainer_of()  # the same worlds on both
os.environ["WORLD_SIZE"] = size
processes = ProcessGroup(torch.device("cpu"))
assert processes.size == 2
with processes:
    generator = torch.Generator().manual_seed({SEEDS}[processes.rank])
    metrics = learn(trainer, rollout_of(trainer, processes.rank), generator, processes)
    assert processes.any(processes.rank == 1) and not processes.any(False)
    assert processes.gather(processes.rank) == [0, 1]
torch.save((dict(trainer.policy.state_dict()), metrics), sys.argv[1] + str(processes.rank))
"""


def rollout_of(trainer, rank: int) -> Rollout:
    """Return a process's rollout: the trainer's own, or it with other rewards."""
    out = trainer.rollout
    if rank:
        out.rewards += torch.randn(out.rewards.shape, generator=torch.Generator().manual_seed(rank))
        out.alive[:, 1] = False  # unequal numbers of steps that count
    return out


def learn(trainer, rollout, generator, processes):
    return ppo_update(trainer.policy, trainer.optimizers, rollout, OPTIONS, *SCHEDULED, generator, processes)


def test_two_processes_are_one_with_the_joined_batch(tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_OF_TWO, str(tmp_path / "rank-")],
            env=os.environ
            | {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)},
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    (one, metrics), (two, same_metrics) = (torch.load(tmp_path / f"rank-{rank}") for rank in range(2))
    assert metrics == same_metrics
    assert all(torch.equal(one[name], two[name]) for name in one)

    # One process, whose rollout is both side by side, and which samples half of a minibatch from each half.
    trainer, other = trainer_of(), trainer_of()
    parts = [rollout_of(trainer, 0), rollout_of(other, 1)]
    joined = Rollout(
        **{
            name: torch.cat([getattr(part, name) for part in parts], 0 if name == "state" else 1)
            for name in Rollout.__dataclass_fields__
        }
    )
    generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]

    def from_each_half(advantages, count, alpha, beta, generator):
        halves = advantages.chunk(2, 1)
        (first, one), (second, two) = (
            sample_segments(half, count // 2, alpha, beta, g) for half, g in zip(halves, generators, strict=True)
        )
        return torch.cat([first, second + halves[0].shape[1]]), torch.cat([one, two])

    monkeypatch.setattr(ppo, "sample_segments", from_each_half)
    start = {name: value.clone() for name, value in trainer.policy.state_dict().items()}
    whole = learn(trainer, joined, torch.Generator(), trainer.processes)
    for name, value in trainer.policy.state_dict().items():
        moved = float((value - start[name]).abs().max())
        assert float((value - one[name]).abs().max()) < 0.002 * moved, name
    for name, value in whole.items():
        assert abs(value - metrics[name]) < 1e-3 * max(1, abs(value)), name


METRICS_OF_TWO = f"""
import os, sys
sys.path.insert(0, {str(HERE)!r})
import numpy as np, torch
torch.set_num_threads(1)
from nmmo.train.distributed import ProcessGroup
from nmmo.train.metrics import difference, total_statistics
from nmmo.train.trainer import Trainer
from test_distributed import CROWDED
with ProcessGroup(torch.device("cpu")) as processes:
    trainer = Trainer(CROWDED, processes=processes)
    (group,) = trainer.env_groups
    for _ in range(4):
        before = total_statistics([group.worlds])
        step = trainer.train_step()
    players = group.worlds.observations["self"]
    rows = {{name: trainer.assignment.batch_rows(number, 2) for number, name in enumerate(trainer.assignment.names)}}
    torch.save((step.metrics, dict(
        own={{name: players[which] for name, which in rows.items()}},
        game=difference(total_statistics([group.worlds]), before),
        rewards=float(trainer.rollout.rewards.sum()),
        lived=int(trainer.rollout.alive.sum()),
        ended=int(trainer.rollout.ended.sum()),
    )), sys.argv[1] + str(processes.rank))
"""

CROWDED = Recipe(
    world=nmmo.Config.preset("small", n_players=16, n_monsters=200, height=40, width=40, horizon=60),
    policy=PolicyOptions(hidden_size=16, encoder_width=16, tile_channels=2),
    train=TrainOptions(bptt_horizon=32, minibatch_segments=8, worlds=2),
    opponents=OpponentOptions(scripted_share=0.5, scripted="forager"),
    run=RunOptions(seed=3, device="cpu", threads=1, precision="float32"),
)
"""Worlds in which lives end often, half of them scripted agents'."""


def test_metrics_are_of_all_processes_and_of_the_learners_players(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", METRICS_OF_TWO, str(tmp_path / "rank-")],
            env=os.environ
            | {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)},
        )
        for rank in range(2)
    ]  # fmt: skip
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    (metrics, one), (same, two) = (torch.load(tmp_path / f"rank-{rank}", weights_only=False) for rank in range(2))
    assert metrics == {**same, "SPS": metrics["SPS"]}  # each by its own clock

    learner, forager = (np.concatenate([local["own"][name] for local in (one, two)]) for name in ("learner", "forager"))
    assert len(learner) == len(forager) == 32  # half of 16 players in two worlds of two processes

    def mean(players, *fields: str) -> float:
        return float(np.min([players[name] for name in fields], axis=0)[players["health"] > 0].mean())

    assert metrics["living/score"] == metrics["score/learner"] == mean(learner, "combat_level", "harvest_level")
    assert metrics["score/forager"] == mean(forager, "combat_level", "harvest_level")
    assert metrics["living/age"] == mean(learner, "age") != mean(one["own"]["learner"], "age")
    assert metrics["living/gold"] == mean(learner, "gold") != mean(np.concatenate([learner, forager]), "gold")
    assert metrics["living/best_score"] == np.minimum(learner["combat_level"], learner["harvest_level"]).max()
    assert metrics["living/beyond_danger_1"] == (learner["danger"] > 1).sum() / (learner["health"] > 0).sum()
    assert metrics["reward"] == pytest.approx((one["rewards"] + two["rewards"]) / (one["lived"] + two["lived"]))
    assert metrics["lives_ended"] == one["ended"] + two["ended"] > one["ended"] > 0
    steps = sum(float(local["game"][name].sum()) for local in (one, two) for name in ("actions", "refused"))
    kills = one["game"]["monster_kills"] + two["game"]["monster_kills"]
    assert metrics["per_1000/monster_kills"] == pytest.approx(1000 * kills / steps) and kills > 0
    assert sum(share for name, share in metrics.items() if name.startswith("deaths/")) == pytest.approx(1)
    assert sum(metrics[f"time/{name}"] for name in ("act", "learn", "simulate", "other")) == pytest.approx(1)


def test_lives_are_counted_for_any_rows_as_the_worlds_count_them_for_all():
    worlds = nmmo.Worlds(2, CROWDED.world, seed=5, final_observations=True)
    worlds.reset()
    some = np.sort(np.random.default_rng(1).permutation(32)[:13])
    rest = np.setdiff1d(np.arange(32), some)
    rng = np.random.default_rng(0)
    tallies = [LifeTally(worlds, rows) for rows in (some, rest)]

    def play(ticks: int) -> None:
        for _ in range(ticks):
            _, rewards, terminated, truncated, info = worlds.step(nmmo.sample_actions(worlds.mask, rng))
            for tally, rows in zip(tallies, (some, rest), strict=True):
                tally.after_step(rewards[rows], (terminated | truncated)[rows], info["final_obs"])

    for tally in tallies:
        tally.begin()
    play(37)
    earlier = [dict(tally.finished) for tally in tallies]
    for tally in tallies:
        tally.begin()  # in the middle of lives
    before = total_statistics([worlds])
    play(150)  # over the horizon, twice
    whole = difference(total_statistics([worlds]), before)
    parts = [difference(tally.finished, then) for tally, then in zip(tallies, earlier, strict=True)]
    assert all(part["lives"] > 5 for part in parts)
    for name in ("lives", "age", "score", "returns"):
        assert sum(part[name] for part in parts) == pytest.approx(whole["finished"][name], abs=1e-3), name
    parts = [living(worlds, rows) for rows in (some, rest)]
    for name in parts[0].keys() - {"best_score"}:
        np.testing.assert_array_equal(sum(part[name] for part in parts), whole["living"][name], name)
    assert max(part["best_score"] for part in parts) == whole["living"]["best_score"]
    assert whole["living"]["age"] > 0


def test_counts_of_one_process_are_left_as_they_are():
    counts = {"b": 2, "a": {"best": 3, "many": [1, 2]}}
    assert ProcessGroup(torch.device("cpu")).combine(counts, ["best"]) == counts
