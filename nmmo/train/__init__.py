"""Training policies by reinforcement: `nmmo train`.

The way through the code, top to bottom: ``recipe`` says what is trained and how; ``loop`` is the whole run;
one of its turns is ``rollout.collect`` (play) followed by ``update.improve`` (learn). ``encoding`` reads
the published observation, ``networks``, ``glimpses`` and ``recurrent`` are the policy, ``actions`` its
two-level choice; ``advantage``, ``priorities`` and ``optimizers`` are the parts of an update; ``checkpoint``
keeps a run safe. ``local`` starts a machine's other processes. ``fused`` is what a CPU computes in C instead,
from the folder ``kernels``.

Needs the extra ``train`` (PyTorch). Nothing here is imported by ``import nmmo``.
"""
