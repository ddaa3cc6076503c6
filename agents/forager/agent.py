"""The forager."""

from nmmo.agents.scripted import Character, ScriptedAgent


class Forager(ScriptedAgent):
    """Harvests, eats, upgrades its tool, flees."""

    character = Character(
        fighting_bias=-6.0,
        fighting_taste=0.7,
        harvesting_taste=2.0,
        boldness=0.65,
        crafts=0.08,
        eager_for_tools=8,
        handy=True,
    )
