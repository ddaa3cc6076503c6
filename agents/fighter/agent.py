"""The fighter."""

from nmmo.agents.scripted import ScriptedAgent


class Fighter(ScriptedAgent):
    """Hunts what it can beat."""

    fighting_bias = 8.0
    boldness = 0.75
    hunts_players = True
