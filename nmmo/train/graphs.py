"""Acting as a CUDA graph: some forty small kernels launched as one.

What an act costs on a large GPU is mostly launching kernels, not running them. A graph records them once and
plays them back; its inputs and outputs lie where they lay when it was recorded.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nmmo.train.networks import Policy
from nmmo.train.rollout import Acted, act

__all__ = ["GraphedAct"]

WARM_UPS = 3
"""Calls before recording, in which libraries choose their kernels."""


class GraphedAct:
    """``rollout.act``, recorded once for each number of rows.

    Parameters
    ----------
    policy
        On a CUDA device. Its weights may change between calls, but not move: optimisers that work in place.
    generator
        On the same device; its state advances with every call, as it would without a graph.
    """

    def __init__(self, policy: Policy, generator: torch.Generator) -> None:
        self.policy = policy
        self.generator = generator
        self._recorded: dict[int, tuple[torch.cuda.CUDAGraph, tuple[Tensor, Tensor, Tensor], Acted]] = {}

    def __call__(self, rows: Tensor, state: Tensor, keep: Tensor) -> Acted:
        """See ``rollout.act``. The results are copies, so that several rooms of one size can share
        a graph."""
        if len(rows) not in self._recorded:
            self._recorded[len(rows)] = self._record(rows, state, keep)
        graph, inputs, out = self._recorded[len(rows)]
        for given, place in zip((rows, state, keep), inputs, strict=True):
            place.copy_(given)
        graph.replay()
        return Acted(*(tensor.clone() for tensor in out))

    def _record(
        self, rows: Tensor, state: Tensor, keep: Tensor
    ) -> tuple[torch.cuda.CUDAGraph, tuple[Tensor, Tensor, Tensor], Acted]:
        inputs = (rows.clone(), state.clone(), keep.clone())
        before = self.generator.get_state()
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(WARM_UPS):
                act(self.policy, self.generator, *inputs)
        torch.cuda.current_stream().wait_stream(beside)
        self.generator.set_state(before)
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self.generator)
        with torch.cuda.graph(graph):
            out = act(self.policy, self.generator, *inputs)
        return graph, inputs, out
