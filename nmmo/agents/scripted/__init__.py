"""A scripted player, from which the baselines differ by their traits.

Each file is one concern: ``traits`` what a player is after, ``own_state`` what it has and can do, ``valuation`` what
objects are worth to it, ``trade`` its actions on the market, ``enemies`` which monsters it can beat,
``player_combat`` which players it attacks, ``navigation`` where it walks, ``escape`` how it gets away.
``scripted_agent`` puts them together: read its ``act`` first.

Every slot plays for itself: nothing learned from one slot's row is used for another.
"""

from nmmo.agents.scripted.scripted_agent import ScriptedAgent
from nmmo.agents.scripted.traits import Traits

__all__ = ["ScriptedAgent", "Traits"]
