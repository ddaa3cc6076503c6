"""The forager."""

from nmmo.agents.scripted import ScriptedAgent


class Forager(ScriptedAgent):
    """Harvests, eats, upgrades its tool, flees."""

    harvesting_bias = 9.0
    boldness = 0.6
