"""Training policies by reinforcement learning: `nmmo train`.

Where to read: ``recipe`` says what is trained and how; ``trainer`` is the whole run, and ``Trainer.train_step`` one
step of it: ``rollout.collect_rollout`` (play), then ``ppo.ppo_update`` (learn). The policy is ``networks`` (made of
``layers``, ``tile_attention`` and a recurrent core of ``cores``), which reads observations by ``encoding`` and chooses
actions by ``action_distribution``. ``registries`` lists what can be chosen by name or brought by the user.
``launcher`` starts a machine's other processes, which ``distributed`` connects. ``cpu_ops`` is what a CPU computes in C
instead, from the folder ``kernels``.

Needs the extra ``train`` (PyTorch). Nothing here is imported by ``import nmmo``.
"""
