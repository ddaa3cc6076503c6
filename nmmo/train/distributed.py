"""Several processes that learn as one: those of ``nmmo.train.launcher``, or of ``torchrun``.

Each plays its own worlds and samples its share of a minibatch from its own segments. Sums go over all of
them, so that the update is that of one process whose minibatch is all the shares together.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from nmmo.train.networks import Policy
from nmmo.train.recipe import RecipeError
from nmmo.train.torchrun import TorchrunPlace, torchrun_place

__all__ = ["Place", "ProcessGroup"]

TIMEOUT = timedelta(minutes=5)
"""How long processes wait for one another; saving a large run is what keeps them waiting longest."""


@dataclass(frozen=True)
class Place:
    """Which of a machine's processes this one is, and where they find each other."""

    rank: int
    size: int
    rendezvous: Path
    """A file that does not exist yet, or that the others have made to find each other."""


class ProcessGroup:
    """The processes of a run. One process alone is a group of one.

    Parameters
    ----------
    device
        This process's.
    place
        Among the processes of this machine; None: as the environment variables of ``torchrun`` say.

    Attributes
    ----------
    rank
        This process's number; process 0 reports and saves.
    size
        How many there are.
    local_size
        How many of them run on this machine.

    Raises
    ------
    RecipeError
        If the environment variables are wrong, or the processes cannot reach one another.
    """

    def __init__(self, device: torch.device, place: Place | None = None) -> None:
        self.device = device
        backend = "nccl" if device.type == "cuda" else "gloo"
        if place is not None:
            self.rank, self.size, self.local_size = place.rank, place.size, place.size
            store = dist.FileStore(str(place.rendezvous), place.size)  # type: ignore[attr-defined]
            dist.init_process_group(backend, timeout=TIMEOUT, world_size=self.size, rank=self.rank, store=store)
            return
        started = (torchrun_place() if "WORLD_SIZE" in os.environ else None) or TorchrunPlace(0, 1, 1)
        self.rank, self.size, self.local_size = started.rank, started.size, started.local_size
        if self.size > 1 and not dist.is_initialized():
            try:
                dist.init_process_group(backend)
            except (RuntimeError, ValueError) as error:
                where = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
                reason = str(error).strip().partition("\n")[0]
                raise RecipeError(f"the {self.size} processes did not find each other at {where}: {reason}") from error

    @property
    def is_leader(self) -> bool:
        """Whether this is process 0."""
        return self.rank == 0

    def sum(self, value: Tensor) -> Tensor:
        """Return the sum over all processes, without a gradient through it."""
        if self.size == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total

    def combine(self, counts: Mapping[str, Any], maxima: Collection[str] = ()) -> dict[str, Any]:
        """Return the sums over all processes of nested counts, in one message.

        Parameters
        ----------
        counts
            Numbers, arrays of them, and mappings of these; with the same names and shapes on every process.
        maxima
            The names of numbers of which the largest is returned instead.

        Returns
        -------
        dict
            The same names; with several processes all numbers are float64.
        """
        if self.size == 1:
            return dict(counts)
        leaves = list(_leaves(counts))
        parts = []
        for name, value in leaves:
            flat = np.asarray(value, np.float64).ravel()
            if name in maxima:  # a place for each process, so that a sum brings all of them
                flat = np.concatenate([flat * (rank == self.rank) for rank in range(self.size)])
            parts.append(flat)
        total = torch.from_numpy(np.concatenate(parts)).to(self.device)
        dist.all_reduce(total)
        combined = np.split(total.cpu().numpy(), np.cumsum([len(part) for part in parts])[:-1])
        found = []
        for (name, value), part in zip(leaves, combined, strict=True):
            whole = part.reshape(self.size, -1).max(0) if name in maxima else part
            found.append(whole.reshape(np.shape(value)) if np.ndim(value) else float(whole[0]))
        return _rebuilt(counts, iter(found))

    def sum_gradients(self, policy: Policy) -> None:
        """Replace every gradient by its sum over all processes, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in policy.parameters()]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        for parameter, part in zip(policy.parameters(), torch.split(flat, [g.numel() for g in gradients]), strict=True):
            parameter.grad = part.view_as(parameter)

    def share_weights(self, policy: Policy) -> None:
        """Give every process the weights of process 0."""
        if self.size > 1:
            for parameter in policy.parameters():
                dist.broadcast(parameter.data, 0)

    def from_leader(self, value: float) -> float:
        """Return the value that process 0 passes: for what depends on clocks, which differ."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64, device=self.device)
        dist.broadcast(shared, 0)
        return float(shared)

    def gather(self, value: object) -> list[object]:
        """Return the values that all processes pass, by rank."""
        if self.size == 1:
            return [value]
        found: list[object] = [None] * self.size
        dist.all_gather_object(found, value)
        return found

    def any(self, flag: bool) -> bool:
        """Return whether any process passes True."""
        return bool(self.sum(torch.tensor(float(flag), device=self.device)))

    def wait(self) -> None:
        """Return when all processes have called this."""
        if self.size > 1:
            dist.barrier()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()


def _leaves(counts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the numbers and arrays of nested counts with their names, in the order of the names."""
    for name in sorted(counts):
        if isinstance(counts[name], Mapping):
            yield from _leaves(counts[name])
        else:
            yield name, counts[name]


def _rebuilt(counts: Mapping[str, Any], leaves: Iterator[Any]) -> dict[str, Any]:
    """Return nested counts with other leaves."""
    return {
        name: _rebuilt(counts[name], leaves) if isinstance(counts[name], Mapping) else next(leaves)
        for name in sorted(counts)
    }
