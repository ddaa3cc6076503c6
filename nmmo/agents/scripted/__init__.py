"""A scripted player, from which the baselines differ by their character.

Each file is one concern: ``character`` what a player is after, ``condition`` what it has and can do,
``worth`` what things are worth to it, ``trade`` its errands to the market, ``foes`` which monsters it can
beat, ``rivals`` other players, ``travel`` where it walks, ``flight`` getting away. ``player`` puts them
together: read its ``act`` first.

Every slot plays for itself: nothing learned from one slot's row is used for another.
"""

from nmmo.agents.scripted.character import Character
from nmmo.agents.scripted.player import ScriptedAgent

__all__ = ["Character", "ScriptedAgent"]
