"""Several processes that learn as one: those of ``nmmo.train.local``, or of ``torchrun``.

Each plays its own worlds and draws its share of a minibatch from its own segments. Sums go over all of
them, so that the update is that of one process whose minibatch is all the shares together.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
import torch.distributed as dist
from torch import Tensor

from nmmo.train.networks import Policy

__all__ = ["Place", "Team"]

MEETING = timedelta(minutes=5)
"""How long processes wait for one another, at first and later: a save of a large run is the longest that one keeps
the others waiting."""


@dataclass(frozen=True)
class Place:
    """Which of a machine's processes this one is, and where they meet."""

    rank: int
    size: int
    meeting: Path
    """A file that does not exist yet, or that the others have made for this meeting."""


class Team:
    """The processes of a run. One process alone is a team of one.

    Parameters
    ----------
    device
        This process's.
    place
        Among the processes of this machine; None: as the environment of ``torchrun`` says.

    Attributes
    ----------
    rank
        This process's number; process 0 reports and saves.
    size
        How many there are.
    here
        How many of them run on this machine.
    """

    def __init__(self, device: torch.device, place: Place | None = None) -> None:
        self.device = device
        backend = "nccl" if device.type == "cuda" else "gloo"
        if place is not None:
            self.rank, self.size, self.here = place.rank, place.size, place.size
            store = dist.FileStore(str(place.meeting), place.size)  # type: ignore[attr-defined]
            dist.init_process_group(
                backend, timeout=MEETING, world_size=self.size, rank=self.rank, store=store
            )
            return
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ["RANK"]) if self.size > 1 else 0
        self.here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        if self.size > 1 and not dist.is_initialized():
            dist.init_process_group(backend)

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def sum(self, value: Tensor) -> Tensor:
        """The sum over all processes, without a gradient through it."""
        if self.size == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total

    def sum_gradients(self, policy: Policy) -> None:
        """Replace every gradient by its sum over all processes, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in policy.parameters()]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        for parameter, part in zip(
            policy.parameters(), torch.split(flat, [g.numel() for g in gradients]), strict=True
        ):
            parameter.grad = part.view_as(parameter)

    def share_weights(self, policy: Policy) -> None:
        """Give every process the weights of process 0."""
        if self.size > 1:
            for parameter in policy.parameters():
                dist.broadcast(parameter.data, 0)

    def of_leader(self, value: float) -> float:
        """What process 0 gives: for what clocks decide, which differ."""
        if self.size == 1:
            return value
        told = torch.tensor(value, dtype=torch.float64, device=self.device)
        dist.broadcast(told, 0)
        return float(told)

    def gather(self, value: object) -> list[object]:
        """What every process gives, by rank."""
        if self.size == 1:
            return [value]
        found: list[object] = [None] * self.size
        dist.all_gather_object(found, value)
        return found

    def any(self, flag: bool) -> bool:
        """Whether any process says so; they all learn it at the same time."""
        return bool(self.sum(torch.tensor(float(flag), device=self.device)))

    def wait(self) -> None:
        """Return when all processes have come this far."""
        if self.size > 1:
            dist.barrier()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()
