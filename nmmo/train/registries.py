"""What the names in a recipe can be, and what you can bring yourself.

Each registry holds one kind of part. A recipe names a registered one, or ``module:attribute`` of your own, whose
module must be importable (its folder on ``PYTHONPATH``). Nothing is imported before it is used, so that this module
needs no PyTorch. Recipes, networks and losses use these registries, so that the types of those are given here in
words alone. The registry of opponents is ``nmmo.envs.opponents.OPPONENTS``, as for the environments.

========================  ====================================================================================
recipe field              contract
========================  ====================================================================================
``policy.network``        ``(encoding, options: PolicyOptions, dtype) -> nmmo.train.networks.Policy``
``policy.core``           ``(hidden_size) -> nmmo.train.cores.Core``
``train.loss``            ``(evaluation, minibatch, options: TrainOptions, ent_coef, mean) -> nmmo.train.ppo.Losses``
``train.optimizer``       ``(policy, options: TrainOptions) -> list[torch.optim.Optimizer]``
``train.schedule``        ``(progress: float) -> float``
``opponents.scripted``    ``(config) -> agent``, an object with ``reset(seed, slots)`` and ``act(rows, mask)``
========================  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nmmo.core.registry import Registry

if TYPE_CHECKING:
    import torch

    from nmmo.train.cores import Core

__all__ = ["CORES", "LOSSES", "NETWORKS", "OPTIMIZERS", "SCHEDULES"]

NETWORKS: Registry[Callable[..., Any]] = Registry("network")
"""Policies: a subclass of ``networks.Policy`` that takes the encoding of observations, the recipe's ``[policy]``, and
the precision of wide layers."""
NETWORKS.add("default", "nmmo.train.networks:DefaultPolicy")

CORES: Registry[Callable[[int], Core]] = Registry("recurrent core")
"""Recurrent cores of the default network: a subclass of ``cores.Core`` that takes the hidden size."""
CORES.add("mingru", "nmmo.train.cores:MinGru")
CORES.add("lstm", "nmmo.train.cores:Lstm")

LOSSES: Registry[Callable[..., Any]] = Registry("loss")
"""Losses of a minibatch: see ``ppo.ppo_loss`` for the arguments."""
LOSSES.add("ppo", "nmmo.train.ppo:ppo_loss")

OPTIMIZERS: Registry[Callable[..., Sequence[torch.optim.Optimizer]]] = Registry("optimizer")
"""Optimizers: a function of the policy and the recipe's ``[train]`` that returns one or several ``torch.optim``
optimizers, which together hold every parameter, with their initial learning rates."""
for _name in ("muon", "adamw", "adam", "sgd"):
    OPTIMIZERS.add(_name, f"nmmo.train.optimizers:{_name}")

SCHEDULES: Registry[Callable[[float], float]] = Registry("schedule")
"""Schedules: from progress 0..1 to the share of the way that is still ahead, 1 at the start."""
for _name in ("cosine", "linear", "constant"):
    SCHEDULES.add(_name, f"nmmo.train.schedules:{_name}")
