"""How fast this machine runs the world, and where the time goes: what `nmmo bench` measures.

One module a topic (``topics`` lists them). A topic plays a game once beforehand to draw its actions, so
that choosing them is not part of what is measured; then each way of stepping starts from the same snapshot
and plays exactly those actions, and a hash of the world at the end proves that it did. The ways take
turns, round by round, so that a slow moment of the machine doesn't fall on one of them alone. Medians are
reported, with the least and the most beside them.

Modules: ``figures`` (a figure, units, tables), ``recording`` (playing a game and playing it again),
``workloads`` (who chooses the actions), ``steppers`` (how a game is stepped), ``machine_load`` (how busy other programs
kept the machine), ``report`` (the file that results are kept in), ``compare``, ``show``, and
``workload_file`` (a recorded game for programs without Python).
"""
