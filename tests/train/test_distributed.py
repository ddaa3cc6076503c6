"""Two processes learn as one does from both their rollouts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import torch
from test_update import OPTIONS, WEIGHTS, trainer_of

from nmmo.train import update as update_module
from nmmo.train.priorities import Choice, choose
from nmmo.train.rollout import Rollout
from nmmo.train.update import improve

HERE = Path(__file__).parent
SEEDS = (101, 202)

ONE_OF_TWO = f"""
import os, sys
sys.path.insert(0, {str(HERE)!r})
import torch
torch.set_num_threads(1)
from test_distributed import rollout_of, learn
from test_update import OPTIONS, trainer_of
from nmmo.train.distributed import Team
processes = os.environ.pop("WORLD_SIZE")
trainer = trainer_of()  # the same worlds on both
os.environ["WORLD_SIZE"] = processes
team = Team(torch.device("cpu"))
assert team.size == 2
with team:
    draws = torch.Generator().manual_seed({SEEDS}[team.rank])
    figures = learn(trainer, rollout_of(trainer, team.rank), draws, team)
    assert team.any(team.rank == 1) and not team.any(False)
    assert team.gather(team.rank) == [0, 1]
torch.save((dict(trainer.policy.state_dict()), figures), sys.argv[1] + str(team.rank))
"""


def rollout_of(trainer, rank: int) -> Rollout:
    """A process's rollout: the trainer's own, or it with other rewards."""
    out = trainer.rollout
    if rank:
        out.rewards += torch.randn(out.rewards.shape, generator=torch.Generator().manual_seed(rank))
        out.alive[:, 1] = False  # unequal numbers of steps that count
    return out


def learn(trainer, rollout, generator, team):
    return improve(trainer.policy, trainer.optimizers, rollout, OPTIONS, WEIGHTS, generator, team)


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
    (one, figures), (two, same_figures) = (torch.load(tmp_path / f"rank-{rank}") for rank in range(2))
    assert figures == same_figures
    assert all(torch.equal(one[name], two[name]) for name in one)

    # One process, whose rollout is both side by side, and which draws half of a minibatch from each half.
    trainer, other = trainer_of(), trainer_of()
    parts = [rollout_of(trainer, 0), rollout_of(other, 1)]
    joined = Rollout(
        **{
            name: torch.cat([getattr(part, name) for part in parts], 0 if name == "state" else 1)
            for name in Rollout.__dataclass_fields__
        }
    )
    generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]

    def from_each_half(advantages, count, priority, correction, generator):
        halves = advantages.chunk(2, 1)
        drawn = [
            choose(half, count // 2, priority, correction, g)
            for half, g in zip(halves, generators, strict=True)
        ]
        segments = torch.cat([drawn[0].segments, drawn[1].segments + halves[0].shape[1]])
        return Choice(segments, torch.cat([part.weights for part in drawn]))

    monkeypatch.setattr(update_module, "choose", from_each_half)
    start = {name: value.clone() for name, value in trainer.policy.state_dict().items()}
    whole = learn(trainer, joined, torch.Generator(), trainer.team)
    for name, value in trainer.policy.state_dict().items():
        moved = float((value - start[name]).abs().max())
        assert float((value - one[name]).abs().max()) < 0.002 * moved, name
    for name, value in whole.items():
        assert abs(value - figures[name]) < 1e-3 * max(1, abs(value)), name
